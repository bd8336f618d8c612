"""Decides how the suite's actions are named in examples, reusable workflows and docs: `OWNER/REPO/actions/x@v1`."""

import re

from crossproof.actions import ACTIONS

# The one place where the suite's address stands; a fork changes it and runs `make gen`.
HOME = "crossproof/crossproof"
SERIES = "v1"  # the moving tag that users name; a release refuses a version outside it

_USES = re.compile(r"(?P<head>uses:\s*)[\w.-]+/[\w.-]+/actions/(?P<action>" + "|".join(ACTIONS) + r")@[\w./-]+")


def rewrite(text: str, home: str = HOME, ref: str = SERIES) -> str:
    """Name every sibling at one address and one ref, whatever stood there before."""
    return _USES.sub(lambda match: f"{match['head']}{home}/actions/{match['action']}@{ref}", text)
