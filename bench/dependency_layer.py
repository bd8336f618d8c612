"""How large the image's dependency layer is, and whose megabytes these are."""

import json
from collections.abc import Iterator

from tests.as_the_runner import engine
from tests.as_the_runner.action_yml import ROOT

from bench import Row

TITLE = "Size of the dependency layer, uncompressed"
MOST = 75e6
SIZES = """
import importlib.metadata as m, json, os, sysconfig
site = sysconfig.get_path("purelib")
owners = {}
for dist in m.distributions(path=[site]):
    for file in dist.files or ():
        owners.setdefault(file.parts[0], dist.name)
sizes = {}
for folder, _, files in os.walk(site):
    for file in files:
        path = os.path.join(folder, file)
        top = os.path.relpath(path, site).split(os.sep)[0]
        if top != "crossproof":
            owner = owners.get(top, "other")
            sizes[owner] = sizes.get(owner, 0) + os.lstat(path).st_size
print(json.dumps(sizes))
"""


def rows() -> Iterator[Row]:
    """Measure the layer as the engine counts it, then each dependency as it lies in the image."""
    image = engine.build(ROOT / "Dockerfile")
    history = engine.docker("history", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", image).splitlines()
    copies = [int(line.split()[0]) for line in history if "COPY" in line]
    ours, dependencies = copies[:2]  # the newest layer first
    yield Row(what="the layer", figure=_mb(dependencies), bar=f"≤ {_mb(MOST)}", holds=dependencies <= MOST)
    yield Row(what="our own layer", figure=_mb(ours))
    python = ("--entrypoint", "/opt/crossproof/bin/python", image, "-Ic")
    said = engine.docker("run", "--rm", "--network", "none", *python, SIZES)
    for name, size in sorted(json.loads(said).items(), key=lambda pair: -pair[1]):
        yield Row(what=f"· {name}", figure=_mb(size))


def _mb(size: float) -> str:
    return f"{size / 1e6:.1f} MB"
