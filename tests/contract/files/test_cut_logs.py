"""A log that was cut off anywhere but between two events is never green, whatever its form."""

import gzip
import io
import json
import zipfile

import pytest
from backports import zstd
from tests.tracking import Step, event

from crossproof.files.logs import WorkspaceLogs
from crossproof.verdict import Verdict

PLAN = """plan: 1
name: app
version: "1"
events: {home: {match: {name: home}}, more: {match: {name: more}, count: 0..*, params: {n: {type: integer}}}}
"""
EVENTS = [event("home"), event("more", n=1), event("more", n=2)]
SPREAD = [json.dumps(json.loads(each), indent=2) for each in EVENTS]
LINES = "\n".join(EVENTS)


def zipped(text: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs/app.jsonl", text)
    return held.getvalue()


# What was written, and the parts after which a cut leaves whole events and nothing else: nobody can see those.
FORMS = {
    "lines": (LINES.encode(), [each.encode() for each in EVENTS]),
    "windows": (LINES.replace("\n", "\r\n").encode(), [each.encode() for each in EVENTS]),
    "spread": ("\n".join(SPREAD).encode(), [each.encode() for each in SPREAD]),
    "array": (f"[{', '.join(EVENTS)}]".encode(), [b"}]"]),
    "spread array": (json.dumps([json.loads(each) for each in EVENTS], indent=2).encode(), [b"\n]"]),
    "gzip": (gzip.compress(LINES.encode()), []),
    "zstd": (zstd.compress(LINES.encode()), []),
    "zip": (zipped(LINES), []),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_log_cut_off_within_an_event_or_a_container_is_never_green(form, tmp_path):
    content, whole = FORMS[form]
    for cut in range(len(content) + 1):
        (tmp_path / "app.jsonl").write_bytes(content[:cut])
        step = Step({"plan.yaml": PLAN}, found=WorkspaceLogs(tmp_path, 1 << 24))
        green = step.run({"app.jsonl": ""}).verdict is Verdict.PASSED
        unseen = cut == len(content) or content[:cut].rstrip().endswith(tuple(whole))
        assert green is unseen, (cut, content[max(0, cut - 20) : cut])
