"""What no earlier run had is told once, in words; what varies by itself is not."""

import pytest
from tests.walks import found, learned, run

from crossproof.tracking.baseline.comparing import Comparing, compare
from crossproof.tracking.baseline.profile import MOST_EVENTS
from crossproof.tracking.baseline.sent import Sent
from crossproof.tracking.findings import MOST_GROUPS, What
from crossproof.tracking.places import place
from crossproof.tracking.plan.model import BaselineHints
from crossproof.tracking.rules import Level


def walk(**changed):
    """The walk that all of these tests start from."""
    base = {"page": "home", "logged_in": "false", "app_name": "news"}
    return run(("start", base), ("home", base | changed), ("article", base | {"page": "article"}))


KNOWN = learned([walk()] * 5)


def test_a_run_like_the_others_has_no_findings():
    assert found(KNOWN, walk()) == []


def test_an_event_of_every_run_that_did_not_happen():
    assert found(KNOWN, [each for each in walk() if each.event != "home"]) == [
        "baseline/event-missing · home did not happen; it did in every run"
    ]


def test_an_event_of_some_runs_may_be_missing():
    profile = learned([walk(), walk()[:2], walk()])
    assert found(profile, walk()[:2]) == []


def test_an_event_that_no_run_had():
    assert found(KNOWN, [*walk(), *run("crash", start=1_770_000_003.0)]) == [
        "baseline/event-new · crash happened in no earlier run"
    ]


def test_an_event_more_often_than_ever():
    twice = run(*((each.event, dict(each.params)) for each in walk() for _ in range(1 + (each.event == "home"))))
    assert found(KNOWN, twice) == ["baseline/count · home happened more often than ever (1 in a run) · 2 times"]


def test_how_often_an_event_varies_is_learned():
    times = [run("start", *["tick"] * n) for n in (3, 4, 5)]
    profile = learned(times)
    assert found(profile, run("start", *["tick"] * 6)) == []
    assert found(profile, run("start", *["tick"] * 9)) == [
        "baseline/count · tick happened more often than ever (3 to 5 in a run) · 9 times"
    ]
    assert found(profile, run("start", "tick")) == [
        "baseline/count · tick happened less often than ever (3 to 5 in a run) · 1 times"
    ]


def test_events_in_another_order_are_told_once_not_for_every_pair():
    profile = learned([run(*"abcdef")] * 3)
    assert found(profile, run(*"fabcde")) == ["baseline/order · f came before a, which was always first"]
    assert found(profile, run(*"bacdfe")) == [
        "baseline/order · b came before a, which was always first",
        "baseline/order · f came before e, which was always first",
    ]


def test_an_order_that_varies_by_itself_is_no_finding():
    profile = learned([run(*"abcd"), run(*"acbd"), run(*"abcd"), run(*"acbd")])
    assert found(profile, run(*"acbd")) == []
    assert found(profile, run(*"dabc")) == ["baseline/order · d came before a, which was always first"]


def test_a_param_that_was_always_there_and_is_not():
    gone = run(
        *(
            (each.event, {k: v for k, v in each.params.items() if k != "page" or each.event != "home"})
            for each in walk()
        )
    )
    assert found(KNOWN, gone) == ["baseline/param-missing · home.page is missing; it was always there"]


@pytest.mark.parametrize(("value", "said"), [(None, "null"), ("", "the empty text")])
def test_a_param_that_was_always_populated_and_is_not(value, said):
    assert found(KNOWN, walk(page=value)) == [f"baseline/param-missing · home.page is {said}; it was always populated"]


def test_a_param_that_was_always_null_must_still_be_there():
    profile = learned([run(("home", {"voucher": None}))] * 3)
    assert found(profile, run("home")) == ["baseline/param-missing · home.voucher is missing; it was always there"]
    assert found(profile, run(("home", {"voucher": "SUMMER"}))) == [
        "baseline/param-new · home.voucher is populated; it never was · 'SUMMER'"
    ]


def test_a_param_that_is_there_now_and_then_may_be_missing():
    profile = learned([walk(teaser="a"), walk(), walk(teaser="b")])
    assert found(profile, walk()) == []


