"""Evidence as tests keep it: one run's artifacts with a judgement, and changes to it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.hostile_zips import make_zip, member
from tests.recordings import APP, NOON, sha

from crossproof.archive.evidence import (
    SCHEMA,
    Archiver,
    Chained,
    Deployment,
    Evidence,
    KeptArtifact,
    KeptFile,
    Tested,
    Validation,
)
from crossproof.archive.keeping import Piece, keep
from crossproof.archive.layout import Place
from crossproof.archive.store import InMemory
from crossproof.artifacts.manifest import FileFact, RunFact
from crossproof.units import RepoRef, Sha

TRACKING = RepoRef("acme", "tracking")
LOG = b'{"name":"home"}\n'
REPORT = b'{"schema": "crossproof/report/validate-tracking-logs/1"}'


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def run_fact(run_id: int = 1, *, attempt: int = 1, started: datetime = NOON, **changes) -> RunFact:
    fact = RunFact(
        repository=str(APP),
        id=run_id,
        attempt=attempt,
        workflow=".github/workflows/tracktor.yml",
        event="repository_dispatch",
        status="completed",
        conclusion="success",
        head_sha=sha("a").hex,
        head_branch="main",
        head_repository=str(APP),
        actor="octocat",
        started_at=started,
        url=f"https://github.com/{APP}/actions/runs/{run_id}",
    )
    return replace(fact, **changes)


def evidence(  # noqa: PLR0913 - a run is told with the sides that a test is about
    run_id: int = 1,
    *,
    subject: Sha | None = None,
    verdict: str = "passed",
    environment: str = "stage",
    profile: str = "bild-apps",
    version: str = "241",
    zips: dict[str, bytes] | None = None,
    archived_at: datetime = NOON + timedelta(hours=1),
    source: RunFact | None = None,
    plan: str = "",
) -> tuple[Evidence, list[Piece]]:
    """Make the manifest and the objects of one run."""
    source = source or run_fact(run_id)
    tested = subject or sha("b")
    place = Place(
        subject=tested,
        repository=RepoRef.parse(source.repository),
        run_id=source.id,
        attempt=source.attempt,
        started_at=source.started_at,
    )
    bodies = {"tracktor-logs": b"PK of run %d" % run_id} if zips is None else zips
    artifacts, pieces = [], []
    for number, (name, body) in enumerate(bodies.items(), 100 * source.id):
        key = place.artifact(number, f"{name}.zip")
        artifacts.append(
            KeptArtifact(
                id=number,
                name=name,
                key=key,
                size=len(body),
                sha256=sha256(body),
                proven=True,
                created_at=source.started_at,
                expires_at=None,
                packed=True,
                unsafe="",
                files=[FileFact("logs/home.jsonl", len(LOG), sha256(LOG))],
            )
        )
        pieces.append(Piece(key, InMemory(body), sha256(body)))
    judged = Validation(
        verdict=verdict,
        reason="as-planned" if verdict == "passed" else "findings",
        sentence=f"25 events {verdict}.",
        action="validate-tracking-logs",
        sha256="5" * 64,
        plan_sha256=plan or "7" * 64,
        bound=True,
        files=[],
    )
    return (
        Evidence(
            schema=SCHEMA,
            created_at=archived_at,
            archiver=Archiver(action="archive-artifacts", version="1", run_url=""),
            subject=Tested(repository=str(TRACKING), sha=tested.hex),
            source=source,
            deployment=Deployment(environment=environment, tealium_profile=profile, tealium_version=version),
            labels={},
            artifacts=artifacts,
            validation=judged if verdict else None,
            chained=Chained(environment=environment, after=0),
        ),
        pieces,
    )


def day(number: int) -> datetime:
    return datetime(2026, 6, number, 12, tzinfo=UTC)


def archive(store, number: int, *, report: bytes = REPORT, **changes):
    """Keep a run whose artifact really is a zip with a log, judged with a report."""
    packed = make_zip(member("logs/home.jsonl", LOG))
    made, pieces = evidence(number, zips={"tracktor-logs": packed}, **changes)
    if made.validation:
        digest = hashlib.sha256(report).hexdigest()
        key = made.place.report(digest, "report.json")
        file = KeptFile(key=key, path="report.json", size=len(report), sha256=digest)
        made = replace(made, validation=replace(made.validation, sha256=digest, files=[file]))
        pieces.append(Piece(key, InMemory(report), digest))
    keep(store, made, pieces, latest_when="passed", pause=lambda seconds: None)
    return made
