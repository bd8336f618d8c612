"""Decides what of the dependencies goes into the image: run by the Dockerfile with the image's own interpreter."""

import shutil
import sysconfig
from collections.abc import Iterable
from pathlib import Path

# The AWS services that adapters open a client for (a conformance test compares), and the two that profiles with
# single sign-on resolve their credentials through. botocore brings 400 more: 24 MB of descriptions nobody reads.
SERVICES = frozenset({"ecr", "s3", "secretsmanager", "ssm", "sso", "sso-oidc", "sts"})
# Descriptions of whole services that only `boto3.resource`, the AWS command line and documentation builders open.
UNREAD = ("boto3/data", "boto3/examples")
# Of Slack's SDK what does not post: signing in, sockets, administration, asyncio's twins, and its former package.
UNREAD_SLACK = (
    "audit_logs",
    "oauth",
    "rtm",
    "rtm_v2",
    "scim",
    "signature",
    "socket_mode",
    "web*/async_*",
    "web/legacy_*",
)
UNREAD_FILES = ("completions-1*.json*", "examples-1.json*")


def slim(site: Path) -> None:
    """Drop what no action opens: other services and their clients, test suites, sources of compiled modules."""
    data = site / "botocore/data"
    missing = SERVICES - {entry.name for entry in data.iterdir()}
    if missing:
        raise SystemExit(f"slim.py: botocore describes no {', '.join(sorted(missing))}: was a service renamed?")
    drop(entry for entry in data.iterdir() if entry.is_dir() and entry.name not in SERVICES)
    drop(found for pattern in UNREAD_FILES for found in data.rglob(pattern))
    drop(site / name for name in (*UNREAD, "slack"))
    drop(found for pattern in UNREAD_SLACK for found in site.glob(f"slack_sdk/{pattern}"))
    drop(found for name in ("tests", "test") for found in site.glob(f"*/**/{name}"))
    drop(found for suffix in ("pyi", "pyx", "c", "h") for found in site.rglob(f"*.{suffix}"))


def drop(unread: Iterable[Path]) -> None:
    """Remove files and whole folders."""
    for entry in list(unread):
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


if __name__ == "__main__":
    slim(Path(sysconfig.get_path("purelib")))
