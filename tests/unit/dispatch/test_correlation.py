"""Which runs a dispatch started: proven by id or token, else by elimination that is waited for and looked at again."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.dispatch.correlation import (
    Echo,
    Expected,
    Found,
    KeepLooking,
    LookInto,
    Method,
    Refuse,
    Search,
    Trail,
    correlate,
    still_alone,
)
from crossproof.dispatch.runs import Run
from crossproof.dispatch.token import Key
from crossproof.units import RepoRef, RunId

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATH, OTHER = ".github/workflows/tests.yml", ".github/workflows/other.yml"
TOKEN, FOREIGN = (Key({"key": name}).token(b"1") for name in ("mine", "theirs"))


def run(number, title="Track", *, path=PATH, event="repository_dispatch", status="in_progress", **more) -> Run:
    return Run(
        id=RunId(number), repository=RepoRef("acme", "child"), url=f"u/{number}", name="Track", title=title,
        event=event, path=path, workflow_id=7, number=number, attempt=1, status=status, conclusion=None,
        actor=more.get("actor", "octocat"), head_branch=more.get("branch", "main"), head_sha="a" * 40,
        created_at=more.get("created_at", AT), started_at=AT, updated_at=AT,
    )  # fmt: skip


def search(*expected, **more) -> Search:
    known = tuple(expected) or (Expected(path=PATH, echo=Echo.NONE),)
    return Search(
        token=TOKEN, event="repository_dispatch", after=RunId(100), not_before=AT - timedelta(seconds=5),
        not_after=AT + timedelta(seconds=30), sent_at=0.0, **{"expected": known, "actor": "octocat", **more},
    )  # fmt: skip


def look(search, *readings, jobs=()):
    """Read the list several times, ten seconds apart."""
    trail, answer = Trail(), None
    for seen, names in jobs:
        trail = trail.with_jobs(seen, names)
    for number, runs in enumerate(readings):
        trail, answer = correlate(search, trail, runs, number * 10.0)
    return answer


class TestToken:
    def test_the_run_that_shows_the_token_in_its_title_is_the_one(self):
        mine = run(103, f"Track [{TOKEN}]")
        assert look(search(), [run(104), mine, run(102)]) == Found(((mine, Method.TITLE),))

    def test_the_name_counts_as_a_title_too(self):
        mine = replace(run(103), name=f"Track [{TOKEN}]")
        assert look(search(), [mine]) == Found(((mine, Method.TITLE),))

    def test_part_of_a_token_is_no_token(self):
        assert isinstance(look(search(), [run(103, f"Track [{TOKEN}-x] {TOKEN[:-1]}")]), KeepLooking)

    def test_the_token_in_a_job_or_step_counts(self):
        mine = run(103)
        wanted = search(Expected(path=PATH, echo=Echo.JOBS))
        assert look(wanted, [mine, run(102)], jobs=[(mine, [f"mark {TOKEN}"])]) == Found(((mine, Method.JOBS),))

    def test_two_runs_of_one_workflow_with_the_token_are_refused(self):
        both = [run(104, TOKEN), run(103, TOKEN)]
        assert look(search(), both) == Refuse(tuple(both))

    def test_a_run_of_another_event_or_workflow_with_the_token_is_not_ours(self):
        seen = [run(103, TOKEN, event="push"), run(104, TOKEN, path=OTHER)]
        assert isinstance(look(search(Expected(path=PATH, echo=Echo.TITLE)), seen), KeepLooking)

    def test_one_event_that_starts_two_workflows_is_found_when_both_are(self):
        wanted = search(Expected(path=PATH, echo=Echo.TITLE), Expected(path=OTHER, echo=Echo.TITLE))
        first, second = run(103, TOKEN), run(104, TOKEN, path=OTHER)
        answer = look(wanted, [first])
        assert isinstance(answer, KeepLooking)
        assert answer.found == ((first, Method.TITLE),)
        assert look(wanted, [first], [second, first]) == Found(((first, Method.TITLE), (second, Method.TITLE)))

    def test_where_nobody_knows_who_listens_every_run_with_the_token_counts(self):
        first, second = run(103, TOKEN), run(104, TOKEN, path=OTHER)
        assert look(search(expected=None), [second, first]) == Found(((second, Method.TITLE), (first, Method.TITLE)))

    def test_a_workflow_that_shows_tokens_is_never_guessed(self):
        wanted = search(Expected(path=PATH, echo=Echo.TITLE))
        assert isinstance(look(wanted, *[[run(103)]] * 50), KeepLooking)


class TestElimination:
    def test_the_only_run_that_fits_is_believed_after_it_stayed_so(self):
        only = run(103)
        assert isinstance(look(search(), [only]), KeepLooking)
        assert look(search(), [only], [only]) == Found(((only, Method.ELIMINATION),))

    def test_two_that_fit_are_refused(self):
        assert look(search(), [run(103), run(104)], [run(103), run(104)]) == Refuse((run(103), run(104)))

    def test_a_second_one_that_comes_within_the_settle_period_is_seen(self):
        assert isinstance(look(search(), [run(103)], [run(103), run(104)]), Refuse)

    @pytest.mark.parametrize(
        "other",
        [
            run(99),
            run(104, event="push"),
            run(104, path=OTHER),
            run(104, actor="someone"),
            run(104, branch="dev"),
            run(104, f"Track [{FOREIGN}]"),
            run(104, created_at=AT - timedelta(seconds=6)),
            run(104, created_at=AT + timedelta(minutes=2)),
        ],
        ids=["older", "event", "workflow", "actor", "branch", "their token", "before", "long after"],
    )
    def test_what_cannot_be_ours_is_left_out(self, other):
        listing = [other, run(103)]
        assert look(search(branch="main"), listing, listing) == Found(((run(103), Method.ELIMINATION),))

    def test_a_default_title_is_the_events_type(self):
        wanted = search(Expected(path=PATH, echo=Echo.NONE, default_title="track"))
        listing = [run(104, "other-event"), run(103, "track")]
        assert look(wanted, listing, listing) == Found(((run(103, "track"), Method.ELIMINATION),))

    def test_after_an_unclear_answer_elimination_proves_nothing(self):
        assert isinstance(look(search(accepted=False), *[[run(103)]] * 10), KeepLooking)

    def test_where_it_is_not_known_that_the_dispatch_starts_it_nothing_is_eliminated(self):
        """Another event of the same sender may have started the run, and ours nothing."""
        unsure = search(Expected(path=PATH, echo=Echo.NONE, certain=False))
        assert isinstance(look(unsure, *[[run(103)]] * 50), KeepLooking)
        trail = Trail().with_jobs(run(103), [])
        assert isinstance(correlate(search(expected=None), trail, [run(103)], 500.0)[1], KeepLooking)

    def test_a_run_whose_jobs_show_somebody_elses_token_is_theirs(self):
        theirs, mine = run(103), run(104)
        wanted = search(Expected(path=PATH, echo=Echo.UNKNOWN))
        jobs = [(theirs, [FOREIGN]), (mine, ["test"])]
        assert look(wanted, *[[mine, theirs]] * 2, jobs=jobs) == Found(((mine, Method.ELIMINATION),))

    def test_a_workflow_that_may_show_the_token_in_its_jobs_is_looked_into_first(self):
        wanted = search(Expected(path=PATH, echo=Echo.UNKNOWN))
        assert look(wanted, [run(103)]) == LookInto((run(103),))

    def test_jobs_of_a_queued_run_may_still_show_something_so_two_candidates_are_not_refused_yet(self):
        wanted = search(Expected(path=PATH, echo=Echo.UNKNOWN))
        queued = [run(103, status="queued"), run(104, status="queued")]
        trail, _ = correlate(wanted, Trail(), queued, 0.0)
        _, answer = correlate(wanted, trail, queued, 20.0, just_read=frozenset({RunId(103), RunId(104)}))
        assert isinstance(answer, KeepLooking)

    def test_a_late_sibling_casts_doubt_on_what_was_found(self):
        assert still_alone(search(), Trail(), [run(103)], [run(104), run(103)]) == (run(104),)
        assert still_alone(search(), Trail(), [run(103)], [run(103), run(104, FOREIGN)]) == ()


@given(st.integers(2, 20), st.integers(0, 1000), st.sampled_from(list(Echo)))
def test_many_dispatchers_of_one_workflow_never_take_each_others_run(count, seed, echo):
    """All runs of one second, in any order of visibility: each dispatcher finds its own or nothing."""
    dice = random.Random(seed)
    tokens = [Key({"key": str(n)}).token(bytes([n])) for n in range(count)]
    runs = [run(101 + n, tokens[n] if echo is Echo.TITLE else "Track") for n in range(count)]
    visible_at = [dice.uniform(0, 9) for _ in runs]
    for mine, token in enumerate(tokens):
        wanted = replace(search(Expected(path=PATH, echo=echo)), token=token)
        trail = Trail()
        for now in range(0, 60, 2):
            listing = [each for each, at in zip(runs, visible_at, strict=True) if at <= now]
            trail, answer = correlate(wanted, trail, listing, float(now))
            while isinstance(answer, LookInto):
                for each in answer.runs:
                    trail = trail.with_jobs(each, [tokens[each.id - 101]] if echo is Echo.JOBS else ["test"])
                read = frozenset(each.id for each in answer.runs)
                trail, answer = correlate(wanted, trail, listing, float(now), just_read=read)
            if isinstance(answer, Found):
                [(found, _)] = answer.runs
                assert found.id == 101 + mine
                break
            if isinstance(answer, Refuse):
                assert echo in (Echo.NONE, Echo.UNKNOWN)
                break
        else:
            pytest.fail("neither found nor refused")
