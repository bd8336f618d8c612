"""Adds the standard library's bytecode where the base image leaves it out, so that no start compiles it again.

The official Python images leave it out to be smaller (docker-library/python#615). A container starts from its image
each time, so each start would pay: 180 ms of CPU for what our adapters import. Debian's own Python has it.
Run first and with -B: any other Python process of the build would leave some behind, and it would look like the base's.
"""

import importlib.util
import py_compile
import sys
import sysconfig
from pathlib import Path

NEVER_IMPORTED_HERE = frozenset(
    {"ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter", "turtledemo", "unittest", "xmlrpc"}
)
UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH  # an image's files do not change: no stat() per import


def compile_missing(library: Path, into: Path) -> None:
    """Compile each module that has no bytecode, to where it belongs under another root."""
    for source in library.rglob("*.py"):
        parts = source.relative_to(library).parts
        cached = Path(importlib.util.cache_from_source(str(source)))
        if parts[0] in NEVER_IMPORTED_HERE | {"site-packages", "dist-packages"} or cached.exists():
            continue
        target = into / cached.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        py_compile.compile(str(source), str(target), dfile=str(source), doraise=True, invalidation_mode=UNCHECKED)


if __name__ == "__main__":
    compile_missing(Path(sysconfig.get_path("stdlib")), into=Path(sys.argv[1]))
