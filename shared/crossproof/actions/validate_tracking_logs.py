"""validate-tracking-logs: judges what an app really sent, against a plan and against its own past."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crossproof.actions.validate_contract import Inputs, Mode, Outputs
from crossproof.outcome import Outcome, ReportFiles
from crossproof.page import Page
from crossproof.tracking.facts import Details
from crossproof.tracking.telling.reasons import REASONS
from crossproof.units import RepoRef

if TYPE_CHECKING:
    from crossproof.tracking.ports import Cores, Files, Logs

__all__ = ["PAGE", "REASONS", "Details", "Inputs", "Outputs", "World", "aim", "run"]

PAGE = Page(
    title="Crossproof validate-tracking-logs",
    promise="Every log was read whole; what the app sent is as planned, and nothing that had to be there is missing.",
    icon="check-circle",
    color="green",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The logs, the workspace's files, the machine's cores; and who asks, when."""

    logs: "Logs"
    files: "Files"
    cores: "Cores"
    report: ReportFiles | None  # none where only the shape of the world is looked at
    now: datetime
    say: Callable[[str], None]
    repository: RepoRef | None
    run_url: str


def aim(inputs: Inputs) -> str:
    """Say first what will be proven."""
    what = (
        f"the reports {', '.join(inputs.reports)}"
        if inputs.mode is Mode.MERGE
        else f"the logs {', '.join(inputs.logs)}"
    )
    return f"validate-tracking-logs: do {what} show what the plan {inputs.plan} says?"


def run(inputs: Inputs, world: World) -> Outcome:
    """Read the plan, judge the logs (or conclude from the reports of shards), tell what was found."""
    from crossproof.actions.validating import concluded  # noqa: PLC0415 - the engine and the parsers: 60 ms

    return concluded(inputs, world)
