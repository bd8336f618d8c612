"""A stage in memory: services and tests that do what a script says, on a clock that jumps."""

from dataclasses import dataclass, field

from crossproof.outcome import Evidence
from crossproof.parallel import Stop
from crossproof.tiers.environment import Places
from crossproof.tiers.manifest import Network
from crossproof.tiers.readiness import Seen, Wanted
from crossproof.tiers.stack import Stack
from crossproof.tiers.stage import Backstage, Progress, Services, Written

PLACES = Places(workspace="/w", home="/h", results="/r", plugin="/p", state="/s")
STACK = Stack(model={}, network=Network.ISOLATED, because="x", services=[Wanted(name="db", health=True)])


@dataclass
class JumpingClock:
    now: float = 0.0
    at: dict = field(default_factory=dict)  # second -> what happens then

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        for when in sorted(self.at):
            if when <= self.now:
                self.at.pop(when)()


@dataclass
class FakeReport:
    texts: dict[str, str] = field(default_factory=dict)

    def write_text(self, name, text):
        self.texts[name] = text
        return Evidence(path=name, sha256="0", size=len(text))

    write_bytes = write_text

    def relative(self, name):
        return name

    file = relative


@dataclass
class FakeTests:
    """`script`: seconds after it was let go on -> (lines of output, lines of the journal, exit of the phase)."""

    clock: JumpingClock
    said_: list = field(default_factory=list)
    script: dict = field(default_factory=dict)
    setup_exit: int | None = None
    went_on: float | None = None
    interrupted: bool = False
    killed: bool = False
    deaf: bool = False
    exits: dict = field(default_factory=dict)
    left: Written = field(default_factory=Written)
    _journal: list = field(default_factory=list)

    def let_go_on(self):
        self.went_on = self.clock.now

    def _advance(self):
        if self.went_on is None or (self.interrupted and not self.deaf):
            return
        for after in sorted(self.script):
            if self.clock.now - self.went_on >= after and not self.over:
                said, journal, code = self.script.pop(after)
                self.said_ += said
                self._journal += journal
                if code is not None:
                    self.exits["run"] = code

    @property
    def over(self):
        return bool(self.exits) or self.killed or (self.interrupted and not self.deaf)

    def progress(self):
        if self.setup_exit is not None:
            self.exits["setup"] = self.setup_exit
        self._advance()
        return Progress(phase="run", exits=dict(self.exits), over=self.over, exit=self.exits.get("run"))

    def said(self):
        said, self.said_ = self.said_, []
        return said

    def recorded(self):
        lines, self._journal = self._journal, []
        return {"1.jsonl": lines} if lines else {}

    def interrupt(self):
        self.interrupted = True

    def kill(self):
        self.killed = True

    def written(self):
        return self.left


@dataclass
class FakeStage:
    clock: JumpingClock
    tests_: FakeTests
    services_: list = field(default_factory=list)  # what each look shows; the last stays
    stack: Stack | None = None
    trouble: list = field(default_factory=list)  # raised by `resolve`, one a call
    cleared: int = 0
    given: object = None

    def resolve(self, secrets):
        if self.trouble:
            raise self.trouble.pop(0)
        return self.stack

    def raise_services(self, stack):
        pass

    def services(self):
        return self.services_.pop(0) if len(self.services_) > 1 else self.services_[0]

    def log(self, container, lines):
        return f"log of {container} with s3cr3t-value"

    def environment_of_image(self):
        return {}

    def tests(self, stack, give):
        self.given = give
        return self.tests_

    def clear(self):
        self.cleared += 1


def healthy(**more):
    return Services(up_exit=0, seen=[Seen(service="db", id="db1", state="running", health="healthy", **more)])


STARTING = Services(up_exit=None, seen=[Seen(service="db", id="db1", state="running", health="starting")])
DIED = Services(up_exit=1, up_said="dependency failed", seen=[Seen(service="db", id="db1", state="exited", exit_code=3, probes=["exit 1: no s3cr3t-value"])])  # fmt: skip


def backstage(clock, report, log, stop=None):
    return Backstage(clock=clock, stop=stop or Stop(), say=log.append, show=log.append, report=report)
