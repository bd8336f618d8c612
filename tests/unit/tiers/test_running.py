"""A tier from nothing to a result: whatever ends it, the result is written, honest, clean of secrets, and the stage empty."""

import json
from dataclasses import dataclass, field

import pytest
from tests.journals import Written
from tests.stages import (
    DIED,
    PLACES,
    STACK,
    STARTING,
    FakeReport,
    FakeStage,
    FakeTests,
    JumpingClock,
    backstage,
    healthy,
)

from crossproof.errors import Cancelled
from crossproof.parallel import Stop, Stopped
from crossproof.tiers.manifest import Limits, Require, Tier
from crossproof.tiers.running import TierRun
from crossproof.tiers.sharding import digest
from crossproof.tiers.stage import Corner, StageTrouble
from crossproof.tiers.stage import Written as Left
from crossproof.units import Duration, SecretStr

GOOD = Written().collected(["t.py::a"]).test("t.py::a").end(0)
SECRET = "s3cr3t-value"


TIER = Tier(name="unit", command="pytest", runtime=None, secrets=["KEY"])


@dataclass
class Play:
    """One tier on a fake stage."""

    script: dict = field(default_factory=lambda: {1: (["1 passed"], GOOD, 0)})
    services: list = field(default_factory=lambda: [healthy()])
    tier: Tier = TIER
    stack: object = None
    tests: dict = field(default_factory=dict)
    trouble: list = field(default_factory=list)
    at: dict = field(default_factory=dict)
    stop: Stop = field(default_factory=Stop)

    def __post_init__(self):
        self.clock, self.report, self.log = JumpingClock(at=self.at), FakeReport(), []
        self.performance = FakeTests(self.clock, script=dict(self.script), **self.tests)
        self.stage = FakeStage(self.clock, self.performance, list(self.services), self.stack, self.trouble)
        corner = Corner(
            id="unit", tier=self.tier, shard=1, shards=1, stage=self.stage, secrets={"KEY": SecretStr(SECRET)}, around={},
            sha="abc", manifest="m", reproduce="crossproof …",
        )  # fmt: skip
        self.tier_run = TierRun(corner, backstage(self.clock, self.report, self.log, self.stop), PLACES)

    def run(self):
        return self.tier_run.run()

    @property
    def written(self):
        return json.loads(self.report.texts["unit/tier-result.json"])


def tier(**more):
    return Tier(name="unit", command="pytest", runtime=None, secrets=["KEY"], **more)


def test_a_tier_without_services_runs_and_passes():
    play = Play()
    result = play.run()
    assert (result.state, result.sentence, result.reproduce) == ("passed", "1 passed.", "")
    assert sorted(play.report.texts) == [
        "unit/junit.xml",
        "unit/output.log",
        "unit/tests.jsonl",
        "unit/tier-result.json",
    ]
    assert play.stage.cleared == 1


def test_tests_are_let_go_on_only_when_services_are_ready():
    play = Play(stack=STACK, services=[STARTING] * 10 + [healthy()])
    result = play.run()
    assert result.state == "passed"
    assert play.performance.went_on == pytest.approx(2.0)
    assert result.seconds["infra"] == pytest.approx(2.0)
    assert "unit: waiting for db: health: starting" in play.log


def test_a_service_that_died_is_blamed_and_shown_and_no_test_ran():
    play = Play(stack=STACK, services=[STARTING, DIED])
    result = play.run()
    assert (result.state, result.cause) == ("error", "infra")
    assert result.sentence == "The service db ended with 3. dependency failed"
    assert play.performance.went_on is None
    assert play.performance.interrupted
    (service,) = result.services
    assert (service.state, service.trouble, service.log) == ("exited (3)", "blamed", "log of db1 with ***")
    assert "unit/services/db.log" in play.report.texts


def test_infrastructure_is_tried_again_afresh_as_often_as_the_manifest_says():
    play = Play(stack=STACK, trouble=[StageTrouble("no network")] * 2, tier=tier(retry_infra=2))
    result = play.run()
    assert result.state == "passed"
    assert play.stage.cleared == 3
    assert result.notes == ["attempt 1: no network", "attempt 2: no network"]
    once = Play(stack=STACK, trouble=[StageTrouble("no network", seen="pool is empty")]).run()
    assert (once.state, once.sentence) == ("error", "no network pool is empty")


def test_failing_tests_are_never_tried_again():
    play = Play(script={1: ([], Written().test("t.py::a", call="failed").end(1), 1)}, tier=tier(retry_infra=2))
    assert play.run().state == "failed"
    assert play.stage.cleared == 1


def test_a_failing_setup_is_no_failing_test_and_services_are_not_waited_for():
    play = Play(stack=STACK, services=[STARTING], tests={"setup_exit": 7})
    result = play.run()
    assert (result.state, result.cause, result.sentence) == (
        "error",
        "setup",
        "The setup ended with 7, so no test ran.",
    )
    assert play.clock.now < 1


