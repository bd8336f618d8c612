"""What was asked and answered, in order: the tests' witness. It never holds a secret."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer."""

    at: datetime
    method: str
    path: str
    operation: str  # the description's name of it, "" where there is none
    query: dict[str, str]
    headers: dict[str, str]  # what the client sent, without credentials
    caller: str  # the label of the token, "app:<slug>", "anonymous" or "refused"
    body: Any
    status: int  # 0: the connection was reset
    in_flight: int
    charged: bool
    faults: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write it as one line of a log."""
        return f"{self.method} {self.path} {self.status}"


class Log:
    """Every exchange, in the order of the answers."""

    def __init__(self) -> None:
        """Begin empty."""
        self._entries: list[Exchange] = []
        self._lock = threading.Lock()

    def add(self, entry: Exchange) -> None:
        """Keep one more."""
        with self._lock:
            self._entries.append(entry)

    def __iter__(self) -> Iterator[Exchange]:
        """Go through them."""
        return iter(list(self._entries))

    def __len__(self) -> int:
        """Count them."""
        return len(self._entries)

    def __getitem__(self, index: int) -> Exchange:
        """Give one of them."""
        return self._entries[index]

    def clear(self) -> None:
        """Forget what came before, so that a test counts only its own."""
        with self._lock:
            self._entries.clear()

    def of(self, method: str = "*", path: str = "*") -> list[Exchange]:
        """Give those of one method whose path ends so (`/dispatches`) or matches (`*/runs/*`)."""
        return [e for e in self if matches(e.method, e.path, method, path)]

    @property
    def charged(self) -> int:
        """Count the requests that cost some of the hourly budget."""
        return sum(e.charged for e in self)

    @property
    def lines(self) -> list[str]:
        """Write them as `METHOD path status`, for snapshots."""
        return [str(e) for e in self]

    def write_gaps(self, when: Callable[[Exchange], bool] = lambda _: True) -> list[float]:
        """Give the seconds between one writing request and the next; GitHub asks for at least one."""
        times = [e.at for e in self if e.method != "GET" and when(e)]
        return [(later - earlier).total_seconds() for earlier, later in pairwise(times)]


def matches(method: str, path: str, wanted_method: str, wanted_path: str) -> bool:
    """Compare with a method (`*` is any) and a path's end or pattern."""
    if not fnmatchcase(method, wanted_method):
        return False
    return fnmatchcase(path, wanted_path) if "*" in wanted_path else path.endswith(wanted_path)
