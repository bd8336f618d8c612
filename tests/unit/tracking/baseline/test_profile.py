"""What is known of runs can be added up in any order, says nothing against the runs it came from, and stays small."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.walks import RUNS, found, learned, run

from crossproof.tracking.baseline.learning import NotLearnable, learn
from crossproof.tracking.baseline.profile import MOST_VALUES, About, NotAddable, total
from crossproof.tracking.baseline.sent import Sent
from crossproof.tracking.places import place


def profiles(runs):
    return [learn(each, About(), f"{at:04}") for at, each in enumerate(runs)]


@given(st.lists(RUNS, min_size=2, max_size=4))
def test_the_order_in_which_runs_are_learned_makes_no_difference(runs):
    known = profiles(runs)
    assert all(total(order) == total(known) for order in permutations(known))


@given(RUNS, RUNS, RUNS)
def test_profiles_can_be_added_in_any_grouping(one, two, three):
    a, b, c = profiles([one, two, three])
    assert (a + b) + c == a + (b + c)


@given(st.lists(RUNS, min_size=1, max_size=6), st.integers(1, 4))
def test_a_run_that_was_learned_never_differs_from_its_own_profile(runs, times):
    profile = learned(runs * times)
    for each in runs:
        assert found(profile, each) == []
        assert found(profile, each, run_constant=frozenset({"page"}), volatile=frozenset({"n"})) == []


def test_runs_of_another_plan_platform_or_scenario_are_not_added():
    ios, android = learned([run("home")], platform="ios"), learned([run("home")], platform="android")
    with pytest.raises(NotAddable, match="one is about platform 'ios', the other about platform 'android'"):
        ios + android


def test_the_same_run_is_not_learned_twice():
    once = learned([run("home")])
    with pytest.raises(NotAddable, match="both hold the run 0000, which would count twice"):
        once + once


def test_an_empty_run_teaches_nothing():
    with pytest.raises(NotLearnable, match="no event"):
        learn([], About(), "0")


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ([(f"event {n}", {}) for n in range(251)], "more than 250 names of events"),
        ([("home", {f"param {n}": 1 for n in range(1001)})], "more than 1000 names of params"),
        (
            [(f"event {n}", {f"param {m}": 1 for m in range(101)}) for n in range(100)],
            "more than 10000 params of events",
        ),
        ([("x" * 161, {})], "names of events of 161 characters; 160 at most are learned"),
        ([("home", {"x" * 161: 1})], "names of params of 161 characters; 160 at most are learned"),
    ],
)
def test_names_without_end_are_refused_instead_of_learned_in_part(sent, why):
    with pytest.raises(NotLearnable, match=why):
        learn(run(*sent), About(), "0")


def test_events_that_follow_each_other_in_every_way_are_refused():
    names = [f"{a}" for pair in permutations(range(75), 2) for a in pair]
    with pytest.raises(NotLearnable, match="more than 5000 ways in which events follow each other"):
        learn(run(*names), About(), "0")


def test_too_many_names_are_refused_also_where_only_the_sum_has_them():
    one = learn(run(*(f"a{n}" for n in range(200))), About(), "1")
    other = learn(run(*(f"b{n}" for n in range(200))), About(), "2")
    with pytest.raises(NotAddable, match="together they hold 400 names of events; 250 at most are kept"):
        one + other


def test_values_without_end_are_counted_as_many():
    words = [f"word{chr(97 + n)}" for n in range(MOST_VALUES + 1)]
    profile = learned([run(*(("home", {"page": word}) for word in words))])
    assert profile.params["page"].values.many
    assert not learned([run(*(("home", {"page": word}) for word in words[1:]))]).params["page"].values.many


def test_order_and_time_are_those_within_a_log():
    two_logs = [
        Sent("home", {}, 10.0, place(0, 1)),
        Sent("article", {}, 12.0, place(0, 2)),
        Sent("play", {}, 500.0, place(1, 1)),
    ]
    profile = learned([two_logs])
    assert [*profile.order] == [("article", "home")]
    assert {pair: gap.longest for pair, gap in profile.gaps.items()} == {("home", "article"): 2.0}