def test_a_test_that_takes_too_long_is_killed_and_named():
    script = {1: ([], Written().test("t.py::a").begun("t.py::b"), None)}
    play = Play(script=script, tier=tier(limits=Limits(test=Duration(300))), tests={"deaf": True})
    result = play.run()
    assert (result.state, result.cause) == ("failed", "tests")
    assert "t.py::b ran longer than a test may" in result.sentence
    assert play.performance.interrupted
    assert play.performance.killed
    assert 300 < play.clock.now < 310


def test_a_tier_that_takes_too_long_proves_nothing_and_says_what_was_running():
    script = {1: ([], Written().test("t.py::a").begun("t.py::b"), None)}
    result = Play(script=script, tier=tier(limits=Limits(tier=Duration(60)))).run()
    assert (result.state, result.sentence) == ("timed-out", "The tier took longer than 1m. It was running t.py::b.")
    quiet = Play(script=script, tier=tier(limits=Limits(quiet=Duration(20)))).run()
    assert quiet.sentence == "Nothing was said for 20s. It was running t.py::b."


def test_a_crash_keeps_the_results_before_it():
    written = Written()
    for number in range(6):
        written.test(f"t.py::t{number}")
    result = Play(script={1: ([], written.begun("t.py::t6"), 9)}).run()
    assert (result.state, result.cause) == ("error", "crash")
    assert result.sentence == "The test process died with 9; 6 results came before. It was running t.py::t6."


def cancel():
    raise Cancelled(2)


@pytest.mark.parametrize("phase", ["services", "tests"])
def test_a_cancellation_flushes_the_results_before_anything_else_and_goes_on(phase):
    script = {1: (["so far"], Written().test("t.py::a").begun("t.py::b"), None)}
    play = Play(
        script=script,
        stack=STACK,
        services=[STARTING if phase == "services" else healthy()],
        at={5: cancel},
    )
    with pytest.raises(Cancelled):
        play.run()
    assert play.written["state"] == "cancelled"
    assert play.performance.interrupted
    assert len(play.written["cases"]) == (2 if phase == "tests" else 0)
    assert play.clock.now < 9, "the runner kills after ten seconds"


def test_a_tier_beside_one_that_was_cancelled_ends_too():
    stop = Stop()
    play = Play(script={}, at={3: stop.now}, stop=stop)
    with pytest.raises(Stopped):
        play.run()
    assert play.written["state"] == "cancelled"


def test_no_file_and_no_line_of_the_log_holds_a_secret():
    bad = Written().test("t.py::a").begun(f"t.py::b[{SECRET}]").phase(f"t.py::b[{SECRET}]", "setup", "passed")
    bad.add(
        "phase", id=f"t.py::b[{SECRET}]", when="call", outcome="failed", seconds=1, xfail=None, text=f"got {SECRET}"
    )
    bad.add("done", id=f"t.py::b[{SECRET}]").end(1)
    play = Play(script={1: ([f"the key is {SECRET}"], bad, 1)}, stack=STACK, services=[healthy(), DIED])
    result = play.run()
    assert result.state == "failed"
    everything = "\n".join([*play.report.texts.values(), *play.log, repr(result)])
    assert SECRET not in everything
    assert "the key is ***" in play.report.texts["unit/output.log"]


def test_a_test_whose_name_holds_a_secret_is_proof_without_it():
    named = f"t.py::a[{SECRET}]"
    result = Play(script={1: ([], Written().collected([named]).test(named).end(0), 0)}).run()
    assert result.proof.mine == ["t.py::a[***]"]
    assert result.proof.digest == digest(["t.py::a[***]"])
    assert SECRET not in result.as_json()


def test_a_service_that_dies_under_the_tests_is_noted_beside_their_failures():
    bad = Written().test("t.py::a", call="failed").end(1)
    result = Play(script={1: ([], bad, 1)}, stack=STACK, services=[healthy(), DIED]).run()
    assert result.notes == ["the service db died while the tests ran"]


def test_reports_that_are_missing_or_unreadable_are_no_green():
    for left, said in (
        (Left(unmet=["out/*.xml"]), "`out/*.xml` names reports, and the tests wrote none."),
        (Left(junit={"r.xml": b"<html/>"}), "r.xml is no JUnit report: it begins with <'html'>."),
        (Left(coverage={"c.xml": b"x"}), "c.xml names no file at all."),
    ):
        result = Play(tests={"left": left}).run()
        assert (result.state, result.cause, result.sentence) == ("error", "report", said)


def test_a_required_variable_that_is_empty_is_told_before_anything_runs():
    play = Play(tier=tier(require=Require(env=["GONE"])))
    result = play.run()
    assert (result.state, result.sentence) == ("error", "Required variables are empty: GONE.")
    assert play.stage.given is None
