"""A step of fetch-artifacts against a GitHub on loopback: its real adapters, in this process, on the sandbox's clock."""

import hashlib
import io
import json
from pathlib import Path

import pytest
from tests.as_the_runner.protocol import pairs_in

from crossproof import cli, wiring
from crossproof.github import deliveries
from crossproof_sandbox import Sandbox

WORKFLOW = "on: [push, workflow_dispatch, pull_request]\njobs: {test: {runs-on: ubuntu-latest, steps: []}}\n"


@pytest.fixture
def github(monkeypatch):
    with Sandbox() as sandbox:
        monkeypatch.setattr(wiring, "clock", lambda: sandbox.clock)
        monkeypatch.setattr(deliveries, "_PAUSES", (0.0,) * 4)
        yield sandbox


@pytest.fixture
def app(github):
    repository = github.repository("acme/ios-app")
    repository.workflow("tracktor.yml", WORKFLOW)
    return repository


@pytest.fixture
def workspace(tmp_path):
    made = tmp_path / "workspace"
    (made / "src").mkdir(parents=True)
    (made / "README.md").write_text("mine")
    (made / "src/main.js").write_text("mine too")
    return made


def tree(root: Path) -> dict[str, str]:
    """Every file with its hash, every directory, every link; our own reports aside."""
    return {
        str(path.relative_to(root)): _fingerprint(path)
        for path in sorted(root.rglob("*"))
        if ".crossproof" not in path.relative_to(root).parts
    }


def _fingerprint(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    return "/" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()[:12]


class Step:
    """One call, and everything it left."""

    def __init__(self, action: str, workspace: Path, env: dict[str, str]) -> None:
        self.workspace = workspace
        self._files = workspace.parent / "files"
        self._files.mkdir(exist_ok=True)
        for name in ("output", "summary", "state"):
            (self._files / name).write_text("")
        self.before = tree(workspace)
        screen = io.StringIO()
        self.exit = cli.main(
            [action],
            {
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": str(workspace),
                "GITHUB_OUTPUT": str(self._files / "output"),
                "GITHUB_STEP_SUMMARY": str(self._files / "summary"),
                "GITHUB_STATE": str(self._files / "state"),
                "GITHUB_REPOSITORY": "acme/tracking",
                **env,
            },
            screen,
        )
        self.log = screen.getvalue()
        self.outputs = dict(pairs_in((self._files / "output").read_bytes()))
        self.summary = (self._files / "summary").read_text()

    @property
    def ending(self) -> tuple[str, str, int]:
        return self.outputs["verdict"], self.outputs["reason"], self.exit

    @property
    def report(self):
        return json.loads((self.workspace / self.outputs["report_path"]).read_text())

    @property
    def manifest(self):
        return json.loads((self.workspace / self.outputs["manifest_path"]).read_text())

    @property
    def unchanged(self) -> bool:
        """Nothing is different, and nothing is left behind."""
        return tree(self.workspace) == self.before

    def files(self, root: str = "artifacts") -> dict[str, bytes]:
        base = self.workspace / root
        return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}


@pytest.fixture
def fetch(github, app, workspace):
    def step(token: str | None = None, **inputs: object) -> Step:
        given = {
            "token": github.token() if token is None else token,
            "api_url": github.url,
            "repository": "acme/ios-app",
            **inputs,
        }
        env = {f"INPUT_{name.upper()}": str(value) for name, value in given.items()}
        return Step("fetch-artifacts", workspace, env)

    return step
