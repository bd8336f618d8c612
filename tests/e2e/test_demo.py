"""The first thing a newcomer runs: it insists on how each of its commands ends, so an action that changed is found here."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_demo_plays_to_its_end_and_leaves_the_pages_that_github_would_show(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "crossproof_sandbox.demo"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "shared"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    page = (tmp_path / ".crossproof/demo/summary.md").read_text("utf-8")
    assert "### ❔ doctor: unproven" in page
    assert "### ✅ dispatch-and-wait: passed" in page
    assert "### ❌ dispatch-and-wait: failed" in page
