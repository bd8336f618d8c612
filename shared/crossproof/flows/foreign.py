"""Decides from the names of artifacts whether they can be of the commit that is to be proven."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from crossproof.flows.deciding import FOREIGN_ARTIFACT
from crossproof.outcome import Outcome
from crossproof.units import Sha, clip
from crossproof.verdict import Verdict

_WHOLE = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")
_SHORT = re.compile(r"(?<![0-9a-z])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{7,39}$")  # digits alone are a run's id


def foreign(fetched: Outcome, commit: Sha) -> Outcome:
    """Refuse what was fetched if an artifact is named after another commit."""
    if fetched.verdict is not Verdict.PASSED:
        return fetched
    names = [str(one["name"]) for one in json.loads(fetched.outputs["artifacts"])]
    others = sorted(name for name in names if any(not commit.hex.startswith(id_) for id_ in commits_in(name)))
    if not others:
        return fetched
    sentence = f"Commit {commit.short} is to be proven, and {clip(others[0])} is named after another one."
    return replace(fetched, reason=FOREIGN_ARTIFACT, sentence=sentence)


def commits_in(name: str) -> Iterable[str]:
    """Find the commits that a name holds: whole ones anywhere, a short one at its end."""
    lower = name.lower()
    return [*_WHOLE.findall(lower), *_SHORT.findall(lower)]
