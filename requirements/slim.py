"""Decides what of the dependencies goes into the image: run by the Dockerfile with the image's own interpreter."""

import importlib.util
import py_compile
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

# The AWS services that adapters open a client for (a conformance test compares), and the two that profiles with
# single sign-on resolve their credentials through. botocore brings 400 more: 24 MB of descriptions nobody reads.
SERVICES = frozenset({"ecr", "s3", "secretsmanager", "ssm", "sso", "sso-oidc", "sts"})
# Descriptions of whole services that only `boto3.resource`, the AWS command line and documentation builders open.
UNREAD = ("boto3/data", "boto3/examples")
UNREAD_FILES = ("completions-1*.json*", "examples-1.json*")
NEVER_IMPORTED_HERE = frozenset(
    {"asyncio", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter", "turtledemo", "unittest", "xmlrpc"}
)
UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH  # an image's files do not change: no stat() per import


def slim(site: Path) -> None:
    """Drop what no action opens: descriptions of other services, test suites, sources of compiled modules."""
    data = site / "botocore/data"
    missing = SERVICES - {entry.name for entry in data.iterdir()}
    if missing:
        raise SystemExit(f"slim.py: botocore describes no {', '.join(sorted(missing))}: was a service renamed?")
    drop(entry for entry in data.iterdir() if entry.is_dir() and entry.name not in SERVICES)
    drop(found for pattern in UNREAD_FILES for found in data.rglob(pattern))
    drop(site / name for name in UNREAD)
    drop(found for name in ("tests", "test") for found in site.glob(f"*/**/{name}"))
    drop(found for suffix in ("pyi", "pyx", "c", "h") for found in site.rglob(f"*.{suffix}"))


def drop(unread: Iterable[Path]) -> None:
    """Remove files and whole folders."""
    for entry in list(unread):
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def compile_standard_library(into: Path) -> None:
    """Add the bytecode that the official Python images leave out, so that no start compiles it again.

    They drop it to be smaller (docker-library/python#615); a container starts from the image each time, so each start
    would pay. Debian's own Python has it, and then there is nothing to do.
    """
    library = Path(sysconfig.get_path("stdlib"))
    for source in library.rglob("*.py"):
        parts = source.relative_to(library).parts
        cached = Path(importlib.util.cache_from_source(str(source)))
        if parts[0] in NEVER_IMPORTED_HERE | {"site-packages", "dist-packages"} or "tests" in parts or cached.exists():
            continue
        target = into / cached.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        py_compile.compile(str(source), str(target), dfile=str(source), doraise=True, invalidation_mode=UNCHECKED)


if __name__ == "__main__":
    slim(Path(sysconfig.get_path("purelib")))
    compile_standard_library(into=Path(sys.argv[1]))
