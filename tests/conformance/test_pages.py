"""What a page shows can be copied: every workflow in it names our inputs and outputs, every command our flags."""

import io
import re
import shlex
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml
from tests.tracking import plan_of

from checks import view
from crossproof import HOME
from crossproof.actions import ACTIONS
from crossproof.cli import COMMANDS, main
from crossproof.tracking.plan.examples import run_examples
from crossproof.tracking.plan.lint import lint
from crossproof_docs import reusable

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for pattern in ("*.md", "docs/*.md", "actions/*/README.md") for path in ROOT.glob(pattern))
EXAMPLES = sorted(ROOT.glob("actions/*/examples/*.yml"))
WORKFLOWS = [*view.workflows(ROOT)]
REASONS = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(?P<kind>[a-z]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_USES = re.compile(rf"(?:{re.escape(HOME)}|\$|\.)/(?P<path>(?:actions|\.github/workflows)/[\w.-]+)(?:@\S+)?")
_OUTPUT = re.compile(r"\b(?P<of>steps|needs)\.(?P<id>[\w-]+)\.outputs\.(?P<name>\w+)")


@cache
def interface(path: str) -> tuple[dict, dict]:
    """Read what an action or a reusable workflow takes and gives."""
    if path.startswith("actions/"):
        told = yaml.safe_load((ROOT / path / "action.yml").read_text(encoding="utf-8"))
    else:
        told = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))[True]["workflow_call"]
    return told.get("inputs", {}), told.get("outputs", {})


def faults(text: str) -> list[str]:
    """Say what in a workflow nobody could carry out."""
    read = yaml.safe_load(text)
    found = []
    for job in read["jobs"].values():
        given = {step["id"]: path for step in job.get("steps", ()) if "id" in step and (path := _ours(step))}
        for call in [job, *job.get("steps", ())]:
            if path := _ours(call):
                found += _call_faults(path, call.get("with", {}))
        if path := _ours(job):
            found += _withheld(path, job.get("permissions", read.get("permissions", {})))
        for used in _OUTPUT.finditer(str(job)):
            path = given.get(used["id"]) if used["of"] == "steps" else _ours(read["jobs"].get(used["id"], {}))
            if path and used["name"] not in interface(path)[1]:
                found.append(f"{path} has no output {used['name']}")
    return found


def _ours(call: dict) -> str:
    named = _USES.fullmatch(call.get("uses", ""))
    return named["path"] if named else ""


def _call_faults(path: str, given: dict) -> list[str]:
    inputs = interface(path)[0]
    unknown = [f"{path} has no input {name}" for name in given if name not in inputs]
    required = [name for name, about in inputs.items() if about.get("required")]
    return unknown + [f"{path} requires {name}" for name in required if name not in given]


