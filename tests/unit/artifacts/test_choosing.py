import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recordings import FORK, NOON, FakeRecordings, a_run, an_artifact, minutes, sha

from crossproof.artifacts.choosing import (
    MOST_RUNS_OPENED,
    Chosen,
    NothingFound,
    Policy,
    choose_by_id,
    choose_newest,
    newest_first,
)
from crossproof.artifacts.recorded import Job, Search
from crossproof.artifacts.wanted import Wanted
from crossproof.errors import BadCall, CrossproofError
from crossproof.units import RunId

ANY = Search()
ALL = Wanted()
STRICT = Policy()


def chosen(result: Chosen | NothingFound) -> Chosen:
    assert isinstance(result, Chosen)
    return result


def nothing(result: Chosen | NothingFound) -> NothingFound:
    assert isinstance(result, NothingFound)
    return result


def ids(result: Chosen | NothingFound) -> list[int]:
    return [artifact.id for artifact in chosen(result).artifacts]


def test_the_newest_run_that_has_the_artifact_is_chosen_not_the_newest_run():
    github = FakeRecordings([a_run(1), a_run(2), a_run(3)], [an_artifact(7, run=1), an_artifact(8, "other", run=2)])
    found = chosen(choose_newest(github, ANY, Wanted(globs=["tracktor-*"]), STRICT))
    assert (found.run.id, ids(found)) == (1, [7])


def test_a_failed_run_is_chosen_like_any_other_because_its_evidence_is_what_people_need():
    github = FakeRecordings([a_run(1), a_run(2, conclusion="failure")], [an_artifact(7, run=1), an_artifact(8, run=2)])
    assert chosen(choose_newest(github, ANY, ALL, STRICT)).run.id == 2


def test_only_runs_with_the_wanted_conclusion_are_considered():
    github = FakeRecordings([a_run(1), a_run(2, conclusion="failure")], [an_artifact(7, run=1), an_artifact(8, run=2)])
    assert chosen(choose_newest(github, Search(conclusions=frozenset({"success"})), ALL, STRICT)).run.id == 1


def test_an_index_that_lags_is_not_believed_and_the_unfiltered_list_is_read():
    github = FakeRecordings([a_run(1, head_sha=sha("b"))], [an_artifact(7)], hidden_from_index=frozenset({1}))
    assert ids(choose_newest(github, Search(shas=frozenset({sha("b")})), ALL, STRICT)) == [7]
    assert github.asked == ["runs, filtered", "runs, unfiltered", "artifacts 1"]


def test_when_nothing_fits_it_says_what_was_opened_and_what_it_held():
    github = FakeRecordings(
        [a_run(1), a_run(2)], [an_artifact(7, "web-logs", run=1), an_artifact(8, "old", run=2, expired=True)]
    )
    looked = nothing(choose_newest(github, ANY, Wanted(globs=["tracktor-*"]), STRICT)).looked
    assert looked.opened == [
        "run 2 (success, 2026-06-02 12:02): 'old' (expired)",
        "run 1 (success, 2026-06-02 12:01): 'web-logs'",
    ]


def test_an_expired_artifact_is_remembered_with_its_run_and_an_older_living_one_is_taken():
    github = FakeRecordings([a_run(1), a_run(2)], [an_artifact(7, run=1), an_artifact(8, run=2, expired=True)])
    assert ids(choose_newest(github, ANY, ALL, STRICT)) == [7]
    gone = FakeRecordings([a_run(2)], [an_artifact(8, run=2, expired=True)])
    looked = nothing(choose_newest(gone, ANY, ALL, STRICT)).looked
    assert [(run.id, artifact.id) for run, artifact in looked.expired] == [(2, 8)]


def test_a_run_of_which_one_wanted_artifact_has_expired_does_not_pass_for_whole():
    github = FakeRecordings([a_run(1)], [an_artifact(7, "a"), an_artifact(8, "b", expired=True)])
    looked = nothing(choose_by_id(github, RunId(1), ALL, STRICT)).looked
    assert [artifact.name for _, artifact in looked.expired] == ["b"]


def test_each_glob_must_find_something():
    github = FakeRecordings([a_run(1)], [an_artifact(7, "ios-logs"), an_artifact(8, "ios-video")])
    assert ids(choose_by_id(github, RunId(1), Wanted(globs=["ios-*", "!*-video"]), STRICT)) == [7]
    assert nothing(choose_by_id(github, RunId(1), Wanted(globs=["ios-*", "android-*"]), STRICT))


def test_all_wanted_ids_or_none():
    github = FakeRecordings([a_run(1)], [an_artifact(7, "a"), an_artifact(8, "b")])
    assert ids(choose_by_id(github, RunId(1), Wanted(ids=[8]), STRICT)) == [8]
    assert nothing(choose_by_id(github, RunId(1), Wanted(ids=[8, 9]), STRICT))


