"""What shares a message, and which commit a verdict may be put on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.telling import HOME, OTHER, RUN, SHA, here, report, tree

from crossproof.errors import CrossproofError
from crossproof.report.received import read
from crossproof.telling.topic import commit_of, run_page, topic_of
from crossproof.units import RepoRef, RunId, Sha


def of(changes=None, job=None, **more):
    return topic_of(read(report(**(changes or {}))), job or here(), **{"subject": None, "pull_request": None, **more})


def about(**changes):
    return {"subject": {**tree()["subject"], **changes}}


def test_what_later_runs_of_a_branch_prove_is_one_topic():
    first, later = of(), of({"run": RUN + 5}, here(run_id=RunId(RUN + 5)))
    assert first == later
    assert (first.title, first.place) == ("dispatch-and-wait · acme/child", "main")


DIFFERENT = {
    "another branch": of(job=here(ref="refs/heads/next")),
    "a pull request": of(job=here(ref="refs/pull/12/merge")),
    "another workflow": of(job=here(workflow="Nightly")),
    "another repository": of(about(repository="acme/other")),
    "another environment": of(about(environment="prod")),
    "another job": of({"produced_by": {**tree()["produced_by"], "job": "other"}}),
    "another server": of(job=here(server_url="https://ghe.example")),
    "a name of its own": of(subject="ios"),
    "the same name on another server": of(subject="ios", job=here(server_url="https://ghe.example")),
    "another commit of this repository": of(about(repository=HOME, sha=OTHER)),
    "a report of another run": of({"run": RUN - 1}),
}


def test_what_is_about_something_else_is_another_topic():
    keys = [topic.key for topic in (of(), *DIFFERENT.values())]
    assert len(set(keys)) == len(keys)


def test_a_pull_request_is_one_topic_whichever_workflow_event_tells_of_it():
    merge = of(job=here(ref="refs/pull/12/merge"))
    assert merge == of(job=here(ref="refs/pull/12/merge"), pull_request=12)
    assert merge.place == "pull request 12"
    first, second = (of({"run": RUN - back, **about(sha=sha)}, pull_request=12) for back, sha in ((1, SHA), (2, OTHER)))
    assert first == second


def test_a_name_that_the_caller_gives_stands_for_itself():
    assert of(subject="release 4.2").title == "release 4.2"
    assert of(subject="release 4.2") == of(about(environment="prod"), subject="release 4.2")


def test_two_commits_that_begin_alike_are_two_topics():
    shared = SHA[:7]
    one, other = (of(about(repository=HOME, sha=shared + tail * 33)) for tail in "ab")
    assert one.place == other.place == f"commit {shared}"
    assert one.key != other.key


def commit(changes=None, job=None, repository=None, asked=None):
    return commit_of(read(report(**(changes or {}))), job or here(), repository, asked)


def test_the_status_of_this_run_s_report_goes_on_this_job_s_commit():
    assert commit() == (RepoRef.parse(HOME), Sha(SHA))


def test_a_report_about_a_commit_of_this_repository_has_its_status_there():
    assert commit(about(repository=HOME, sha=OTHER))[1] == Sha(OTHER)


def refused(*given, **more):
    with pytest.raises(CrossproofError) as refusal:
        commit(*given, **more)
    return refusal.value.what


def test_an_old_report_goes_on_no_new_commit():
    assert refused(about(repository=HOME, sha=OTHER), asked=Sha(SHA)).startswith("The report is about commit ddddddd")


def test_a_report_of_another_run_chooses_no_commit_by_itself():
    for changes in ({"run": RUN - 1}, {"run": RUN - 1, **about(repository=HOME, sha=SHA)}, {"run": None}):
        assert refused(changes).startswith("The report was made by another run")
        assert commit(changes, asked=Sha(SHA)) == (RepoRef.parse(HOME), Sha(SHA))


def test_where_no_commit_or_no_repository_is_known_none_is_guessed():
    assert refused(job=here(repository=None)) == "No repository is known."
    assert refused(job=here(sha="")) == "No commit of acme/app is known."
    assert refused(repository=RepoRef.parse("acme/third")) == "No commit of acme/third is known."


@given(
    st.sampled_from([HOME, "acme/child"]),
    st.sampled_from(["", SHA, OTHER]),
    st.sampled_from([RUN, RUN - 1, None]),
    st.sampled_from([None, SHA, OTHER]),
)
def test_a_commit_is_chosen_only_by_the_caller_by_this_job_or_by_a_report_of_this_run(repository, sha, run, asked):
    try:
        _, chosen = commit({"run": run, **about(repository=repository, sha=sha)}, asked=Sha(asked) if asked else None)
    except CrossproofError:
        return
    ours = {SHA} | ({sha} if repository == HOME and run == RUN else set())
    assert chosen.hex == asked if asked else chosen.hex in ours
    assert not (asked and repository == HOME and sha) or sha == chosen.hex


def test_a_link_leads_to_this_job_s_server_whatever_the_report_says():
    received = read(report())
    assert received.run is not None
    assert run_page(received.run, here()) == f"https://github.example/acme/app/actions/runs/{RUN}/attempts/1"
