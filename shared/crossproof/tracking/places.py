"""Says where in the logs something was seen: one integer that sorts as the logs do, so that millions cost little."""

from collections.abc import Sequence

_LINE_BITS = 40  # more lines than any log that could be read


def place(file: int, line: int) -> int:
    """Make a place of a file's number and a line counted from one."""
    return (file << _LINE_BITS) | line


def file_of(at: int) -> int:
    """Take the file's number out of a place."""
    return at >> _LINE_BITS


def line_of(at: int) -> int:
    """Take the line out of a place."""
    return at & ((1 << _LINE_BITS) - 1)


def written(at: int, files: Sequence[str]) -> str:
    """Write a place for a reader: `app.jsonl:12`."""
    return f"{files[file_of(at)]}:{line_of(at)}"
