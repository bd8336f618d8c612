"""Decides which files of the repository a Compose file reads: what it mounts, includes and takes variables from.

By the words that name something there, not by the meaning of each key: a word too many only runs a tier too often.
Where images are built is left out: those are sources, and the tier's own `paths` name them.
"""

import posixpath
import re
from collections.abc import Sequence

from crossproof.tiers.checkout import Checkout

_BUILDS = re.compile(r"\s*(?:-\s+)?(?:build|context)\s*:")
_WORD = re.compile(r"[^\s\"'\[\]{},:]+")


def mentioned(file: str, checkout: Checkout) -> Sequence[str]:
    """List files, and folders with everything in them; its own folder is too near to mean anything."""
    text = checkout.read(file).decode("utf-8", "replace")
    lines = [line.partition(" #")[0] for line in text.splitlines() if not _BUILDS.match(line)]
    words = dict.fromkeys(word for line in lines for word in _WORD.findall(line))
    here = posixpath.dirname(file)
    paths = dict.fromkeys(posixpath.normpath(posixpath.join(here, word)) for word in words if not word.startswith("/"))
    files = checkout.files()
    known = {*files, *(folder for each in files for folder in _above(each))}
    return [path for path in paths if path in known and path not in {file, here}]


def _above(path: str) -> Sequence[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