@pytest.mark.parametrize("head", [FORK, None], ids=["a fork", "a fork that was deleted"])
def test_a_run_of_strangers_code_is_refused_even_by_its_id(head):
    github = FakeRecordings([a_run(1, head_repository=head)], [an_artifact(7)])
    with pytest.raises(CrossproofError) as refused:
        choose_by_id(github, RunId(1), ALL, STRICT)
    assert refused.value.reason.word == "untrusted-run"
    assert ids(choose_by_id(github, RunId(1), ALL, Policy(allow_forks=True))) == [7]


def test_a_search_passes_over_strangers_runs_and_remembers_them():
    github = FakeRecordings([a_run(1), a_run(2, head_repository=FORK)], [an_artifact(7, run=1), an_artifact(8, run=2)])
    assert ids(choose_newest(github, ANY, ALL, STRICT)) == [7]
    only = FakeRecordings([a_run(2, head_repository=FORK)], [an_artifact(8, run=2)])
    assert [run.id for run in nothing(choose_newest(only, ANY, ALL, STRICT)).looked.foreign] == [2]


def test_an_artifact_marked_as_strangers_is_passed_over_whatever_its_run_says():
    github = FakeRecordings([a_run(1)], [an_artifact(7, foreign=True)])
    assert nothing(choose_by_id(github, RunId(1), ALL, STRICT))


def test_a_run_of_another_workflow_than_expected_is_refused():
    github = FakeRecordings([a_run(1)], [an_artifact(7)])
    assert ids(choose_by_id(github, RunId(1), ALL, Policy(expected_workflow="tracktor.yml"))) == [7]
    with pytest.raises(CrossproofError, match=r"is one of \.github/workflows/tracktor\.yml, not of 'deploy\.yml'"):
        choose_by_id(github, RunId(1), ALL, Policy(expected_workflow="deploy.yml"))


def test_a_run_that_still_runs_is_not_found_by_search_but_may_be_named():
    running = a_run(2, status="in_progress", conclusion="")
    github = FakeRecordings([a_run(1), running], [an_artifact(7, run=1), an_artifact(8, run=2)])
    assert chosen(choose_newest(github, ANY, ALL, STRICT)).run.id == 1
    assert ids(choose_by_id(github, RunId(2), ALL, STRICT)) == [8]


def test_a_rerun_of_an_old_commit_is_not_newer_than_the_run_of_a_newer_commit():
    old = a_run(1, head_sha=sha("a"), started_at=NOON + minutes(90), attempt=2)
    new = a_run(2, head_sha=sha("b"))
    assert [run.id for run in newest_first([old, new])] == [2, 1]


def test_of_one_commit_the_run_that_started_last_counts():
    again = a_run(1, started_at=NOON + minutes(90), attempt=2)
    assert [run.id for run in newest_first([again, a_run(2)])] == [1, 2]


def test_no_more_runs_are_opened_than_announced_and_the_rest_is_counted():
    github = FakeRecordings([a_run(n) for n in range(1, 41)])
    looked = nothing(choose_newest(github, ANY, ALL, STRICT)).looked
    assert (len(looked.opened), looked.unopened) == (MOST_RUNS_OPENED, 10)


def test_an_exact_run_costs_two_requests():
    github = FakeRecordings([a_run(1)], [an_artifact(7)])
    choose_by_id(github, RunId(1), ALL, STRICT)
    assert github.asked == ["run 1", "artifacts 1"]


# Attempts ------------------------------------------------------------------------------------------------------------

SECOND = NOON + minutes(60)
TWICE = a_run(1, attempt=2, started_at=SECOND)


def jobs(**starts: float) -> list[Job]:
    return [Job(name, NOON + minutes(start)) for name, start in starts.items()]


def test_the_later_upload_counts_although_its_id_is_lower():
    github = FakeRecordings([TWICE], [an_artifact(99, at=5), an_artifact(42, at=61)])
    assert ids(choose_by_id(github, RunId(1), ALL, STRICT)) == [42]


def test_after_a_full_rerun_an_earlier_upload_is_stale():
    github = FakeRecordings(
        [TWICE],
        [an_artifact(7, "ios", at=5), an_artifact(8, "web", at=61)],
        job_lists={(1, 2): jobs(ios=60, web=60), (1, 1): jobs(ios=1, web=1)},
    )
    assert ids(choose_by_id(github, RunId(1), ALL, STRICT)) == [8]
    assert nothing(choose_by_id(github, RunId(1), Wanted(globs=["ios"]), STRICT))


@pytest.mark.parametrize(
    "latest", [jobs(web=60), jobs(ios=1, web=60)], ids=["the kept job is not listed", "the kept job has its old times"]
)
def test_after_a_rerun_of_failed_jobs_the_uploads_of_kept_jobs_still_count(latest):
    github = FakeRecordings(
        [TWICE],
        [an_artifact(7, "ios", at=5), an_artifact(8, "web", at=61)],
        job_lists={(1, 2): latest, (1, 1): jobs(ios=1, web=1)},
        attempts={(1, 1): NOON},
    )
    found = chosen(choose_by_id(github, RunId(1), ALL, STRICT))
    assert (ids(found), found.kept) == ([7, 8], {7})


