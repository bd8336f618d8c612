"""Writes amounts as people read them."""

_STEP = 1000


def size(count: int) -> str:
    """Write a number of bytes with three figures: 512 B, 1.23 MB, 45.6 GB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _STEP:
            return f"{count} B" if unit == "B" else f"{_three(amount)} {unit}"
        amount /= _STEP
    return f"{_three(amount)} TB"


def counted(number: int, thing: str) -> str:
    """Write a number with its noun: 1 file, 2 files."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _three(amount: float) -> str:
    return f"{amount:.2f}" if amount < 10 else f"{amount:.1f}" if amount < 100 else f"{amount:.0f}"  # noqa: PLR2004
