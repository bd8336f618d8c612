"""The inputs by which a run and its artifacts are named, for the actions that fetch and that archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crossproof.artifacts.choosing import Policy
from crossproof.artifacts.recorded import Recordings, Search
from crossproof.artifacts.wanted import Wanted
from crossproof.errors import Fault
from crossproof.runner import inputs as given
from crossproof.units import Duration, RepoRef, Sha, clip, flag, numbers, one_of, text, whole, words

_SHORTEST_COMMIT, _WHOLE_COMMIT = 7, 40


class Conclusion(StrEnum):
    """How a run can end."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    NEUTRAL = "neutral"
    SKIPPED = "skipped"
    ACTION_REQUIRED = "action_required"
    STALE = "stale"
    STARTUP_FAILURE = "startup_failure"


def commit(value: str) -> str:
    """Read a commit id of at least seven digits."""
    digits = value.strip().lower()
    if not (_SHORTEST_COMMIT <= len(digits) <= _WHOLE_COMMIT and {"0"} != set(digits) <= set("0123456789abcdef")):
        raise ValueError(f"{clip(value)} is no commit id; write at least {_SHORTEST_COMMIT} hexadecimal digits")
    return digits


def day(value: str) -> date:
    """Read a day as YYYY-MM-DD."""
    return date.fromisoformat(value.strip())


def attempt(value: str) -> int:
    """Read an attempt; 0 stands for the latest."""
    return 0 if value.strip() == "latest" else whole(1, 1000)(value)


def conclusions(value: str) -> frozenset[str]:
    """Read the conclusions that count; none named means any."""
    if value.strip() == "any":
        return frozenset()
    return frozenset(one_of(Conclusion)(word) for word in words(value))


@dataclass(frozen=True, kw_only=True)
class WhichRun:
    """Names a run exactly, or describes it; and says which of its artifacts are meant."""

    repository: RepoRef | None = given.optional(
        "The repository whose run recorded the artifacts, `owner/name`; by default the current one.",
        read=RepoRef.parse,
    )
    run_id: int | None = given.optional("The run, if it is known. Nothing else then narrows it.", read=whole(1, 10**18))
    run_attempt: int = given.optional(
        "The `latest` attempt (with what the jobs that did not run again uploaded before), or the number of one.",
        read=attempt,
        default="latest",
    )
    workflow: str | None = given.optional("File name of the workflow, such as `e2e.yml`.", read=text)
    commit: str | None = given.optional("Commit that was run, at least 7 digits.", read=commit)
    branch: str | None = given.optional("Branch that was run.", read=text)
    tag: str | None = given.optional("Tag whose commit was run.", read=text)
    pr: int | None = given.optional("Number of a pull request, any of whose commits was run.", read=whole(1, 10**9))
    event: str | None = given.optional("Event that started the run, such as `repository_dispatch`.", read=text)
    conclusion: frozenset[str] = given.optional(
        "Conclusions that count, or `any`. Failed runs are what people look into, so they count by default.",
        read=conclusions,
        default="any",
    )
    artifacts: tuple[str, ...] = given.optional(
        "Globs of artifact names, one a line; `!` takes away. Each must find something. By default all.",
        read=words,
        default="",
    )
    artifact_ids: tuple[int, ...] = given.optional(
        "Ids of artifacts, all of one run; all of them or none.", read=numbers, default=""
    )
    allow_forks: bool = given.optional(
        "Also take what the code of a fork uploaded. It is hostile until you have proven otherwise.",
        read=flag,
        default="false",
    )
    expected_workflow: str | None = given.optional(
        "Refuse a run of any other workflow file, also one named by `run_id`.", read=text
    )
    wait_timeout: Duration = given.optional(
        "How long to wait for the run to end and its artifacts to appear.", read=Duration.parse, default="0"
    )

    @property
    def wanted(self) -> Wanted:
        """Which artifacts."""
        return Wanted(globs=self.artifacts, ids=self.artifact_ids)

    @property
    def policy(self) -> Policy:
        """Whom to believe."""
        return Policy(
            attempt=self.run_attempt, allow_forks=self.allow_forks, expected_workflow=self.expected_workflow or ""
        )

    def selection_faults(self) -> Sequence[Fault]:
        """A run that is named cannot also be described; a commit can be named in one way only."""
        described = {
            "workflow": self.workflow, "commit": self.commit, "branch": self.branch, "tag": self.tag, "pr": self.pr,
            "event": self.event, "conclusion": self.conclusion,
        }  # fmt: skip
        said = [name for name, value in described.items() if value]
        faults = []
        if self.run_id is not None or self.artifact_ids:
            exact = "run_id" if self.run_id is not None else "artifact_ids"
            faults += [Fault(name, f"cannot narrow the run that `{exact}` names already") for name in said]
        elif len(by := [name for name in ("commit", "tag", "pr") if name in said]) > 1:
            faults.append(Fault(by[1], f"names a commit, and so does `{by[0]}`: give one of them"))
        if self.artifacts and self.artifact_ids:
            faults.append(Fault("artifacts", "cannot narrow what `artifact_ids` names already"))
        return faults

    def search(self, recordings: Recordings) -> Search:
        """Describe the runs that are meant; a tag, a short commit and a pull request are looked up."""
        branch, shas = self.branch or "", frozenset[Sha]()
        if self.commit:
            whole_id = len(self.commit) == _WHOLE_COMMIT
            shas = frozenset({Sha.parse(self.commit) if whole_id else recordings.commit(self.commit)})
        elif self.tag:
            shas = frozenset({recordings.commit(f"tags/{self.tag}")})
        elif self.pr is not None:
            head = recordings.pull(self.pr)
            branch, shas = branch or head.branch, head.shas
        return Search(
            workflow=self.workflow or "",
            shas=shas,
            branch=branch,
            event=self.event or "",
            conclusions=self.conclusion,
        )
