"""A commit's status is the verdict, and a better one never hides a worse one of something else."""

import pytest
from tests.telling import FAILED, HOME, PASSED, RUN, SHA, UNPROVEN, Commits, notice

from crossproof.telling.commit import CONTEXT, OnCommit
from crossproof.telling.deciding import When
from crossproof.telling.delivering import Did, deliver
from crossproof.units import RepoRef, Sha


@pytest.fixture
def commits():
    return Commits()


def tell(commits, ended=FAILED, when=When.ALWAYS, context=CONTEXT, **changes):
    told = notice(ended, **changes)
    return deliver(OnCommit(commits, RepoRef.parse(HOME), Sha(SHA), told, context), told, when, commits.clock)


@pytest.mark.parametrize(("ended", "state"), [(PASSED, "success"), (FAILED, "failure"), (UNPROVEN, "error")])
def test_only_what_passed_is_green(commits, ended, state):
    assert tell(commits, ended).did is Did.POSTED
    [(sha, context, status)] = commits.statuses
    assert (sha, context, status.state) == (SHA, "crossproof/verdict", state)
    assert status.url == f"https://github.example/acme/app/actions/runs/{RUN}/attempts/1"


def test_a_later_attempt_is_followed(commits):
    tell(commits, FAILED)
    assert tell(commits, PASSED, attempt=2).did is Did.UPDATED
    assert commits.state == "success"


def test_an_older_attempt_that_ends_late_changes_nothing(commits):
    tell(commits, FAILED, attempt=2)
    assert tell(commits, PASSED, attempt=1).did is Did.OUTDATED
    assert commits.state == "failure"


def test_of_one_attempt_the_worse_stays_whichever_report_ended_last(commits):
    tell(commits, FAILED, at="2026-11-02T09:00:00+00:00")
    assert tell(commits, PASSED, at="2026-11-02T10:00:00+00:00").did is Did.FAILED
    assert commits.state == "failure"


def test_of_one_attempt_the_worse_takes_over_whichever_report_ended_last(commits):
    tell(commits, PASSED, at="2026-11-02T10:00:00+00:00")
    assert tell(commits, FAILED, at="2026-11-02T09:00:00+00:00").did is Did.UPDATED
    assert commits.state == "failure"


def test_what_is_green_elsewhere_does_not_hide_what_is_red_here(commits):
    tell(commits, FAILED, environment="prod")
    delivery = tell(commits, PASSED, run=RUN + 1, environment="stage")
    assert (delivery.did, commits.state) == (Did.FAILED, "failure")
    assert "subject" in delivery.error.fix
    assert tell(commits, PASSED, run=RUN + 2, environment="prod").did is Did.UPDATED
    assert tell(commits, PASSED, run=RUN + 1, environment="stage").did is Did.POSTED
    assert commits.state == "success"


def test_what_is_red_is_told_whatever_is_green(commits):
    tell(commits, PASSED, environment="prod")
    assert tell(commits, FAILED, environment="stage").did is Did.POSTED
    assert commits.state == "failure"


def test_a_red_one_that_was_set_in_the_same_moment_is_put_back_in_sight(commits):
    """The other job set it after our look and before our write, which is the last that GitHub shows."""
    red = OnCommit(commits, RepoRef.parse(HOME), Sha(SHA), notice(FAILED, environment="prod"), CONTEXT)
    told = notice(FAILED, environment="prod")

    def race():
        green = commits.statuses.pop()
        red.post(told)
        commits.statuses.append(green)

    commits.meanwhile = [race]
    delivery = tell(commits, PASSED, environment="stage")
    assert (delivery.did, commits.state) == (Did.FAILED, "failure")


def test_a_subject_has_a_context_of_its_own(commits):
    tell(commits, FAILED, context=f"{CONTEXT}/ios", subject="ios")
    assert tell(commits, PASSED, context=f"{CONTEXT}/web", subject="web").did is Did.POSTED
    assert [(context, said.state) for _, context, said in commits.statuses] == [
        ("crossproof/verdict/ios", "failure"),
        ("crossproof/verdict/web", "success"),
    ]


def test_a_status_that_somebody_else_set_under_our_name_counts_as_what_it_says(commits):
    commits.set(None, SHA, context=CONTEXT, state="pending", description="by hand", url="")
    assert tell(commits, PASSED).did is Did.FAILED
    assert tell(commits, FAILED).did is Did.POSTED


def test_an_unchanged_verdict_is_set_again_and_disturbs_nobody(commits):
    tell(commits, PASSED, when=When.CHANGE)
    assert tell(commits, PASSED, attempt=2, when=When.CHANGE).did is Did.UPDATED
    assert len(commits.statuses) == 2


def test_of_failures_only_a_commit_that_passed_has_no_status(commits):
    assert tell(commits, PASSED, when=When.FAILURE).did is Did.SILENT
    assert commits.statuses == []
