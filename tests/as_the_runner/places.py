"""Where a step runs: in the image under the runner's `docker run`, or as a bare process of this interpreter."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.as_the_runner import engine
from tests.as_the_runner.action_yml import ROOT, ActionYml
from tests.as_the_runner.job import Job

from crossproof import launcher


class Place(Protocol):
    def mounts(self, job: Job) -> Mapping[Path, str]:
        """Say under which paths the step sees the job's folders."""

    def start(self, action: ActionYml, entrypoint: str, job: Job, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start the entrypoint with exactly this environment, its input closed and its log on one pipe."""

    def left_behind(self, job: Job) -> list[str]:
        """Name what still exists of the job's containers, and end it."""


@dataclass(frozen=True)
class InContainer:
    image: str = ""  # empty: the action's own, built as the runner builds it

    def mounts(self, job: Job) -> Mapping[Path, str]:
        return {
            job.temp: "/github/runner_temp",
            job.home: "/github/home",
            job.workflow: "/github/workflow",
            job.file_commands: "/github/file_commands",
            job.workspace: "/github/workspace",
        }

    def start(self, action: ActionYml, entrypoint: str, job: Job, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        command = engine.run_command(
            self.image or engine.image_of(action),
            label=job.label,
            names=list(env),
            mounts=self.mounts(job),
            entrypoint=entrypoint,
            args=action.args,
        )
        return popen(command, {"PATH": os.environ["PATH"], **env}, cwd=job.work)

    def left_behind(self, job: Job) -> list[str]:
        left = engine.containers(job.label)
        if left:
            engine.docker("rm", "--force", "--volumes", *left)
        return left


@dataclass(frozen=True)
class AsProcess:
    """What `env -i` would give: nothing but what a runner passes, and the image's PATH."""

    def mounts(self, job: Job) -> Mapping[Path, str]:
        return {}

    def start(self, action: ActionYml, entrypoint: str, job: Job, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        launchers = job.work / "_launchers"
        launchers.mkdir(exist_ok=True)
        launcher.write(launchers, python=sys.executable)
        script = launchers / Path(entrypoint).name
        script = script if script.exists() else job.workspace / script.name
        # Isolated as in the image; the package is found here without being installed.
        boot = f"import runpy, sys; sys.path.insert(0, {str(ROOT / 'shared')!r}); del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"
        command = [sys.executable, "-Iu", "-c", boot, str(script), *action.args]
        standard = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GITHUB_ACTIONS": "true", "CI": "true"}
        return popen(command, {**standard, **env}, cwd=job.workspace)

    def left_behind(self, job: Job) -> list[str]:
        return []


def popen(command: list[str], env: Mapping[str, str], cwd: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a terminal's Ctrl-C belongs to the tests
        preexec_fn=_hearing,  # noqa: PLW1509 - it calls nothing that a thread could hold a lock of
    )


def _hearing() -> None:
    """Hear SIGINT as under the runner: a shell that runs its tests in the background has it ignored, for all below."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
