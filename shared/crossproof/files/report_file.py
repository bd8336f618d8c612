"""Reads the report that a caller names, within bounds."""

from pathlib import Path


def read(workspace: Path, path: str, most: int) -> bytes:
    """Give a file's content, or raise a `ValueError` that says why there is none."""
    try:
        file = workspace / path
        if not file.is_file():
            raise ValueError("there is no such file")
        with file.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror or error}") from None
    if len(content) > most:
        raise ValueError(f"it is larger than {most >> 20} MiB")
    return content
