"""What one exchange with GitHub gave: an answer, or a failure that says whether the request may have been obeyed."""

import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from crossproof.errors import Unreachable
from crossproof.units import clip

T = TypeVar("T")

_TEXT_SHOWN = 300


class NotSent(Unreachable):
    """The request never left (refused, no such host, no TLS): repeating it cannot do anything twice."""


class MaybeSent(Unreachable):
    """The request left and no answer came: it may have been carried out. Look before sending it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, whatever its status. Header names are lower-case."""

    verb: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    broken: str = ""  # why the body could not be read whole; the status stands all the same
    cached: bool = False  # GitHub answered 304: this is the body it gave before, still true, and not charged

    @property
    def ok(self) -> bool:
        """Whether it was carried out (2xx)."""
        return 200 <= self.status < 300  # noqa: PLR2004

    @property
    def at(self) -> datetime | None:
        """The server's own time, which differs from ours by any skew."""
        return http_date(self.headers.get("date", ""))

    def json(self) -> Any:
        """Read the body, or raise: a truncated or foreign body never reads as something empty."""
        if self.broken:
            raise self._unbelievable(self.broken)
        try:
            return json.loads(self.text)
        except ValueError:
            raise self._unbelievable("the body is no JSON") from None

    @property
    def readable(self) -> bool:
        """Whether the body came whole, and is JSON or nothing at all."""
        if self.broken:
            return False
        try:
            json.loads(self.text or "null")
        except ValueError:
            return False
        return True

    def record(self) -> dict[str, Any]:
        """Read a body that must be a JSON object."""
        found = self.json()
        if not isinstance(found, dict):
            raise self._unbelievable("the body is no JSON object")
        return found

    def listing(self, key: str = "") -> list[Any]:
        """Read a body that must be a list, or hold one under `key`; a missing list is no empty list."""
        found = self.record().get(key) if key else self.json()
        if not isinstance(found, list):
            raise self._unbelievable(f"the body has no list {key}".rstrip())
        return found

    def member(self, name: str, kind: type[T]) -> T:
        """Read one member of a JSON object that must have it, of the type it must have."""
        found = self.record().get(name)
        if not isinstance(found, kind):
            raise self._unbelievable(f"`{name}` is missing or no {kind.__name__}")
        return found

    def time(self, name: str) -> datetime:
        """Read one member that must be a point in time."""
        try:
            return datetime.fromisoformat(self.member(name, str))
        except ValueError:
            raise self._unbelievable(f"`{name}` is no point in time") from None

    @property
    def message(self) -> str:
        """GitHub's own words in a refusal, with those of each of its `errors`; empty when it gave none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return ""
        if not isinstance(found, dict):
            return ""
        errors = found.get("errors")
        listed = errors if isinstance(errors, list) else [errors] if errors else []
        return "; ".join(part for part in (str(found.get("message") or ""), *map(_error_words, listed)) if part)

    @property
    def shown(self) -> str:
        """Say what was seen, for a message: request, status, GitHub's words, and the id its support asks for."""
        said = self.message or (self.text[:_TEXT_SHOWN] if not self.ok else "")
        words = f" {clip(said, _TEXT_SHOWN)}" if said else ""
        request_id = self.headers.get("x-github-request-id", "")
        return f"{self.verb} {self.path} was answered {self.status}{words}" + (
            f" (request id {request_id})" if request_id else ""
        )

    def _unbelievable(self, why: str) -> Unreachable:
        return Unreachable(
            f"GitHub's answer to {self.verb} {self.path} cannot be used: {why}.",
            why="A proxy, an outage page or a cut connection stands where the answer should be.",
            seen=f"{self.status}, {len(self.text)} characters, beginning {clip(self.text)}",
            fix="Run again; if it persists, check GitHub's status page and any proxy of a self-hosted runner.",
            anchor="unreachable",
        )


def http_date(value: str) -> datetime | None:
    """Read the date of an HTTP header, or nothing."""
    try:
        found = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _error_words(error: object) -> str:
    """GitHub's `errors` are texts, or objects whose `message` may be missing."""
    if not isinstance(error, dict):
        return str(error)
    if error.get("message"):
        return str(error["message"])
    return " ".join(str(error[key]) for key in ("resource", "field", "code") if error.get(key))
