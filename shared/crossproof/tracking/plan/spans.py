"""Reads the small notations of a plan: spans of time, counts and dates."""

from datetime import date

from crossproof.tracking.plan.model import Count

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def span(text: str) -> float:
    """Read `250ms`, `5s`, `1.5m` as seconds."""
    number = text.rstrip("mhs")
    return float(number) * _UNITS[text[len(number) :]]


def shown(seconds: float) -> str:
    """Write seconds for a reader, in the unit that keeps the number short."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:  # noqa: PLR2004 - from two minutes on, minutes read better
        return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"  # noqa: PLR2004
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


def count(written: object) -> Count:
    """Read `3`, `1..3`, `0..*` or `{min: 1}`; raises ValueError where it ends before it begins."""
    match written:
        case int(exactly):
            return Count(exactly, exactly)
        case str(text):
            first, _, last = text.partition("..")
            return _ordered(Count(int(first), None if last == "*" else int(last)))
        case {"min": int(low), "max": int(high)}:
            return _ordered(Count(low, high))
        case {"max": int(high)}:
            return Count(0, high)
        case {"min": int(low)}:
            return Count(low, None)
        case _:
            return Count(0, None)


def day(text: str) -> date:
    """Read a date; raises ValueError for the 30th of February."""
    return date.fromisoformat(text)


def _ordered(wanted: Count) -> Count:
    if wanted.high is not None and wanted.high < wanted.low:
        raise ValueError(f"the range {wanted} ends before it begins")
    return wanted
