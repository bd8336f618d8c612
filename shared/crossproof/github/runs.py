"""Looks at workflow runs and acts on them: each look one request, each act one request, trouble told as trouble."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from crossproof.dispatch.explaining import Approval
from crossproof.dispatch.ports import JobsSighting, Listing, Sighting, Stop, Stopped
from crossproof.dispatch.runs import Job, Jobs, Run, Step
from crossproof.dispatch.sending import Reply, Silence
from crossproof.dispatch.waiting import JobsSeen, Limited, Missing, Refused, Seen, Trouble
from crossproof.errors import CrossproofError, NoAccess, RateLimited, Unreachable
from crossproof.github.answer import Answer, MaybeSent, NotSent
from crossproof.github.api import PATIENCE, Api
from crossproof.github.exchange import TIMEOUT
from crossproof.github.replies import reply_to
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef, RunId

_PAGE = 100
_FEW = 30  # of a list that is read again and again: a run is 15 KB
_QUICK = 3.0
_UNAUTHORIZED, _NOT_FOUND, _CONFLICT = 401, 404, 409
_REFUSED = frozenset({_UNAUTHORIZED, 403, 451})
_GONE = frozenset({_NOT_FOUND, 410})


class GithubRuns:
    """The runs of every repository that the credential reaches."""

    def __init__(self, api: Api) -> None:
        """Ask through this one seam."""
        self._api = api

    # -- the list --------------------------------------------------------------------------------------------------

    def newest(
        self,
        repository: RepoRef,
        *,
        workflow: str = "",
        down_to: RunId | None = None,
        most: int = _PAGE,
        quick: bool = False,
    ) -> Listing:
        """Read the list page by page, unfiltered: a filter is served from an index that lags (dawidd6#147)."""
        within = f"/workflows/{quote(workflow, safe='')}" if workflow else ""
        size = _PAGE if down_to is None else _FEW
        found: dict[RunId, Run] = {}
        at: datetime | None = None
        for page in range(1, -(-max(most, 1) // size) + 1):
            answer = self._api.get(
                f"/repos/{repository}/actions{within}/runs",
                {"per_page": size, "page": page},
                patience=0 if quick else PATIENCE,
                timeout=_QUICK if quick else TIMEOUT,
            )
            at = at or answer.at
            runs = [run_of(raw, repository) for raw in answer.listing("workflow_runs")]
            # A run that appears between two pages pushes the last one over: the same run twice is one run.
            found |= {run.id: run for run in runs}
            if len(runs) < size or (down_to is not None and min(run.id for run in runs) <= down_to):
                return Listing(runs=_newer(found, down_to), at=at, reaches=True)
        return Listing(runs=_newer(found, down_to), at=at, reaches=False)

    # -- one run ---------------------------------------------------------------------------------------------------

    def look(self, repository: RepoRef, run_id: RunId) -> Sighting:
        """Look once; an unchanged run costs nothing."""
        answer = self._once(f"/repos/{repository}/actions/runs/{run_id}")
        if not isinstance(answer, Answer):
            return answer
        try:
            return Seen(run_of(answer.record(), repository))
        except Unreachable as error:
            return Trouble(error.what)

    def jobs(self, run: Run) -> JobsSighting:
        """Read the jobs of the newest attempt; a list that is cut short is not whole."""
        jobs: list[Job] = []
        path = f"/repos/{run.repository}/actions/runs/{run.id}/jobs"
        for page in (1, 2, 3):  # a matrix has 256 jobs at most
            answer = self._once(path, {"per_page": _PAGE, "page": page})
            if not isinstance(answer, Answer):
                return answer
            try:
                listed = answer.listing("jobs")
                jobs += [_job(raw) for raw in listed]
                total = answer.member("total_count", int)
            except Unreachable as error:
                return Trouble(error.what)
            if len(jobs) >= total or not listed:
                return JobsSeen(Jobs(attempt=_attempt(listed, run), jobs=tuple(jobs), whole=len(jobs) == total))
        return JobsSeen(Jobs(attempt=run.attempt, jobs=tuple(jobs), whole=False))

    def approvals(self, run: Run) -> Sequence[Approval]:
        """Say whom a waiting run waits for; only an explanation, so trouble with it is no trouble."""
        answer = self._once(f"/repos/{run.repository}/actions/runs/{run.id}/pending_deployments")
        if not isinstance(answer, Answer):
            return ()
        try:
            return tuple(_approval(raw) for raw in answer.listing())
        except (Unreachable, KeyError, TypeError, AttributeError):
            return ()

    def repository(self, repository: RepoRef) -> Probe[str]:
        """Find out whether the repository can still be seen: a 404 says that it cannot, for whatever reason."""
        try:
            answer = self._api.ask(f"/repos/{repository}")
        except CrossproofError as error:
            return Unknown.of(error)
        if answer.ok:
            return Present(str(repository))
        return Absent(answer.shown) if answer.status in _GONE else Unknown.of(self._api.refused(answer))

    # -- acts ------------------------------------------------------------------------------------------------------

    def cancel(self, repository: RepoRef, run_id: RunId, *, force: bool = False, seconds: float = TIMEOUT) -> Stopped:
        """Send one cancel. A conflict means "over" only if GitHub says so: else it may go on."""
        act = "force-cancel" if force else "cancel"
        try:
            answer = self._api.send("POST", f"/repos/{repository}/actions/runs/{run_id}/{act}", timeout=seconds)
        except (NotSent, MaybeSent, NoAccess) as error:
            return Stopped(Stop.UNCLEAR, error.what)
        if answer.ok:
            return Stopped(Stop.ACCEPTED, f"accepted ({answer.status})")
        over = answer.status == _CONFLICT and "completed" in answer.message.lower()
        return Stopped(Stop.OVER if over else Stop.UNCLEAR, answer.shown)

    def run_failed_again(self, run: Run) -> Reply | Silence:
        """Send one request to run the failed jobs again."""
        return reply_to(self._api, f"/repos/{run.repository}/actions/runs/{run.id}/rerun-failed-jobs")

    def _once(
        self, path: str, params: Mapping[str, str | int] | None = None
    ) -> Answer | Missing | Refused | Limited | Trouble:
        """Ask once: who waits decides when to ask again."""
        try:
            answer = self._api.ask(path, params, patience=0)
        except RateLimited as error:
            return Limited(error.after, error.what)
        except NoAccess as error:  # a GitHub App whose token cannot be made any more
            return Refused(error.what, expired=False)
        except CrossproofError as error:
            return Trouble(error.what)
        return answer if answer.ok else _not_ok(answer)


def _not_ok(answer: Answer) -> Missing | Refused | Trouble:
    if answer.status in _GONE:
        return Missing(answer.shown)
    if answer.status in _REFUSED:
        return Refused(answer.shown, expired=answer.status == _UNAUTHORIZED)
    return Trouble(answer.shown)


def run_of(raw: Any, repository: RepoRef) -> Run:
    """Read a run; one that lacks what every run has is no answer that can be believed."""
    try:
        return Run(
            id=RunId(int(raw["id"])),
            repository=repository,
            url=str(raw["html_url"]),
            name=str(raw["name"] or ""),
            title=str(raw["display_title"]),
            event=str(raw["event"]),
            path=str(raw["path"]).partition("@")[0],
            workflow_id=int(raw["workflow_id"]),
            number=int(raw["run_number"]),
            attempt=int(raw.get("run_attempt") or 1),
            status=str(raw["status"]),
            conclusion=None if raw["conclusion"] is None else str(raw["conclusion"]),
            actor=str((raw.get("actor") or {}).get("login", "")),
            head_branch=str(raw["head_branch"] or ""),
            head_sha=str(raw["head_sha"]),
            created_at=datetime.fromisoformat(raw["created_at"]),
            started_at=datetime.fromisoformat(raw.get("run_started_at") or raw["created_at"]),
            updated_at=datetime.fromisoformat(raw["updated_at"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise _unbelievable("a run", fault) from None


def _newer(found: Mapping[RunId, Run], down_to: RunId | None) -> tuple[Run, ...]:
    newest_first = sorted(found.values(), key=lambda run: run.id, reverse=True)
    return tuple(run for run in newest_first if down_to is None or run.id > down_to)


def _job(raw: Any) -> Job:
    try:
        began = raw["status"] in ("in_progress", "completed") and raw.get("started_at")
        return Job(
            id=int(raw["id"]),
            name=str(raw["name"]),
            status=str(raw["status"]),
            conclusion=None if raw["conclusion"] is None else str(raw["conclusion"]),
            url=str(raw.get("html_url") or ""),
            labels=tuple(str(label) for label in raw.get("labels") or ()),
            runner=str(raw.get("runner_name") or ""),
            started_at=datetime.fromisoformat(raw["started_at"]) if began else None,
            steps=tuple(
                Step(name=str(step["name"]), status=str(step["status"]), conclusion=step.get("conclusion"))
                for step in raw.get("steps") or ()
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise _unbelievable("a job", fault) from None


def _attempt(listed: Sequence[Any], run: Run) -> int:
    """The list is of the newest attempt, which may be newer than the run as it was last seen."""
    return int(listed[0].get("run_attempt") or run.attempt) if listed else run.attempt


def _approval(raw: Any) -> Approval:
    reviewers = [entry.get("reviewer") or {} for entry in raw.get("reviewers") or ()]
    names = (str(one.get("login") or one.get("slug") or "") for one in reviewers)
    return Approval(environment=str(raw["environment"]["name"]), reviewers=tuple(name for name in names if name))


def _unbelievable(what: str, fault: Exception) -> Unreachable:
    return Unreachable(
        f"GitHub's answer about {what} cannot be used: {type(fault).__name__} ({fault}).",
        why="A proxy, an outage page or a cut connection stands where the answer should be.",
        anchor="unreachable",
    )
