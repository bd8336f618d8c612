"""Shows doctor what the credentials may see and do, by requests that can change nothing."""

from datetime import UTC, datetime

from crossproof.doctor.seen import Identity, Repository, Server
from crossproof.errors import CrossproofError, Unreachable
from crossproof.github.access import Kind
from crossproof.github.answer import Answer
from crossproof.github.api import Api
from crossproof.github.permissions import grant
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef

_FORBIDDEN, _NOT_FOUND, _UNPROCESSABLE = 403, 404, 422
_PATIENCE = 30.0  # seconds: a person waits for doctor, and "it does not answer" is a finding, not a failure

# One reading per permission. A public repository lets anyone read most of them: then reading is indeed had.
_READS = {
    "metadata": "",
    "actions": "/actions/runs?per_page=1",
    "contents": "/git/ref/heads/{branch}",
    "statuses": "/commits/{branch}/statuses?per_page=1",
    "checks": "/commits/{branch}/check-runs?per_page=1",
    "pull_requests": "/pulls?per_page=1",
    "issues": "/issues?per_page=1",
    "deployments": "/deployments?per_page=1",
}

# Writes that lack what GitHub requires, so that none can be carried out. GitHub looks at permissions before it looks
# at the body: without the permission it answers 403 or 404, with it 422 for what is missing.
_WRITES = {
    "actions": "/actions/workflows/{workflow}/dispatches",  # without `ref`
    "contents": "/dispatches",  # without `event_type`
    "statuses": "/statuses/" + "0" * 40,  # without `state`, on no commit
    "checks": "/check-runs",  # without `name`
    "issues": "/issues",  # without `title`
    "pull_requests": "/pulls",  # without `head`
}


class GithubEyes:
    """What one credential lets us see."""

    def __init__(self, api: Api, home: RepoRef | None) -> None:
        """`home` is the repository that questions about no repository in particular are asked for."""
        self._api = api
        self._home = home
        self._first: Answer | CrossproofError | None = None

    def identity(self) -> Probe[Identity]:
        """Tell who asks, by what every answer says about the token."""
        first = self._answer()
        if isinstance(first, CrossproofError):
            return Unknown.of(first)
        access = self._api.access
        kind = access.credential(self._home).kind
        granted = access.granted(self._home)
        return Present(
            Identity(
                kind=str(Kind.APP if granted is not None else kind),
                login=self._login() if kind in {Kind.CLASSIC, Kind.FINE_GRAINED, Kind.USER} else "",
                expires_at=_expiry(first.headers.get("github-authentication-token-expiration", "")),
                scopes=[scope.strip() for scope in first.headers.get("x-oauth-scopes", "").split(",") if scope.strip()],
                permissions=granted,
            )
        )

    def repository(self, name: RepoRef) -> Probe[Repository]:
        """Look at the repository; one that cannot be seen may still exist."""
        if isinstance(silent := self._answer(), Unreachable):
            return Unknown.of(silent)  # who just did not answer is not waited for a second time
        try:
            seen = self._api.get(f"/repos/{name}", patience=_PATIENCE).record()
        except CrossproofError as error:
            return Unknown.of(error)
        branch = str(seen.get("default_branch", ""))
        return Present(Repository(name=name, private=bool(seen.get("private", True)), default_branch=branch))

    def server(self) -> Probe[Server]:
        """Tell which API answered, how much may still be asked of it, and how its clock differs."""
        first = self._answer()
        if isinstance(first, CrossproofError):
            return Unknown.of(first)
        budget = self._api.budget
        return Present(
            Server(
                url=self._api.base_url,
                version=self._api.version or "unnamed",
                limit=budget.limit if budget else None,
                remaining=budget.remaining if budget else None,
                resets_at=budget.resets if budget else None,
                skew=first.at - self._api.clock.now() if first.at else None,
            )
        )

    def try_permission(self, permission: str, level: str, repository: Repository) -> Probe[str]:
        """Find out by asking."""
        permission = permission.replace("-", "_")  # as GitHub's API of Apps writes what a workflow writes with hyphens
        try:
            return self._write(permission, repository) if level == "write" else self._read(permission, repository)
        except CrossproofError as error:
            return Unknown.of(error)

    def remedy(self, permission: str, level: str, name: RepoRef) -> str:
        """Say what to grant, in the words of the credential in use."""
        access = self._api.access
        kind = Kind.APP if access.granted(name) is not None else access.credential(name).kind
        words = grant(f"{permission.replace('-', '_')}={level}", about=name, kind=kind)
        return words[:1].upper() + words[1:]

    def _read(self, permission: str, repository: Repository) -> Probe[str]:
        path = _READS.get(permission)
        if path is None:
            return Unknown(f"doctor knows no harmless way to read {permission}")
        answer = self._api.ask(f"/repos/{repository.name}{path.format(branch=repository.default_branch)}")
        if answer.ok:
            return Present(f"reading it was answered {answer.status}")
        return self._refused(answer)

    def _write(self, permission: str, repository: Repository) -> Probe[str]:
        path = _WRITES.get(permission)
        if path is None:
            return Unknown(f"doctor knows no harmless way to try writing {permission}")
        workflow = ""
        if "{workflow}" in path:
            listed = self._api.get(f"/repos/{repository.name}/actions/workflows", {"per_page": 1}).listing("workflows")
            if not listed:
                return Unknown("the repository has no workflow to try it on")
            workflow = str(listed[0]["id"])
        answer = self._api.send("POST", f"/repos/{repository.name}{path.format(workflow=workflow)}", {})
        if answer.status == _UNPROCESSABLE:
            return Present("an incomplete request was refused for what it lacks (422), not for want of permission")
        return self._refused(answer)

    def _refused(self, answer: Answer) -> Probe[str]:
        """A 403 proves the lack; a 404 may be that, or something that is truly not there."""
        if self._api.limit(answer):
            return Unknown.of(self._api.refused(answer))
        return Absent(answer.shown) if answer.status == _FORBIDDEN else Unknown(answer.shown)

    def _login(self) -> str:
        answer = self._api.ask("/user")
        return str(answer.record().get("login", "")) if answer.ok else ""

    def _answer(self) -> Answer | CrossproofError:
        """Make the one request that is not charged and whose headers tell of token, server and budget."""
        if self._first is None:
            try:
                self._first = self._api.ask("/rate_limit", patience=_PATIENCE)
                if not self._first.ok and self._first.status != _NOT_FOUND:  # Enterprise Server without limits
                    self._first = self._api.refused(self._first)
            except CrossproofError as error:
                self._first = error
        return self._first


def _expiry(header: str) -> datetime | None:
    """Read `2026-07-01 12:00:00 UTC` or `2026-07-01 12:00:00 +0200`; a token that never expires has no header."""
    for form in ("%Y-%m-%d %H:%M:%S %Z", "%Y-%m-%d %H:%M:%S %z"):
        try:
            found = datetime.strptime(header, form)  # noqa: DTZ007 - `%Z` reads the name and leaves it out
        except ValueError:
            continue
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return None
