"""The situations in which six released actions were measured, rebuilt for ours: what is true, and who was wrong in it.

A situation knows the truth, so an outcome is right (it says the truth), unproven (it says that it does not know), or
wrong: another verdict, a second child, or a child that nobody ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.at_sandbox import CHILD, ECHOING, HOME, SILENT, Step

from crossproof.errors import Cancelled, CrossproofError
from crossproof.outcome import Outcome
from crossproof_sandbox import Sandbox, faults
from crossproof_sandbox.repository import Repository

Arrange = Callable[[Sandbox, Repository, "Step"], None]
LOOK = "*/actions/runs/17*"


@dataclass(frozen=True, kw_only=True)
class Situation:
    name: str
    truth: str  # "passed" | "failed" | "unproven": nothing can be proven, and saying so is right
    peers_wrong: int
    peers: int = 6
    arrange: Arrange = lambda github, child, step: None
    child: str = ECHOING
    flavour: str = "dotcom"
    event: bool = False  # repository_dispatch
    given: dict[str, str] = field(default_factory=dict)
    children: int = 1


@dataclass(frozen=True, kw_only=True)
class Seen:
    judged: str  # "right" | "unproven" | "wrong"
    word: str
    calls: int
    charged: int
    log: list[str]


def lives(**more) -> Arrange:
    return lambda github, child, step: child.lives(**more)


def both(*arrangements: Arrange) -> Arrange:
    def arrange(github, child, step):
        for each in arrangements:
            each(github, child, step)

    return arrange


def rival(conclusion: str, *, newer: bool) -> Arrange:
    """Somebody else's run of the same workflow and actor, a moment before mine or after."""

    def arrange(github, child, step):
        def start(answer=None):
            child.ran("tests.yml", ago=0, took=3, conclusion=conclusion, event="workflow_dispatch")
            return answer

        if newer:
            github.faults.on("POST", "*/dispatches", after_accept=start, times=1)
        else:
            github.faults.on("POST", "*/dispatches", times=1, when=lambda request: bool(start()))

    return arrange


def fault(method: str, path: str, instead=None, **more) -> Arrange:
    return lambda github, child, step: github.faults.on(method, path, instead, **more)


def deleted(github, child, step):
    child.lives(in_progress=600)
    github.after(20, lambda: [run.delete() for run in child.runs.values()])


def stale_index(github, child, step):
    child.index_lag = 3600


def newer_siblings(github, child, step):
    def start(answer):
        for number in range(6):
            child.ran("tests.yml", ago=0, took=3, event="repository_dispatch", title=f"Track [{number}]")
        return answer

    child.lives(in_progress=5, conclusion="failure")
    github.faults.on("POST", "*/dispatches", after_accept=start, times=1)


def cancelled(github, child, step):
    """The parent is cancelled while it waits: its child must end, and with one request."""
    child.lives(in_progress=600)
    step.cancelled_at = 80.0


FAIL, OK = {"in_progress": 4, "conclusion": "failure"}, {"in_progress": 4}
SLOW_DOWN = faults.status(403, "You have exceeded a secondary rate limit.", retry_after="1")

