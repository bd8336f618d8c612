"""A GitHub in memory that keeps the laws of the dispatch's ports: runs with scripted lives on a clock that jumps."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.clocks import JumpingClock

from crossproof.dispatch.correlation import Echo
from crossproof.dispatch.explaining import Approval
from crossproof.dispatch.journal import Journal
from crossproof.dispatch.ports import Listing, Outside, Stop, Stopped
from crossproof.dispatch.preflight import Workflow
from crossproof.dispatch.runs import Artifact, Job, Jobs, Run
from crossproof.dispatch.sending import Reply, Silence
from crossproof.dispatch.waiting import JobsSeen, Limited, Missing, Refused, Seen, Trouble
from crossproof.dispatch.workflow_file import InputOf, WorkflowFile
from crossproof.errors import CrossproofError, Unreachable
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef, RunId

HOME = RepoRef("acme", "app")
CHILD = RepoRef("acme", "child")
ECHOES = {
    ("workflow_dispatch", Echo.TITLE): "Track [${{ inputs.correlation_id }}]",
    ("repository_dispatch", Echo.TITLE): "Track [${{ github.event.client_payload.dispatch.id }}]",
}


def workflow(name="tests.yml", *, echo=Echo.TITLE, inputs=None, hears=("track",), state="active", number=7) -> Workflow:
    """A workflow that can be started by both events and shows its token where it is told to."""
    shown = "${{ github.event.client_payload.dispatch.id || inputs.correlation_id }}"
    file = WorkflowFile(
        dispatchable=True,
        inputs={"correlation_id": InputOf(), "environment": InputOf()} if inputs is None else inputs,
        hears=hears,
        triggers=("workflow_dispatch", "repository_dispatch"),
        run_name=f"Track [{shown}]" if echo is Echo.TITLE else "",
        names=(f"mark {shown}",) if echo is Echo.JOBS else ("test",),
    )
    return Workflow(id=number, name="Track", path=f".github/workflows/{name}", state=state, file=Present(file))


@dataclass
class Life:
    """What becomes of a run: how long in which status, and how it ends."""

    phases: tuple[tuple[str, float], ...] = (("queued", 2.0), ("in_progress", 20.0))
    conclusion: str | None = "success"
    visible_after: float = 0.0
    conclusion_after: float = 0.0
    jobs: tuple[str, ...] = ("test",)
    again: "Life | None" = None
    ignores_cancel: bool = False


@dataclass
class Child:
    """One run on its way."""

    run: Run
    life: Life
    born: float  # of this attempt
    seen_from: float
    cancelled: float | None = None
    gone_at: float | None = None
    job_names: tuple[str, ...] = ()


@dataclass
class FakeGithub:
    """Every port of the dispatch but the log."""

    clock: JumpingClock = field(default_factory=JumpingClock)
    workflows_of: dict[RepoRef, list[Workflow]] = field(default_factory=lambda: {CHILD: [workflow()]})
    lives: list[Life] = field(default_factory=list)  # of the next runs, in order; then the usual one
    children: list[Child] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)  # artifacts by name
    renamed: dict[RepoRef, RepoRef] = field(default_factory=dict)
    # What goes wrong: (method, how often, what happens instead). A callable may raise, or give the port's answer.
    faults: list[list] = field(default_factory=list)
    posts: list[dict] = field(default_factory=list)
    cancels: list[tuple[RunId, bool]] = field(default_factory=list)
    reruns: list[RunId] = field(default_factory=list)
    looks: int = 0
    listed: int = 0
    details: bool = True
    knows_details: bool = True
    actor: str = "octocat"
    login_known: bool = True
    waits_for: tuple[Approval, ...] = ()
    repository_there: bool = True
    next_id: int = 1000
    calls: int = 0
    charged: int = 0
    left: float = 1.0
    shown: str = "4,990 requests left"

    def spoil(
        self, method: str, answer: Callable[[], object], *, times: int = 1, skip: int = 0, after: bool = False
    ) -> None:
        """Let the next calls of a method (but the first `skip`) end otherwise; `after` lets them do their work first."""
        self.faults.append([method, times, answer, after, skip])

    # -- Targets

    def default_branch(self, repository):
        return "main"

    def workflow(self, repository, name, ref):
        for each in self.workflows_of.get(repository, []):
            if name in (each.path.rpartition("/")[2], each.path, each.name, str(each.id)):
                return Present(each)
        return Absent(f"{name!r} is no workflow of {repository}")

    def workflows(self, repository):
        return self.workflows_of.get(repository, [])

    def login(self):
        return self.actor if self.login_known else None

    # -- Starts

    @property
    def gives_details(self):
        return self.details

    def moved_to(self, repository):
        return self.renamed.get(repository)

    def start_workflow(self, repository, workflow, ref, inputs, *, details):
        self.posts.append({"repository": repository, "workflow": workflow, "ref": ref, "inputs": dict(inputs)})
        token = inputs.get("correlation_id", "")

        def work():
            [child] = [
                self.begin(w, repository, "workflow_dispatch", ref, token) for w in self._named(repository, workflow)
            ]
            body = f'{{"workflow_run_id": {child.run.id}}}' if details and self.knows_details else ""
            return Reply(status=200 if body else 204, text=body, shown="POST", at=self.clock.now())

        return self._post("start_workflow", repository, work)

    def send_event(self, repository, event_type, payload):
        self.posts.append({"repository": repository, "event_type": event_type, "payload": dict(payload)})
        token = payload["dispatch"]["id"]

        def work():
            for each in self.workflows_of.get(repository, []):
                if each.active and each.file.value.hears_event(event_type):
                    self.begin(each, repository, "repository_dispatch", "main", token, event_type)
            return Reply(status=204, text="", shown="POST", at=self.clock.now())

        return self._post("send_event", repository, work)

    # -- RunList

    def newest(self, repository, *, workflow="", down_to=None, most=100, quick=False):
        self.listed += 1
        if (fault := self._fault("newest")) is not None:
            return fault()
        runs = [self._now(child) for child in reversed(self.children) if self._visible(child)]
        runs = [r for r in runs if r.repository == repository and workflow in ("", r.workflow_file)]
        if down_to is not None:
            runs = [run for run in runs if run.id > down_to]
        return Listing(runs=tuple(runs[:most]), at=self.clock.now(), reaches=True)

    # -- RunView

    def look(self, repository, run_id):
        self.looks += 1
        if (fault := self._fault("look")) is not None:
            return fault()
        child = self._child(run_id)
        if child is None or not self._visible(child):
            return Missing(f"run {run_id} was answered 404")
        return Seen(self._now(child))

    def jobs(self, run):
        if (fault := self._fault("jobs")) is not None:
            return fault()
        child = self._child(run.id)
        now = self._now(child)
        jobs = tuple(self._job(child, now, place, name) for place, name in enumerate(child.job_names))
        return JobsSeen(Jobs(attempt=now.attempt, jobs=jobs, whole=True))

    def approvals(self, run):
        return self.waits_for

    def repository(self, repository):
        return Present(str(repository)) if self.repository_there else Absent(f"{repository} was answered 404")

    # -- RunControl

    def cancel(self, repository, run_id, *, force=False, seconds=30):
        self.cancels.append((run_id, force))
        if (fault := self._fault("cancel")) is not None:
            return fault()
        child = self._child(run_id)
        if child is None or self._now(child).completed:
            return Stopped(Stop.OVER, "409: it is completed")
        if force or not child.life.ignores_cancel:
            child.cancelled = self.clock.monotonic()
        return Stopped(Stop.ACCEPTED, "202")

    def run_failed_again(self, run):
        self.reruns.append(run.id)

        def work():
            child = self._child(run.id)
            child.life = child.life.again or child.life
            child.born, child.cancelled = self.clock.monotonic(), None
            child.run = replace(child.run, attempt=child.run.attempt + 1, started_at=self.clock.now())
            return Reply(status=201, text="{}", shown="POST")

        return self._post("run_failed_again", run.repository, work)

    # -- RunYield

    def log(self, repository, job):
        return Present(self.logs[job.name]) if job.name in self.logs else Unknown("the log was answered 404")

    def artifacts(self, run):
        if (fault := self._fault("artifacts")) is not None:
            return fault()
        found = (Artifact(id=n, name=name, size=10, digest="", expired=False) for n, name in enumerate(self.files, 1))
        return Present(tuple(found))

    def only_file(self, run, artifact, most_bytes):
        if (fault := self._fault("only_file")) is not None:
            return fault()
        return Present(self.files[artifact.name])

    # -- the script

    def begin(self, of, repository, event, branch, token="", event_type="", *, actor="") -> Child:
        """Let a run of a workflow come into being now."""
        life = self.lives.pop(0) if self.lives else Life()
        file = of.file.value
        now, run_id = self.clock.now(), RunId(self.next_id)
        self.next_id += 3
        echo = file.echo(event)
        title = f"Track [{token}]" if echo is Echo.TITLE else event_type or of.name
        run = Run(
            id=run_id,
            repository=repository,
            url=f"https://github.example/{repository}/actions/runs/{run_id}",
            name=of.name,
            title=title,
            event=event,
            path=of.path,
            workflow_id=of.id,
            number=len(self.children) + 1,
            attempt=1,
            status="queued",
            conclusion=None,
            actor=actor or self.actor,
            head_branch=branch,
            head_sha="a" * 40,
            created_at=now,
            started_at=now,
            updated_at=now,
        )
        names = tuple(f"mark {token}" if echo is Echo.JOBS else name for name in life.jobs)
        born = self.clock.monotonic()
        child = Child(run=run, life=life, born=born, seen_from=born + life.visible_after, job_names=names)
        self.children.append(child)
        return child

    def _post(self, method, repository, work):
        """A fault answers instead of the work, or (`after`) once it is done."""
        if repository in self.renamed:
            return Reply(status=307, text="", shown="307", error=Unreachable("moved"))
        fault = self._striking(method)
        if fault is None:
            return work()
        if fault[3]:
            work()
        return fault[2]()

    def _fault(self, method):
        fault = self._striking(method)
        return fault[2] if fault else None

    def _striking(self, method):
        for fault in self.faults:
            if fault[0] == method and fault[4] > 0:
                fault[4] -= 1
            elif fault[0] == method and fault[1] > 0:
                fault[1] -= 1
                return fault
        return None

    def _named(self, repository, name):
        return [each for each in self.workflows_of[repository] if name == each.path.rpartition("/")[2]]

    def _child(self, run_id):
        return next((child for child in self.children if child.run.id == run_id), None)

    def _visible(self, child):
        now = self.clock.monotonic()
        return now >= child.seen_from and (child.gone_at is None or now < child.gone_at)

    def _now(self, child) -> Run:
        elapsed = self.clock.monotonic() - child.born
        if child.cancelled is not None:
            ended = child.cancelled - child.born + 1.0
            if elapsed >= ended:
                return self._ended(child, "cancelled", ended)
        passed = 0.0
        for status, seconds in child.life.phases:
            if elapsed < passed + seconds:
                return replace(child.run, status=status, updated_at=self._time(child, passed))
            passed += seconds
        conclusion = child.life.conclusion if elapsed >= passed + child.life.conclusion_after else None
        return self._ended(child, conclusion, passed)

    def _ended(self, child, conclusion, after) -> Run:
        return replace(child.run, status="completed", conclusion=conclusion, updated_at=self._time(child, after))

    def _time(self, child, seconds) -> datetime:
        return self.clock.now() + timedelta(seconds=child.born + seconds - self.clock.monotonic())

    def _job(self, child, run, place, name) -> Job:
        done = run.completed
        return Job(
            id=int(run.id) * 10 + place,
            name=name,
            status="completed" if done else run.status,
            conclusion=(child.life.conclusion if run.conclusion != "cancelled" else "cancelled") if done else None,
            url=f"{run.url}/job/{place}",
            labels=("ubuntu-latest",),
            started_at=self._time(child, child.life.phases[0][1]) if run.status not in ("queued", "pending") else None,
        )


@dataclass
class Ears:
    """The log and the outputs, as somebody would read them."""

    lines: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    pages: list[tuple[str, str]] = field(default_factory=list)

    def line(self, text=""):
        self.lines.append(text)

    def notice(self, message, *, title=""):
        self.notices.append(message)

    def warning(self, message, *, title=""):
        self.warnings.append(message)

    def foreign(self, text):
        self.lines.append(f"| {text}")

    @contextmanager
    def group(self, title):
        self.lines.append(f"> {title}")
        yield

    def tell(self, name, value):
        self.outputs[name] = value

    @property
    def state(self):
        return self.states[-1] if self.states else ""


def outside(github: FakeGithub, ears: Ears, *, seconds_left=lambda: 7.0) -> Outside:
    """Put a fake GitHub where the real one would be."""
    counter = iter(range(10_000))

    @contextmanager
    def undisturbed():
        yield

    return Outside(
        targets=github,
        starts=github,
        runs=github,
        view=github,
        control=github,
        yields=github,
        spending=github,
        time=github.clock,
        tell=ears,
        output=ears.tell,
        known=lambda name, url: ears.pages.append((name, url)),
        journal=Journal(ears.states.append),
        undisturbed=undisturbed,
        randomness=lambda size: next(counter).to_bytes(size, "big"),
        seconds_left=seconds_left,
    )


def trouble(text="502") -> Callable[[], object]:
    return lambda: Trouble(text)


def refused(*, expired=True) -> Callable[[], object]:
    return lambda: Refused("401: bad credentials", expired)


def limited(after=30.0) -> Callable[[], object]:
    return lambda: Limited(after, "slow down")


def unclear(status=502) -> Callable[[], object]:
    return lambda: Reply(status=status, text="", shown=f"POST was answered {status}", error=Unreachable(str(status)))


def silence(*, left=True) -> Callable[[], object]:
    return lambda: Silence(Unreachable("no answer"), left)


def raising(error: CrossproofError) -> Callable[[], object]:
    def act():
        raise error

    return act
