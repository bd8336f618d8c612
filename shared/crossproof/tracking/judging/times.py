"""Reads an app's timestamps as seconds, whatever unit they are in, and tells those that do not fit the others."""

import math
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from crossproof.tracking.pointers import MISSING

# What a number means by its size: 1e8 s is 1973, 1e11 s the year 5138; the same in ms and µs.
_UNITS = (("s", 1e8, 1e11, 1.0), ("ms", 1e11, 1e14, 1e-3), ("us", 1e14, 1e17, 1e-6))
NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "iso": "ISO texts", "": "no unit we know"}


class Odd(msgspec.Struct, frozen=True):
    """A timestamp that cannot be used, or not as the others are: its row, the rule and the reason."""

    row: int
    rule: str
    reason: str


class Times(msgspec.Struct):
    """A stretch of timestamps in seconds."""

    seconds: "array[float]" = msgspec.field(default_factory=lambda: array("d"))
    units: list[tuple[int, str]] = msgspec.field(default_factory=list)  # from which row on they are in which unit
    odd: list[Odd] = msgspec.field(default_factory=list)


def read(written: Sequence[object], unit: str) -> Times:
    """Read a column of timestamps; `unit` is the plan's word, `auto` leaves it to the first of the file."""
    fast = _all_numbers_of_one_unit(written)
    if fast and unit in {"auto", fast[0]}:
        name, factor = fast
        return Times(array("d", written if factor == 1 else [value * factor for value in written]), [(0, name)])  # type: ignore[arg-type, operator]
    times = Times()
    for row, value in enumerate(written):
        seconds, found = _one(value)
        times.seconds.append(seconds)
        if not found:
            missing = value is MISSING or value is None
            reason = "is not there" if missing else "is no point in time"
            times.odd.append(Odd(row, "time/missing", reason))
            continue
        if not times.units or times.units[-1][1] != found:
            times.units.append((row, found))
        if unit not in {"auto", found}:
            times.odd.append(Odd(row, "time/unit", f"is in {NAMES[found]}, not in {NAMES[unit]}"))
    return times


def _all_numbers_of_one_unit(written: Sequence[object]) -> tuple[str, float] | None:
    """Recognise the usual column in three passes at C's speed."""
    if not written or not set(map(type, written)) <= {int, float}:
        return None
    low, high = min(written), max(written)  # type: ignore[type-var]
    return next(((name, factor) for name, least, most, factor in _UNITS if least <= low and high < most), None)  # type: ignore[operator]


def _one(value: object) -> tuple[float, str]:
    match value:
        case bool():
            return math.nan, ""
        case int() | float():
            unit = next(((name, factor) for name, least, most, factor in _UNITS if least <= value < most), None)
            return (value * unit[1], unit[0]) if unit else (math.nan, "")
        case str():
            return _iso(value)
        case _:
            return math.nan, ""


def _iso(text: str) -> tuple[float, str]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return math.nan, ""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), "iso"