def test_a_param_that_no_run_had():
    assert found(KNOWN, walk(beta="yes")) == ["baseline/param-new · home.beta is there; no earlier run had it · 'yes'"]


def test_what_changed_in_every_event_is_told_once():
    everywhere = run(*((each.event, dict(each.params) | {"app_name": "nws", "beta": 1}) for each in walk()))
    assert found(KNOWN, everywhere) == [
        "baseline/param-new · beta is there; no earlier run had it · 1",
        "baseline/value · app_name was always news · 'nws'",
    ]


def test_a_value_of_another_type():
    assert found(KNOWN, walk(logged_in=False)) == [
        "baseline/type · home.logged_in is of type boolean; it was always string · False"
    ]


def test_a_stand_in_for_a_value_is_found_where_any_value_may_stand():
    profile = learned([walk(headline=f"Heute im Angebot sind {n} Dinge") for n in range(5)])
    assert found(profile, walk(headline="Und noch ein paar Worte mehr")) == []
    assert found(profile, walk(headline="undefined")) == [
        "baseline/type · home.headline is of type stand-in; it was always string · 'undefined'"
    ]


def test_a_constant_that_changed():
    assert found(KNOWN, walk(logged_in="true")) == ["baseline/value · home.logged_in was always false · 'true'"]


def test_a_value_that_is_right_for_another_event_is_wrong_for_this_one():
    assert found(KNOWN, walk(page="article")) == ["baseline/value · home.page was always home · 'article'"]


def test_one_of_a_few_values_is_as_ever_and_another_is_not():
    profile = learned([walk(theme=theme) for theme in ("dark", "light") * 4])
    assert found(profile, walk(theme="light")) == []
    assert found(profile, walk(theme="blue")) == ["baseline/value · home.theme was always dark or light · 'blue'"]


def test_values_that_vary_freely_are_not_compared():
    profile = learned([walk(teaser=word, count=n) for n, word in enumerate(("a", "b", "c", "d", "e", "f"))])
    assert found(profile, walk(teaser="g", count=99)) == []


def test_a_value_of_another_shape():
    profile = learned([walk(tracking_id=f"F63B24A2-6B29-4AE1-8DD9-{n:012}") for n in range(5)])
    assert found(profile, walk(tracking_id="F63B24A2-6B29-4AE1-8DD9-DDA8B8F75A91")) == []
    assert found(profile, walk(tracking_id="none")) == [
        "baseline/pattern · home.tracking_id always looked like uuid · 'none'"
    ]


def test_a_value_that_is_one_per_run_may_differ_from_run_to_run_and_not_within_one():
    def session(first, second):
        return run(("home", {"visit": first}), ("article", {"visit": second}))

    profile = learned([session(word * 2, word * 2) for word in "abcd"])
    assert found(profile, session("zz", "zz")) == []
    assert found(profile, session("zz", "yy")) == ["baseline/value · visit changed within the run; it never did before"]


def test_builds_and_versions_are_no_constants_however_long_they_stay_the_same():
    profile = learned([walk(app_build="2600", os_version="17.5", session_id="s")] * 9)
    assert found(profile, walk(app_build="2601", os_version="18", session_id="t")) == []


def test_a_small_number_that_stayed_the_same_for_a_while_is_no_constant_yet():
    few, many = learned([walk(items=2)] * 5), learned([walk(items=2)] * 6)
    assert found(few, walk(items=3)) == []
    assert found(many, walk(items=3)) == ["baseline/value · home.items was always 2 · 3"]


def test_what_the_plan_says_of_how_values_vary_is_believed():
    assert found(KNOWN, walk(page="elsewhere"), volatile=frozenset({"page"})) == []
    assert found(KNOWN, walk(logged_in="true"), run_constant=frozenset({"logged_in"})) == [
        "baseline/value · logged_in changed within the run; it never did before"
    ]


def test_an_event_later_after_the_one_before_it_than_ever():
    slow = [Sent(each.event, each.params, each.seconds + 30 * (each.event != "start"), each.at) for each in walk()]
    assert found(KNOWN, slow) == [
        "baseline/timing · home came later after start than ever (it took 1.0 s at most) · after 31.0 s"
    ]


def test_a_run_without_times_is_compared_all_the_same():
    assert found(KNOWN, [Sent(each.event, each.params, None, each.at) for each in walk()]) == []


