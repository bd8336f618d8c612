"""A report is written so that any reader finds the same fields, whichever action wrote it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from crossproof.outcome import Evidence
from crossproof.report.envelope import About, Envelope, Producer
from crossproof.units import Duration, RepoRef, Sha
from crossproof.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """What an action may put into its details."""

    target: RepoRef
    sha: Sha
    patience: Duration


def envelope(details: dict[str, object]) -> Envelope:
    return Envelope(
        schema="crossproof/report/x/1",
        action="x",
        version="1.0.0",
        verdict=Verdict.UNPROVEN,
        reason="lost",
        sentence="Ünknown.",
        subject=About(repository="o/r", sha="", ref="", environment=""),
        produced_by=Producer(repository="", run_id=None, run_attempt=1, job="", url=""),
        started_at="2026-01-02T03:04:05+00:00",
        ended_at="2026-01-02T03:04:06+00:00",
        evidence=[Evidence(path="log.txt", sha256="0" * 64, size=3)],
        details=details,
    )


def test_the_fields_stand_in_the_order_in_which_they_are_read() -> None:
    written = json.loads(envelope({}).as_json())
    assert list(written) == [
        "schema",
        "action",
        "version",
        "verdict",
        "reason",
        "sentence",
        "subject",
        "produced_by",
        "started_at",
        "ended_at",
        "evidence",
        "details",
    ]
    assert written["verdict"] == "unproven"
    assert written["evidence"] == [{"path": "log.txt", "sha256": "0" * 64, "size": 3}]
    assert written["produced_by"]["run_id"] is None


def test_units_are_texts_and_everything_else_is_taken_apart() -> None:
    details: dict[str, object] = {
        "waited": Waited(target=RepoRef("o", "r"), sha=Sha("ab" * 20), patience=Duration(90)),
        "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "map": MappingProxyType({"a": (1, 2)}),
    }
    assert json.loads(envelope(details).as_json())["details"] == {
        "waited": {"target": "o/r", "sha": "ab" * 20, "patience": "1m30s"},
        "at": "2026-01-02T03:04:05+00:00",
        "map": {"a": [1, 2]},
    }


def test_text_is_written_as_it_reads() -> None:
    assert '"sentence": "Ünknown."' in envelope({}).as_json()
