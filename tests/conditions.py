"""Says whether GitHub would start a job, from its `if` and how the jobs before it ended."""

import re

from crossproof_sandbox.expressions import evaluate


def runs(condition: str, *, cancelled: bool, needs: dict) -> bool:
    """Say whether GitHub would start the job: a condition without a status function has an implied `success()`."""
    status = re.search(r"\b(always|cancelled|failure|success)\(\)", condition)
    asked = condition.replace("cancelled()", "run.cancelled")
    implied = bool(status) or (not cancelled and all(each["result"] == "success" for each in needs.values()))
    return implied and bool(evaluate(asked, {"needs": needs, "run": {"cancelled": cancelled}}))
