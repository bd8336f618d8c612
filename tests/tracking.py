"""Small plans and logs for the tests of tracking: what is not said in a test is as harmless as can be."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from textwrap import dedent

from crossproof.actions.validate_contract import Inputs
from crossproof.actions.validate_tracking_logs import World, aim, run
from crossproof.outcome import Evidence, Outcome
from crossproof.runner.inputs import parse
from crossproof.tracking.plan.gathering import NoSuchFile
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.ports import Digest, Logs, NoLog
from crossproof.units import RepoRef


@dataclass(frozen=True)
class Workspace:
    """A workspace in memory: it keeps the port's law that nothing outside of it can be read."""

    files: dict[str, str | bytes]

    def find(self, pattern: str) -> list[str]:
        """Find files as `Path.glob` would, as far as tests need it."""
        return sorted(path for path in self.files if path == pattern or fnmatchcase(path, pattern))

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise NoSuchFile("there is no such file in the workspace")
        content = self.files[path]
        return content if isinstance(content, bytes) else dedent(content).encode()


def event(name: str, **params: object) -> str:
    """Write an event as a line."""
    return json.dumps({"name": name, "timestamp": 1770370997, "params": params})


def plan_of(text: str, **files: str) -> Plan:
    """Load a plan that may leave out its head."""
    body = dedent(text)
    head = "" if "plan: 1" in body else 'plan: 1\nname: test\nversion: "1"\n'
    return load("plan.yaml", Workspace({"plan.yaml": head + body, **files}))


@dataclass
class MemoryLog:
    """A log in memory; what it holds may be an ending instead of bytes."""

    name: str
    content: str | bytes | Exception

    def blocks(self) -> Iterator[bytes]:
        if isinstance(self.content, Exception):
            raise self.content
        yield self.content.encode() if isinstance(self.content, str) else self.content

    def digest(self) -> Digest:
        content = self.content.encode() if isinstance(self.content, str) else b""
        return Digest(sha256(content).hexdigest(), len(content))

    def file_sha256(self) -> str:
        return self.digest().sha256


@dataclass
class MemoryLogs:
    """Logs by name; a name that is not there is said, never left out."""

    logs: dict[str, str | bytes | Exception]
    passed_over: Sequence[str] = ()

    def find(self, asked: Sequence[str]) -> tuple[Sequence[MemoryLog], Sequence[NoLog]]:
        found = [MemoryLog(name, self.logs[name]) for name in asked if name in self.logs]
        return found, [NoLog(name, "there is no such file") for name in asked if name not in self.logs]


class OneCore:
    """Judges where it stands."""

    def judge(self, judge, chunks) -> Iterable:
        return map(judge.judge, chunks)


@dataclass
class MemoryReport:
    """A report directory in memory."""

    files: dict[str, bytes] = field(default_factory=dict)

    def write_bytes(self, name: str, content: bytes) -> Evidence:
        self.files[name] = content
        return Evidence(path=name, sha256=sha256(content).hexdigest(), size=len(content))

    def write_text(self, name: str, text: str) -> Evidence:
        return self.write_bytes(name, text.encode())

    def file(self, name: str) -> Path:
        return Path(name)

    def relative(self, name: str) -> str:
        return f".crossproof/validate-tracking-logs/{name}"


@dataclass
class Step:
    """One run of the action in a world of its own."""

    files: dict[str, str | bytes]
    report: MemoryReport = field(default_factory=MemoryReport)
    said: list[str] = field(default_factory=list)
    passed_over: Sequence[str] = ()
    found: Logs | None = None  # on a disk, say

    def run(self, logs: dict[str, str | bytes | Exception], **given: str) -> Outcome:
        asked = {"logs": ",".join(logs) or "*.jsonl"} if given.get("mode") != "merge" else {}
        inputs = parse(Inputs, {"plan": "plan.yaml", **asked, **given}.items())
        self.said.append(aim(inputs))
        return run(
            inputs,
            World(
                logs=self.found or MemoryLogs(logs, self.passed_over),
                files=Workspace(self.files),
                cores=OneCore(),
                report=self.report,
                now=datetime(2026, 6, 2, 9, 30, tzinfo=UTC),
                say=self.said.append,
                repository=RepoRef("acme", "tracking"),
                run_url="https://github.com/acme/tracking/actions/runs/7",
            ),
        )
