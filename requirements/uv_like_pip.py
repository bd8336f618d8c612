"""Runs uv against the package index that pip is configured for on this machine: uv reads none of pip's settings."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

UV_NAME = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def as_uv_reads(pip_config: Iterable[str], env: Mapping[str, str]) -> dict[str, str]:
    """Translate the lines of `pip config list`; what is already set for uv stays."""
    found: dict[str, str] = {}
    # pip's own precedence: the environment, then a command's section, then [global]. Sorted, ":env:" comes first.
    for line in sorted(pip_config, key=lambda line: (not line.startswith(":env:"), line.startswith("global."))):
        key, _, quoted = line.partition("=")
        name = UV_NAME.get(key.rpartition(".")[2])
        if name and name not in env:
            found.setdefault(name, ast.literal_eval(quoted))
    if "UV_FIND_LINKS" in found:  # pip passes over a folder that is not there; uv stops
        there = [link for link in found["UV_FIND_LINKS"].split() if "://" in link or Path(link).exists()]
        found["UV_FIND_LINKS"] = ",".join(there)
    return {name: value for name, value in found.items() if value}


if __name__ == "__main__":
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    uv = Path(sys.executable).parent / "uv"
    os.execve(uv, ["uv", *sys.argv[1:]], {**os.environ, **as_uv_reads(listed.stdout.splitlines(), os.environ)})
