"""Judges every workflow, example and action.yml by GitHub's own parser and by actionlint."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from checks.view import Workflow, as_local, as_remote, metadata, workflows
from crossproof import HOME

_ACTIONLINT = "1.7.12"
_CANARY = "checks/canary.yml"
_BANNER = 'import {createRequire} from "module";const require=createRequire(import.meta.url);'


def github_parser(root: Path) -> list[str]:
    """Let GitHub's own parser read everything, with our inputs known to it."""
    listed, faults = _mappings(root)
    texts = {workflow.name: as_remote(workflow.text) for workflow in listed}
    texts |= {f"{path}/action.yml": (root / path / "action.yml").read_text() for path in metadata(root)}
    question = json.dumps({"home": HOME, "documents": texts, "metadata": metadata(root)}, default=str)
    answer = subprocess.run(["node", _bundle(root)], input=question, capture_output=True, text=True, check=False)
    if answer.returncode:
        return [answer.stderr]
    sources = {workflow.name: workflow.source for workflow in listed}
    found = [f"{sources.get(f['name'], f['name'])}:{f['line']}: {f['message']}" for f in json.loads(answer.stdout)]
    return faults + _seeing(root, "github-parser", found)


def actionlint(root: Path) -> list[str]:
    """Let actionlint read a copy in which every sibling is local: then it knows our inputs and our outputs."""
    listed, faults = _mappings(root)
    view = root / ".cache" / "actionlint-view"
    shutil.rmtree(view, ignore_errors=True)
    _write(view, {workflow.name: as_local(workflow.text) for workflow in listed})
    _write(view, {f"{path}/action.yml": yaml.safe_dump(_plain(read)) for path, read in metadata(root).items()})
    (view / ".git").mkdir()  # what actionlint knows a project by
    # Without the two optional linters: which of them a machine has must not change the answer.
    call = [_actionlint_binary(root), "-shellcheck=", "-pyflakes=", "-oneline", "-no-color"]
    answer = subprocess.run(call, cwd=view, capture_output=True, text=True, check=False)
    if answer.returncode not in (0, 1):
        return [answer.stdout + answer.stderr]
    return faults + _seeing(root, "actionlint", _by_source(answer.stdout.splitlines(), listed))


def _mappings(root: Path) -> tuple[list[Workflow], list[str]]:
    """Set aside what is no mapping: GitHub's parser finds nothing wrong with an empty file."""
    every = [*workflows(root), Workflow(source=_CANARY, text=(root / _CANARY).read_text(encoding="utf-8"))]
    odd = [workflow for workflow in every if not isinstance(yaml.safe_load(workflow.text), dict)]
    return [w for w in every if w not in odd], [f"{w.source}: is no workflow" for w in odd]


def _seeing(root: Path, tool: str, found: Sequence[str]) -> list[str]:
    """Take the canary's findings out, and miss those that the tool should have had."""
    planted = [
        n for n, line in enumerate((root / _CANARY).read_text().splitlines(), 1) if tool in line.partition(" #")[2]
    ]
    blind = [n for n in planted if not any(fault.startswith(f"{_CANARY}:{n}:") for fault in found)]
    real = [fault for fault in found if not fault.startswith(f"{_CANARY}:")]
    return real + [f"{_CANARY}:{n}: {tool} no longer sees this planted defect" for n in blind]


def _by_source(lines: Sequence[str], listed: Iterable[Workflow]) -> list[str]:
    sources = {workflow.name: workflow.source for workflow in listed}
    parted = (line.partition(":") for line in lines)
    return [f"{sources.get(name, name)}:{rest}" for name, _, rest in parted]


def _plain(read: dict[str, Any]) -> dict[str, Any]:
    """Leave the launchers out: actionlint looks for them in the action's folder, and they live in the image."""
    return {**read, "runs": {"using": "docker", "image": "docker://image"}}


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _bundle(root: Path) -> str:
    """Bundle the parser once per lock and source: Node 20 cannot load it as published (JSON import attributes)."""
    home = root / "checks" / "grammar"
    stamp = sha256((home / "package-lock.json").read_bytes() + (home / "grammar.js").read_bytes()).hexdigest()[:16]
    bundle = root / ".cache" / f"grammar-{stamp}.mjs"
    if not bundle.exists():
        _run(["npm", "ci"], home)
        esbuild = home / "node_modules" / ".bin" / "esbuild"
        options = ["--bundle", "--platform=node", "--format=esm", "--log-level=warning", f"--banner:js={_BANNER}"]
        _run([str(esbuild), "grammar.js", *options, f"--outfile={bundle}"], home)
    return str(bundle)


def _actionlint_binary(root: Path) -> str:
    """Build actionlint once: as a Go module it is had by version, and checked by Go's checksum database."""
    folder = root / ".cache" / f"actionlint-{_ACTIONLINT}"
    if not (folder / "actionlint").exists():
        module = f"github.com/rhysd/actionlint/cmd/actionlint@v{_ACTIONLINT}"
        _run(["go", "install", module], root, {"GOBIN": str(folder)})
    return str(folder / "actionlint")


def _run(call: list[str], where: Path, more: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        call, cwd=where, env={**os.environ, **(more or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(call)} failed:\n{done.stdout}{done.stderr}")
