"""Decides which texts count as workflows, and shows them to each tool in the form that it can check fully.

GitHub's parser looks up inputs only for `owner/repo/path@ref`, actionlint only for `./path`: each gets its spelling.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from crossproof import HOME
from crossproof_docs.siblings import SERIES

_USES = re.compile(
    rf"(?P<head>uses:\s*['\"]?)(?:\.|\$|{re.escape(HOME)})/(?P<path>(?:actions|\.github/workflows)/[\w.-]+)(?:@[\w./-]+)?"
)
_GENERATED = re.compile(r"<!-- begin [a-z]+ -->.*?<!-- end [a-z]+ -->", re.DOTALL)
_BLOCK = re.compile(r"^```ya?ml\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
# Parts that a reader is to write into a workflow of their own: the rest is put behind them, so that parsers read them.
_TOP = {"name", "on", True, "permissions", "concurrency", "env", "defaults"}  # `on` is a yes to YAML 1.1
_ON, _JOBS = "on: push\n", "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: 'true'\n"
_STEPS = "on: push\npermissions: {}\njobs:\n  steps:\n    runs-on: ubuntu-latest\n    steps:\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A text that a user could run as a workflow; its lines are counted as in the file it stands in."""

    source: str  # the file, relative to the repository
    line: int = 1  # of a block in a page: the line it begins on
    text: str

    @property
    def name(self) -> str:
        """Give it a place where every tool takes it for a workflow."""
        if self.source.startswith(".github/workflows/"):
            return self.source
        stem = re.sub(r"[^\w.-]", "-", self.source.removesuffix(".yml"))
        return f".github/workflows/{stem}-{self.line}.yml"


def workflows(root: Path) -> Iterator[Workflow]:
    """Go through our own workflows, the examples, and the blocks in pages that people write."""
    for pattern in (".github/workflows/*.yml", "actions/*/examples/*.yml"):
        for path in sorted(root.glob(pattern)):
            yield Workflow(source=str(path.relative_to(root)), text=path.read_text(encoding="utf-8"))
    for pattern in ("*.md", "actions/*/README.md", "docs/**/*.md"):
        for path in sorted(root.glob(pattern)):
            yield from blocks(str(path.relative_to(root)), path.read_text(encoding="utf-8"))


def blocks(source: str, page: str) -> Iterator[Workflow]:
    """Take the YAML blocks that are workflows or parts of one. What the generator embeds is checked as an example."""
    prose = _GENERATED.sub(lambda found: "\n" * found[0].count("\n"), page)
    for found in _BLOCK.finditer(prose):
        line = prose.count("\n", 0, found.start("body")) + 1
        read = yaml.safe_load(found["body"])
        if isinstance(read, dict) and "jobs" in read:
            text = "\n" * (line - 1) + found["body"] + ("" if {"on", True} & set(read) else _ON)
        elif isinstance(read, dict) and read and set(read) <= _TOP:
            text = "\n" * (line - 1) + found["body"] + ("" if {"on", True} & set(read) else _ON) + _JOBS
        elif isinstance(read, list) and any({"uses", "run"} & set(step) for step in read if isinstance(step, dict)):
            body = re.sub(r"^(?=.)", "      ", found["body"], flags=re.MULTILINE)
            text = _STEPS + "\n" * (line - 1 - _STEPS.count("\n")) + body
        else:
            continue
        yield Workflow(source=source, line=line, text=text)


def as_remote(text: str) -> str:
    """Name every sibling as GitHub's parser looks it up; reusable workflows stay local files."""
    return _USES.sub(lambda m: f"{m['head']}{_remote(m['path'])}", text)


def as_local(text: str) -> str:
    """Name every sibling as actionlint looks it up."""
    return _USES.sub(lambda m: f"{m['head']}./{m['path']}", text)


def metadata(root: Path) -> dict[str, Any]:
    """Read every action's metadata, by the path that `uses:` names."""
    return {
        str(path.parent.relative_to(root)): yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(root.glob("actions/*/action.yml"))
    }


def _remote(path: str) -> str:
    return f"{HOME}/{path}@{SERIES}" if path.startswith("actions/") else f"./{path}"