def test_each_log_of_a_run_has_an_order_of_its_own():
    logs = [
        Sent(event, {}, None, place(log, at))
        for log, events in enumerate(("ab", "ba"))
        for at, event in enumerate(events, 1)
    ]
    assert found(learned([run(*"ab")] * 3), logs[:2]) == []
    assert found(learned([run(*"ab")] * 3), logs) == [
        "baseline/count · a happened more often than ever (1 in a run) · 2 times",
        "baseline/count · b happened more often than ever (1 in a run) · 2 times",
        "baseline/order · b came before a, which was always first",
    ]


def test_an_empty_run_is_no_run_like_the_others():
    profile = learned([run("a"), run("b")])  # neither is in every run, so neither is missed
    assert found(profile, []) == ["log/empty ·  hold no event to be held against the baseline"]


def test_of_one_or_two_runs_only_plain_words_are_believed():
    profile = learned([walk(teaser="a", offer="Sieben Tage lang testen")] * 2)
    assert found(profile, walk(teaser="b", offer="Nur noch heute für Sie")) == []
    other = run(*((each.event, dict(each.params) | {"app_name": "nws"}) for each in walk()))
    assert found(profile, other) == [
        "baseline/param-missing · home.offer is missing; it was always there",
        "baseline/param-missing · home.teaser is missing; it was always there",
        "baseline/value · app_name was always news · 'nws'",
    ]


def test_differences_that_luck_may_explain_are_warnings_until_enough_runs_are_known():
    few, enough = (compare(learned([walk()] * n), walk(), repr_of) for n in (4, 5))
    assert (few.level("baseline/value", Level.ERROR), enough.level("baseline/value", Level.ERROR)) == (
        Level.WARNING,
        Level.ERROR,
    )
    assert few.level("baseline/event-missing", Level.ERROR) is Level.ERROR
    assert few.level("baseline/value", Level.NOTICE) is Level.NOTICE
    sooner = compare(learned([walk()] * 4), walk(), repr_of, BaselineHints(min_runs=3))
    assert sooner.level("baseline/value", Level.ERROR) is Level.ERROR


def test_what_too_few_runs_cannot_tell_is_said():
    assert compare(learned([walk()] * 2), walk(), repr_of).not_compared == [
        "values and order against the baseline: it knows 2 of the 3 runs from which on they are compared in full"
    ]
    assert compare(learned([walk()] * 3), walk(), repr_of).not_compared == []


def test_the_place_and_the_value_of_a_finding_are_kept_as_the_caller_shows_them():
    comparison = compare(KNOWN, walk(logged_in="true"), lambda param, value: f"({param} hidden)")
    (seen,) = comparison.findings.groups.values()
    assert (seen.count, seen.first, seen.examples[0].shown) == (1, place(0, 2), "(logged_in hidden)")


def test_names_without_end_cost_no_memory_and_are_told_as_a_limit():
    comparing = Comparing(KNOWN, repr_of)
    for n in range(20_000):
        comparing.take(Sent(f"event {n}", {f"param {n}": n}, float(n), place(0, n + 1)))
    findings = comparing.end().findings
    assert len(comparing.run.counts) == MOST_EVENTS
    assert len(findings.groups) < MOST_GROUPS
    assert max(len(what.event + what.param) for what in findings.groups) <= 320
    assert [what for what in findings.groups if what.rule == "log/cap-reached"] == [
        What("log/cap-reached", reason="hold more than 250 names of events: the rest was not held against the baseline")
    ]


def test_names_without_measure_are_told_as_a_limit_and_never_shown():
    comparing = Comparing(KNOWN, repr_of)
    comparing.take(Sent("home", dict(walk()[1].params) | {"y" * 5000: 1}, None, 1))
    comparing.take(Sent("x" * 5000, {}, None, 2))
    groups = comparing.end().findings.groups
    assert {what.reason for what in groups if what.rule == "log/cap-reached"} == {
        "hold names of events of 5000 characters; 160 at most are learned: the rest was not held against the baseline"
    }
    assert max(len(what.event + what.param) for what in groups) <= 320


def repr_of(param, value):
    return repr(value)
