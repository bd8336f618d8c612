"""One step of a job, from its `with:` to everything the runner reads afterwards."""

import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.as_the_runner.action_yml import ActionYml, evaluate, find
from tests.as_the_runner.job import Job
from tests.as_the_runner.places import InContainer, Place
from tests.as_the_runner.protocol import Ear, StepFails, pairs_in, paths_in, state_in, summary_in, variables_in

T = TypeVar("T")
R = TypeVar("R")

# How the runner cancels (ProcessInvoker): the last signal reaches the docker command only, never the container.
CANCELLING = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5))
_FILES = {
    "GITHUB_OUTPUT": "set_output_",
    "GITHUB_ENV": "set_env_",
    "GITHUB_STATE": "save_state_",
    "GITHUB_PATH": "add_path_",
    "GITHUB_STEP_SUMMARY": "step_summary_",
}


@dataclass(kw_only=True)
class Step:
    """`uses:` one of this repository's actions; `inputs` are its `with:` and may hold plain expressions."""

    job: Job
    action: str | ActionYml
    inputs: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    on: Place = field(default_factory=InContainer)

    def __post_init__(self) -> None:
        """Number the step: the second use of an action in a job has another id."""
        self.metadata = find(self.action) if isinstance(self.action, str) else self.action
        self.job.steps += 1
        self.id = f"__self_{self.job.steps}" if self.job.steps > 1 else "__self"

    def run(self) -> "Result":
        """Run it to its end."""
        return self.start().finish()

    def start(self, *, entrypoint: str = "", state: Mapping[str, str] | None = None) -> "Running":
        """Start it; `entrypoint` and `state` are what the post step differs in."""
        seen_as = self.on.mounts(self.job)
        files = {name: self.job.file_commands / f"{prefix}{uuid.uuid4()}" for name, prefix in _FILES.items()}
        for file in files.values():
            file.touch()
        self.job.hand_over()
        env = self._environment(state or {}, files)
        env = {name: _translated(value, seen_as) for name, value in env.items()}
        before = _listing(self.job.workspace)
        process = self.on.start(self.metadata, entrypoint or self.metadata.entrypoint, self.job, env)
        running = Running(step=self, process=process, files=files, before=before)
        self.job.at_end.callback(running.end)
        return running

    def _environment(self, state: Mapping[str, str], files: Mapping[str, Path]) -> dict[str, str]:
        """Write the variables in the runner's order: later ones win, except that `runs.env` only fills gaps."""
        contexts = self.job.contexts
        inputs = self.metadata.inputs(self.inputs, contexts)
        env = {**self.job.env, **{name: evaluate(text, contexts) for name, text in self.env.items()}}
        env |= state
        env |= {f"INPUT_{name.replace(' ', '_').upper()}": value for name, value in inputs.items()}
        for name, text in self.metadata.env.items():
            env.setdefault(name, evaluate(text, {**contexts, "inputs": inputs}))
        env |= {"GITHUB_ACTION": self.id, "GITHUB_ACTION_REPOSITORY": "", "GITHUB_ACTION_REF": ""}
        return env | self.job.environment() | {name: str(path) for name, path in files.items()}


@dataclass(kw_only=True)
class Running:
    """A step that has been started: its log so far, and the two ways it can end."""

    step: Step
    process: subprocess.Popen[bytes]
    files: Mapping[str, Path]
    before: Mapping[Path, tuple[int, int]]
    _log: list[str] = field(default_factory=list)
    _grown: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        """Read the log as it is written."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str, *, within: float = 60) -> None:
        """Return as soon as the log holds a text; the limit only ends a hang."""
        with self._grown:
            self._grown.wait_for(lambda: text in "".join(self._log) or not self._reader.is_alive(), within)
            log = "".join(self._log)
        assert text in log, f"{text!r} never came; the log is:\n{log}"

    def finish(self, *, within: float = 240) -> "Result":
        """Wait for its end and read everything it left."""
        self._reader.join(within)  # the log ends with the process; waiting for that itself looks up every 50 ms only
        if self._reader.is_alive():
            self.end()
            raise AssertionError(f"no end within {within} s; the log is:\n{''.join(self._log)}")
        self.process.wait()
        return Result.read(self, "".join(self._log))

    def cancel(self) -> "Result":
        """Cancel as the runner does, and let nothing of ours be left in the engine."""
        began = time.monotonic()
        for number, patience in CANCELLING:
            self.process.send_signal(number)
            try:
                self.process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            self.process.kill()
        result = self.finish()
        result.cancelled_within = time.monotonic() - began
        left = self.step.on.left_behind(self.step.job)
        assert not left, f"the step was cancelled and left containers behind: {left}; the log is:\n{result.log}"
        return result

    def end(self) -> None:
        """Let nothing of it go on."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            self.step.on.left_behind(self.step.job)
        self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with self._grown:
                    self._log.append(line.decode("utf-8", errors="replace"))
                    self._grown.notify_all()
        with self._grown:
            self._grown.notify_all()


