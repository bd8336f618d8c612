"""The page of a run hides nothing of a green tier: what was forgiven, what was noticed, what was tried again."""

from crossproof.tiers.cases import Attempt, Case, Ended
from crossproof.tiers.result import State, TierResult
from crossproof.tiers.summary import page


def case(name, *ends):
    attempts = [Attempt(ended=end, text="boom" if end is Ended.FAILED else "") for end in ends]
    last = Ended.FLAKY if len(ends) > 1 else ends[-1]
    return Case(id=f"t.py::{name}", suite="pytest", classname="t", name=name, ended=last, attempts=attempts)


def green(**more):
    return TierResult(id="unit", tier="unit", shard=1, shards=1, state=State.PASSED, sentence="2 passed.", **more)


def test_a_service_that_died_under_green_tests_is_shown():
    shown = page([green(notes=["the service db died while the tests ran"])], {}, [])
    assert "> `unit`: the service db died while the tests ran" in shown


def test_a_forgiven_failure_is_shown_with_what_it_said():
    shown = page([green(cases=[case("bad", Ended.FAILED)], quarantined=["t.py::bad"])], {}, [])
    assert "#### In quarantine" in shown
    assert "| `unit` | `t.py::bad` | failed | boom |" in shown


def test_a_flaky_test_is_shown_with_its_attempts_and_is_in_no_quarantine():
    shown = page([green(cases=[case("odd", Ended.FAILED, Ended.PASSED)])], {}, [])
    assert "| `unit` | `t.py::odd` | failed, passed |" in shown
    assert "quarantine" not in shown
