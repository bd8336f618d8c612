"""Tiers run after what they need, so many at once, and not at all where that failed; the first failure stops nobody else."""

import threading

import pytest

from crossproof.parallel import Stop
from crossproof.tiers.concluding import conclude
from crossproof.tiers.result import Cause, State, TierResult
from crossproof.tiers.scheduling import run_all

NEEDS = {"unit": [], "lint": [], "integration": ["unit"], "e2e": ["integration"]}


def result(name, state=State.PASSED):
    cause = Cause.TESTS if state is State.FAILED else Cause.NONE
    return TierResult(id=name, tier=name, shard=1, shards=1, state=state, cause=cause, sentence=f"{state}.")


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_tier_whose_needs_failed_is_not_run_and_says_why(at_once):
    ran = []

    def start(name):
        ran.append(name)
        return result(name, State.FAILED if name == "unit" else State.PASSED)

    found = run_all(["unit", "lint", "integration", "e2e"], NEEDS, start, at_once=at_once, stop=Stop(), fresh={})
    assert sorted(ran) == ["lint", "unit"]
    assert [each.state for each in found] == [State.FAILED, State.PASSED, State.NOT_RUN, State.NOT_RUN]
    assert found[2].sentence == "It needs unit, which ended as failed."
    assert conclude(found)[0].word == "tests-failed"


def test_what_passed_before_is_not_run_again():
    ran = []
    fresh = {"unit": result("unit")}
    run_all(["unit", "integration"], NEEDS, lambda n: ran.append(n) or result(n), at_once=1, stop=Stop(), fresh=fresh)
    assert ran == ["integration"]


def test_side_by_side_tiers_really_run_at_once():
    both = threading.Barrier(2, timeout=20)

    def start(name):
        both.wait()
        return result(name)

    assert len(run_all(["unit", "lint"], NEEDS, start, at_once=2, stop=Stop(), fresh={})) == 2


def test_what_breaks_one_asks_the_others_to_stop():
    stop, begun = Stop(), threading.Event()

    def start(name):
        if name == "unit":
            begun.wait(20)
            raise RuntimeError("boom")
        begun.set()
        stop._event.wait(20)
        return result(name)

    with pytest.raises(RuntimeError, match="boom"):
        run_all(["unit", "lint"], NEEDS, start, at_once=2, stop=stop, fresh={})
