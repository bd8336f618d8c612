"""`python -m bench._judging WHO PLAN LOG`: judges a log in a process of its own and prints what the clock says.

The clock runs while logs are judged; imports, the plan and its schemas come before it.
"""

import gc
import json
import sys
import time
from datetime import date
from pathlib import Path

from crossproof.files.workspace import WorkspaceFiles
from crossproof.tracking.judging.concluding import conclude
from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.judging.run import Run
from crossproof.tracking.plan.engine import params_schema
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.model import Plan

PEER_LINES = 2000  # jsonschema needs 0.2 ms for each


def ours(plan: Plan, log: Path) -> tuple[int, float]:
    """Do everything that is done with lines: schema, counts, unique, order, timing; and conclude."""
    gc.set_threshold(50_000)  # as the front door does
    began = time.process_time()
    run = Run(plan, Circumstances(today=date(2026, 6, 1)))
    with log.open("rb") as file:
        run.read("log", iter(lambda: file.read(1 << 20), b""))
    judgement = conclude(run.record, plan, run.known)
    return judgement.events, time.process_time() - began


def jsonschema(plan: Plan, log: Path) -> tuple[int, float]:
    """Do the schema alone, as `jsonschema` does it, for the first lines."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - not part of our own side

    schemas = {event.name: Draft202012Validator(params_schema(plan, event)) for event in plan.events.values()}
    with log.open("rb") as file:
        lines = [next(file) for _ in range(PEER_LINES)]
    began = time.process_time()
    for line in lines:
        event = json.loads(line)
        schemas[event["name"]].is_valid(event["params"])
    return PEER_LINES, time.process_time() - began


def schemas(plan: Plan) -> str:
    """Write the schemas of the events' params, for peers that read JSON."""
    return json.dumps({str(event.name): params_schema(plan, event) for event in plan.events.values()})


if __name__ == "__main__":
    who, plan_file, log_file = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    the_plan = load(plan_file.name, WorkspaceFiles(plan_file.parent))
    if who == "schemas":
        log_file.write_text(schemas(the_plan), encoding="utf-8")
    else:
        events, cpu = {"ours": ours, "jsonschema": jsonschema}[who](the_plan, log_file)
        print(json.dumps({"events": events, "cpu": cpu}))
