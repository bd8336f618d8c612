"""Runs in a container of its own: waits until the step's container is gone, however it went, then cleans up after it.

python -m crossproof.engine.guardian CONTAINER SESSION SECONDS
"""

import os
import sys

from crossproof.engine.docker import Docker
from crossproof.engine.sweeping import sweep


def main(container: str, session: str, patience: float) -> int:
    """Wait, then sweep; spare this very container, which removes itself when it ends."""
    docker = Docker(os.environ.copy())
    docker.try_("wait", container, patience=patience)
    myself = docker.inspect("container", os.uname().nodename)
    swept = sweep(docker, session, spare=str(myself[0]["Id"]) if myself else "")
    return 1 if swept.stayed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
