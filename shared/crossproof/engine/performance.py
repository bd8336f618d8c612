"""Starts a tier's tests beside us: as the workspace's owner, without the engine's socket and without our tokens."""

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from crossproof.engine.docker import Docker, end, names
from crossproof.engine.driver import PHASES
from crossproof.tiers.environment import Variables
from crossproof.tiers.stage import Progress, StageTrouble, Written

_LONGEST_LINE = 100_000


@dataclass(kw_only=True)
class Folder:
    """The folder through which we and the tests talk."""

    path: Path

    @property
    def state(self) -> Path:
        """Where phases leave their exit codes."""
        return self.path / "state"

    @property
    def results(self) -> Path:
        """Where the plugin writes."""
        return self.path / "results"

    @property
    def plugin(self) -> Path:
        """Where the plugin lies."""
        return self.path / "plugin"

    def make(self, owner: tuple[int, int]) -> None:
        """Make it anew, for its user to write in."""
        for folder in (self.path, self.state, self.results, self.plugin):
            folder.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(folder, *owner)

    def progress(self) -> tuple[str, Mapping[str, int]]:
        """Read how far the phases are."""
        exits = {phase: code for phase in PHASES if (code := _number(self.state / f"{phase}.exit")) is not None}
        return _text(self.state / "phase"), exits

    def let_go_on(self) -> None:
        """Open the gate before the migration."""
        (self.state / "go").touch()


@dataclass(kw_only=True)
class Tail:
    """Reads files that grow, line by line: only whole lines, but at the end the rest too."""

    folder: Path
    read: dict[str, int] = field(default_factory=dict)

    def new(self) -> Mapping[str, Sequence[str]]:
        """Give the whole lines that are new, by file."""
        found: dict[str, Sequence[str]] = {}
        for file in sorted(self.folder.glob("*.jsonl")):
            with file.open("rb") as opened:
                opened.seek(self.read.get(file.name, 0))
                data = opened.read()
            whole = data[: data.rfind(b"\n") + 1]
            if whole:
                self.read[file.name] = self.read.get(file.name, 0) + len(whole)
                found[file.name] = whole.decode("utf-8", "replace").splitlines()
        return found


class Performance:
    """Tests that run, in a container or as a process of this machine."""

    def __init__(self, folder: Folder, process: "subprocess.Popen[bytes]", reports: "Reports") -> None:
        """`process` is what carries their output to us."""
        self._folder, self._process, self._reports = folder, process, reports
        self._tail = Tail(folder=folder.results)
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()

    def let_go_on(self) -> None:
        """Services are ready: migrate and test."""
        self._folder.let_go_on()

    def progress(self) -> Progress:
        """Look how far it is."""
        over = self._process.poll() is not None
        if over:
            self._reader.join(5)  # what it said last is ours before it counts as over
        phase, exits = self._folder.progress()
        return Progress(phase=phase, exits=exits, over=over, exit=self._process.returncode, oom=over and self._oom())

    def said(self) -> Sequence[str]:
        """Give the lines that came since the last call."""
        lines: list[str] = []
        while not self._lines.empty():
            lines.append(self._lines.get())
        return lines

    def recorded(self) -> Mapping[str, Sequence[str]]:
        """Give the lines of each journal that came since the last call."""
        return self._tail.new()

    def written(self) -> Written:
        """Give the reports that were written since it was started."""
        return self._reports.written()

    def _oom(self) -> bool:
        return False

    def _read(self, pipe: IO[bytes]) -> None:
        for line in iter(lambda: pipe.readline(_LONGEST_LINE), b""):
            self._lines.put(line.decode("utf-8", "replace").rstrip("\r\n"))


class InContainer(Performance):
    """Tests in a sibling container."""

    def __init__(self, docker: Docker, container: str, folder: Folder, reports: "Reports") -> None:
        """`container` is created and not started."""
        self._docker, self._container = docker, container
        process = subprocess.Popen(
            ["docker", "start", "--attach", container],
            env=docker.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        super().__init__(folder, process, reports)

    def interrupt(self) -> None:
        """Send everybody in it what Ctrl-C sends: as process 1 the driver outlives it."""
        said = self._docker.try_("exec", self._container, "/bin/sh", "-c", "kill -INT -1", patience=3)
        if said.code:
            self._docker.try_("kill", "--signal", "INT", self._container, patience=3)

    def kill(self) -> None:
        """End it."""
        self._docker.try_("kill", self._container, patience=5)
        self._process.wait(5)

    def close(self) -> None:
        """Stop listening."""
        end(self._process) if self._process.poll() is None else None

    def _oom(self) -> bool:
        found = self._docker.inspect("container", self._container)
        return bool(found and found[0]["State"].get("OOMKilled"))


class AsProcess(Performance):
    """Tests as a process of this machine: on a laptop, or where no engine is."""

    def __init__(
        self,
        command: Sequence[str],
        give: Variables,
        owner: tuple[int, int],
        folder: Folder,
        reports: "Reports",
        cwd: str,
    ) -> None:
        """Start it in a session of its own, as the workspace's owner."""
        become = {"user": owner[0], "group": owner[1], "extra_groups": []} if os.geteuid() == 0 and owner[0] else {}
        process = subprocess.Popen(  # type: ignore[call-overload]
            command,
            env=give.revealed(),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **become,
        )
        self._group = process.pid
        super().__init__(folder, process, reports)

    def interrupt(self) -> None:
        """Send its whole group what Ctrl-C sends."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End its whole group."""
        self._signal(signal.SIGKILL)
        self._process.wait(5)

    def close(self) -> None:
        """Let nothing of its group go on."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._group, number)
        except ProcessLookupError:
            return


@dataclass(kw_only=True)
class Reports:
    """Finds the reports that a run has written, and not those that were there before it."""

    root: Path
    junit: Sequence[str]
    coverage: Sequence[str]

    def __post_init__(self) -> None:
        """Remember what is there already."""
        self._before = {path: _stamp(path) for pattern in (*self.junit, *self.coverage) for path in self._all(pattern)}

    def written(self) -> Written:
        """Give what is new."""
        unmet: list[str] = []
        junit, covered = self._new(self.junit, unmet), self._new(self.coverage, unmet)
        return Written(junit=junit, coverage=covered, unmet=unmet)

    def _new(self, patterns: Sequence[str], unmet: list[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for pattern in patterns:
            new = [path for path in self._all(pattern) if self._before.get(path) != _stamp(path)]
            if not new:
                unmet.append(pattern)
            found |= {str(path.relative_to(self.root)): path.read_bytes() for path in new}
        return found

    def _all(self, pattern: str) -> list[Path]:
        return sorted(path for path in self.root.glob(pattern) if path.is_file() and not path.is_symlink())


def create(docker: Docker, image: str, give: Variables, arguments: Sequence[str], command: Sequence[str]) -> str:
    """Create the tests' container; each value goes through the command's environment, none on its line."""
    revealed = give.revealed()
    entry, *rest = command
    said = docker.try_(
        "create", *arguments, *names(revealed), "--entrypoint", entry, image, *rest,
        more={f"{name}": value for name, value in revealed.items()},
    )  # fmt: skip
    if said.code:
        raise StageTrouble("The tests' container cannot be created.", seen=said.last)
    return said.out.split()[-1]


def _stamp(path: Path) -> tuple[int, int]:
    at = path.stat()
    return at.st_mtime_ns, at.st_size


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdecimal() else None
