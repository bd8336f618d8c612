"""Which repository a request is about, and what that repository is called by now."""

import re
from urllib.parse import urlsplit

from crossproof.units import RepoRef

_ABOUT = re.compile(r"/repos/(?P<full>[^/?]+/[^/?]+)")
_PORTS = {"https": 443, "http": 80}


def about(path: str) -> RepoRef | None:
    """Read the repository out of a path, if it names one."""
    found = _ABOUT.match(path)
    try:
        return RepoRef.parse(found["full"]) if found else None
    except ValueError:
        return None


def is_repository(path: str) -> bool:
    """Whether the path is that of a repository itself, not of something in it."""
    return bool(_ABOUT.fullmatch(path.partition("?")[0]))


class Names:
    """New names of renamed repositories, by their old ones."""

    def __init__(self) -> None:
        """Know of no renaming."""
        self._now: dict[str, RepoRef] = {}

    def learn(self, old: RepoRef, new: RepoRef) -> None:
        """Remember a new name. (GitHub compares names without case.)"""
        self._now[str(old).lower()] = new

    def of(self, repository: RepoRef) -> RepoRef:
        """Give the present name, as far as redirects told of it."""
        return self._now.get(str(repository).lower(), repository)

    def current(self, path: str) -> str:
        """Write a path with the present name."""
        named = about(path)
        return f"/repos/{self.of(named)}{path.removeprefix(f'/repos/{named}')}" if named else path


def same_server(here: str, there: str) -> bool:
    """Whether an address (a relative one is) belongs to the same scheme, host and port."""
    a, b = urlsplit(here), urlsplit(there)
    return not b.netloc or (a.scheme, a.hostname, a.port or _PORTS.get(a.scheme)) == (
        b.scheme,
        b.hostname,
        b.port or _PORTS.get(b.scheme),
    )


def local(base_url: str, url: str) -> str:
    """Reduce an address that GitHub gave to a path below our own base: no credential ever goes to another host."""
    parts = urlsplit(url)
    path = parts.path.removeprefix(urlsplit(base_url).path.rstrip("/"))
    return f"{path}?{parts.query}" if parts.query else path
