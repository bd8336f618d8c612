"""Runs one tier from nothing to a result, and has a result to show whatever ends it."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from crossproof.tiers import coverage, junit_in, junit_out, readiness
from crossproof.tiers.cases import Case
from crossproof.tiers.environment import Places, absent, variables
from crossproof.tiers.journal import Journal
from crossproof.tiers.judging import Recorded, judge
from crossproof.tiers.manifest import Health, Network
from crossproof.tiers.readiness import Broken, Look, Ready, Waiting
from crossproof.tiers.result import FILE, Cause, ServiceReport, State, TierResult
from crossproof.tiers.secrecy import Scrubber, Stream
from crossproof.tiers.stack import Stack
from crossproof.tiers.stage import Backstage, Corner, Progress, Services, StageTrouble, Tests
from crossproof.tiers.watching import Stopped, Watch

_POLL = 0.2
_GRACE = 3.0  # for tests to end by themselves after they were asked to
_HEARTBEAT = 30.0
_KEPT_LINES = 200_000
_TAIL = 60


@dataclass(kw_only=True)
class _Sofar:
    """What is known while a tier runs; a result can be made of it at any moment."""

    scrub: Scrubber
    began: float
    journals: dict[str, Journal] = field(default_factory=dict)
    raw: dict[str, list[str]] = field(default_factory=dict)
    output: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    seconds: dict[str, float] = field(default_factory=dict)
    services: list[ServiceReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    stopped: Stopped | None = None
    trouble: tuple[State, Cause, str] | None = None
    foreign: list[Case] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    covered: coverage.Coverage = field(default_factory=dict)
    network: str = ""


class TierRun:
    """One tier on its stage."""

    def __init__(self, corner: Corner, back: Backstage, places: Places) -> None:
        """Nothing happens yet."""
        self._corner, self._back, self._places = corner, back, places
        self._now: Callable[[], float] = back.clock.monotonic
        scrub = Scrubber(corner.secrets.values())
        self._sofar = _Sofar(scrub=scrub, began=self._now())
        self._stream = Stream(scrub)
        self._tests: Tests | None = None

    def run(self) -> TierResult:
        """Run it; the result is on disk before anything is cleaned up, and before any exception goes on."""
        tier = self._corner.tier
        for attempt in range(tier.retry_infra + 1):
            try:
                self._once()
            except StageTrouble as trouble:
                self._sofar.trouble = State.ERROR, Cause.INFRA, " ".join(filter(None, (trouble.what, trouble.seen)))
            except BaseException:
                self._wind_down()
                self._sofar.trouble = State.CANCELLED, Cause.NONE, "It was cancelled."
                self._written()
                self._back.say(f"{self._corner.id}: cancelled; its results so far are kept")
                raise
            if not self._again(attempt):
                break
        result = self._written()
        self._corner.stage.clear()
        return result

    def _again(self, attempt: int) -> bool:
        trouble = self._sofar.trouble
        if trouble is None or trouble[1] is not Cause.INFRA or attempt >= self._corner.tier.retry_infra:
            return False
        self._back.say(f"{self._corner.id}: {trouble[2]} Starting afresh.")
        self._sofar.notes.append(f"attempt {attempt + 1}: {trouble[2]}")
        self._sofar.trouble, self._sofar.services = None, []
        self._corner.stage.clear()
        return True

    def _once(self) -> None:
        corner, stage, sofar = self._corner, self._corner.stage, self._sofar
        if corner.tier.infra:
            self._back.say(f"{corner.id}: getting its services' images")
        stack = stage.resolve(corner.secrets)
        sofar.network = stack.network if stack else Network.NONE
        if stack:
            self._back.say(f"{corner.id}: network {stack.network} ({stack.because})")
            stage.raise_services(stack)
        given = variables(
            corner.tier,
            corner.around,
            self._places,
            corner.secrets,
            {**corner.more, **(stack.variables if stack else {})},
            stage.environment_of_image(),
        )
        if empty := absent(corner.tier, given):
            sofar.trouble = State.ERROR, Cause.SETUP, f"Required variables are empty: {', '.join(empty)}."
            return
        self._tests = stage.tests(stack, given)
        ready = self._until_ready(stack) if stack else True
        if ready:
            self._tests.let_go_on()
            self._until_over(stack)
        elif not sofar.trouble:
            self._blame_phase()
        self._collect()

    def _until_ready(self, stack: Stack) -> bool:
        began, health = self._now(), self._corner.tier.infra.health if self._corner.tier.infra else Health()
        told = ""
        while True:
            self._back.stop.check()
            services = self._corner.stage.services()
            elapsed = self._now() - began
            look = Look(elapsed=elapsed, up_exit=services.up_exit, seen=services.seen, open_ports=services.open_ports)
            self._listen()
            if self._sofar.progress.over:  # the setup has failed: services need not come up any more
                return False
            match readiness.next_step(stack.services, health, look):
                case Ready(notes):
                    self._sofar.seconds["infra"] = elapsed
                    self._sofar.notes += notes
                    self._report(services, "")
                    self._back.say(f"{self._corner.id}: services ready after {elapsed:.1f} s")
                    return True
                case Broken(service, why):
                    self._sofar.seconds["infra"] = elapsed
                    name = f"The service {service} {why}." if service else f"{why[0].upper()}{why[1:]}."
                    said = f" {self._sofar.scrub.text(services.up_said)}" if not service or services.up_exit else ""
                    self._sofar.trouble = State.ERROR, Cause.INFRA, f"{name}{said}".strip()
                    self._report(services, service)
                    self._wind_down()
                    return False
                case Waiting(missing):
                    said = "; ".join(f"{name}: {why}" for name, why in missing.items())
                    kind = ", ".join(sorted(missing))
                    if kind != told:
                        self._back.say(f"{self._corner.id}: waiting for {said or 'Compose'}")
                        told = kind
            self._back.clock.sleep(_POLL)

    def _until_over(self, stack: Stack | None) -> None:
        sofar, began = self._sofar, self._now()
        watch = Watch(limits=self._corner.tier.limits, began=sofar.began, heard=began)
        beat = began
        while not sofar.progress.over:
            self._back.stop.check()
            if self._listen():
                watch.heard = self._now()
            if stopped := watch.look(list(sofar.journals.values()), self._now()):
                sofar.stopped = stopped
                self._back.say(f"{self._corner.id}: {stopped.why}")
                self._wind_down()
                break
            if self._now() - beat > _HEARTBEAT:
                beat = self._now()
                self._back.say(f"{self._corner.id}: {sofar.progress.phase or 'tests'} for {beat - began:.0f} s")
            self._back.clock.sleep(_POLL)
        self._listen()
        sofar.seconds["tests"] = self._now() - began
        self._blame_phase()
        if stack:
            self._after(stack)

    def _after(self, stack: Stack) -> None:
        """See whether a service died while the tests ran: then their failures have a cause."""
        services = self._corner.stage.services()
        wanted = {service.name: service for service in stack.services}
        dead = [
            seen.service
            for seen in services.seen
            if seen.service in wanted
            and (
                seen.oom
                or (seen.state in {"exited", "dead", "restarting"} and (seen.exit_code or wanted[seen.service].ports))
            )
        ]
        for name in dict.fromkeys(dead):
            self._sofar.notes.append(f"the service {name} died while the tests ran")
        self._report(services, dead[0] if dead else "", logs=bool(dead) or bool(self._sofar.progress.exit))

    def _blame_phase(self) -> None:
        """Tell a setup or migration that failed from tests that did."""
        for phase, cause in (("setup", Cause.SETUP), ("require", Cause.SETUP), ("migrate", Cause.MIGRATE)):
            code = self._sofar.progress.exits.get(phase, 0)
            if code and self._sofar.stopped is None:
                what = (
                    "A required command is missing from the runtime"
                    if phase == "require"
                    else f"The {phase} ended with {code}"
                )
                self._sofar.trouble = State.ERROR, cause, f"{what}, so no test ran."

    def _listen(self) -> bool:
        """Take in everything that has come since the last time; tell whether anything was said."""
        if self._tests is None:
            return False
        sofar = self._sofar
        sofar.progress = self._tests.progress()  # first: what is over can say nothing after it is read
        shown = [line for said in self._tests.said() for line in self._stream.feed(said)]
        if sofar.progress.over:
            shown += self._stream.rest()
        self._show(shown)
        for name, lines in self._tests.recorded().items():
            journal = sofar.journals.setdefault(name, Journal())
            for line in lines:
                journal.take(line)
            sofar.raw.setdefault(name, []).extend(lines)
        return bool(shown)

    def _show(self, lines: Sequence[str]) -> None:
        self._sofar.output.extend(lines)
        if lines and self._corner.live:
            self._back.show("\n".join(lines))

    def _wind_down(self) -> None:
        """Let the tests end by themselves for a moment, so that they can write down where they are; then end them."""
        if self._tests is None:
            return
        self._tests.interrupt()
        until = self._now() + _GRACE
        while self._now() < until:
            self._listen()
            if self._sofar.progress.over:
                break
            self._back.clock.sleep(_POLL)
        else:
            self._tests.kill()
        self._listen()

    def _collect(self) -> None:
        """Read the reports that the tests wrote themselves."""
        if self._tests is None or self._sofar.trouble:
            return
        written, sofar = self._tests.written(), self._sofar
        sofar.unreadable += [f"`{pattern}` names reports, and the tests wrote none" for pattern in written.unmet]
        for name, content in written.junit.items():
            try:
                sofar.foreign += junit_in.read(content, name)
            except ValueError as fault:
                sofar.unreadable.append(str(fault))
        parts = []
        for name, content in written.coverage.items():
            try:
                parts.append(coverage.read(content, name, self._places.workspace))
            except ValueError as fault:
                sofar.unreadable.append(str(fault))
        sofar.covered = coverage.joined(parts)

    def _report(self, services: Services, blamed: str, *, logs: bool = False) -> None:
        infra = self._corner.tier.infra
        ready = self._sofar.seconds.get("infra")
        scrub = self._sofar.scrub.text
        self._sofar.services = [
            ServiceReport(
                name=seen.service,
                state=_shown(seen),
                image=seen.image,
                seconds=ready,
                trouble="blamed" if seen.service == blamed else "",
                probes=[scrub(probe) for probe in seen.probes[-5:]],
                log=scrub(self._corner.stage.log(seen.id, infra.tail if infra else _TAIL))
                if logs or blamed or services.up_exit
                else "",
            )
            for seen in services.seen
        ]

    def _written(self) -> TierResult:
        """Make the result and put it and everything it was judged from on disk, without a secret in any of it."""
        result, report, scrub = self._result(), self._back.report, self._sofar.scrub
        result = replace(
            result,
            sentence=scrub.text(result.sentence),
            tail=scrub.text(result.tail),
            cases=[_clean(case, scrub) for case in result.cases],
            quarantined=scrub.data(result.quarantined),
            notes=scrub.data(result.notes),
        )
        folder = self._corner.id
        report.write_text(f"{folder}/{FILE}", result.as_json())
        report.write_text(f"{folder}/junit.xml", junit_out.write({result.tier: result.cases}))
        report.write_text(f"{folder}/output.log", "\n".join(self._sofar.output) + "\n")
        lines = [scrub.text(line) for raw in self._sofar.raw.values() for line in raw]
        if lines:
            report.write_text(f"{folder}/tests.jsonl", "\n".join(lines) + "\n")
        for service in result.services:
            if service.log:
                report.write_text(f"{folder}/services/{service.name}.log", service.log)
        return result

    def _result(self) -> TierResult:
        corner, sofar = self._corner, self._sofar
        recorded = Recorded(
            exit=sofar.progress.exits.get("run"),
            journals=list(sofar.journals.values()),
            foreign=sofar.foreign,
            unreadable=sofar.unreadable,
            coverage=sofar.covered,
            clean=sofar.scrub.text,
            late=sofar.stopped.late if sofar.stopped else (),
            out_of_time=sofar.stopped.why if sofar.stopped and not sofar.stopped.late else "",
        )
        judged = judge(corner.tier, recorded, shards=corner.shards)
        state, cause, sentence = sofar.trouble or (judged.state, judged.cause, judged.sentence)
        if sofar.progress.oom:
            sofar.notes.append("the tests' container was killed for using too much memory")
        good = state.verdict == "passed"
        return TierResult(
            id=corner.id,
            tier=corner.tier.name,
            shard=corner.shard,
            shards=corner.shards,
            state=state,
            cause=cause,
            sentence=sentence,
            cases=judged.cases,
            quarantined=judged.quarantined,
            seconds={**sofar.seconds, "whole": self._now() - sofar.began},
            network=sofar.network,
            proof=judged.proof,
            coverage=sofar.covered,
            services=sofar.services,
            notes=list(dict.fromkeys(sofar.notes)),
            tail="" if good else "\n".join(list(sofar.output)[-_TAIL:]),
            reproduce="" if good else corner.reproduce,
            sha=corner.sha,
            manifest=corner.manifest,
        )


def _clean(case: Case, scrub: Scrubber) -> Case:
    return replace(
        case,
        id=scrub.text(case.id),
        suite=scrub.text(case.suite),
        classname=scrub.text(case.classname),
        name=scrub.text(case.name),
        file=scrub.text(case.file),
        attempts=[replace(attempt, text=scrub.text(attempt.text)) for attempt in case.attempts],
    )


def _shown(seen: readiness.Seen) -> str:
    parts = [seen.state + (f" ({seen.exit_code})" if seen.state in {"exited", "dead"} else "")]
    parts += [seen.health] if seen.health else []
    parts += ["out of memory"] if seen.oom else []
    parts += [f"{seen.restarts} restarts"] if seen.restarts else []
    return ", ".join(parts)


def skipped(corner: Mapping[str, str], state: State, sentence: str) -> TierResult:
    """Make the result of a tier that was not run."""
    return TierResult(id=corner["id"], tier=corner["tier"], shard=1, shards=1, state=state, sentence=sentence)
