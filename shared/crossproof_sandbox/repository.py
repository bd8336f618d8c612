"""One repository: what tests script it to contain, and what happens in it when something is dispatched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crossproof_sandbox.accounts import Accounts, User
from crossproof_sandbox.clock import ServerClock
from crossproof_sandbox.discussion import Discussion, Issue, Pull
from crossproof_sandbox.history import Commit, History
from crossproof_sandbox.ids import Ids
from crossproof_sandbox.life import Attempt, Job, JobSeen, Life, Script, Trigger, Upload
from crossproof_sandbox.refusal import not_found
from crossproof_sandbox.runs import Run
from crossproof_sandbox.starting import again, start
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
    ids: Ids
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

    def tag(self, name: str, at: str = "", *, message: str = "") -> str:
        """Point a tag at a commit; with a message it is an annotated one, an object of its own."""
        commit = at or self.history.branches[self.default_branch]
        self.history.tags[name] = self.history.annotate(name, commit, message, self.clock.now()) if message else commit
        return commit

    def pull(
        self, head: str, *, base: str = "", title: str = "A change", author: str = "octocat", body: str = "",
        from_fork: str | None = "",
    ) -> Pull:  # fmt: skip
        """Propose a branch; `from_fork` names the repository it comes from, None says that it is gone."""
        base = base or self.default_branch
        number = self.ids.next(f"number of {self.id}")
        pull = Pull(
            id=self.ids.next("pull"),
            number=number,
            title=title,
            body=body,
            author=author,
            head=head,
            head_sha=self.history.branches[head],
            head_repository=self.full_name if from_fork == "" else from_fork,
            base=base,
            base_sha=self.history.branches[base],
            created_at=self.clock.now(),
        )
        self.discussion.pulls[number] = pull
        return pull

    def merge(self, pull: Pull) -> str:
        """Merge a pull request by a merge commit."""
        head = self.history.commits[pull.head_sha]
        base = self.history.merge_base(pull.base_sha, pull.head_sha)
        files = {change.path: change.after for change in self.history.changes(base, head)}
        sha = self.commit(files, branch=pull.base, message=f"Merge #{pull.number}", merges=pull.head_sha)
        pull.state, pull.merged_at, pull.merge_commit_sha = "closed", self.clock.now(), sha
        return sha

    def issue(self, title: str = "A question", *, body: str = "", author: str = "octocat") -> int:
        """Open an issue, and give its number."""
        number = self.ids.next(f"number of {self.id}")
        self.discussion.issues[number] = Issue(
            id=self.ids.next("issue"),
            number=number,
            title=title,
            body=body,
            author=author,
            created_at=self.clock.now(),
        )
        return number

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
        run = start(self, definition, trigger, life=life, ago=ago, run_id=run_id)
        run.title = title or run.title
        run.head_repository = self.full_name if head_repository == "" else head_repository
        return run

    def rerun(self, run: Run, *, actor: str = "octocat", failed_only: bool = False) -> None:
        """Let somebody run a run again."""
        again(self, run, actor, failed_only=failed_only)

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

    def life_of(self, path: str, trigger: Trigger) -> Life:
        """Give the script of the run to come."""
        if self._next_lives:
            script = self._next_lives.pop(0)
        else:
            by_file = self._lives.get(path.removeprefix(FOLDER), self._lives.get(path))
            script = by_file or self._lives.get("", Life())
        return script(trigger) if callable(script) else script

    def _path(self, workflow: str) -> str:
        return workflow if "/" in workflow else FOLDER + workflow
