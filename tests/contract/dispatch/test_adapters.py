"""The adapters under trouble: each kind of answer ends as what it is, and never as "not there"."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from tests.at_sandbox import CHILD, ECHOING, HOME, Step

from crossproof.dispatch.ports import Stop
from crossproof.dispatch.sending import Accepted, Later, OlderForm, Refused, Unclear, moved, read_reply
from crossproof.dispatch.waiting import JobsSeen, Missing, Seen, Trouble
from crossproof.dispatch.waiting import Refused as Denied
from crossproof.errors import BadCall, NoAccess, Unreachable
from crossproof.github.commit_statuses import GithubStatuses
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef, RunId
from crossproof_sandbox import Job, Sandbox, Upload, faults
from crossproof_sandbox.wire import Answer

REPO = RepoRef.parse(CHILD)
RUNS = "*/actions/runs"


def ran(child, **more):
    return RunId(child.ran("tests.yml", ago=600, took=60, **more).id)


def sent(outside, *, details=True):
    reply = outside.starts.start_workflow(REPO, "tests.yml", "main", {}, details=details)
    return read_reply(reply, asks_for_details=details)


def run_at(outside, run_id):
    return outside.view.look(REPO, run_id).run


class TestTheList:
    def test_it_is_read_page_by_page_as_far_as_asked(self, github, child, outside):
        for number in range(120):
            child.ran("tests.yml", ago=10_000 - number, took=1)
        oldest = min(child.runs)
        assert len(outside.runs.newest(REPO, most=300).runs) == 120
        assert len(outside.runs.newest(REPO, most=100).runs) == 100
        github.log.clear()
        listing = outside.runs.newest(REPO, down_to=RunId(sorted(child.runs)[-4]))
        assert (len(listing.runs), listing.reaches, len(github.log)) == (3, True, 1)
        assert outside.runs.newest(REPO, down_to=RunId(oldest), most=60).reaches is False

    def test_no_filter_is_ever_asked_for(self, github, child, outside):
        child.index_lag = 3600
        ran(child)
        assert len(outside.runs.newest(REPO, workflow="tests.yml").runs) == 1
        assert {tuple(sorted(each.query)) for each in github.log.of("GET", RUNS)} <= {("page", "per_page")}

    @pytest.mark.parametrize("what", [faults.cut, faults.broken_json, faults.reset])
    def test_a_list_that_breaks_off_is_read_again_and_in_haste_raised(self, github, child, outside, what):
        ran(child)
        github.faults.on("GET", RUNS, after_accept=what, times=1)
        assert len(outside.runs.newest(REPO).runs) == 1
        github.faults.on("GET", RUNS, after_accept=what)
        with pytest.raises(Unreachable):
            Step(github).outside().runs.newest(REPO, quick=True)

    def test_a_list_of_something_else_is_no_empty_list(self, github, outside):
        github.faults.on("GET", RUNS, lambda _: Answer.json({"total_count": 0}))
        with pytest.raises(Unreachable):
            outside.runs.newest(REPO)


class TestLooking:
    @pytest.mark.parametrize(
        "what",
        [faults.status(502), faults.status(500), faults.reset, faults.cut, faults.broken_json],
        ids=["502", "500", "reset", "cut", "broken"],
    )
    def test_server_trouble_is_trouble_and_asked_once(self, github, child, outside, what):
        run_id = ran(child)
        github.faults.on("GET", f"*/runs/{run_id}", after_accept=what)
        assert isinstance(outside.view.look(REPO, run_id), Trouble)
        assert len(github.log.of("GET", f"*/runs/{run_id}")) == 1

    def test_a_limit_says_how_long(self, github, child, outside):
        run_id = ran(child)
        github.faults.on("GET", f"*/runs/{run_id}", faults.secondary_limit(retry_after=17), times=1)
        assert outside.view.look(REPO, run_id).after == 17.0
        assert isinstance(outside.view.look(REPO, run_id), Seen)

    def test_an_expired_token_is_told_from_a_missing_permission(self, github, child):
        run_id = ran(child)
        expired = Step(github, github.token(expires_in=10)).outside()
        github.clock.advance(20)
        seen = expired.view.look(REPO, run_id)
        assert isinstance(seen, Denied)
        assert seen.expired is True
        blind = Step(github, github.token({"metadata": "read"})).outside()
        assert blind.view.look(REPO, run_id).expired is False

    def test_an_unchanged_run_is_free(self, child, step):
        outside, run_id = step.outside(), ran(child)
        outside.view.look(REPO, run_id)
        charged = step.api.counted.charged
        assert isinstance(outside.view.look(REPO, run_id), Seen)
        assert step.api.counted.charged == charged

    def test_a_deleted_run_is_missing_and_its_repository_is_there(self, child, outside):
        run_id = ran(child)
        child.runs[run_id].delete()
        assert isinstance(outside.view.look(REPO, run_id), Missing)
        assert isinstance(outside.view.repository(REPO), Present)
        assert isinstance(outside.view.repository(RepoRef("acme", "gone")), Absent)

    def test_a_repository_that_cannot_be_asked_about_is_not_gone(self, github, outside):
        github.faults.on("GET", f"/repos/{CHILD}", faults.status(502))
        assert isinstance(outside.view.repository(REPO), Unknown)

    def test_a_list_of_jobs_that_is_short_is_not_whole(self, github, child, outside):
        run_id = ran(child, jobs=[Job(name="a"), Job(name="b")])
        run = run_at(outside, run_id)

        def one_less(answer):
            listed = json.loads(answer.body)
            return replace(answer, body=json.dumps({**listed, "jobs": listed["jobs"][:1]}).encode())

        assert outside.view.jobs(run).jobs.whole
        github.clock.advance(1)
        github.faults.on("GET", "*/jobs", after_accept=one_less)
        seen = Step(github).outside().view.jobs(run)
        assert isinstance(seen, JobsSeen)
        assert not seen.jobs.whole

    def test_who_must_approve_is_read_and_trouble_with_it_is_none(self, github, child, outside):
        child.lives(waiting=100, more={"environment": "prod", "reviewers": ("ann",)})
        run = run_at(outside, sent(outside).run_id)
        assert [(each.environment, each.reviewers) for each in outside.view.approvals(run)] == [("prod", ("ann",))]
        github.faults.on("GET", "*/pending_deployments", faults.status(502))
        assert Step(github).outside().view.approvals(run) == ()


class TestActing:
    @pytest.mark.parametrize("what", [faults.status(502), faults.reset])
    def test_a_cancel_is_sent_once_whatever_comes_back(self, github, child, outside, what):
        child.lives(in_progress=500)
        run_id = sent(outside).run_id
        github.faults.on("POST", "*/cancel", after_accept=what)
        assert outside.control.cancel(REPO, run_id).how is Stop.UNCLEAR
        assert len(github.log.of("POST", "*/cancel")) == 1

    def test_a_cancel_that_conflicts_for_another_reason_is_not_taken_for_over(self, github, child, outside):
        child.lives(in_progress=500)
        run_id = sent(outside).run_id
        github.faults.on("POST", "*/cancel", faults.status(409, "Something else is going on"))
        assert outside.control.cancel(REPO, run_id).how is Stop.UNCLEAR

    def test_a_run_that_ignores_a_cancel_is_forced(self, github, child, outside):
        child.lives(in_progress=500, more={"ignores_cancel": True})
        run_id = sent(outside).run_id
        outside.control.cancel(REPO, run_id)
        github.clock.advance(5)
        assert run_at(outside, run_id).status != "completed"
        assert outside.control.cancel(REPO, run_id, force=True).how is Stop.ACCEPTED
        github.clock.advance(5)
        assert run_at(outside, run_id).conclusion == "cancelled"


class TestStarting:
    @pytest.mark.parametrize("what", [faults.status(502), faults.reset, faults.cut, faults.broken_json])
    def test_an_answer_that_is_lost_is_unclear_and_the_request_is_sent_once(self, github, child, outside, what):
        outside.targets.default_branch(REPO)
        github.faults.on("POST", "*/dispatches", after_accept=what, times=1)
        assert isinstance(sent(outside), Unclear)
        assert (len(child.runs), len(github.log.of("POST", "*/dispatches"))) == (1, 1)

    def test_a_request_that_cannot_be_sent_is_known_not_to_have_been(self, github):
        with Sandbox() as closed:
            github.url = closed.url
        assert isinstance(sent(Step(github).outside()), Later)

    def test_a_rate_limit_started_nothing(self, github, child, outside):
        github.faults.on("POST", "*/dispatches", faults.secondary_limit(retry_after=9), times=1)
        assert sent(outside).after == 9.0
        assert child.runs == {}

    def test_a_refusal_brings_its_remedy(self, github, child):
        outside = Step(github, github.token({"metadata": "read", "actions": "read"})).outside()
        refusal = sent(outside)
        assert isinstance(refusal, Refused)
        assert isinstance(refusal.error, NoAccess)
        assert "Actions: write" in refusal.error.fix

    def test_a_renamed_repository_is_followed_by_reading_it(self, github, child, outside):
        github.rename(child, "acme/renamed")
        refusal = sent(outside)
        assert isinstance(refusal, Refused)
        assert moved(refusal)
        assert outside.starts.moved_to(REPO) == RepoRef("acme", "renamed")
        assert isinstance(sent(outside), Accepted)
        assert len(child.runs) == 1

    @pytest.mark.parametrize(("flavour", "exact"), [("dotcom", True), ("ghes-3.21", True), ("ghes-3.20", False)])
    def test_every_server_is_asked_in_its_own_form(self, flavour, exact):
        with Sandbox(flavour=flavour) as server:
            server.repository(HOME)
            server.repository(CHILD).workflow("tests.yml", ECHOING)
            outside = Step(server).outside()
            outside.targets.default_branch(REPO)
            answer = sent(outside)
            if not exact:
                assert isinstance(answer, OlderForm)
                answer = sent(outside, details=False)
            assert isinstance(answer, Accepted)
            assert (answer.run_id is not None) is exact
            assert len(server.repository(CHILD).runs) == 1


class TestWorkflows:
    def test_a_ref_that_does_not_exist_is_proven_absent(self, outside):
        found = outside.targets.workflow(REPO, "tests.yml", "no-such-branch")
        assert isinstance(found.value.file, Absent)

    def test_a_file_that_may_not_be_read_is_unknown_for_want_of_a_permission(self, github):
        outside = Step(github, github.token({"metadata": "read", "actions": "write"})).outside()
        for ref in ("main", ""):
            file = outside.targets.workflow(REPO, "tests.yml", ref).value.file
            assert isinstance(file, Unknown)
            assert isinstance(file.error, NoAccess)

    def test_a_404_proves_a_missing_ref_only_where_the_file_can_be_read_elsewhere(self, github, outside):
        github.faults.on("GET", "*/contents/*", faults.status(404, "Not Found"))
        assert isinstance(outside.targets.workflow(REPO, "tests.yml", "main").value.file, Unknown)

    def test_a_file_that_only_github_understands_is_unknown_without_an_error(self, github, child, outside):
        content = b"on: workflow_dispatch\njobs: {}\nx: &a {b: 1}\ny: {<<: *a}\n"
        child.commit({".github/workflows/odd.yml": content})
        child.registered(".github/workflows/odd.yml")
        file = outside.targets.workflow(REPO, "odd.yml", "main").value.file
        assert isinstance(file, Unknown)
        assert file.error is None

    def test_server_trouble_is_neither_absent_nor_a_missing_permission(self, github, outside):
        github.faults.on("GET", "*/contents/*", faults.status(502))
        file = outside.targets.workflow(REPO, "tests.yml", "main").value.file
        assert isinstance(file.error, Unreachable)

    def test_two_workflows_of_one_name_are_told_apart_by_their_files_only(self, child, outside):
        child.workflow("again.yml", ECHOING)
        found = outside.targets.workflow(REPO, "Track", "main")
        assert found == Absent("2 workflows are called 'Track'; name the one that is meant by its file")

    def test_a_repository_that_cannot_be_seen_is_no_access(self, outside):
        found = outside.targets.workflow(RepoRef("acme", "secret"), "tests.yml", "main")
        assert isinstance(found.error, NoAccess)
        with pytest.raises(NoAccess):
            outside.targets.workflows(RepoRef("acme", "secret"))


class TestWhatIsLeft:
    def test_of_a_long_log_only_the_end_is_fetched(self, github, child, outside):
        lines = "\n".join(f"line {n} " + "x" * 90 for n in range(20_000))
        run_id = ran(child, jobs=[Job(name="test", log=lines)])
        [job] = outside.view.jobs(run_at(outside, run_id)).jobs.jobs
        log = outside.yields.log(REPO, job)
        assert "line 19999" in log.value
        assert len(log.value) <= 300_000

    def test_a_log_that_is_not_there_is_unknown(self, github, child, outside):
        child.lives(in_progress=100)
        run_id = sent(outside).run_id
        github.clock.advance(5)
        [job] = outside.view.jobs(run_at(outside, run_id)).jobs.jobs
        assert isinstance(outside.yields.log(REPO, job), Unknown)

    @pytest.mark.parametrize(
        ("upload", "said"),
        [
            (Upload(name="o", content={"a.json": "{}", "b.json": "{}"}), "must hold one file"),
            (Upload(name="o", content={"../a.json": "{}"}), "a.json"),
            (Upload(name="o", content=b"no zip at all"), "zip"),
            (Upload(name="o", content={"a.json": "x" * 3_000_000}), "at most"),
        ],
        ids=["two files", "zip slip", "no zip", "unpacks to too much"],
    )
    def test_an_artifact_that_is_not_one_small_file_is_refused(self, child, outside, upload, said):
        run = run_at(outside, ran(child, artifacts=[upload]))
        [artifact] = outside.yields.artifacts(run).value
        refusal = outside.yields.only_file(run, artifact, 2_000_000)
        assert isinstance(refusal, Unknown)
        assert said in refusal.why

    def test_a_large_artifact_is_not_even_fetched(self, github, child, outside):
        run = run_at(outside, ran(child, artifacts=[Upload(name="o", content={"a": "x"})]))
        [artifact] = outside.yields.artifacts(run).value
        assert isinstance(outside.yields.only_file(run, artifact, 10), Unknown)
        assert len(github.blobs.log) == 0

    def test_a_crafted_zip_whose_contents_are_not_as_promised_is_refused(self, child, outside):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.json", "x" * 1000)
        broken = bytearray(packed.getvalue())
        broken[40] ^= 0xFF
        run = run_at(outside, ran(child, artifacts=[Upload(name="o", content=bytes(broken))]))
        [artifact] = outside.yields.artifacts(run).value
        assert isinstance(outside.yields.only_file(run, artifact, 2_000_000), Unknown)

    def test_bytes_that_are_not_those_whose_digest_github_recorded_are_not_read(self, child, outside):
        run = run_at(outside, ran(child, artifacts=[Upload(name="o", content={"a": "x"}, digest=f"sha256:{'0' * 64}")]))
        [artifact] = outside.yields.artifacts(run).value
        refusal = outside.yields.only_file(run, artifact, 2_000_000)
        assert isinstance(refusal, Unknown)
        assert "GitHub recorded sha256:000" in refusal.why

    def test_artifacts_that_cannot_be_listed_are_unknown(self, github, child, outside):
        run = run_at(outside, ran(child))
        github.faults.on("GET", "*/artifacts", faults.status(403))
        assert isinstance(outside.yields.artifacts(run), Unknown)


def test_a_status_that_may_not_be_set_names_the_permission(github, step):
    sha = github.repository(HOME).history.branches["main"]
    GithubStatuses(step.api).set(RepoRef.parse(HOME), sha, context="c", state="pending", description="d", url="")
    blind = Step(github, github.token({"metadata": "read"}))
    with pytest.raises((NoAccess, BadCall)) as refusal:
        GithubStatuses(blind.api).set(RepoRef.parse(HOME), sha, context="c", state="error", description="d", url="")
    assert "write" in refusal.value.fix
