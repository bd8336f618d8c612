"""Lists what lies below a directory: all of it, or an error. pathlib leaves out what it may not look into."""

import os
from collections.abc import Sequence
from pathlib import Path


def below(root: Path) -> Sequence[Path]:
    """Give files, directories and links in order; a link to a directory is not followed. Raises `OSError`."""
    found: list[Path] = []
    for folder, folders, names in os.walk(root, onerror=_stop):
        found += [Path(folder, name) for name in (*folders, *names)]
    return sorted(found)


def _stop(fault: OSError) -> None:
    raise fault