def test_after_a_full_rerun_and_a_partial_one_only_uploads_since_the_full_one_count():
    thrice = a_run(1, attempt=3, started_at=NOON + minutes(120))
    github = FakeRecordings(
        [thrice],
        [an_artifact(5, "tv", at=5), an_artifact(6, "web", at=65), an_artifact(7, "ios", at=125)],
        job_lists={(1, 1): jobs(ios=1, web=1, tv=1), (1, 2): jobs(ios=61, web=61, tv=61), (1, 3): jobs(ios=121)},
        attempts={(1, 2): NOON + minutes(60)},
    )
    found = chosen(choose_by_id(github, RunId(1), ALL, STRICT))
    assert (ids(found), found.kept) == ([6, 7], {6})


def test_a_given_attempt_counts_only_what_was_uploaded_while_it_ran():
    uploads = [an_artifact(1, at=5), an_artifact(2, at=61), an_artifact(3, at=121)]
    thrice = a_run(1, attempt=3, started_at=NOON + minutes(120))
    starts = {(1, n): NOON + minutes(60 * (n - 1)) for n in (1, 2, 3)}
    github = FakeRecordings([thrice], uploads, attempts=starts)
    assert [ids(choose_by_id(github, RunId(1), ALL, Policy(attempt=n))) for n in (1, 2, 3)] == [[1], [2], [3]]


def test_an_attempt_that_does_not_exist_is_a_mistake_in_the_call():
    with pytest.raises(BadCall) as refused:
        choose_by_id(FakeRecordings([a_run(1)]), RunId(1), ALL, Policy(attempt=2))
    assert refused.value.faults[0].what == "is 2, and run 1 has 1: https://github.com/acme/ios-app/actions/runs/1"


def test_two_uploads_of_one_name_in_one_second_are_ambiguous_unless_they_are_equal():
    github = FakeRecordings([TWICE], [an_artifact(1, at=61), an_artifact(2, at=61)])
    with pytest.raises(CrossproofError) as refused:
        choose_by_id(github, RunId(1), ALL, STRICT)
    assert refused.value.reason.word == "ambiguous"
    equal = FakeRecordings([TWICE], [an_artifact(1, at=61, sha256="0" * 64), an_artifact(2, at=61, sha256="0" * 64)])
    assert ids(choose_by_id(equal, RunId(1), ALL, STRICT)) == [2]


@st.composite
def histories(draw: st.DrawFn) -> tuple[FakeRecordings, list[int]]:
    """Runs of one to three attempts, each of which runs all jobs or some again, with ids in any order."""
    names = ["ios", "web", "tv"]
    count = draw(st.integers(1, 3))
    uploads, lists, starts, whole = [], {}, {}, [1]
    numbers = draw(st.permutations(range(1, 10)))
    for attempt in range(1, count + 1):
        start = 60 * (attempt - 1)
        again = names if attempt == 1 else draw(st.sampled_from([names, ["web"], ["ios", "tv"]]))
        whole += [attempt] if len(again) == len(names) and attempt > 1 else []
        starts[1, attempt] = NOON + minutes(start)
        lists[1, attempt] = [Job(name, NOON + minutes(start + 1)) for name in again]
        for name in again:
            if draw(st.booleans()):
                uploads.append(an_artifact(numbers[len(uploads)], name, at=start + 2 + len(uploads) / 100))
    run = a_run(1, attempt=count, started_at=NOON + minutes(60 * (count - 1)))
    return FakeRecordings([run], uploads, attempts=starts, job_lists=lists), whole


@given(histories())
def test_of_each_name_the_newest_upload_is_taken_and_none_from_before_the_last_full_run(history):
    github, whole = history
    result = choose_by_id(github, RunId(1), ALL, STRICT)
    since = github.attempts[1, whole[-1]]
    expected = {
        artifact.name: artifact.id
        for artifact in sorted(github.uploaded, key=lambda artifact: artifact.created_at)
        if artifact.created_at >= since
    }
    taken = result.artifacts if isinstance(result, Chosen) else []
    assert {artifact.name: artifact.id for artifact in taken} == expected


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 50), st.integers(0, 50), st.booleans(), st.booleans()), max_size=8
    )
)
def test_a_chosen_run_has_ended_is_our_own_and_has_everything_unexpired(rows):
    runs = [
        a_run(
            n,
            head_sha=sha("abcdef"[commit]),
            created_at=NOON + minutes(created),
            started_at=NOON + minutes(created + later),
            status="completed" if ended else "in_progress",
            head_repository=FORK if commit == 5 else a_run().repository,
        )
        for n, (commit, created, later, ended, _) in enumerate(rows, 1)
    ]
    uploads = [an_artifact(n, run=n, at=100, expired=row[4]) for n, row in enumerate(rows, 1)]
    result = choose_newest(FakeRecordings(runs, uploads), ANY, ALL, STRICT)
    fit = [run for run, row in zip(runs, rows, strict=True) if run.completed and not run.foreign and not row[4]]
    if isinstance(result, Chosen):
        assert result.run in fit
        # A commit is as new as its newest run, also where that run's artifacts have expired.
        opened = newest_first([run for run in runs if run.completed and not run.foreign])
        assert result.run == next(run for run in opened if run in fit)
    else:
        assert not fit
