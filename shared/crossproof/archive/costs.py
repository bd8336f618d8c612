"""Says honestly what keeping evidence costs, and when moving it to colder storage costs more than it saves."""

from collections.abc import Iterable
from dataclasses import dataclass

from crossproof.archive.store import Stored

# us-east-1's list prices in dollars, per GB and month. Other regions differ by up to a half.
PER_GB_MONTH = {
    "STANDARD": 0.023,
    "STANDARD_IA": 0.0125,
    "ONEZONE_IA": 0.01,
    "INTELLIGENT_TIERING": 0.023,
    "GLACIER_IR": 0.004,
    "GLACIER": 0.0036,
    "DEEP_ARCHIVE": 0.00099,
    "DIRECTORY": 0.0,
}
PER_WRITE = 0.005 / 1000
PER_TRANSITION = {"GLACIER": 0.03 / 1000, "DEEP_ARCHIVE": 0.05 / 1000}
# Each object in an archive class also pays for 32 KB of index there and 8 KB of name in Standard.
_INDEX_KB, _NAME_KB = 32 * 1024, 8 * 1024
_LEAST_BILLED = {"STANDARD_IA": 128 * 1024, "ONEZONE_IA": 128 * 1024, "GLACIER_IR": 128 * 1024}
_GIGA = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What lies in one storage class."""

    storage_class: str
    objects: int
    bytes: int
    dollars_a_month: float


def monthly(size: int, storage_class: str) -> float:
    """Price one object for a month."""
    price = PER_GB_MONTH.get(storage_class, PER_GB_MONTH["STANDARD"])
    billed = max(size, _LEAST_BILLED.get(storage_class, 0))
    if storage_class in PER_TRANSITION:
        return ((billed + _INDEX_KB) * price + _NAME_KB * PER_GB_MONTH["STANDARD"]) / _GIGA
    return billed * price / _GIGA


def months_until_it_pays(size: int, storage_class: str) -> float:
    """Say after how many months in a colder class moving one object there has paid for itself; infinite if never."""
    saved = monthly(size, "STANDARD") - monthly(size, storage_class)
    return PER_TRANSITION.get(storage_class, 0.01 / 1000) / saved if saved > 0 else float("inf")


def usage(objects: Iterable[Stored]) -> list[Usage]:
    """Add up what is kept, by storage class."""
    sizes: dict[str, list[int]] = {}
    for one in objects:
        sizes.setdefault(one.storage_class, []).append(one.size)
    return [
        Usage(
            storage_class=name,
            objects=len(each),
            bytes=sum(each),
            dollars_a_month=sum(monthly(size, name) for size in each),
        )
        for name, each in sorted(sizes.items())
    ]


def dollars(amount: float) -> str:
    """Write a price so that a small one is not called nothing."""
    if amount == 0:
        return "$0"
    if amount < 1e-6:  # noqa: PLR2004
        return "less than $0.000001"
    return f"${amount:.2f}" if amount >= 0.01 else f"${amount:.6f}".rstrip("0")  # noqa: PLR2004
