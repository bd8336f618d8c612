"""Looks at the machine for what the runner mounted into a container action (runner 2.336.0, DockerCommandManager)."""

from pathlib import Path

from crossproof.doctor.seen import RunnerFacts

SOCKET = Path("/var/run/docker.sock")
TEMP = Path("/github/runner_temp")
CONTAINER = Path("/.dockerenv")


def look(*, in_runner: bool, id_token: bool, os: str, arch: str, environment: str) -> RunnerFacts:
    """Join what the environment said with what the file system shows."""
    return RunnerFacts(
        in_runner=in_runner,
        in_container=CONTAINER.exists(),
        docker_socket=SOCKET.is_socket(),
        runner_temp=TEMP.is_dir(),
        id_token=id_token,
        os=os,
        arch=arch,
        environment=environment,
    )
