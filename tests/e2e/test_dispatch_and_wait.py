"""dispatch-and-wait as the runner runs it: real time, real signals, the post step, in the image and as a process."""

import json
import threading

import pytest
from tests.as_the_runner import OWNER, Step, engine
from tests.at_sandbox import CHILD, ECHOING, HOME

from crossproof_sandbox import Job, RunningClock, Sandbox, Upload, faults

ENDED_WITHIN = 7.5  # the runner's patience before SIGTERM
LONG = {"queued": 1, "in_progress": 600}


@pytest.fixture
def github():
    with Sandbox(clock=RunningClock()) as sandbox:
        sandbox.repository(HOME)
        sandbox.repository(CHILD).workflow("tests.yml", ECHOING)
        yield sandbox


@pytest.fixture
def child(github):
    return github.repository(CHILD)


@pytest.fixture
def here(in_container):
    """Where a step runs: in the image; a class that says otherwise runs as a bare process too."""
    return in_container


@pytest.fixture
def dispatch(github, job, here):
    """Make a step; by default it starts the workflow."""

    def step(**inputs) -> Step:
        job.secrets = {"TOKEN": github.token()}
        own = {"token": "${{ secrets.TOKEN }}", "api_url": github.url, "repository": CHILD}
        what = {} if {"event_type", "mode", "targets"} & set(inputs) else {"workflow": "tests.yml"}
        return Step(job=job, action="dispatch-and-wait", on=here, inputs={**own, **what, **inputs})

    return step


@pytest.fixture
def seen(github):
    """Wait until GitHub receives a certain request; `then` is what happens to it."""

    def expect(method, path, **then) -> threading.Event:
        received = threading.Event()
        github.faults.on(method, path, when=lambda request: received.set() or True, **then)
        return received

    return expect


def cancels(github):
    return [each.path for each in github.log.of("POST", "*/cancel")]


def states(child):
    return [(run.status(child.clock.now()), run.latest.conclusion(child.clock.now())) for run in child.runs.values()]


def cancel(running):
    result = running.cancel()
    assert result.cancelled_within < ENDED_WITHIN, result.log
    assert result.exit_code == 130, result.log
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("unproven", "cancelled")
    return result


class TestInTheImageAndAsAProcess:
    @pytest.fixture
    def here(self, place):
        return place

    def test_a_child_s_result_and_outputs_reach_later_steps(self, dispatch, child, job):
        job.work.chmod(0o755)
        outputs = Upload(name="dispatch-outputs", content={"outputs.json": '{"image": "a:1"}'})
        child.lives(queued=1, in_progress=4, artifacts=[outputs])
        result = dispatch(inputs="environment: prod").run()
        assert result.exit_code == 0, result.log
        [run] = child.runs.values()
        told = result.outputs
        assert (told["verdict"], told["reason"], told["run_id"]) == ("passed", "succeeded", str(run.id))
        assert (told["correlation_method"], told["conclusion"]) == ("returned-id", "success")
        assert json.loads(told["child_outputs"]) == {"image": "a:1"}
        assert "### ✅ dispatch-and-wait: passed" in result.summary
        assert result.log.splitlines()[1].startswith(told["run_url"])
        assert set(result.created.values()) == {OWNER}
        report = json.loads((job.workspace / told["report_path"]).read_text())
        assert report["details"]["targets"][0]["runs"][0]["run_id"] == run.id

    def test_the_post_step_of_a_finished_one_asks_nothing(self, dispatch, child, github):
        child.lives(in_progress=2)
        result = dispatch().run()
        asked = len(github.log)
        after = result.post()
        assert (after.exit_code, len(github.log)) == (0, asked), after.log

    def test_a_hostile_log_commands_nothing(self, dispatch, child):
        hostile = "::error::no\n##[error]no\n::set-output name=x::y\n::add-mask::a\nlast"
        child.lives(in_progress=2, conclusion="failure", jobs=[Job(name="::error::job", log=hostile)])
        result = dispatch().run()
        assert (result.exit_code, result.outputs["reason"]) == (1, "child-failed"), result.log
        [error] = result.ear.annotations("error")
        assert error.properties["title"] == "child-failed"
        assert "::set-output name=x::y" in result.log

    def test_cancelled_while_it_waits_it_cancels_its_child_once(self, dispatch, child, github):
        child.lives(**LONG)
        running = dispatch().start()
        running.wait_for("in progress")
        result = cancel(running)
        assert len(cancels(github)) == 1
        after = result.post()
        assert after.exit_code == 0, after.log
        assert (len(cancels(github)), states(child)) == (1, [("completed", "cancelled")])


