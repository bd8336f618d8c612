"""What the dispatch demands of its ports, of the GitHub in memory and of the real adapters over a socket alike."""

import pytest
from tests import dispatching
from tests.at_sandbox import ECHOING, Step

from crossproof.dispatch.ports import Stop
from crossproof.dispatch.sending import Accepted, Refused, read_reply
from crossproof.dispatch.waiting import JobsSeen, Missing, Seen
from crossproof.probe import Absent, Present
from crossproof.units import RepoRef, RunId
from crossproof_sandbox import Job, Sandbox, Upload

CHILD = RepoRef("acme", "child")
TOKEN = "dw-" + "a" * 16 + "-" + "b" * 13


class InMemory:
    def __init__(self) -> None:
        self.github = dispatching.FakeGithub()
        self.ports = dispatching.outside(self.github, dispatching.Ears())

    def lives(self, *, conclusion="success", again="success", **phases):
        again = dispatching.Life(phases=tuple(phases.items()), conclusion=again)
        self.github.lives = [dispatching.Life(phases=tuple(phases.items()), conclusion=conclusion, again=again)]

    def leaves(self, name, content):
        self.github.files[name] = content

    def logs(self, text):
        self.github.logs["test"] = text

    def advance(self, seconds):
        self.github.clock.jump(seconds)


class OverSockets:
    def __init__(self, sandbox) -> None:
        self.sandbox = sandbox
        self.child = sandbox.repository(str(CHILD))
        self.child.workflow("tests.yml", ECHOING)
        self.ports = Step(sandbox).outside()
        self._left, self._log = [], ""

    def lives(self, *, conclusion="success", again="success", **phases):
        jobs = [Job(name="test", log=self._log)]
        more = {"rerun": self.child.lives(conclusion=again, jobs=jobs, once=False, **phases)}
        self.child.lives(conclusion=conclusion, jobs=jobs, artifacts=self._left, more=more, **phases)

    def leaves(self, name, content):
        self._left = [Upload(name=name, content={"outputs.json": content})]

    def logs(self, text):
        self._log = text

    def advance(self, seconds):
        self.sandbox.clock.advance(seconds)


@pytest.fixture(params=["in memory", "over sockets"])
def world(request):
    if request.param == "in memory":
        yield InMemory()
        return
    with Sandbox() as sandbox:
        sandbox.repository("acme/app")
        yield OverSockets(sandbox)


@pytest.fixture
def started(world):
    """Start a run and give its id."""

    def start(**life) -> RunId:
        world.lives(**life)
        reply = world.ports.starts.start_workflow(CHILD, "tests.yml", "main", {"correlation_id": TOKEN}, details=True)
        sent = read_reply(reply, asks_for_details=True)
        assert isinstance(sent, Accepted)
        return sent.run_id

    return start


def run_of(world, run_id):
    seen = world.ports.view.look(CHILD, run_id)
    assert isinstance(seen, Seen)
    return seen.run


def test_a_start_with_details_gives_the_id_of_a_run_that_shows_the_token(world, started):
    run = run_of(world, started(in_progress=5))
    assert (run.repository, run.event, run.workflow_file, run.attempt) == (CHILD, "workflow_dispatch", "tests.yml", 1)
    assert TOKEN in run.title
    assert run.url.endswith(f"/acme/child/actions/runs/{run.id}")


def test_an_event_gives_no_id_and_starts_what_listens(world):
    payload = {"dispatch": {"id": TOKEN}}
    assert read_reply(world.ports.starts.send_event(CHILD, "track", payload), asks_for_details=False).run_id is None
    assert world.ports.starts.send_event(CHILD, "nobody", payload).status == 204
    [run] = world.ports.runs.newest(CHILD).runs
    assert (run.event, TOKEN in run.title) == ("repository_dispatch", True)


def test_the_list_is_newest_first_and_ends_before_what_is_known(world, started):
    ids = []
    for _ in range(3):
        ids.append(started(in_progress=5))
        world.advance(1)
    assert [run.id for run in world.ports.runs.newest(CHILD).runs] == ids[::-1]
    assert [run.id for run in world.ports.runs.newest(CHILD, workflow="tests.yml", down_to=ids[0]).runs] == ids[:0:-1]
    assert world.ports.runs.newest(CHILD, down_to=ids[2]).runs == ()


