"""Tiers come in an order that respects their needs, or the circle is named."""

from hypothesis import given
from hypothesis import strategies as st

from crossproof.tiers import graph

NAMES = [f"t{n}" for n in range(7)]
ANY = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), unique=True, max_size=3) for name in NAMES})


def test_a_circle_is_named_in_its_order():
    assert graph.circle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c"]
    assert graph.circle({"a": ["a"]}) == ["a"]
    assert graph.circle({"a": ["b", "c"], "b": ["c"], "c": []}) == ()


@given(ANY)
def test_either_there_is_a_circle_or_an_order_and_both_are_right(needs):
    circle = graph.circle(needs)
    if circle:
        assert all(after in needs[before] for before, after in zip(circle, [*circle[1:], circle[0]], strict=True))
        return
    order = graph.ordered(needs, NAMES)
    assert sorted(order) == NAMES
    assert all(order.index(each) < order.index(name) for name in NAMES for each in needs[name])


@given(ANY, st.sets(st.sampled_from(NAMES)))
def test_what_is_chosen_brings_all_that_it_needs_and_nothing_else(needs, chosen):
    found = graph.closure(needs, sorted(chosen))
    assert all(each in found for name in found for each in needs[name])
    assert all(name in chosen or name in needs[found[name]] for name in found)


def test_what_runs_elsewhere_is_not_waited_for():
    needs = {"a": [], "b": ["a"]}
    assert graph.may_start("b", needs, {"b"}, set())
    assert not graph.may_start("b", needs, {"a", "b"}, set())
