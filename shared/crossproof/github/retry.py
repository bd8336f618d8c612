"""Decides whether a request whose repetition is harmless is made again, and after how long."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from crossproof.errors import CrossproofError, RateLimited, Unreachable
from crossproof.github.answer import Answer, MaybeSent, NotSent, http_date
from crossproof.units import Duration

_LONGEST_PAUSE = 30.0
_SECONDARY_PAUSE = 60.0  # GitHub's advice where a secondary limit names no time: at least a minute, then exponential
_SERVER_TROUBLE = 500
_FORBIDDEN, _TOO_MANY, _TIMEOUT = 403, 429, 408


@dataclass(frozen=True, slots=True)
class Accept:
    """The answer is one to work with, be it a refusal."""


@dataclass(frozen=True, slots=True)
class Again:
    """Make the request again after so many seconds; `why` is said aloud meanwhile."""

    after: float
    why: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Waiting longer was not asked for."""

    error: CrossproofError


Next: TypeAlias = Accept | Again | GiveUp


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit that refused a request (which therefore was not carried out)."""

    after: float
    until: datetime
    kind: str

    @property
    def said(self) -> str:
        """Say what is being waited for."""
        return f"{self.kind}: waiting {Duration(round(self.after))}, until {_clock(self.until)}"


def next_try(seen: Answer | NotSent | MaybeSent, *, tries: int, elapsed: float, patience: float, now: datetime) -> Next:
    """Decide after the `tries`-th try; `elapsed` and `patience` are seconds since the first."""
    if isinstance(seen, Answer) and (limit := rate_limit(seen, now, tries)):
        too_long = elapsed + limit.after > patience
        return GiveUp(limited(seen, limit, patience)) if too_long else Again(limit.after, limit.said)
    trouble = _trouble(seen)
    if not trouble:
        return Accept()
    after = max(_pause(tries, now), _retry_after(seen, now) or 0.0)
    if elapsed + after > patience:
        return GiveUp(_given_up(seen, trouble, tries, elapsed))
    return Again(after, f"{trouble}; try {tries + 1} in {after:.0f} s")


def rate_limit(answer: Answer, now: datetime, tries: int = 1) -> Limit | None:
    """Tell a refusal for the sake of a limit from any other 403; the order of the headers is GitHub's own advice."""
    if answer.status not in (_FORBIDDEN, _TOO_MANY):
        return None
    said = answer.message.lower()
    used_up = answer.headers.get("x-ratelimit-remaining", "").strip() == "0"
    named = "rate limit" in said or "abuse detection" in said or "retry-after" in answer.headers
    if answer.status == _FORBIDDEN and not named and not (used_up and not said):
        return None
    asked = _retry_after(answer, now)
    if asked is not None:
        return Limit(asked, now + timedelta(seconds=asked), "GitHub asks to slow down")
    if used_up and (reset := _number(answer.headers.get("x-ratelimit-reset", ""))) is not None:
        until = datetime.fromtimestamp(reset, UTC)
        after = max(1.0, (until - (answer.at or now)).total_seconds() + 1)  # by the server's clock, not ours
        return Limit(after, until, "the hourly rate limit is used up")
    after = _SECONDARY_PAUSE * 2 ** min(tries - 1, 6)
    return Limit(after, now + timedelta(seconds=after), "GitHub's secondary rate limit")


def limited(answer: Answer, limit: Limit, patience: float) -> RateLimited:
    """Say which limit it is and when it ends."""
    allowance = answer.headers.get("x-ratelimit-limit", "")
    size = f" Its size is {allowance} requests an hour." if allowance else ""
    error = RateLimited(
        f"The rate limit leaves no room until {_clock(limit.until)}: {limit.kind}.",
        why=f"GitHub wants a pause of {Duration(round(limit.after))}; {Duration(round(patience))} may be waited.{size}",
        seen=answer.shown,
        fix="Run again after that time, or pass `app_id` and `app_private_key` of a GitHub App, "
        "whose budget is its own and larger than that of the job's token (1,000 an hour for each repository).",
        anchor="rate-limits",
    )
    error.after = limit.after
    return error


def _trouble(seen: Answer | NotSent | MaybeSent) -> str:
    """Name what passes with time, or nothing."""
    if not isinstance(seen, Answer):
        return seen.what.rstrip(".")
    if seen.status >= _SERVER_TROUBLE or seen.status == _TIMEOUT:
        return f"GitHub answered {seen.status} to {seen.verb} {seen.path}"
    if seen.broken:
        return f"GitHub's answer to {seen.verb} {seen.path} broke off"
    return f"GitHub's answer to {seen.verb} {seen.path} was no JSON" if seen.ok and not seen.readable else ""


def _given_up(seen: Answer | NotSent | MaybeSent, trouble: str, tries: int, elapsed: float) -> Unreachable:
    if not isinstance(seen, Answer):
        seen.why = f"{seen.why} Tried {tries} times in {elapsed:.0f} s.".strip()
        return seen
    return Unreachable(
        f"{trouble}.",
        why=f"Tried {tries} times in {elapsed:.0f} s, and it stayed so.",
        seen=f"{seen.shown} {seen.broken}".strip(),
        fix="Run again; if it persists, check GitHub's status page and any proxy of a self-hosted runner.",
        anchor="unreachable",
    )


def _pause(tries: int, now: datetime) -> float:
    """Double from a second, spread by a fraction that differs between jobs, so that they do not come back together."""
    spread = 0.75 + now.microsecond / 2_000_000
    return min(_LONGEST_PAUSE, 2.0 ** min(tries - 1, 10)) * spread


def _retry_after(seen: Answer | NotSent | MaybeSent, now: datetime) -> float | None:
    """Read `Retry-After` as seconds or as a date (by the server's clock); nonsense is no answer."""
    if not isinstance(seen, Answer) or not (value := seen.headers.get("retry-after", "").strip()):
        return None
    if (seconds := _number(value)) is not None:
        return max(1.0, seconds)
    date = http_date(value)
    return max(1.0, (date - (seen.at or now)).total_seconds()) if date else _SECONDARY_PAUSE


def _number(value: str) -> float | None:
    """Read a count of seconds; GitHub has sent `1700000000.0` (PyGithub#2697). Beyond all calendars is no number."""
    try:
        found = float(value)
    except ValueError:
        return None
    return found if 0 <= found < 253402300800 else None  # noqa: PLR2004 - the end of the year 9999


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
