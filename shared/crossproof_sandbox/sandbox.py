"""The sandbox: a GitHub on loopback, scripted by a test or by `crossproof-sandbox up`."""

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal, Self, get_args

from crossproof_sandbox.accounts import Accounts, App, Caller, Installation, Kind, Token, User
from crossproof_sandbox.aws import Aws
from crossproof_sandbox.blobs import Blobs
from crossproof_sandbox.clock import Clock, ServerClock, VirtualClock
from crossproof_sandbox.description import Violation
from crossproof_sandbox.door import OLD_VERSION, Door
from crossproof_sandbox.faults import Faults
from crossproof_sandbox.ids import Ids
from crossproof_sandbox.limits import ANONYMOUS_HOURLY, Budget, Limits
from crossproof_sandbox.log import Log
from crossproof_sandbox.oidc import Oidc
from crossproof_sandbox.refusal import Refused
from crossproof_sandbox.repository import Repository
from crossproof_sandbox.slack import Slack
from crossproof_sandbox.wire import LoopbackServer

Flavour = Literal["dotcom", "ghes-3.20", "ghes-3.21"]
FLAVOURS: tuple[Flavour, ...] = get_args(Flavour)

NEW_VERSION = "2026-03-10"


class Sandbox:
    """`with Sandbox() as github:` serves until the block ends, and raises there if it answered wrongly."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        flavour: Flavour = "dotcom",
        strict: bool = True,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Start serving. `strict` holds every request and answer against GitHub's REST description."""
        self.clock: Clock = clock or VirtualClock()
        self.flavour = flavour
        self.strict = strict
        self.host = host
        self.server = ServerClock(self.clock)
        self.log = Log()
        self.faults = Faults()
        self.limits = Limits()
        self.accounts = Accounts()
        self.violations: list[Violation] = []
        self.refused: list[Refused] = []  # requests that GitHub's description does not allow
        self.repositories: dict[str, Repository] = {}  # by full name in lower case
        self.renamed: dict[str, str] = {}
        self.lock = threading.RLock()
        self._ids = Ids()
        self._due: list[tuple[float, Callable[[], object]]] = []
        self.blobs = Blobs(self.clock, host=host)
        self._server = LoopbackServer(Door(self), host=host, port=port)
        self.url = self._server.url + ("" if flavour == "dotcom" else "/api/v3")

    # --- life ----------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Serve for the length of a block."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Stop; raise what went wrong inside, unless something else is being raised already."""
        self.close()
        if kind is None:
            self.check()

    def close(self) -> None:
        """Stop serving."""
        self._server.close()
        self.blobs.close()
        for started in ("oidc", "aws", "slack"):
            if started in self.__dict__:
                getattr(self, started).close()

    def check(self) -> None:
        """Raise the first answer that was a defect of the sandbox itself."""
        more = [crash for name in ("oidc", "slack") if name in self.__dict__ for crash in getattr(self, name).crashes]
        for defect in (*self.violations, *self._server.crashes, *self.blobs.crashes, *more):
            raise defect

    @cached_property
    def oidc(self) -> Oidc:
        """The runner's endpoint for OIDC tokens, started when it is first needed."""
        return Oidc(self.clock, host=self.host)

    @cached_property
    def aws(self) -> Aws:
        """An AWS, started when it is first needed."""
        return Aws(host=self.host)

    @cached_property
    def slack(self) -> Slack:
        """A Slack, started when it is first needed."""
        return Slack(self.clock, host=self.host)

    @property
    def versions(self) -> tuple[str, ...]:
        """List the API versions that this flavour of GitHub supports."""
        return (OLD_VERSION,) if self.flavour == "ghes-3.20" else (NEW_VERSION, OLD_VERSION)

    def budget_of(self, caller: Caller) -> Budget:
        """Give a caller's hour."""
        match caller:
            case Token():
                return self.limits.budget(caller.label, caller.kind.hourly, self.server.now())
            case App():
                return self.limits.budget(f"app:{caller.slug}", 5000, self.server.now())
            case None:
                return self.limits.budget("anonymous", ANONYMOUS_HOURLY, self.server.now())

    @property
    def peak_in_flight(self) -> int:
        """Give the most requests that were ever being served at once."""
        return self._server.peak_in_flight

    # --- scripting -----------------------------------------------------------------------------------------------

    def repository(self, full_name: str, **more: Any) -> Repository:
        """Give a repository, made with a first commit if need be; `more` are fields of `Repository`."""
        key = full_name.lower()
        if key not in self.repositories:
            owner, _, _ = full_name.partition("/")
            made = Repository(
                id=self._ids.next("repository"),
                full_name=full_name,
                owner=self.accounts.user(owner, "Organization"),
                accounts=self.accounts,
                clock=self.server,
                ids=self._ids,
                created_at=self.server.now(),
                **more,
            )
            made.commit({"README.md": f"# {made.name}\n"}, message="Begin")
            self.repositories[key] = made
        return self.repositories[key]

    def rename(self, repository: Repository, full_name: str) -> None:
        """Rename or transfer a repository; the old name redirects."""
        old = repository.full_name.lower()
        with self.lock:
            del self.repositories[old]
            self.renamed[old] = full_name.lower()
            repository.full_name = full_name
            repository.owner = self.accounts.user(full_name.partition("/")[0], "Organization")
            self.repositories[full_name.lower()] = repository

    def delete(self, repository: Repository) -> None:
        """Take a repository away; it looks as if it had never been."""
        with self.lock:
            del self.repositories[repository.full_name.lower()]

    def revoke(self, token: str) -> None:
        """Take a token back: from now on it is a bad one."""
        with self.lock:
            del self.accounts.tokens[token]

    def token(
        self,
        permissions: Mapping[str, str] | None = None,
        *,
        login: str = "octocat",
        repositories: Iterable[str] | None = None,
        expires_in: float | None = None,
    ) -> str:
        """Hand out a fine-grained token; without permissions named it may do all that the suite needs."""
        return self._token(Kind.FINE_GRAINED, self.accounts.user(login), permissions, repositories, expires_in)

    def classic_token(
        self, *scopes: str, login: str = "octocat", repositories: Iterable[str] | None = None,
        expires_in: float | None = None,
    ) -> str:  # fmt: skip
        """Hand out a classic personal access token."""
        kind, user = Kind.CLASSIC, self.accounts.user(login)
        return self._token(kind, user, {}, repositories, expires_in, scopes=scopes)

    def actions_token(self, repository: str, permissions: Mapping[str, str] | None = None) -> str:
        """Hand out a workflow's own GITHUB_TOKEN: for one repository."""
        bot = self.accounts.user("github-actions[bot]", "Bot")
        return self._token(Kind.ACTIONS, bot, permissions, [repository], 86_400)

    def app(self, slug: str, permissions: Mapping[str, str] | None = None) -> App:
        """Register a GitHub App; `install` puts it somewhere."""
        owner = self.accounts.user(f"{slug}-owner", "Organization")
        return self.accounts.app(slug, owner, permissions or _ALL, self.server.now())

    def install(self, app: App, owner: str, repositories: Iterable[str] | None = None) -> Installation:
        """Install an App for all or some repositories of an owner."""
        account = self.accounts.user(owner, "Organization")
        return self.accounts.install(app, account, repositories, self.server.now())

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Let something happen once that much of the sandbox's time has passed, before the next request is served."""
        with self.lock:
            self._due.append((self.clock.monotonic() + seconds, action))

    def settle(self) -> None:
        """Let happen what is due."""
        now = self.clock.monotonic()
        for entry in [e for e in self._due if e[0] <= now]:
            self._due.remove(entry)
            entry[1]()

    def _token(
        self,
        kind: Kind,
        user: User,
        permissions: Mapping[str, str] | None,
        repositories: Iterable[str] | None,
        expires_in: float | None,
        *,
        scopes: tuple[str, ...] = (),
    ) -> str:
        expires_at = None if expires_in is None else self.server.now() + timedelta(seconds=expires_in)
        given = _ALL if permissions is None else permissions
        token: Token = self.accounts.token(
            kind, user, permissions=given, repositories=repositories, scopes=scopes, expires_at=expires_at
        )
        return token.value


_WRITTEN = ("actions", "checks", "contents", "deployments", "issues", "pull_requests", "statuses")
_ALL = {**dict.fromkeys(_WRITTEN, "write"), "metadata": "read", "administration": "read"}
