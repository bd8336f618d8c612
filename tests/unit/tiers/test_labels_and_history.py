"""Only what is ours and over is removed; history balances shards and notices what got slow, and proves nothing."""

import pytest

from crossproof.tiers.history import History
from crossproof.tiers.labels import EXPIRES, KEPT, PLACE, SESSION, STEP, Session, is_left_over, session_of
from crossproof.tiers.result import State, TierResult

MINE = Session(id="cptiers1", place="/runner/_temp", expires=100)


@pytest.mark.parametrize(
    ("labels", "over"),
    [
        ({}, False),
        ({"other": "x"}, False),
        ({SESSION: "cptiers1", PLACE: "/runner/_temp", EXPIRES: "1"}, False),
        ({SESSION: "cptiers2", EXPIRES: "49"}, True),
        ({SESSION: "cptiers2", EXPIRES: "51"}, False),
        ({SESSION: "cptiers2", EXPIRES: "soon"}, False),
        ({SESSION: "cptiers2", EXPIRES: "99", PLACE: "/runner/_temp"}, True),
        ({SESSION: "cptiers2", EXPIRES: "99", PLACE: "/other/_temp"}, False),
        ({SESSION: "cptiers2", EXPIRES: "99", PLACE: "/runner/_temp", KEPT: "true"}, False),
        ({SESSION: "cptiers2", EXPIRES: "99", PLACE: "/runner/_temp", STEP: "gone"}, True),
        ({SESSION: "cptiers2", EXPIRES: "99", PLACE: "/runner/_temp", STEP: "runs"}, False),
        ({SESSION: "cptiers2", EXPIRES: "49", PLACE: "/runner/_temp", STEP: "runs"}, True),
    ],
)
def test_what_is_left_over_is_told_from_what_is_in_use_and_what_is_not_ours(labels, over):
    assert is_left_over(labels, MINE, now=50, alive={"runs"}) is over


def test_a_laptop_sweeps_nothing_but_what_has_expired():
    laptop = Session(id="cptiers1", place="", expires=100)
    assert not is_left_over({SESSION: "cptiers2", EXPIRES: "99", PLACE: ""}, laptop, now=50, alive=set())


def test_what_scripts_started_is_known_by_its_project():
    assert session_of({"com.docker.compose.project": "cptiers1-unit"}) == "cptiers1"
    assert session_of({"com.docker.compose.project": "somebody-else"}) == ""


def took(seconds, state=State.PASSED):
    return TierResult(id="unit", tier="unit", shard=1, shards=1, state=state, sentence="", seconds={"whole": seconds})


def test_a_tier_that_takes_much_longer_than_it_used_to_is_noticed():
    history = History()
    for seconds in (20, 22, 21):
        history = history.with_([took(seconds)])
    assert history.slow([took(30)]) == []
    assert history.slow([took(60)]) == ["unit took 60 s; its last 3 runs took 21 s"]
    assert History.read(history.as_json().encode()).slow([took(60)])


def test_a_run_that_was_cut_short_says_nothing_of_how_long_it_takes():
    assert History().with_([took(1, State.ERROR)]).tiers == {}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"schema": "crossproof/tier-history/1", "files": 3, "tiers": {}}']
)
def test_a_history_that_cannot_be_read_is_none(content):
    assert History.read(content) == History()
