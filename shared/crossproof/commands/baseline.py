"""`crossproof baseline …`: learns what an app's runs have in common, and holds other runs against it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crossproof.commands.archived_runs import FromArchive, brought
from crossproof.commands.learning_logs import Reading, RunOfLogs, open_reading
from crossproof.commands.verbs import Answer, Verb, carry_out, lines
from crossproof.errors import BadCall, CrossproofError, Fault
from crossproof.report.amounts import counted
from crossproof.report.markdown import code, inline, table
from crossproof.runner import inputs as given
from crossproof.runner.runner import Runner
from crossproof.tracking.baseline.comparing import Comparing, Comparison, unlike
from crossproof.tracking.baseline.expecting import LEAST_RUNS, NO_HINTS, Expectations, Manner
from crossproof.tracking.baseline.learning import NotLearnable, OneRun
from crossproof.tracking.baseline.profile import NotAddable, Profile, total
from crossproof.tracking.baseline.written import load, written
from crossproof.tracking.findings import Findings, Seen, What
from crossproof.tracking.places import file_of, line_of
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.redaction import Redaction
from crossproof.tracking.rules import RULES, Hold, Level
from crossproof.units import clip, text, words
from crossproof.verdict import BAD_INPUT, Exit


@dataclass(frozen=True, kw_only=True)
class Runs(FromArchive):
    """Which runs, and by which plan their events are known."""

    logs: Sequence[str] = given.optional(
        "Runs of the app: each file, directory or .zip is one run, with all the logs in it.", read=lines, default=""
    )
    plan: str | None = given.optional("Tracking plan that names the events; without one they go by name.", read=text)
    scenario: str = given.optional("Scenario of the plan that the runs walk.", read=text, default="")
    platform: str = given.optional("Platform that the runs are of, such as ios.", read=text, default="")

    def faults(self) -> Sequence[Fault]:
        """Runs are given as files, or come from the archive."""
        both = [Fault("LOGS", "or --from-archive: one of them is required")]
        return [*self.archive_faults(), *(both if bool(self.logs) == self.from_archive else [])]


@dataclass(frozen=True, kw_only=True)
class Learn(Runs):
    """What to learn, and where to keep it."""

    output: str = given.required("File to write, such as baselines/home.json; it must not be there.", read=text)
    version: str = given.optional("What sent the runs, noted beside them: the app's version.", read=text, default="")


@dataclass(frozen=True, kw_only=True)
class Update(Runs):
    """What to add to what is known."""

    baseline: str = given.required("Baseline to add the runs to.", read=text)
    version: str = given.optional("What sent the runs, noted beside them: the app's version.", read=text, default="")


@dataclass(frozen=True, kw_only=True)
class Compare(Runs):
    """What to hold against what."""

    baseline: str = given.required("Baseline to hold the runs against.", read=text)
    across: Sequence[str] = given.optional(
        "What the runs may differ in by intention: platform, scenario or plan.", read=words, default=""
    )
    redact: Sequence[str] = given.optional("Params whose values are not shown, or all.", read=words, default="")

    def faults(self) -> Sequence[Fault]:
        """Name what may differ rightly."""
        faults = super().faults()
        strange = set(self.across) - {"platform", "scenario", "plan"}
        return [
            *faults,
            *(Fault("--across", f"{clip(each)} is none of platform, scenario and plan") for each in sorted(strange)),
        ]


def main(arguments: Sequence[str], runner: Runner) -> int:
    """Carry out one verb."""
    return carry_out("baseline", _VERBS, arguments, runner)


def _learn(inputs: Learn, runner: Runner) -> Answer:
    output = _json_file(runner, "--output", inputs.output)
    if output.exists():
        raise BadCall([Fault("--output", f"{clip(inputs.output)} is there already; `baseline update` adds to it")])
    with _runs(inputs, runner, proven=True) as (reading, runs):
        return _kept(_learned(inputs, reading, runs), output, inputs.output, reading.plan)


def _update(inputs: Update, runner: Runner) -> Answer:
    output = _json_file(runner, "--baseline", inputs.baseline)
    known = _known(output, inputs.baseline)
    with _runs(inputs, runner, proven=True) as (reading, runs):
        return _kept(_added([known, _learned(inputs, reading, runs)]), output, inputs.baseline, reading.plan)


@contextmanager
def _runs(inputs: Runs, runner: Runner, *, proven: bool) -> Iterator[tuple[Reading, Sequence[RunOfLogs]]]:
    """Open the runs, wherever they come from."""
    reading = open_reading(runner, plan=inputs.plan, scenario=inputs.scenario, platform=inputs.platform)
    if not inputs.from_archive:
        yield reading, reading.runs(inputs.logs)
        return
    with brought(inputs, runner, proven=proven) as (reading.logs, asked):
        yield reading, reading.runs(asked)


def _learned(inputs: Learn | Update, reading: Reading, runs: Sequence[RunOfLogs]) -> Profile:
    profiles: list[Profile] = []
    for run in runs:
        one = OneRun(reading.hidden)
        for sent in reading.events(run):
            one.take(sent)
        try:
            profiles.append(one.learned(reading.about, run.digest, inputs.version))
        except NotLearnable as fault:
            raise _unlearned(f"Nothing can be learned from {run.asked}.", f"It holds {fault}.") from None
    return _added(profiles)


def _added(profiles: Sequence[Profile]) -> Profile:
    try:
        return total(profiles)
    except NotAddable as fault:
        raise _unlearned("The runs cannot be learned together.", f"{fault}.".capitalize()) from None


def _kept(profile: Profile, output: Path, name: str, plan: Plan | None) -> Answer:
    content = written(profile)
    load(content.encode(), name)  # what could not be read back is not written
    new = output.with_name(f"{output.name}.new")
    new.write_text(content, encoding="utf-8")
    new.replace(output)
    return Answer(page=_learned_page(profile, name, plan), data={"baseline": name, "runs": len(profile.runs)})


def _learned_page(profile: Profile, name: str, plan: Plan | None) -> str:
    hints = plan.baseline if plan else NO_HINTS
    manners = Counter(each.manner for each in Expectations(profile, hints).places.values())
    rows = [[inline(manner.value), str(manners[manner])] for manner in Manner if manners[manner]]
    runs = len(profile.runs)
    note = "" if runs >= hints.min_runs else f"From {hints.min_runs} runs on, a difference of values is an error.\n"
    if runs < LEAST_RUNS:
        note = f"Values and order are compared in full from {LEAST_RUNS} runs on. {note}"
    return (
        f"{code(name)} knows {counted(runs, 'run')}: {counted(len(profile.events), 'event')}, "
        f"{counted(len(profile.params), 'param')}.\n\n"
        + table(["Values that are", "Params of events"], rows, right=[1])
        + f"\n{note}Commit the file: its diff shows what each update accepts.\n"
    )


def _compare(inputs: Compare, runner: Runner) -> Answer:
    known = _known(_json_file(runner, "--baseline", inputs.baseline), inputs.baseline)
    with _runs(inputs, runner, proven=False) as (reading, runs):
        return _held_against(known, reading, runs, inputs)


def _held_against(known: Profile, reading: Reading, runs: Sequence[RunOfLogs], inputs: Compare) -> Answer:
    if difference := unlike(known.about, reading.about, inputs.across):
        raise CrossproofError(
            f"{inputs.baseline} {difference}.",
            why="Runs of different kinds differ, and that proves nothing.",
            fix="Give the baseline of this kind, or say with --across what may differ.",
            reason=BAD_INPUT,
        )
    redaction = Redaction(everything="all" in inputs.redact, params=frozenset(inputs.redact))
    compared = [_compared(known, run, reading, redaction) for run in runs]
    return _told(compared, reading, inputs.baseline, len(known.runs))


def _compared(known: Profile, run: RunOfLogs, reading: Reading, redaction: Redaction) -> Comparison:
    def show(param: str, value: object) -> str:
        return redaction.shown(value, param, sensitive=param in reading.hidden)

    comparing = Comparing(known, show, reading.plan.baseline if reading.plan else NO_HINTS)
    for sent in reading.events(run):
        comparing.take(sent)
    return comparing.end()


def _told(compared: Sequence[Comparison], reading: Reading, name: str, runs: int) -> Answer:
    every = Findings()
    times = Counter(what for each in compared for what in each.findings.groups)
    for each in compared:
        every.absorb(each.findings, 0)
    last = compared[-1]
    omitted = dict.fromkeys(omission for each in compared for omission in each.not_compared)
    told = sorted(
        ((_level(what, reading.plan, last), what, seen) for what, seen in every.groups.items()),
        key=lambda group: (-group[0].rank, group[1]),
    )
    told = [group for group in told if group[0] is not Level.OFF]
    head = f"Held against {code(name)}, which knows {counted(runs, 'run')}: "
    if not told:
        head += "as ever." if not omitted else "nothing differs in what could be compared."
    else:
        counts = Counter(level for level, _, _ in told)
        head += ", ".join(counted(counts[level], level.value) for level in reversed(Level) if counts[level]) + "."
    rows = [
        [
            level.value,
            code(what.rule),
            inline(f"{_about(what)} {what.reason}".strip()),
            f"{times[what]} of {len(compared)}",
            inline(_example(seen, reading.names)),
        ]
        for level, what, seen in told
    ]
    page = f"{head}\n\n" + (table(["Level", "Rule", "What", "Runs", "First seen"], rows) if rows else "")
    page += "".join(f"\nNot compared: {inline(each)}.\n" for each in omitted)
    data = [
        {
            "rule": what.rule,
            "level": level.value,
            "event": what.event,
            "param": what.param,
            "reason": what.reason,
            "count": seen.count,
            "runs": times[what],
            "first": _example(seen, reading.names),
        }
        for level, what, seen in told
    ]
    return Answer(
        page=page,
        data=data,
        exit=_exit([(level, what) for level, what, _ in told], unproven=bool(omitted) and runs >= LEAST_RUNS),
    )


def _level(what: What, plan: Plan | None, comparison: Comparison) -> Level:
    rule = RULES[what.rule]
    if rule.hold is not Hold.FREE:
        return Level.ERROR
    return comparison.level(what.rule, plan.level(what.rule, what.event) if plan else rule.level)


def _exit(told: Sequence[tuple[Level, What]], *, unproven: bool) -> Exit:
    """Few runs are a young baseline, and said; a run that cannot be compared is no answer."""
    if any(RULES[what.rule].hold is Hold.PROOF for _, what in told):
        return Exit.NOT_FOUND_OUT
    if any(level is Level.ERROR for level, _ in told):
        return Exit.PROVEN_BAD
    return Exit.NOT_FOUND_OUT if unproven else Exit.DONE


def _about(what: What) -> str:
    return f"{what.event}.{what.param}" if what.event and what.param else what.event or what.param


def _example(seen: Seen, names: Sequence[str]) -> str:
    example = seen.examples[0]
    place = f"{names[file_of(example.at)]}:{line_of(example.at)}" if example.at >= 0 else ""
    return " ".join(filter(None, (place, example.shown)))


def _known(path: Path, name: str) -> Profile:
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise BadCall([Fault("--baseline", f"{clip(name)} cannot be read: {fault.strerror or fault}")]) from None
    return load(content, name)


def _json_file(runner: Runner, flag_: str, name: str) -> Path:
    path = runner.context.workspace / name
    if path.suffix != ".json" or not path.parent.is_dir():
        raise BadCall([Fault(flag_, f"{clip(name)} is no .json file in a directory that is there")])
    return path


def _unlearned(what: str, why: str) -> CrossproofError:
    return CrossproofError(what, why=why, reason=BAD_INPUT)


_VERBS = {
    "learn": Verb("Learn what runs have in common.", Learn, _learn, "logs"),
    "update": Verb("Add runs to what is known.", Update, _update, "logs"),
    "compare": Verb("Say what is new in a run.", Compare, _compare, "logs"),
}
