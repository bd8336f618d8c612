"""Reads what a person names on the command line as runs of an app: each log, directory or archive is one run."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from crossproof.errors import BadCall, CrossproofError, Fault
from crossproof.files.logs import WorkspaceLogs
from crossproof.files.workspace import WorkspaceFiles
from crossproof.runner.runner import Runner
from crossproof.tracking.baseline.profile import About
from crossproof.tracking.baseline.reading import LogReader
from crossproof.tracking.baseline.sent import Sent
from crossproof.tracking.judging.counting import scenario_of
from crossproof.tracking.judging.kinds import kinds_of
from crossproof.tracking.log.limits import MAX_BYTES
from crossproof.tracking.log.reading import open_log
from crossproof.tracking.log.sniffing import UnreadableLog
from crossproof.tracking.places import file_of, line_of
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.model import Plan, Source
from crossproof.tracking.ports import BudgetSpent, Log
from crossproof.units import clip
from crossproof.verdict import Exit, unproven

UNREADABLE = unproven(
    "unreadable-log",
    Exit.NOT_FOUND_OUT,
    "A log could not be read whole, so nothing can be learned from it or held against it.",
    "Judge the log with validate-tracking-logs: it tells what is wrong with each line.",
)


@dataclass(slots=True)
class RunOfLogs:
    """One run, as its logs."""

    asked: str
    logs: Sequence[Log]
    digest: str = ""  # known once the run was read


@dataclass(slots=True)
class Reading:
    """Reads runs, all by the same plan."""

    logs: WorkspaceLogs
    plan: Plan | None = None
    scenario: str = ""
    platform: str = ""
    source: Source = field(default_factory=Source)
    names: list[str] = field(default_factory=list)  # of the logs, as places number them
    reader: LogReader = field(init=False)

    def __post_init__(self) -> None:
        """Make the one reader."""
        if self.plan is None:
            self.reader = LogReader(self.source)
            return
        kinds = kinds_of(self.plan, platform=self.platform, today=date.min)
        self.reader = LogReader(self.plan.source, kinds, by_time=self.plan.order_by == "time")

    @property
    def about(self) -> About:
        """Say what the runs are of."""
        return About(plan=self.plan.name if self.plan else "", platform=self.platform, scenario=self.scenario)

    @property
    def hidden(self) -> frozenset[str]:
        """Name the params of which no value may be kept."""
        events = self.plan.events.values() if self.plan else ()
        return frozenset(param.name for event in events for param in event.params.values() if param.sensitive)

    def runs(self, asked: Sequence[str]) -> list[RunOfLogs]:
        """Find the logs of each run; what is not there is a fault of the call."""
        found: list[RunOfLogs] = []
        faults: list[Fault] = []
        for each in asked:
            logs, missing = self.logs.find([each])
            logs = [log for log in logs if self._is_walked(log.name)]
            faults += [Fault(clip(none.asked), none.why) for none in missing]
            if not logs and not missing:
                faults.append(Fault(clip(each), f"holds no log of the scenario {clip(self.scenario)}"))
            found.append(RunOfLogs(each, logs))
        if faults:
            raise BadCall(faults)
        return found

    def events(self, run: RunOfLogs) -> Iterator[Sent]:
        """Give the events of a run. Raises if a line of it is none: half a run would teach the wrong thing."""
        digests: list[str] = []
        for log in run.logs:
            self.names.append(log.name)
            try:
                yield from self.reader.events(open_log(log.blocks()), len(self.names) - 1)
            except (UnreadableLog, BudgetSpent) as fault:
                raise CrossproofError(f"{log.name} cannot be read whole.", why=str(fault), reason=UNREADABLE) from None
            self._refuse_flaws()
            digests.append(log.digest().sha256)
        run.digest = hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()[:16]

    def _is_walked(self, name: str) -> bool:
        if not self.scenario or not self.plan or not self.plan.scenarios[self.scenario].files:
            return True
        walked = scenario_of(name, self.plan, "")
        return walked is not None and walked.id == self.scenario

    def _refuse_flaws(self) -> None:
        bad = [(what, seen) for what, seen in self.reader.flaws.groups.items() if what.rule not in _HARMLESS]
        if bad:
            what, seen = bad[0]
            place = f"{self.names[file_of(seen.first)]}:{line_of(seen.first)}"
            more = sum(seen.count for _, seen in bad) - 1
            raise CrossproofError(
                f"{place} {what.reason}" + (f", and {more} more lines are no events." if more else "."),
                why="A baseline is learned from whole runs, and a run is compared whole.",
                fix=UNREADABLE.fix,
                reason=UNREADABLE,
            )


# What is unusual about a file and takes nothing away from what is in it.
_HARMLESS = frozenset({"log/bom", "log/encoding", "log/json-array", "log/pretty-printed"})


def open_reading(runner: Runner, *, plan: str | None, scenario: str, platform: str) -> Reading:
    """Open the workspace for reading by a plan, if one is given."""
    workspace = runner.context.workspace
    known = read_plan(runner, plan) if plan else None
    if scenario and (known is None or scenario not in known.scenarios):
        there = ", ".join(known.scenarios) if known and known.scenarios else "none"
        raise BadCall([Fault("--scenario", f"{clip(scenario)} is not in the plan; it has {there}")])
    return Reading(WorkspaceLogs(workspace, MAX_BYTES), known, scenario, platform)


def read_plan(runner: Runner, path: str) -> Plan:
    """Read a plan of the workspace."""
    return load(path, WorkspaceFiles(runner.context.workspace))
