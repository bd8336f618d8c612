"""Asks GitHub: repeats only what is harmless to repeat, keeps count, and never takes an error for an answer."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, assert_never
from urllib.parse import urlencode, urlsplit

from crossproof.clock import Clock
from crossproof.errors import CrossproofError, Unreachable
from crossproof.github.access import Access, Credential
from crossproof.github.answer import Answer, MaybeSent, NotSent
from crossproof.github.etags import NOT_MODIFIED, ETags
from crossproof.github.exchange import TIMEOUT, Exchange
from crossproof.github.refusal import Refused, refusal
from crossproof.github.retry import Accept, Again, GiveUp, Limit, limited, next_try, rate_limit
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef

PATIENCE = 120.0  # seconds that a read may take with all its repetitions, unless the caller says otherwise
_MOST_PAGES = 100

# Newest first; the last entry sends no version at all (Enterprise Server before 3.9 knows none).
_VERSIONS = ("2026-03-10", "2022-11-28", "")
_BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND, _GONE = 400, 401, 404, 410
_MOVED = frozenset({301, 307, 308})
_ABOUT = re.compile(r"/repos/(?P<owner>[^/?]+)/(?P<name>[^/?]+)")
_BY_ID = re.compile(r"/repositories/\d+")
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,<]*\brel="?next"?', re.IGNORECASE)

Announce = Callable[[str], None]


def _quietly(_: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Counted:
    """How many requests were made, and how many of them counted against the rate limit."""

    all: int = 0
    charged: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """The rate limit as the last answer told it."""

    limit: int
    remaining: int
    resets: datetime


class Api:
    """One GitHub, asked by one `Access`. Holds no globals: many live side by side."""

    def __init__(
        self, access: Access, *, api_url: str, clock: Clock, announce: Announce = _quietly, trace: Announce = _quietly
    ) -> None:
        """`announce` is told of every wait and every rename, `trace` of every request; neither ever a credential."""
        self.access = access
        self.clock = clock
        self.announce = announce
        self.counted = Counted()
        self.budget: Budget | None = None
        self._trace = trace
        self._exchange = Exchange(api_url, clock)
        self._etags = ETags()
        self._versions = list(_VERSIONS)
        self._renamed: dict[str, RepoRef] = {}

    @property
    def base_url(self) -> str:
        """The server that is asked."""
        return self._exchange.base_url

    @property
    def version(self) -> str:
        """The API version that is sent; empty if the server refused every one."""
        return self._versions[0]

    def get(self, path: str, params: Mapping[str, str | int] | None = None, *, patience: float = PATIENCE) -> Answer:
        """Read; raise whatever stands between us and a 2xx answer, with its remedy."""
        answer = self.ask(path, params, patience=patience)
        if not answer.ok:
            raise self.refused(answer)
        return answer

    def probe(
        self, path: str, params: Mapping[str, str | int] | None = None, *, patience: float = PATIENCE
    ) -> Probe[Answer]:
        """Look: a 404 proves absence only where the repository itself can be seen."""
        try:
            answer = self.ask(path, params, patience=patience)
            if answer.ok:
                return Present(answer)
            if answer.status == _GONE:
                return Absent(answer.shown)
            about = _about(path)
            if answer.status == _NOT_FOUND and about and not _is_repository(path) and self._sees(about):
                return Absent(f"{answer.shown}, while {about} itself can be read")
            return Unknown.of(self.refused(answer))
        except CrossproofError as error:
            return Unknown.of(error)

    def ask(self, path: str, params: Mapping[str, str | int] | None = None, *, patience: float = PATIENCE) -> Answer:
        """Read, and return the final answer whatever its status; only no answer at all, and limits, are raised."""
        return self._insist(lambda: self._follow(path, params), patience)

    def send(self, verb: str, path: str, body: object = None, *, timeout: float = TIMEOUT) -> Answer:
        """Write: one request that can have done something, and its answer whatever the status.

        Raises `NotSent` or `MaybeSent` where none came. A refusal of the API version or of a stale App token comes
        before anything is done, so those two are settled here.
        """
        return self._through(verb, self._current(path), body=body, timeout=timeout)

    def insist(self, verb: str, path: str, body: object = None, *, patience: float = PATIENCE) -> Answer:
        """Write what is harmless to write twice (a commit status, an App's token), repeating it like a read."""
        return self._insist(lambda: self._through(verb, self._current(path), body=body), patience)

    def pages(
        self,
        path: str,
        key: str = "",
        params: Mapping[str, str | int] | None = None,
        *,
        patience: float = PATIENCE,
        most_pages: int = _MOST_PAGES,
    ) -> Iterator[Any]:
        """Give the items of all pages one by one. A list longer than the bound is an error, not a shorter list."""
        address: str = path
        query: Mapping[str, str | int] | None = {"per_page": 100, **(params or {})}
        for _ in range(most_pages):
            answer = self.get(address, query, patience=patience)
            if "partial-results" in answer.headers.get("x-github-sso", ""):
                raise self.refused(answer)
            yield from answer.listing(key)
            following = _NEXT.search(answer.headers.get("link", ""))
            if not following:
                return
            address, query = self._local(following[1]), None
        raise Unreachable(
            f"The list at {path} has more than {most_pages} pages.",
            why="Judging from a part of it could miss what matters.",
            fix="Narrow what is searched.",
            anchor="unreachable",
        )

    def refused(self, answer: Answer) -> CrossproofError:
        """Say why an answer is not the one wanted, and what to do; reads the repository where that tells."""
        if limit := self.limit(answer):
            return limited(answer, limit, 0)
        about = _about(answer.path)
        seen: Probe[Answer] | None = None
        if answer.status == _NOT_FOUND and about and not _is_repository(answer.path):
            seen = self.probe(f"/repos/{about}")
        kind = self.access.credential(about).kind
        return refusal(Refused(answer=answer, about=about, kind=kind, repository=seen))

    def limit(self, answer: Answer) -> Limit | None:
        """Tell whether a rate limit refused a write, and for how long."""
        return rate_limit(answer, self.clock.now())

    def wait_out(self, answer: Answer, patience: float) -> None:
        """Wait until a limit that refused a write has passed, aloud; raise `RateLimited` if that takes too long."""
        limit = self.limit(answer)
        if not limit:
            return
        if limit.after > patience:
            raise limited(answer, limit, patience)
        self.announce(f"{limit.kind}: waiting {limit.after:.0f} s")
        self.clock.sleep(limit.after)

    def now_called(self, repository: RepoRef) -> RepoRef:
        """Give a repository's present name, if a redirect told of it."""
        return self._renamed.get(str(repository).lower(), repository)

    def _sees(self, repository: RepoRef) -> bool:
        """Whether the repository itself can be read; trouble on the way is raised, not taken for a no."""
        answer = self.ask(f"/repos/{repository}")
        if not answer.ok and answer.status != _NOT_FOUND:
            raise self.refused(answer)
        return answer.ok

    def _insist(self, once: Callable[[], Answer], patience: float) -> Answer:
        start, tries = self.clock.monotonic(), 0
        while True:
            seen: Answer | NotSent | MaybeSent
            try:
                seen = once()
            except (NotSent, MaybeSent) as lost:
                seen = lost
            tries += 1
            elapsed = self.clock.monotonic() - start
            match next_try(seen, tries=tries, elapsed=elapsed, patience=patience, now=self.clock.now()):
                case Again(after, why):
                    self.announce(why)
                    self.clock.sleep(after)
                case GiveUp(error):
                    raise error
                case Accept():
                    if not isinstance(seen, Answer):
                        raise seen
                    return seen
                case never:
                    assert_never(never)

    def _follow(self, path: str, params: Mapping[str, str | int] | None) -> Answer:
        """Read, and follow a repository to its new name; a redirect to another host is the caller's business."""
        current = self._current(path)
        answer = self._through("GET", current, params=params)
        about = _about(current)
        if answer.status not in _MOVED or not about or not self._same_host(answer):
            return answer
        target = self._local(answer.headers.get("location", ""))
        name = _about(target) or self._name_of(target, about)
        if name is None or name == about:
            return answer
        self.announce(f"{about} is now called {name}; write the new name where the old one is configured")
        self._renamed[str(about).lower()] = name
        return self._through("GET", self._current(path), params=params)

    def _name_of(self, target: str, asked_as: RepoRef) -> RepoRef | None:
        """Redirects name a repository by its number; ask for its name."""
        found = _BY_ID.match(target)
        answer = self._through("GET", found[0], about=asked_as) if found else None
        return RepoRef.parse(str(answer.record().get("full_name"))) if answer and answer.ok else None

    def _through(
        self,
        verb: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        about: RepoRef | None = None,
        timeout: float = TIMEOUT,
    ) -> Answer:
        """Make one request that gets past the door: a refused version or stale App token is settled before that."""
        renewed = False
        while True:
            credential = self.access.credential(about or _about(path))
            answer = self._once(credential, verb, path, params=params, body=body, timeout=timeout)
            if answer.status == _BAD_REQUEST and len(self._versions) > 1 and _is_about_version(answer):
                refused = self._versions.pop(0)
                self.announce(f"this server refuses API version {refused}; going on with {self.version or 'none'}")
            elif answer.status == _UNAUTHORIZED and not renewed and self.access.renew(credential):
                renewed = True
            else:
                return answer

    def _once(
        self,
        credential: Credential,
        verb: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None,
        body: object,
        timeout: float,
    ) -> Answer:
        headers = {"Accept": "application/vnd.github+json"}
        if self.version:
            headers["X-GitHub-Api-Version"] = self.version
        address = f"{self.version} {path}?{urlencode(params or {})}"
        if verb == "GET":
            headers |= self._etags.condition(credential, address)
        self.counted.all += 1
        start = self.clock.monotonic()
        answer = self._exchange.once(
            credential.auth, verb, path, params=params, headers=headers, body=body, timeout=timeout
        )
        self.counted.charged += answer.status != NOT_MODIFIED
        self._take_note(answer, self.clock.monotonic() - start)
        return self._etags.settle(credential, address, answer) if verb == "GET" else answer

    def _take_note(self, answer: Answer, seconds: float) -> None:
        head = answer.headers
        try:
            resets = datetime.fromtimestamp(float(head["x-ratelimit-reset"]), UTC)
            self.budget = Budget(int(head["x-ratelimit-limit"]), int(head["x-ratelimit-remaining"]), resets)
        except (KeyError, ValueError, OverflowError, OSError):
            pass  # Enterprise Server with limits switched off sends none
        left = f", {self.budget.remaining} requests left" if self.budget else ""
        ident = head.get("x-github-request-id", "")
        self._trace(f"{answer.verb} {answer.path} → {answer.status} in {seconds * 1000:.0f} ms{left} {ident}".rstrip())

    def _current(self, path: str) -> str:
        about = _about(path)
        name = self._renamed.get(str(about).lower()) if about else None
        return f"/repos/{name}{path.removeprefix(f'/repos/{about}')}" if name else path

    def _same_host(self, answer: Answer) -> bool:
        here, there = urlsplit(self._exchange.base_url), urlsplit(answer.headers.get("location", ""))
        ports = {"https": 443, "http": 80}
        return not there.netloc or (there.scheme, there.hostname, there.port or ports.get(there.scheme)) == (
            here.scheme,
            here.hostname,
            here.port or ports[here.scheme],
        )

    def _local(self, url: str) -> str:
        """Reduce an address that GitHub gave to a path below our own base: a credential never goes to another host."""
        parts = urlsplit(url)
        path = parts.path.removeprefix(urlsplit(self._exchange.base_url).path.rstrip("/"))
        return f"{path}?{parts.query}" if parts.query else path


def _about(path: str) -> RepoRef | None:
    found = _ABOUT.match(path)
    try:
        return RepoRef.parse(f"{found['owner']}/{found['name']}") if found else None
    except ValueError:
        return None


def _is_repository(path: str) -> bool:
    return bool(_ABOUT.fullmatch(path.partition("?")[0]))


def _is_about_version(answer: Answer) -> bool:
    """Recognise the refusal of the version header by its words: any other 400 is about the request itself."""
    said = answer.message.lower()
    return "x-github-api-version" in said or ("version" in said and "not a supported version" in said)