class TestCancelled:
    def test_before_anything_was_sent(self, dispatch, child, github, seen):
        looked = seen("GET", "*/contents/*", after_accept=faults.slow(3))
        running = dispatch().start()
        assert looked.wait(60)
        result = cancel(running)
        assert result.post().exit_code == 0
        assert (child.runs, cancels(github)) == ({}, [])

    def test_while_the_request_is_on_its_way(self, dispatch, child, github, seen):
        child.lives(**LONG)
        posted = seen("POST", "*/dispatches", after_accept=faults.slow(1.5))
        running = dispatch().start()
        assert posted.wait(60)
        result = cancel(running)
        [run] = child.runs.values()
        assert result.outputs["run_id"] == str(run.id)
        assert cancels(github) == [f"/repos/{CHILD}/actions/runs/{run.id}/cancel"]
        assert result.post().exit_code == 0
        assert (len(cancels(github)), states(child)) == (1, [("completed", "cancelled")])

    def test_while_the_request_is_never_answered(self, dispatch, child, github, seen):
        child.lives(**LONG)
        posted = seen("POST", "*/dispatches", after_accept=faults.slow(30))
        running = dispatch().start()
        assert posted.wait(60)
        result = cancel(running)
        assert result.post().exit_code == 0
        assert (len(cancels(github)), states(child)) == (1, [("completed", "cancelled")])

    def test_while_the_run_is_searched_for_and_shows_itself_only_later(self, dispatch, child, github):
        child.lives(**LONG, more={"visible_after": 8})
        running = dispatch(event_type="track").start()
        running.wait_for("dispatched with token")
        result = cancel(running)
        assert result.post().exit_code == 0
        assert (len(cancels(github)), states(child)) == (1, [("completed", "cancelled")])

    def test_while_a_log_is_fetched_when_the_run_is_over(self, dispatch, child, github, seen):
        child.lives(in_progress=2, conclusion="failure", jobs=[Job(name="test", log="boom")])
        fetched = seen("GET", "*/logs", after_accept=faults.slow(3))
        running = dispatch().start()
        assert fetched.wait(60)
        result = cancel(running)
        assert result.outputs["run_id"]
        assert result.post().exit_code == 0
        assert cancels(github) == []

    def test_a_run_that_was_only_joined_goes_on(self, dispatch, child, github):
        run = child.ran("tests.yml", ago=1, took=600)
        running = dispatch(mode="wait", run_id=str(run.id)).start()
        running.wait_for("in progress")
        result = cancel(running)
        assert result.post().exit_code == 0
        assert (cancels(github), states(child)) == ([], [("in_progress", None)])

    def test_every_one_of_several(self, dispatch, child, github):
        child.lives(**LONG)
        two = json.dumps([{"repository": CHILD, "workflow": "tests.yml"}, {"repository": CHILD, "event_type": "track"}])
        running = dispatch(targets=two).start()
        running.wait_for("[acme/child#2] in progress")
        result = cancel(running)
        assert result.post().exit_code == 0
        assert len(cancels(github)) == 2
        assert states(child) == [("completed", "cancelled")] * 2


def test_a_kill_without_warning_is_made_good_by_the_post_step(dispatch, child, github):
    child.lives(**LONG)
    step = dispatch()
    running = step.start()
    running.wait_for("in progress")
    engine.docker("kill", *engine.containers(step.job.label))
    result = running.finish()
    assert (cancels(github), states(child)) == ([], [("in_progress", None)])
    after = result.post()
    assert after.exit_code == 0, after.log
    assert (len(cancels(github)), states(child)) == (1, [("completed", "cancelled")])


def test_a_receiver_proves_a_callback(github, child, job, here):
    sha = "a" * 39 + "1"
    run = child.ran(
        "tests.yml",
        ago=60,
        took=50,
        event="repository_dispatch",
        artifacts=[Upload(name=f"tracktor-logs-{sha}", content={"events.jsonl": "{}"})],
    )
    payload = {"run_id": str(run.id), "commit_sha": sha, "status": "success", "artifact_url": "https://x"}
    (job.workflow / "event.json").write_text(json.dumps({"client_payload": payload}))
    job.secrets = {"TOKEN": github.token()}
    given = {"token": "${{ secrets.TOKEN }}", "api_url": github.url, "repository": CHILD, "workflow": "tests.yml"}
    result = Step(job=job, action="receive-results", on=here, inputs=given).run()
    assert (result.exit_code, result.outputs["reason"]) == (0, "succeeded"), result.log
    assert (result.outputs["commit_sha"], result.outputs["bound_by"]) == (sha, "artifact-name")
