"""Ready is what runs, answers and keeps doing so; everything else waits or is broken, with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.tiers.manifest import Health
from crossproof.tiers.readiness import Broken, Look, Ready, Seen, Waiting, Wanted, next_step

DB = Wanted(name="db", health=True, ports=(5432,))
QUEUE = Wanted(name="queue", ports=(4222,))
MIGRATION = Wanted(name="migration", one_shot=True)
HEALTH = Health()


def seen(service="db", state="running", **more):
    return Seen(service=service, id=service, state=state, **more)


def step(wanted, *containers, elapsed=5.0, up=0, ports=(), health=HEALTH):
    return next_step(wanted, health, Look(elapsed=elapsed, up_exit=up, seen=containers, open_ports=set(ports)))


def test_a_healthy_service_is_ready():
    assert step([DB], seen(health="healthy", running_for=0.1)) == Ready()


def test_one_without_a_health_check_must_have_run_a_while_and_its_ports_must_answer():
    young, old = seen("queue", running_for=2.9), seen("queue", running_for=3.0)
    assert step([QUEUE], young, ports=[("queue", 4222)]) == Waiting({"queue": "has run for 2.9 s, less than 3 s"})
    assert step([QUEUE], old) == Waiting({"queue": "port 4222 does not answer"})
    assert step([QUEUE], old, ports=[("queue", 4222)]) == Ready()
    assert step([QUEUE], old, health=Health(probe_ports=False)) == Ready()


def test_one_that_has_done_its_work_and_ended_is_ready():
    assert step([MIGRATION], seen("migration", "exited")) == Ready()
    assert step([Wanted(name="x")], seen("x", "exited")) == Ready()
    assert step([MIGRATION], seen("migration")) == Waiting({"migration": "has not ended yet"})


@pytest.mark.parametrize(
    ("service", "container", "why"),
    [
        (DB, seen(oom=True), "was killed for using too much memory"),
        (DB, seen(state="exited", exit_code=1), "ended with 1"),
        (DB, seen(state="exited"), "ended with 0, although it publishes ports and so should run on"),
        (DB, seen(health="unhealthy", probes=["exit 1: no"]), "is unhealthy: exit 1: no"),
        (DB, seen(state="restarting", restarts=3, exit_code=7), "ends again and again (3 restarts, last with 7)"),
        (DB, seen(health="healthy", restarts=3), "ends again and again (3 restarts, last with 0)"),
        (DB, seen(state="created", error="port is already allocated"), "cannot be started: port is already allocated"),
        (MIGRATION, seen("migration", "exited", exit_code=3), "ended with 3"),
        (DB, seen(state="dead", exit_code=137), "ended with 137"),
    ],
)
def test_what_will_never_be_ready_is_told_at_once(service, container, why):
    assert step([service], container, up=None, elapsed=0.1) == Broken(service.name, why)


def test_one_that_is_started_again_may_recover_but_not_for_ever():
    again = Wanted(name="db", restarts=True)
    assert isinstance(step([again], seen(state="exited", exit_code=1, restarts=1)), Waiting)
    assert isinstance(step([again], seen(restarts=1, running_for=1.0)), Waiting)
    assert step([again], seen(restarts=1, running_for=9.0)) == Ready(("db was restarted 1 time before it was ready",))
    assert isinstance(step([again], seen(restarts=3, running_for=9.0)), Broken)


def test_time_runs_out_with_the_reason_of_the_first_that_is_missing():
    late = step([DB], seen(health="starting"), elapsed=121)
    assert late == Broken("db", "was not ready within 2m: health: starting")
    assert step([DB], elapsed=121, up=None) == Broken("db", "was not ready within 2m: not created yet")
    assert step([MIGRATION], seen("migration", "exited"), elapsed=121, up=None) == Broken(
        "", "was not ready within 2m: `docker compose up` has not ended"
    )


def test_compose_that_failed_is_never_ready_whatever_runs():
    assert step([DB], seen(health="healthy"), up=1) == Broken("", "`docker compose up` ended with 1")


def test_every_copy_of_a_service_counts():
    two = Wanted(name="db", health=True, containers=2)
    assert step([two], seen(health="healthy")) == Waiting({"db": "not created yet"})
    assert step([two], seen(health="healthy"), seen(health="starting")) == Waiting({"db": "health: starting"})


STATES = st.sampled_from(["created", "running", "paused", "restarting", "exited", "dead", "removing"])


@given(
    st.builds(Wanted, name=st.just("db"), health=st.booleans(), ports=st.sampled_from([(), (1,)]), restarts=st.booleans(), one_shot=st.booleans()),
    STATES, st.sampled_from([0, 1, 137]), st.sampled_from(["", "starting", "healthy", "unhealthy"]), st.booleans(),
    st.integers(0, 5), st.floats(0, 10), st.booleans(), st.sampled_from([None, 0, 1]),
)  # fmt: skip
def test_ready_is_never_said_of_what_is_not_there_died_or_loops(  # noqa: PLR0913, PLR0917 - everything that counts
    service, state, code, health, oom, restarts, ran, open_, up
):
    container = seen(state=state, exit_code=code, health=health, oom=oom, restarts=restarts, running_for=ran)
    answer = step([service], container, up=up, ports=[("db", 1)] if open_ else [])
    if isinstance(answer, Ready):
        assert up == 0
        assert not oom
        assert restarts <= 2
        assert state == "running" or (state in {"exited", "dead"} and code == 0 and not service.restarts)
        assert state != "running" or not service.health or health == "healthy"
        assert state != "running" or service.health or (ran >= 3 and (open_ or not service.ports))
