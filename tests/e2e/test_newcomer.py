"""The first ten minutes of somebody new: what README.md says to run is there, and what it says to copy works elsewhere."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from checks import workflow_grammar
from checks.view import metadata
from crossproof import HOME

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST = re.search(r"^```yaml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)[1]


@pytest.fixture
def scratch(tmp_path):
    """A repository of somebody else's, with nothing of ours in it but what was copied."""
    if missing := [tool for tool in ("node", "npm") if not shutil.which(tool)]:
        pytest.skip(f"no {missing[0]} here, which GitHub's parser needs")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".github/workflows").mkdir(parents=True)

    def judged(text: str) -> list[str]:
        (tmp_path / ".github/workflows/copied.yml").write_text(text)
        documents = {".github/workflows/copied.yml": text, **reusable()}
        question = json.dumps({"home": HOME, "documents": documents, "metadata": metadata(ROOT)}, default=str)
        call = ["node", workflow_grammar._bundle(ROOT)]
        said = subprocess.run(call, cwd=tmp_path, input=question, capture_output=True, text=True, check=True)
        return [fault["message"] for fault in json.loads(said.stdout) if fault["name"].endswith("copied.yml")]

    return judged


def reusable() -> dict[str, str]:
    """Give what the parser looks up for a reusable workflow; at GitHub it comes from our repository."""
    return {str(path.relative_to(ROOT)): path.read_text() for path in ROOT.glob(".github/workflows/*.yml")}


def as_seen_by_the_parser(text: str) -> str:
    return text.replace(f"{HOME}/.github/", "./.github/").replace(".yml@v1", ".yml")


def test_the_two_commands_are_the_first_thing_to_be_run_and_are_there():
    commands = re.findall(
        r"^make (\w+) ", re.search(r"## Two commands\n(.*?)\n## ", README, re.DOTALL)[1], re.MULTILINE
    )
    assert commands == ["demo", "test"]
    for command in commands:
        said = subprocess.run(["make", "--dry-run", command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr


def test_the_first_example_is_a_whole_workflow_that_github_accepts_in_another_repository(scratch):
    assert {"name", True, "permissions", "jobs"} <= set(yaml.safe_load(FIRST))
    assert scratch(as_seen_by_the_parser(FIRST)) == []


def test_a_slip_of_the_pen_while_copying_is_seen(scratch):
    slipped = as_seen_by_the_parser(FIRST).replace("repository: example-org", "repositry: example-org", 1)
    assert any("repositry" in message or "repository" in message for message in scratch(slipped))
