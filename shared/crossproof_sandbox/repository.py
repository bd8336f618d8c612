"""One repository: what tests script it to contain, and what happens in it when something is dispatched."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from crossproof_sandbox.accounts import Accounts, User
from crossproof_sandbox.clock import ServerClock
from crossproof_sandbox.discussion import Discussion
from crossproof_sandbox.history import Commit, History
from crossproof_sandbox.life import Attempt, Job, JobSeen, Life, Script, Trigger, Upload
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.runs import Artifact, Run, blob_of, digest_of
from crossproof_sandbox.workflow import Definition, read

FOLDER = ".github/workflows/"


@dataclass(slots=True, kw_only=True)
class Workflow:
    """A workflow as GitHub registers it: a path with an id that outlives every version of the file."""

    id: int
    path: str
    state: str = "active"
    created_at: datetime
    runs: int = 0


@dataclass(kw_only=True)
class Repository:
    """A repository and its script."""

    id: int
    full_name: str
    owner: User
    accounts: Accounts
    clock: ServerClock
    ids: "Ids"
    private: bool = True
    default_branch: str = "main"
    archived: bool = False
    topics: tuple[str, ...] = ()
    created_at: datetime
    history: History = field(default_factory=History)
    discussion: Discussion = field(default_factory=Discussion)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    retention_days: int = 90
    index_lag: float = 0.0  # seconds that filtered lists of runs are behind
    name_shows_title: bool = False  # sometimes a run's `name` is its title, sometimes its workflow's name
    immutable_oidc_subject: bool = False
    _lives: dict[str, Script] = field(default_factory=dict)
    _next_lives: list[Script] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The part behind the owner."""
        return self.full_name.partition("/")[2]

    # --- scripting -----------------------------------------------------------------------------------------------

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        *,
        branch: str = "",
        message: str = "Change",
        author: str = "octocat",
        merges: str = "",
    ) -> str:
        """Commit changed files (None deletes one) to a branch, made from the default branch if it is new."""
        branch = branch or self.default_branch
        base = self.history.branches.get(branch) or self.history.branches.get(self.default_branch)
        content = dict(self.history.commits[base].files) if base else {}
        for path, text in files.items():
            if text is None:
                content.pop(path, None)
            else:
                content[path] = text.encode() if isinstance(text, str) else text
        self.accounts.user(author)
        parents = tuple(p for p in (base, merges) if p)
        made = self.history.commit(content, parents=parents, message=message, author=author, at=self.clock.now())
        self.history.branches[branch] = made.sha
        return made.sha

    def branch(self, name: str, at: str = "") -> str:
        """Point a branch at a commit, the default branch's head if none is named."""
        sha = at or self.history.branches[self.default_branch]
        self.history.branches[name] = sha
        return sha

    def workflow(self, file: str, text: str, *, branch: str = "") -> Workflow:
        """Commit a workflow file; one that GitHub would not take is a ValueError here."""
        path = file if "/" in file else FOLDER + file
        read(path, text)
        self.commit({path: text}, branch=branch, message=f"Add {path}")
        return self.registered(path)

    def lives(
        self,
        script: Script | None = None,
        *,
        workflow: str = "",
        once: bool = False,
        conclusion: str | None = "success",
        jobs: Iterable[Job] = (),
        artifacts: Iterable[Upload] = (),
        more: Mapping[str, Any] | None = None,
        **phases: float,
    ) -> Life | None:
        """Script the runs to come: `lives(queued=2, in_progress=5, conclusion="failure")`.

        The phases come in the order given, in seconds. `once` is for the next run only; `workflow` for one file's;
        `more` are further fields of `Life`; `script` may instead be a Life, or a function of the Trigger.
        """
        life = None
        if script is None:
            life = script = Life(
                phases=tuple(phases.items()) or Life().phases,
                conclusion=conclusion,
                jobs=tuple(jobs),
                artifacts=tuple(artifacts),
                **(more or {}),
            )
        if once:
            self._next_lives.append(script)
        else:
            self._lives[workflow] = script
        return life

    def ran(  # noqa: PLR0913 - history is told with the sides that a test is about
        self,
        workflow: str,
        *,
        ago: float,
        took: float = 60.0,
        conclusion: str = "success",
        event: str = "workflow_dispatch",
        branch: str = "",
        sha: str = "",
        title: str = "",
        actor: str = "octocat",
        jobs: Iterable[Job] = (),
        artifacts: Iterable[Upload] = (),
        head_repository: str | None = "",
        run_id: int = 0,
    ) -> Run:
        """Tell of a run that began some seconds ago and took a while."""
        branch = branch or self.default_branch
        trigger = Trigger(
            event=event, actor=actor, ref=branch, sha=sha or self.history.branches[branch], event_type=title
        )
        life = Life(
            phases=(("in_progress", took),), conclusion=conclusion, jobs=tuple(jobs), artifacts=tuple(artifacts)
        )
        definition = self.definition(self._path(workflow), trigger.sha)
        run = self.start(definition, trigger, life=life, ago=ago, run_id=run_id)
        run.title = title or run.title
        run.head_repository = self.full_name if head_repository == "" else head_repository
        return run

    # --- what happens --------------------------------------------------------------------------------------------

    def registered(self, path: str) -> Workflow:
        """Give the workflow of a path, registered if it is new."""
        if path not in self.workflows:
            self.workflows[path] = Workflow(id=self.ids.next("workflow"), path=path, created_at=self.clock.now())
        return self.workflows[path]

    def find_workflow(self, name: str) -> Workflow:
        """Find a workflow by its id or its file's name."""
        for workflow in self.workflows.values():
            if name in {str(workflow.id), workflow.path.removeprefix(FOLDER), workflow.path}:
                return workflow
        raise not_found()

    def definition(self, path: str, sha: str) -> Definition:
        """Read a workflow file at a commit."""
        content = self.history.commits[sha].files.get(path)
        if content is None:
            raise not_found()
        return read(path, content.decode())

    def definitions(self, commit: Commit) -> list[Definition]:
        """Read all workflow files of a commit."""
        return [
            self.definition(path, commit.sha)
            for path in sorted(commit.files)
            if path.startswith(FOLDER) and path.endswith((".yml", ".yaml"))
        ]

    @property
    def head(self) -> Commit:
        """The default branch's commit."""
        return self.history.commits[self.history.branches[self.default_branch]]

    def start(
        self, definition: Definition, trigger: Trigger, *, life: Life | None = None, ago: float = 0.0, run_id: int = 0
    ) -> Run:
        """Start a run."""
        workflow = self.registered(definition.path)
        workflow.runs += 1
        life = life or self._life(definition.path, trigger)
        now = (self.clock.now() - timedelta(seconds=ago)).replace(microsecond=0)
        run = Run(
            id=run_id or self.ids.next("run"),
            number=workflow.runs,
            event=trigger.event,
            workflow_id=workflow.id,
            path=definition.path,
            workflow_name=definition.name,
            title=definition.title(
                self._github_context(trigger), trigger.inputs, self._plain_title(definition, trigger)
            ),
            branch=trigger.ref,
            sha=trigger.sha,
            actor=trigger.actor,
            created_at=now,
            visible_at=now + timedelta(seconds=life.visible_after),
            check_suite_id=self.ids.next("check_suite"),
            head_repository=self.full_name,
        )
        self._attempt(run, life, trigger.actor, now, carried={})
        self.runs[run.id] = run
        return run

    def rerun(self, run: Run, actor: str, *, failed_only: bool = False, only: str = "") -> None:
        """Run a run again, whole or in part."""
        now = self.clock.now()
        run.check_rerun(now)
        carried = run.carried(now, only) if failed_only or only else {}
        if failed_only and len(carried) == len(run.latest.jobs_seen(now)):
            raise Refused(403, "This workflow run cannot be retried: it has no failed jobs")
        self._attempt(run, run.next_life(), actor, now.replace(microsecond=0), carried=carried)

    def seen_runs(self, now: datetime) -> list[Run]:
        """List the runs that the API shows, newest first."""
        return sorted(
            (r for r in self.runs.values() if r.visible(now)), key=lambda r: (r.created_at, r.id), reverse=True
        )

    def find_run(self, number: str) -> Run:
        """Find a run that the API shows."""
        run = self.runs.get(int(number))
        if run is None or not run.visible(self.clock.now()):
            raise not_found()
        return run

    def find_job(self, number: str) -> tuple[Run, Attempt, JobSeen]:
        """Find a job of any attempt of any run."""
        now = self.clock.now()
        for run in self.seen_runs(now):
            for attempt in run.attempts:
                for job in attempt.jobs_seen(now):
                    if job.id == int(number):
                        return run, attempt, job
        raise not_found()

    def _attempt(self, run: Run, life: Life, actor: str, now: datetime, *, carried: Mapping[str, JobSeen]) -> None:
        definition = self.definition(run.path, run.sha)
        scripts = life.jobs or tuple(Job(name=name) for name in definition.jobs)
        jobs = [(self.ids.next("job"), job) for job in scripts]
        fresh_ids = {job.name: number for number, job in jobs}
        kept = {name: replace(job, id=fresh_ids[name]) for name, job in carried.items() if name in fresh_ids}
        attempt = Attempt(number=len(run.attempts) + 1, started_at=now, actor=actor, life=life, jobs=jobs, carried=kept)
        run.attempts.append(attempt)
        for upload in life.artifacts:
            blob = blob_of(upload)
            created = attempt.elapsed_to(min(attempt.upload_time(upload), 1e9))
            run.artifacts.append(
                Artifact(
                    id=self.ids.next("artifact"),
                    run=run,
                    name=upload.name,
                    blob=blob,
                    digest=digest_of(blob) if upload.digest == "" else upload.digest,
                    created_at=created,
                    expires_at=created + timedelta(days=upload.keeps_days),
                    attempt=attempt,
                    upload=upload,
                )
            )

    def _life(self, path: str, trigger: Trigger) -> Life:
        if self._next_lives:
            script = self._next_lives.pop(0)
        else:
            by_file = self._lives.get(path.removeprefix(FOLDER), self._lives.get(path))
            script = by_file or self._lives.get("", Life())
        return script(trigger) if callable(script) else script

    def _path(self, workflow: str) -> str:
        return workflow if "/" in workflow else FOLDER + workflow

    def _plain_title(self, definition: Definition, trigger: Trigger) -> str:
        if trigger.event == "repository_dispatch":
            return trigger.event_type
        if trigger.event in {"push", "pull_request"}:
            return self.history.commits[trigger.sha].message.splitlines()[0]
        return definition.name

    def _github_context(self, trigger: Trigger) -> dict[str, Any]:
        event: dict[str, Any] = {"inputs": dict(trigger.inputs)}
        if trigger.event == "repository_dispatch":
            event = {"action": trigger.event_type, "client_payload": dict(trigger.client_payload)}
        return {
            "event": event,
            "event_name": trigger.event,
            "actor": trigger.actor,
            "triggering_actor": trigger.actor,
            "repository": self.full_name,
            "repository_owner": self.owner.login,
            "ref": f"refs/heads/{trigger.ref}",
            "ref_name": trigger.ref,
            "sha": trigger.sha,
        }


@dataclass
class Ids:
    """Numbers for everything: increasing, each kind in its own range, and not dense."""

    _counters: dict[str, Iterator[int]] = field(default_factory=dict)

    def next(self, kind: str) -> int:
        """Give the next number of a kind."""
        start, step = _RANGES.get(kind, (1001, 1))
        return next(self._counters.setdefault(kind, count(start, step)))


_RANGES = {
    "repository": (700_000_101, 37),
    "workflow": (90_000_001, 11),
    "run": (17_000_000_003, 13),  # beyond 32 bits, as GitHub's are
    "job": (48_000_000_001, 7),
    "artifact": (2_900_000_005, 3),
    "check_suite": (39_000_000_001, 17),
}
