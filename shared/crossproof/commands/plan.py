"""`crossproof plan …`: checks, tests, drafts, compares and explains tracking plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossproof.commands.learning_logs import Reading, open_reading, read_plan
from crossproof.commands.plan_answers import compared, linted, measured, tested
from crossproof.commands.verbs import Answer, Verb, carry_out, lines
from crossproof.errors import BadCall, Fault
from crossproof.report.amounts import counted
from crossproof.report.markdown import block, code
from crossproof.runner import inputs as given
from crossproof.runner.runner import Runner
from crossproof.tracking.plan.describing import description
from crossproof.tracking.plan.diffing import diff
from crossproof.tracking.plan.examples import run_examples
from crossproof.tracking.plan.inferring import Draft
from crossproof.tracking.plan.lint import lint
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.plan.strength import Breaking
from crossproof.tracking.plan.tealium import NotATable, rows
from crossproof.tracking.plan.tealium import written as as_plan
from crossproof.tracking.redaction import Redaction
from crossproof.units import clip, flag, text, words
from crossproof.wiring import clock


@dataclass(frozen=True, kw_only=True)
class One:
    """A plan."""

    plan: str = given.required("Path of the plan.", read=text)
    json: bool = given.optional("Answer as JSON.", read=flag, default="false")


@dataclass(frozen=True, kw_only=True)
class Two:
    """Two plans."""

    plans: Sequence[str] = given.required("The old plan, then the new one.", read=lines)
    json: bool = given.optional("Answer as JSON.", read=flag, default="false")

    def faults(self) -> Sequence[Fault]:
        """Old and new."""
        return [] if len(self.plans) == 2 else [Fault("PLANS", "must be two: the old plan, then the new one")]  # noqa: PLR2004


@dataclass(frozen=True, kw_only=True)
class WithLogs(One):
    """A plan and logs that it fits."""

    logs: Sequence[str] = given.required("Logs of good runs: files, directories, .zip.", read=lines)


@dataclass(frozen=True, kw_only=True)
class Describe(One):
    """What to describe, and where to."""

    logs: Sequence[str] = given.optional("Logs to take examples from.", read=lines, default="")
    output: str | None = given.optional("Markdown file to write; else it is shown.", read=text)
    redact: Sequence[str] = given.optional("Params whose values are not shown, or all.", read=words, default="")


@dataclass(frozen=True, kw_only=True)
class Infer:
    """What to draft from, and where to."""

    logs: Sequence[str] = given.required("Logs of good runs: files, directories, .zip.", read=lines)
    name: str = given.optional("Name of the plan.", read=text, default="app")
    output: str | None = given.optional("File to write, which must not be there; else it is shown.", read=text)
    json: bool = given.optional("Answer as JSON.", read=flag, default="false")


@dataclass(frozen=True, kw_only=True)
class Import:
    """What to import, and where to."""

    table: str = given.required(
        "Table of attributes, as CSV or as copied from Tealium's page: attribute, data type, required, tealium_event.",
        read=text,
    )
    name: str = given.optional("Name of the plan.", read=text, default="app")
    output: str | None = given.optional("File to write, which must not be there; else it is shown.", read=text)
    json: bool = given.optional("Answer as JSON.", read=flag, default="false")


def main(arguments: Sequence[str], runner: Runner) -> int:
    """Carry out one verb."""
    return carry_out("plan", _VERBS, arguments, runner)


def _lint(inputs: One, runner: Runner) -> Answer:
    plan = read_plan(runner, inputs.plan)
    return linted(plan, lint(plan, clock().now().date()))


def _test(inputs: One, runner: Runner) -> Answer:
    plan = read_plan(runner, inputs.plan)
    return tested(plan, run_examples(plan))


def _diff(inputs: Two, runner: Runner) -> Answer:
    old, new = (read_plan(runner, path) for path in inputs.plans)
    return compared(old, new, diff(old, new))


def _strength(inputs: WithLogs, runner: Runner) -> Answer:
    reading = open_reading(runner, plan=inputs.plan, scenario="", platform="")
    plan = _planned(reading)
    breaking = Breaking(plan)
    for run in reading.runs(inputs.logs):
        for sent in reading.events(run):
            if sent.event in plan.events:
                breaking.take(plan.events[sent.event], sent.params)
    return measured(plan, breaking.result())


def _docs(inputs: Describe, runner: Runner) -> Answer:
    reading = open_reading(runner, plan=inputs.plan, scenario="", platform="")
    plan = _planned(reading)
    examples = {}
    for run in reading.runs(inputs.logs):
        for sent in reading.events(run):
            event = plan.events.get(sent.event)
            if event and event.id not in examples and plan.engines[event.id].is_valid(sent.params):
                examples[event.id] = sent.params
    redaction = Redaction(everything="all" in inputs.redact, params=frozenset(inputs.redact) - {"all"})
    page = description(plan, examples, redaction)
    if inputs.output is None:
        return Answer(page=page, data={"markdown": page})
    said = f"{counted(len(plan.events), 'event')}, {counted(len(examples), 'example')}"
    return _kept(page, inputs.output, runner, said, replace=True)


def _infer(inputs: Infer, runner: Runner) -> Answer:
    reading = open_reading(runner, plan=None, scenario="", platform="")
    draft = Draft()
    for run in reading.runs(inputs.logs):
        for log in run.logs:
            for sent in reading.events(type(run)(run.asked, [log])):
                name, kind = reading.reader.met[sent.event]
                draft.take(name, kind, sent.params)
            draft.end_log()
    return _plan_made(draft.written(inputs.name), inputs.output, runner)


def _import(inputs: Import, runner: Runner) -> Answer:
    path = runner.context.workspace / inputs.table
    try:
        found = rows(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadCall([Fault("--table", f"{clip(inputs.table)} cannot be read: {error}")]) from None
    except NotATable as fault:
        raise BadCall([Fault(inputs.table, each) for each in fault.faults]) from None
    return _plan_made(as_plan(found, inputs.name), inputs.output, runner)


def _plan_made(content: str, output: str | None, runner: Runner) -> Answer:
    """Show or keep a plan that was made; it must be one that can be read."""
    if "\nevents:" in content:
        load("plan.yaml", _InMemory(content))
    if output is None:
        return Answer(page=block(content, "yaml"), data={"plan": content})
    return _kept(content, output, runner, "Read it line by line before you rely on it")


def _kept(content: str, output: str, runner: Runner, said: str, *, replace: bool = False) -> Answer:
    path: Path = runner.context.workspace / output
    if path.exists() and not replace:
        raise BadCall([Fault("--output", f"{clip(output)} is there already")])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return Answer(page=f"Wrote {code(output)}. {said}.\n", data={"output": output})


def _planned(reading: Reading) -> Plan:
    if reading.plan is None:
        raise ValueError("this verb reads by a plan")
    return reading.plan


@dataclass(frozen=True, slots=True)
class _InMemory:
    content: str

    def read(self, path: str) -> bytes:  # noqa: ARG002 - it names no other file
        return self.content.encode()


_VERBS = {
    "lint": Verb("Find what a plan says in vain, twice, or more loosely than it looks.", One, _lint, words="plan"),
    "test": Verb("Run the plan's own examples.", One, _test, words="plan"),
    "diff": Verb("Say whether a new plan takes more, refuses more, or both.", Two, _diff, words="plans"),
    "strength": Verb(
        "Break good events in every way, and say what the plan would not notice.", WithLogs, _strength, words="logs"
    ),
    "docs": Verb("Describe events and flows for people, with real examples.", Describe, _docs, words="plan"),
    "infer": Verb("Draft a plan from logs, with the evidence for each line.", Infer, _infer, words="logs"),
    "import-tealium": Verb("Make a plan of Tealium's event specifications.", Import, _import, words="table"),
}
