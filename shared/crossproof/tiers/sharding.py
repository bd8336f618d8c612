"""Decides which shard each test file belongs to; every shard works it out for itself and comes to the same.

This file also travels into the tests' own container, beside the pytest plugin: nothing but the standard library, and
nothing newer than Python 3.8.
"""

from __future__ import annotations

import hashlib

OVERHEAD = 0.5  # seconds that a file costs besides its tests: import, fixtures


def file_of(test: str) -> str:
    """Give the file of a test's id."""
    return test.split("::", 1)[0]


def assigned(tests: list[str], shards: int, durations: dict[str, float]) -> dict[str, int]:
    """Give each file its shard, counted from one: the longest first, each to the shard with least to do.

    Files that nobody has timed count as the median of those that were; where none was, a hash of the name decides.
    """
    files = sorted({file_of(test) for test in tests})
    known = {file: durations[file] for file in files if file in durations}
    if not known:
        return {file: _hash(file) % shards + 1 for file in files}
    middle = sorted(known.values())[len(known) // 2]
    cost = {file: known.get(file, middle) + OVERHEAD for file in files}
    load = [0.0] * shards
    owner = {}
    for file in sorted(files, key=lambda each: (-round(cost[each], 3), each)):
        lightest = min(range(shards), key=lambda shard: (round(load[shard], 3), shard))
        load[lightest] += cost[file]
        owner[file] = lightest + 1
    return owner


def digest(tests: list[str]) -> str:
    """Name a whole set of tests, whatever its order."""
    return hashlib.sha256("\n".join(sorted(tests)).encode("utf-8", "surrogatepass")).hexdigest()


def _hash(file: str) -> int:
    return int.from_bytes(hashlib.sha256(file.encode("utf-8", "surrogatepass")).digest()[:8], "big")