def _withheld(path: str, granted: dict[str, str]) -> list[str]:
    """GitHub does not start a call at all whose jobs ask for more than the caller has."""
    rank = ["none", "read", "write"]
    asked = reusable.permissions(yaml.safe_load((ROOT / path).read_text(encoding="utf-8")))
    return [
        f"{path} needs {name}: {level}"
        for name, level in asked.items()
        if rank.index(granted.get(name, "none")) < rank.index(level)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_of_yaml_can_be_read_and_is_checked_as_a_workflow_wherever_it_is_one(page):
    checked = {(flow.source, flow.line) for flow in WORKFLOWS}
    prose = view._GENERATED.sub(lambda found: "\n" * found[0].count("\n"), page.read_text(encoding="utf-8"))
    for block in _BLOCK.finditer(prose):
        if block["kind"] in {"yaml", "yml"}:
            line = prose.count("\n", 0, block.start("body")) + 1
            yaml.safe_load(block["body"])
            if "uses:" in block["body"]:
                assert (str(page.relative_to(ROOT)), line) in checked, "nobody checks this call"


@pytest.mark.parametrize("flow", WORKFLOWS, ids=lambda flow: f"{flow.source}:{flow.line}")
def test_a_workflow_in_a_page_or_an_example_gives_and_reads_what_there_is(flow):
    assert faults(flow.text) == []


def test_what_is_wrong_with_a_workflow_is_seen():
    wrong = f"""
jobs:
  a:
    steps:
      - id: one
        uses: {HOME}/actions/receive-results@v1
        with: {{repositry: o/r, workflow: x.yml}}
      - run: echo ${{{{ steps.one.outputs.verdikt }}}} ${{{{ steps.other.outputs.any }}}}
"""
    assert faults(wrong) == [
        "actions/receive-results has no input repositry",
        "actions/receive-results requires repository",
        "actions/receive-results has no output verdikt",
    ]


def test_a_tracking_plan_in_a_page_is_one(tmp_path):
    shown = [
        (page.name, block["body"])
        for page in PAGES
        if page.name != "rules.md"  # its plans are parts, and run as tests of their own
        for block in _BLOCK.finditer(page.read_text(encoding="utf-8"))
        if block["kind"] == "yaml" and re.search("^plan: ", block["body"], re.MULTILINE)
    ]
    assert {"tracktor.md", "README.md"} <= {name for name, _ in shown}
    for name, body in shown:
        plan = plan_of(body)
        assert plan.events, name
        assert run_examples(plan).failed == [], name
        assert lint(plan, date(2026, 12, 1)) == [], name


def test_a_call_that_grants_too_little_is_seen():
    call = f"jobs:\n  a:\n    uses: {HOME}/.github/workflows/tiered-tests.yml@v1\n    permissions: {{contents: read}}\n"
    assert faults(call) == [
        ".github/workflows/tiered-tests.yml needs pull-requests: read",
        ".github/workflows/tiered-tests.yml needs id-token: write",
    ]


def commands(page: str) -> list[list[str]]:
    """Find the calls of our command in a page's blocks, as a shell would read them."""
    found = []
    for block in _BLOCK.finditer(page):
        if block["kind"] in {"sh", "console", "bash"}:
            for line in block["body"].replace("\\\n", " ").splitlines():
                if called := re.match(r"(?:\$ )?(?:\w+=(?:\$\([^)]*\)|\S+) )*(?:\.venv/bin/)?crossproof (.*)", line):
                    found.append(shlex.split(called[1], comments=True))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_command_in_a_page_names_flags_that_there_are_and_those_that_must_be(page):
    for words in commands(page.read_text(encoding="utf-8")):
        name, *rest = words
        verb = [rest[0]] if name in COMMANDS and rest and not rest[0].startswith("-") else []
        assert name in ACTIONS or name in COMMANDS, words
        shown = io.StringIO()
        main([name, *verb, "--help"], {}, shown)
        known = {"--help", *re.findall(r"--[a-z][a-z0-9-]*", shown.getvalue())}
        used = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert used <= known, f"{' '.join(words)}: {sorted(used - known)}"
        required = set(re.findall(r"(--[a-z][a-z0-9-]*) \(required\)", shown.getvalue()))
        assert required <= used, f"{' '.join(words)}: lacks {sorted(required - used)}"


def test_commands_are_found_at_all():
    assert commands("```console\n$ GH_TOKEN=$(gh auth token) crossproof doctor --a \\\n  --b c # why\n```\n") == [
        ["doctor", "--a", "--b", "c"]
    ]
    assert sum(len(commands(page.read_text(encoding="utf-8"))) for page in PAGES) > 10


def test_a_table_of_who_comes_from_elsewhere_names_only_what_there_is():
    text = (ROOT / "docs/migration.md").read_text(encoding="utf-8")
    seen = 0
    for head, body in re.findall(r"^\| .+ \| ([a-z-]+) \|\n\| --- \| --- \|\n((?:\|.*\n)+)", text, re.MULTILINE):
        inputs, outputs = interface(f"actions/{head}")
        said = " ".join(about["description"] for about in [*inputs.values(), *outputs.values()])
        known = {*inputs, *outputs, *re.findall(r"`([a-z_-]+)`", said), *re.findall(r"`([a-z-]+)`", REASONS)}
        for row in body.splitlines():
            named = re.findall(r"`([a-z_]+)(?::[^`]*)?`", row.split(" | ", 1)[1])
            assert set(named) <= known | {"inputs", "dispatch"}, f"{head}: {sorted(set(named) - known)} in {row}"
            seen += len(named)
    assert seen > 50