def test_a_run_lives_until_it_is_completed(world, started):
    run_id = started(queued=2, in_progress=5, conclusion="failure")
    states = []
    for _ in range(9):
        run = run_of(world, run_id)
        states.append((run.status, run.conclusion))
        world.advance(1)
    assert list(dict.fromkeys(states)) == [("queued", None), ("in_progress", None), ("completed", "failure")]
    assert run_of(world, run_id).updated_at > run_of(world, run_id).created_at


def test_what_is_not_there_is_missing(world, started):
    started(in_progress=5)
    assert isinstance(world.ports.view.look(CHILD, RunId(999)), Missing)
    assert isinstance(world.ports.view.repository(CHILD), Present)


def test_jobs_are_told_whole_with_their_state(world, started):
    run_id = started(in_progress=5, conclusion="failure")
    world.advance(9)
    seen = world.ports.view.jobs(run_of(world, run_id))
    assert isinstance(seen, JobsSeen)
    assert (seen.jobs.whole, seen.jobs.attempt) == (True, 1)
    assert [(job.name, job.status, job.conclusion, job.failed) for job in seen.jobs.jobs] == [
        ("test", "completed", "failure", True)
    ]


def test_a_cancel_is_accepted_once_and_ends_the_run(world, started):
    run_id = started(in_progress=500)
    world.advance(2)
    assert world.ports.control.cancel(CHILD, run_id).how is Stop.ACCEPTED
    world.advance(2)
    assert run_of(world, run_id).conclusion == "cancelled"
    assert world.ports.control.cancel(CHILD, run_id).how is Stop.OVER


def test_failed_jobs_run_again_as_the_next_attempt_of_the_same_run(world, started):
    run_id = started(in_progress=5, conclusion="failure", again="success")
    world.advance(9)
    sent = read_reply(world.ports.control.run_failed_again(run_of(world, run_id)), asks_for_details=False)
    assert isinstance(sent, Accepted)
    assert run_of(world, run_id).attempt == 2
    world.advance(9)
    assert run_of(world, run_id).conclusion == "success"


def test_a_workflow_is_found_by_file_path_and_name_and_else_proven_absent(world):
    for name in ("tests.yml", ".github/workflows/tests.yml", "Track"):
        found = world.ports.targets.workflow(CHILD, name, "main")
        assert isinstance(found, Present), name
        assert (found.value.path, found.value.active) == (".github/workflows/tests.yml", True)
        assert found.value.file.value.dispatchable
        assert "correlation_id" in found.value.file.value.inputs
    assert isinstance(world.ports.targets.workflow(CHILD, "test.yml", "main"), Absent)
    assert [each.path for each in world.ports.targets.workflows(CHILD)] == [".github/workflows/tests.yml"]
    assert world.ports.targets.default_branch(CHILD) == "main"
    assert world.ports.targets.login() == "octocat"


def test_the_end_of_a_log_is_there_when_its_job_is_over(world, started):
    world.logs("first\nlast")
    run_id = started(in_progress=5, conclusion="failure")
    world.advance(9)
    [job] = world.ports.view.jobs(run_of(world, run_id)).jobs.jobs
    log = world.ports.yields.log(CHILD, job)
    assert isinstance(log, Present)
    assert log.value.rstrip().endswith("last")


def test_an_artifact_with_one_small_file_is_fetched(world, started):
    world.leaves("dispatch-outputs", b'{"a": "1"}')
    run_id = started(in_progress=5)
    world.advance(9)
    run = run_of(world, run_id)
    listed = world.ports.yields.artifacts(run)
    assert isinstance(listed, Present)
    [artifact] = listed.value
    assert (artifact.name, artifact.expired) == ("dispatch-outputs", False)
    assert world.ports.yields.only_file(run, artifact, 10_000) == Present(b'{"a": "1"}')


def test_an_input_that_is_not_declared_is_refused(world):
    if isinstance(world, InMemory):
        world.github.spoil("start_workflow", lambda: dispatching.Reply(status=422, text="", shown="422"))
    reply = world.ports.starts.start_workflow(CHILD, "tests.yml", "main", {"nope": "1"}, details=True)
    assert isinstance(read_reply(reply, asks_for_details=True), Refused)
