"""An artifact that is named after another commit is no evidence for this one; other names say nothing."""

import json

import pytest

from crossproof.actions.fetch_contract import FETCHED, NONE_FOUND
from crossproof.flows.deciding import FOREIGN_ARTIFACT
from crossproof.flows.foreign import foreign
from crossproof.outcome import Outcome
from crossproof.units import Sha
from crossproof.verdict import Reason

OURS = Sha("ab12" * 10)
OTHER = "cd34" * 10


def fetched(*names: str, reason: Reason = FETCHED) -> Outcome:
    outputs = {"artifacts": json.dumps([{"name": name} for name in names])}
    return Outcome(reason=reason, sentence="As it was.", outputs=outputs)


@pytest.mark.parametrize(
    "name",
    [f"tracktor-logs-{OURS}", f"tracktor-logs-{OURS.hex.upper()}-ios", "tracktor-logs-ab12ab12", "tracktor-logs-",
     "tracktor-logs-17000000003", "tracktor-logs-stage", "tracktor-logs-ios-2026-11-20", "tracktor-logs-facade"],
)  # fmt: skip
def test_names_of_this_commit_or_of_none_are_taken(name):
    assert foreign(fetched(name), OURS) == fetched(name)


@pytest.mark.parametrize("name", [f"tracktor-logs-{OTHER}", f"{OTHER}-tracktor", "tracktor-logs-cd34cd3"])
def test_names_of_another_commit_are_not(name):
    told = foreign(fetched(f"tracktor-logs-{OURS}", name), OURS)
    assert told.reason is FOREIGN_ARTIFACT
    assert told.sentence.startswith("Commit ab12ab1 is to be proven, and '")
    assert told.sentence.endswith("is named after another one.")


def test_what_was_not_fetched_keeps_its_own_reason():
    assert foreign(fetched(f"tracktor-logs-{OTHER}", reason=NONE_FOUND), OURS).reason is NONE_FOUND
