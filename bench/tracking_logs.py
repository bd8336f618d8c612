"""How fast logs are judged: everything the action does with a line, beside `jsonschema` doing the schema alone."""

import json
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from jsonschema import Draft202012Validator

from bench import Row
from bench import _tracking_data as data
from crossproof.files.workspace import WorkspaceFiles
from crossproof.tracking.judging.concluding import conclude
from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.judging.run import Run
from crossproof.tracking.plan.engine import params_schema
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.model import Plan

SIZE, PEER_LINES = 30_000_000, 2000
TITLE = "Judging a log of 1.5 kB lines, per second of CPU: schema, counts, unique, order and timing"


def rows() -> Iterator[Row]:
    """Judge a clean log and one with 2 % bad lines."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "plan.json").write_text(data.plan(), encoding="utf-8")
        plan = load("plan.json", WorkspaceFiles(place))
        schemas = {event.name: Draft202012Validator(params_schema(plan, event)) for event in plan.events.values()}
        for name, bad in (("clean", 0.0), ("2 % bad", 0.02)):
            log = place / "log.jsonl"
            data.write(log, SIZE, bad=bad)
            ours = max(_ours(plan, log) for _ in range(3))
            peer = _peer(schemas, log)
            yield Row(what=f"{name}: ours", figure=f"{ours / 1000:.0f} k events")
            ratio = ours / peer
            yield Row(what=f"{name}: times jsonschema", figure=f"{ratio:.0f}", bar="≥ 20", holds=ratio >= 20)


def _ours(plan: Plan, log: Path) -> float:
    run = Run(plan, Circumstances(today=date(2026, 6, 1)))
    start = time.process_time()
    with log.open("rb") as file:
        run.read("log", iter(lambda: file.read(1 << 20), b""))
    judgement = conclude(run.record, plan, run.known)
    return judgement.events / (time.process_time() - start)


def _peer(schemas: dict[str | None, Draft202012Validator], log: Path) -> float:
    with log.open("rb") as file:
        lines = [next(file) for _ in range(PEER_LINES)]
    start = time.process_time()
    for line in lines:
        event = json.loads(line)
        schemas[event["name"]].is_valid(event["params"])
    return PEER_LINES / (time.process_time() - start)
