"""Real services for tests of tiers, and a project that has a stack of them."""

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.as_the_runner import InContainer, Job, engine
from tests.as_the_runner.action_yml import find
from tests.as_the_runner.places import popen

HERE = Path(__file__).parent
IMAGE = "crossproof-test-services"
CLI = "crossproof-test-services-with-docker"
TOOLBOX = "crossproof-test-toolbox"
MANIFEST = """\
version: 1
defaults: {runtime: {image: crossproof-test-services}}
tiers:
  integration:
    infra: {compose: [compose.test.yml]}
    run: pytest -q tests/check_the_stack.py
"""


@cache
def services() -> str:
    """Build the image of the services, once per run."""
    return _built(IMAGE, HERE / "services")


@cache
def cli() -> str:
    """Build the same with Docker's command and Compose, for scripts that call them."""
    services()
    return _built(CLI, HERE / "with_docker")


@cache
def toolbox() -> str:
    """Build the same with a team's own test tools: today's pytest, its reruns, and clients of the services."""
    services()
    return _built(TOOLBOX, HERE / "toolbox")


def _built(name: str, folder: Path) -> str:
    with engine.alone(HERE.parents[1] / ".cache/image-build"):
        said = subprocess.run(
            ["docker", "build", "--network", "host", "-q", "-t", name, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert said.returncode == 0, said.stderr
    return name


def with_compose(folder: Path) -> Path:
    """Lay out a `DOCKER_CONFIG` that has Compose, as a person's machine has it; here it is taken out of our image."""
    plugins = folder / "docker/cli-plugins"
    plugins.mkdir(parents=True)
    holding = engine.docker("create", engine.image_of(find("run-tiered-tests")), "x").strip()
    engine.docker("cp", f"{holding}:/usr/libexec/docker/cli-plugins/docker-compose", str(plugins))
    engine.docker("rm", holding)
    return folder / "docker"


def lay_out(job: Job, manifest: str = MANIFEST, **files: str) -> None:
    """Put the project into a job's workspace, as a checkout would."""
    _copy("project", job)
    job.write(".github/tiers.yml", manifest)
    for name, text in files.items():
        job.write(name, text)


def lay_out_agent_executor(job: Job) -> None:
    """Put a whole service with PostgreSQL, a Redis-compatible cache and NATS into a job's workspace."""
    _copy("agent_executor", job)
    check = job.workspace / "tests/integration/check_agent_executor.py"
    check.rename(check.with_name("test_agent_executor.py"))  # only there it is a test


def _copy(project: str, job: Job) -> None:
    for path in (HERE / project).rglob("*"):
        if path.is_file() and path.suffix in {".py", ".yml", ".sql"}:
            job.write(str(path.relative_to(HERE / project)), path.read_text())


def ours(label: str = "dev.crossproof.session") -> list[str]:
    """Name every container, network and volume that carries our label."""
    found = engine.docker("ps", "--all", "--quiet", "--filter", f"label={label}").split()
    for kind in ("network", "volume"):
        found += engine.docker(kind, "ls", "--quiet", "--filter", f"label={label}").split()
    return found


def remove(label: str) -> None:
    """Remove what carries a label, whatever a failed test left of it."""
    for kind in ("container", "network", "volume"):
        listing = ["ps", "--all"] if kind == "container" else [kind, "ls"]
        if found := engine.docker(*listing, "--quiet", "--filter", f"label={label}").split():
            engine.docker(kind, "rm", *([] if kind == "network" else ["--force"]), *found)


@dataclass(frozen=True)
class InKubernetes(InContainer):
    """A runner that mounts no engine's socket into its containers."""

    def start(self, action, entrypoint, job, env):
        image, seen = engine.image_of(action), self.mounts(job)
        call = engine.run_command(
            image, label=job.label, names=list(env), mounts=seen, entrypoint=entrypoint, args=action.args
        )
        at = call.index("/var/run/docker.sock:/var/run/docker.sock")
        return popen([*call[: at - 1], *call[at + 1 :]], env, cwd=job.work)
