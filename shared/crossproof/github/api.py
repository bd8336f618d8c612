"""Asks GitHub: repeats only what is harmless to repeat, keeps count, and never takes an error for an answer."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, assert_never
from urllib.parse import urlencode, urljoin

from crossproof.clock import Clock
from crossproof.errors import CrossproofError, Unreachable
from crossproof.github.access import Access, Credential
from crossproof.github.answer import Answer, MaybeSent, NotSent
from crossproof.github.budget import Budget, Counted
from crossproof.github.etags import ETags
from crossproof.github.exchange import TIMEOUT, Exchanging
from crossproof.github.names import Names, about, is_repository, local, same_server
from crossproof.github.refusal import Refused, refusal
from crossproof.github.retry import Accept, Again, GiveUp, Limit, limited, next_try, rate_limit
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef

if TYPE_CHECKING:  # requests, and PyGithub's requester, are only loaded where they are what asks
    from crossproof.github.download import Stream

PATIENCE = 120.0  # seconds that a read may take with all its repetitions, unless the caller says otherwise
_MOST_PAGES = 100

# Newest first; the last entry sends no version at all (Enterprise Server before 3.9 knows none).
_VERSIONS = ("2026-03-10", "2022-11-28", "")
_BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND, _GONE = 400, 401, 404, 410
_ELSEWHERE = frozenset({301, 302, 303, 307, 308})
_MOVED = frozenset({301, 307, 308})
_BY_ID = re.compile(r"/repositories/\d+")
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,<]*\brel="?next"?', re.IGNORECASE)

Announce = Callable[[str], None]


def _quietly(_: str) -> None:
    """Say nothing."""


class Api:
    """One GitHub, asked by one `Access`. Holds no globals: many live side by side."""

    def __init__(
        self,
        access: Access,
        *,
        api_url: str,
        clock: Clock,
        announce: Announce = _quietly,
        trace: Announce = _quietly,
        exchange: Exchanging | None = None,
    ) -> None:
        """`announce` is told of every wait and every rename, `trace` of every request; neither ever a credential."""
        self.access = access
        self.clock = clock
        self.announce = announce
        self.counted = Counted()
        self._trace = trace
        self._exchange = exchange or _by_pygithub(api_url, clock)
        self._etags = ETags()
        self._versions = list(_VERSIONS)
        self._names = Names()

    @property
    def base_url(self) -> str:
        """The server that is asked."""
        return self._exchange.base_url

    @property
    def version(self) -> str:
        """The API version that is sent; empty if the server refused every one."""
        return self._versions[0]

    @property
    def budget(self) -> Budget | None:
        """What the rate limit still allows, if an answer told."""
        return self.counted.budget

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        patience: float = PATIENCE,
        timeout: float = TIMEOUT,
    ) -> Answer:
        """Read; raise whatever stands between us and a 2xx answer, with its remedy."""
        answer = self.ask(path, params, patience=patience, timeout=timeout)
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
            named = about(path)
            if answer.status == _NOT_FOUND and named and not is_repository(path) and self._sees(named):
                return Absent(f"{answer.shown}, while {named} itself can be read")
            return Unknown.of(self.refused(answer))
        except CrossproofError as error:
            return Unknown.of(error)

    def ask(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        patience: float = PATIENCE,
        timeout: float = TIMEOUT,
    ) -> Answer:
        """Read, and return the final answer whatever its status; only no answer at all, and limits, are raised."""
        return self._insist(lambda: self._follow(path, params, timeout), patience)

    def send(self, verb: str, path: str, body: object = None, *, timeout: float = TIMEOUT) -> Answer:
        """Write: one request that can have done something, and its answer whatever the status.

        Raises `NotSent` or `MaybeSent` where none came. A refusal of the API version or of a stale App token comes
        before anything is done, so those two are settled here.
        """
        return self._through(verb, self._names.current(path), body=body, timeout=timeout)

    def insist(self, verb: str, path: str, body: object = None, *, patience: float = PATIENCE) -> Answer:
        """Write what is harmless to write twice (a commit status, an App's token), repeating it like a read."""
        return self._insist(lambda: self._through(verb, self._names.current(path), body=body), patience)

    def pages(
        self,
        path: str,
        key: str = "",
        params: Mapping[str, str | int] | None = None,
        *,
        patience: float = PATIENCE,
        most_pages: int = _MOST_PAGES,
        whole: bool = False,
    ) -> Iterator[Any]:
        """Give the items of all pages one by one. A list longer than the bound is an error, not a shorter list.

        `whole` also holds the count against the total that GitHub tells, where that total is not one of an index.
        """
        count = 0
        address: str = path
        query: Mapping[str, str | int] | None = {"per_page": 100, **(params or {})}
        for _ in range(most_pages):
            answer = self.get(address, query, patience=patience)
            if "partial-results" in answer.headers.get("x-github-sso", ""):
                raise self.refused(answer)
            listed = answer.listing(key)
            count += len(listed)
            yield from listed
            following = _NEXT.search(answer.headers.get("link", ""))
            if not following:
                if whole and count < answer.member("total_count", int):
                    raise _incomplete(path, count, answer.member("total_count", int))
                return
            address, query = local(self._exchange.base_url, following[1]), None
        raise Unreachable(
            f"The list at {path} has more than {most_pages} pages.",
            why="Judging from a part of it could miss what matters.",
            fix="Narrow what is searched.",
            anchor="unreachable",
        )

    def link(self, path: str, *, patience: float = PATIENCE) -> str:
        """Ask where GitHub keeps something; the address is signed, lives for about a minute and is a credential."""
        answer = self.ask(path, patience=patience)
        if answer.status not in _ELSEWHERE or "location" not in answer.headers:
            raise self.refused(answer)
        return urljoin(f"{self._exchange.base_url}{path}", answer.headers["location"])

    def download(self, path: str, *, start: int = 0, most: int) -> "AbstractContextManager[Stream]":
        """Open what GitHub keeps elsewhere, from byte `start` on, up to `most` bytes; our credential stays here."""
        from crossproof.github.download import opened  # noqa: PLC0415 - it brings requests

        return opened(self.link(path), start=start, most=most)

    def refused(self, answer: Answer) -> CrossproofError:
        """Say why an answer is not the one wanted, and what to do; reads the repository where that tells."""
        if limit := self.limit(answer):
            return limited(answer, limit, 0)
        named = about(answer.path)
        seen: Probe[Answer] | None = None
        if answer.status == _NOT_FOUND and named and not is_repository(answer.path):
            seen = self.probe(f"/repos/{named}")
        kind = self.access.credential(named).kind
        return refusal(Refused(answer=answer, about=named, kind=kind, repository=seen))

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
        self.announce(limit.said)
        self.clock.sleep(limit.after)

    def now_called(self, repository: RepoRef) -> RepoRef:
        """Give a repository's present name, if a redirect told of it."""
        return self._names.of(repository)

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

    def _follow(self, path: str, params: Mapping[str, str | int] | None, timeout: float) -> Answer:
        """Read, and follow a repository to its new name; a redirect to another host is the caller's business."""
        current = self._names.current(path)
        answer = self._through("GET", current, params=params, timeout=timeout)
        old, target = about(current), answer.headers.get("location", "")
        if answer.status not in _MOVED or not old or not same_server(self._exchange.base_url, target):
            return answer
        new = self._name_at(local(self._exchange.base_url, target), old)
        if new is None or new == old:
            return answer
        self.announce(f"{old} is now called {new}; write the new name where the old one is configured")
        self._names.learn(old, new)
        return self._through("GET", self._names.current(path), params=params)

    def _name_at(self, target: str, old: RepoRef) -> RepoRef | None:
        """Read the new name where a redirect leads; it names a repository by its number, so GitHub is asked."""
        found = _BY_ID.match(target)
        if not found:
            return about(target)
        answer = self._through("GET", found[0], named=old)
        try:
            return RepoRef.parse(answer.member("full_name", str)) if answer.ok else None
        except ValueError:
            return None

    def _through(
        self,
        verb: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        named: RepoRef | None = None,
        timeout: float = TIMEOUT,
    ) -> Answer:
        """Make one request that gets past the door: a refused version or stale App token is settled before that."""
        renewed = False
        while True:
            credential = self.access.credential(named or about(path))
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
            credential.authorization, verb, path, params=params, headers=headers, body=body, timeout=timeout
        )
        self.counted.take(answer)
        left = f", {self.counted.budget.remaining} requests left" if self.counted.budget else ""
        ident = answer.headers.get("x-github-request-id", "")
        took = (self.clock.monotonic() - start) * 1000
        self._trace(f"{verb} {path} → {answer.status} in {took:.0f} ms{left} {ident}".rstrip())
        return self._etags.settle(credential, address, answer) if verb == "GET" else answer


def _by_pygithub(api_url: str, clock: Clock) -> Exchanging:
    from crossproof.github.requester import Exchange  # noqa: PLC0415 - 40 ms that pooled reads do not pay

    return Exchange(api_url, clock)


def _incomplete(path: str, count: int, total: int) -> Unreachable:
    return Unreachable(
        f"The list at {path} ends after {count} of {total}.",
        why="Something between GitHub and here takes away the links to further pages, or a page broke off.",
        fix="Run again; check any proxy of a self-hosted runner.",
        anchor="unreachable",
    )


def _is_about_version(answer: Answer) -> bool:
    """Recognise the refusal of the version header by its words: any other 400 is about the request itself."""
    said = answer.message.lower()
    return "x-github-api-version" in said or ("version" in said and "not a supported version" in said)