SITUATIONS = [
    Situation(name="plain success", truth="passed", peers_wrong=0, arrange=lives(**OK)),
    Situation(name="plain failure", truth="failed", peers_wrong=0, arrange=lives(**FAIL)),
    Situation(
        name="other run newer & succeeds, mine fails",
        truth="failed",
        peers_wrong=1,
        arrange=both(lives(**FAIL), rival("success", newer=True)),
        children=2,
    ),
    Situation(
        name="other run newer & fails, mine ok",
        truth="passed",
        peers_wrong=2,
        arrange=both(lives(**OK), rival("failure", newer=True)),
        children=2,
    ),
    Situation(
        name="other run just older & fails, mine ok",
        truth="passed",
        peers_wrong=1,
        arrange=both(lives(**OK), rival("failure", newer=False)),
        children=2,
    ),
    *(
        Situation(
            name=f"poll: {name}",
            truth="failed",
            peers_wrong=wrong,
            arrange=both(lives(**FAIL), fault("GET", LOOK, what, times=times)),
        )
        for name, wrong, what, times in [
            ("502 twice", 2, faults.status(502), 2),
            ("500", 2, faults.status(500), 1),
            ("403 + Retry-After 1", 2, SLOW_DOWN, 1),
            ("429", 2, faults.status(429, retry_after="1"), 1),
        ]
    ),
    Situation(
        name="first jobs call 502",
        truth="failed",
        peers_wrong=2,
        arrange=both(lives(**FAIL), fault("GET", "*/jobs", faults.status(502), times=1)),
    ),
    *(
        Situation(
            name=f"`{status}` 7 s, then failure",
            truth="failed",
            peers_wrong=1,
            arrange=lives(**{status: 7, **FAIL}),
        )
        for status in ("pending", "requested")
    ),
    *(
        Situation(
            name=f"conclusion {conclusion}",
            truth=truth,
            peers_wrong=wrong,
            arrange=lives(in_progress=4, conclusion=conclusion),
        )
        for conclusion, truth, wrong in [
            ("timed_out", "failed", 1),
            ("startup_failure", "unproven", 2),
            ("action_required", "unproven", 2),
            ("skipped", "unproven", 2),
            ("neutral", "unproven", 2),
        ]
    ),
    Situation(
        name="run visible only after 5 s",
        truth="failed",
        peers_wrong=2,
        arrange=lives(in_progress=20, conclusion="failure", more={"visible_after": 5}),
    ),
    Situation(name="run deleted mid-wait", truth="unproven", peers_wrong=0, arrange=deleted),
    Situation(
        name="child outlives the timeout",
        truth="unproven",
        peers_wrong=2,
        arrange=lives(in_progress=600),
        given={"timeout": "60s"},
    ),
    Situation(
        name="dispatch POST answered 502 but accepted",
        truth="failed",
        peers_wrong=6,
        arrange=both(
            lives(in_progress=20, conclusion="failure"),
            fault("POST", "*/dispatches", after_accept=faults.status(502), times=1),
        ),
    ),
    Situation(
        name="GHES 3.20 (400 on return_run_details)",
        truth="failed",
        peers_wrong=2,
        arrange=lives(**FAIL),
        flavour="ghes-3.20",
    ),
    Situation(
        name="child workflow not modified (no token echo)",
        truth="failed",
        peers_wrong=2,
        arrange=lives(**FAIL),
        child=SILENT,
    ),
    Situation(
        name="filtered run list stale",
        truth="failed",
        peers_wrong=4,
        arrange=both(lives(**FAIL), stale_index),
        event=True,
    ),
    Situation(name="parent cancelled (child must be)", truth="unproven", peers_wrong=6, arrange=cancelled),
    Situation(
        name="invalid JSON in inputs",
        truth="unproven",
        peers_wrong=1,
        given={"inputs": '{"environment": "prod"'},
        children=0,
    ),
    Situation(
        name="repository_dispatch + wait: echo", truth="failed", peers_wrong=0, arrange=lives(**FAIL), event=True
    ),
    Situation(
        name="repository_dispatch + wait: no echo",
        truth="failed",
        peers_wrong=1,
        peers=1,
        arrange=lives(**FAIL),
        child=SILENT,
        event=True,
    ),
    Situation(
        name="repository_dispatch + wait: 6 newer siblings",
        truth="failed",
        peers_wrong=1,
        peers=1,
        arrange=newer_siblings,
        event=True,
        children=7,
    ),
]


def meet(situation: Situation) -> Seen:
    """Put our action into a situation, and judge what it says by the truth."""
    with Sandbox(flavour=situation.flavour) as github:
        github.repository(HOME)
        child = github.repository(CHILD)
        child.workflow("tests.yml", situation.child)
        github.clock.advance(60)
        step = Step(github)
        situation.arrange(github, child, step)
        given = {"event_type": "track"} if situation.event else {"workflow": "tests.yml"}
        verdict, word = _said(step, {**given, **situation.given})
        alive = [run for run in child.runs.values() if run.status(github.server.now()) != "completed"]
        posts = github.log.of("POST", "*/dispatches")
        accepted = [post for post in posts if post.status != 400]
        right = verdict == situation.truth and len(child.runs) == situation.children
        whole = len(accepted) == min(situation.children, 1) and not (word == "cancelled" and alive)
        judged = "right" if right and whole else "unproven" if verdict == "unproven" and whole else "wrong"
        return Seen(
            judged=judged, word=word, calls=step.api.counted.all, charged=step.api.counted.charged, log=step.ears.lines
        )


def _said(step: Step, given: dict[str, str]) -> tuple[str, str]:
    try:
        outcome: Outcome = step.run(**given)
    except CrossproofError as error:
        return "unproven", error.reason.word
    except Cancelled:
        step.clean_up(**given)
        return "unproven", "cancelled"
    return str(outcome.verdict), outcome.reason.word
