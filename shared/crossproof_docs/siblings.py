"""Decides how the suite's actions and reusable workflows are named wherever users see them: `OWNER/REPO/…/x@v1`."""

import re

from crossproof import HOME
from crossproof.actions import ACTIONS

SERIES = "v1"  # the moving tag that users name; a release refuses a version outside it

# Composite actions: steps of the suite that belong together, for whoever wants one `uses:`. People write them.
COMPOSITES = ("tealium-proof", "tyk-dashboard-env")
REUSABLE = ("build-companion-image", "prove-tracking", "tiered-tests")

_OURS = rf"actions/(?:{'|'.join([*ACTIONS, *COMPOSITES])})|\.github/workflows/(?:{'|'.join(REUSABLE)})\.yml"
_USES = re.compile(rf"(?P<head>uses:\s*)[\w.-]+/[\w.-]+/(?P<path>{_OURS})@[\w./-]+")


def rewrite(text: str, home: str = HOME, ref: str = SERIES) -> str:
    """Name every sibling at one address and one ref, whatever stood there before."""
    return _USES.sub(lambda match: f"{match['head']}{home}/{match['path']}@{ref}", text)
