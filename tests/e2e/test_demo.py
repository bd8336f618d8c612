"""The first thing a newcomer runs: it insists on how each of its commands ends, so an action that changed is found here."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Play it once, as `make demo` does; give the folder and what it said."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-m", "crossproof_sandbox.demo"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "shared"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    return folder, done.stdout


def test_the_broken_change_is_failed_with_what_a_person_must_mend_and_the_mended_one_is_proven(played):
    _, said = played
    verdicts = [line for line in said.splitlines() if line.startswith(("✅ passed (", "❌ failed ("))]
    failed, passed = (line for line in verdicts if "acme/tracking is prov" in line)
    assert failed.startswith("❌ failed (findings): Commit ")
    assert "article.page_headline is missing; it was always there" in failed
    assert passed.endswith("9 events are as planned, and the evidence is kept in file:evidence.")


def test_the_archive_answers_what_was_proven_for_the_commit(played):
    _, said = played
    found = said.partition("$ crossproof evidence find")[2]
    assert re.search(r"passed +[0-9a-f]{7} +\d+-1 +stage", found)
    assert "9 events, all as plan bild-apps 2026.11 says" in " ".join(found.split())


def test_the_reports_that_it_names_are_there_and_say_what_it_said(played):
    folder, said = played
    bad, good = (folder / name for name in re.findall(r"HTML report of .+?   (\S+)$", said, re.MULTILINE))
    assert "article.page_headline is missing" in bad.read_text("utf-8")
    verdicts = [json.loads((page.parents[1] / "report.json").read_text("utf-8"))["verdict"] for page in (bad, good)]
    assert verdicts == ["failed", "passed"]
    page = (folder / ".crossproof/demo/summary.md").read_text("utf-8")
    assert "### ❌ doctor: failed" in page
    assert "### ❌ prove-tracking: failed" in page
    assert "### ✅ prove-tracking: passed" in page