@dataclass(kw_only=True)
class Result:
    """All that GitHub knows of a step after its end."""

    step: Step
    exit_code: int
    raw: str  # the log as the action wrote it
    ear: Ear  # what the runner heard in it: commands, annotations, masks, and the log that people see
    outputs: dict[str, str]
    env: dict[str, str]
    state: dict[str, str]  # as the post step's variables
    path: list[str]
    summary: str
    refused: list[str]  # what the runner could not read: it fails the step for it, whatever the exit code
    created: dict[str, int]  # new or changed files of the workspace, and whose they are
    cancelled_within: float = 0.0

    @classmethod
    def read(cls, running: Running, raw: str) -> "Result":
        """Read the log and the files with the runner's grammar, and let the job keep what later steps see."""
        job, refused = running.step.job, list[str]()
        ear = Ear(secrets=job.secrets_known)
        files = {name: path.read_bytes() for name, path in running.files.items()}
        _understood(ear.hear, raw, None, refused)
        env = _understood(variables_in, files["GITHUB_ENV"], {}, refused)
        job.env |= env
        after = _listing(job.workspace)
        created = [path for path, stamp in after.items() if running.before.get(path) != stamp]
        return cls(
            step=running.step,
            exit_code=running.process.returncode,
            raw=raw,
            ear=ear,
            outputs=dict(_understood(pairs_in, files["GITHUB_OUTPUT"], [], refused)),
            env=env,
            state=_understood(state_in, files["GITHUB_STATE"], {}, refused),
            path=paths_in(files["GITHUB_PATH"]),
            summary=summary_in(files["GITHUB_STEP_SUMMARY"], ear),
            refused=refused,
            created={str(path.relative_to(job.workspace)): path.lstat().st_uid for path in created},
        )

    @property
    def log(self) -> str:
        """The log as people see it."""
        return "\n".join(self.ear.log)

    @property
    def job_outputs(self) -> dict[str, str]:
        """What another job can read."""
        read = {name: self.ear.job_output(value) for name, value in self.outputs.items()}
        return {name: value for name, value in read.items() if value is not None}

    def post(self) -> "Result":
        """Run the post step, which the runner does after success, failure and cancellation alike."""
        entrypoint = self.step.metadata.post_entrypoint
        assert entrypoint, "this action has no post step"
        return self.step.start(entrypoint=entrypoint, state=self.state).finish()


def _understood(read: Callable[[T], R], written: T, otherwise: R, refused: list[str]) -> R:
    try:
        return read(written)
    except StepFails as why:
        refused.append(str(why))
        return otherwise


def _translated(value: str, seen_as: Mapping[Path, str]) -> str:
    """Translate a value that is, as a whole, a path under a mounted folder; the runner leaves all others alone."""
    for host, inside in sorted(seen_as.items(), key=lambda pair: -len(str(pair[0]))):
        if value == str(host) or value.startswith(f"{host}/"):
            return inside + value.removeprefix(str(host))
    return value


def _listing(folder: Path) -> dict[Path, tuple[int, int]]:
    """List files with what changes when they are written."""
    found = (Path(at) / file for at, _, files in os.walk(folder) for file in files)
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in found}
