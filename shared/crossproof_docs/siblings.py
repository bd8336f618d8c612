"""Decides how the suite's actions and reusable workflows are named wherever users see them: `OWNER/REPO/…/x@v1`."""

import re

from crossproof import HOME
from crossproof.actions import ACTIONS

SERIES = "v1"  # the moving tag that users name; a release refuses a version outside it

_OURS = rf"actions/(?:{'|'.join(ACTIONS)})|\.github/workflows/(?:build-companion-image|tiered-tests)\.yml"
_USES = re.compile(rf"(?P<head>uses:\s*)[\w.-]+/[\w.-]+/(?P<path>{_OURS})@[\w./-]+")


def rewrite(text: str, home: str = HOME, ref: str = SERIES) -> str:
    """Name every sibling at one address and one ref, whatever stood there before."""
    return _USES.sub(lambda match: f"{match['head']}{home}/{match['path']}@{ref}", text)
