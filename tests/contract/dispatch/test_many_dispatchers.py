"""Twenty parents start the same workflow within a second: each proves its own child, or says that it cannot."""

import json
import random
from dataclasses import replace

import pytest
from tests.at_sandbox import CHILD, ECHOING, HOME, IN_A_STEP, SILENT, Step
from tests.clocks import Turns

from crossproof_sandbox import Job, Life, Sandbox, Upload
from crossproof_sandbox.life import Step as JobStep

PARENTS = 20


class Jittered:
    """A port behind a network: every call takes a while, so that the parents' requests interleave."""

    def __init__(self, port, clock, dice) -> None:
        self._port, self._clock, self._dice = port, clock, dice

    def __getattr__(self, name) -> object:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args, **more):
            self._clock.sleep(self._dice.uniform(0.0, 0.4))
            return found(*args, **more)

        return call


class Parent(Step):
    """A step whose requests take time."""

    def __init__(self, github, clock, dice, number) -> None:
        self._dice = dice
        super().__init__(github, clock=clock, run_id=number, randomness=bytes([number]))

    def outside(self):
        made = super().outside()
        slow = {name: Jittered(getattr(made, name), made.time, self._dice) for name in ("runs", "starts", "view")}
        return replace(made, **slow)


def life_of(dice, late):
    """Say what becomes of each child: odd ones fail, all come into sight when they like, and each tells its number."""

    def life(trigger):
        number = int(trigger.inputs.get("environment") or trigger.client_payload["number"])
        token = trigger.client_payload.get("dispatch", {}).get("id", "")
        return Life(
            phases=(("queued", dice.uniform(1, 5)), ("in_progress", dice.uniform(5, 60))),
            conclusion="failure" if number % 2 else "success",
            jobs=(Job(name="test", steps=(JobStep(name=f"mark {token}"),)),) if trigger.client_payload else (),
            artifacts=(Upload(name="dispatch-outputs", content={"outputs.json": json.dumps({"number": str(number)})}),),
            visible_after=dice.uniform(0, late),
        )

    return life


def play(file, dice, *, parents=PARENTS, within=1.0, late=6.0, **how):
    """Let all parents dispatch; give the number of each with what it said."""
    with Sandbox() as github:
        github.repository(HOME)
        child = github.repository(CHILD)
        child.workflow("tests.yml", file)
        child.lives(life_of(dice, late))
        github.clock.advance(60)

        def parent(number):
            def part(clock):
                clock.sleep(dice.uniform(0, within))
                given = {name: value.replace("NUMBER", str(number)) for name, value in how.items()}
                return Parent(github, clock, dice, number + 1).run(**given, log_tail="0", start_timeout="3m")

            return part

        ends = Turns(github.clock).play(*(parent(number) for number in range(parents)))
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        assert len(child.runs) == len(github.log.of("POST", "*/dispatches")) == parents
        return list(enumerate(ends))


def truth(number):
    return "failed" if number % 2 else "passed"


WORKFLOW = {"workflow": "tests.yml", "inputs": "environment: 'NUMBER'"}
EVENT = {"event_type": "track", "client_payload": "number: NUMBER"}
NUMBERED = ECHOING.replace("{type: choice, options: [dev, prod], default: dev}", "{type: string}")


@pytest.mark.parametrize(
    ("file", "how", "method"),
    [
        (NUMBERED, WORKFLOW, "returned-id"),
        (NUMBERED, EVENT, "token-in-title"),
        (IN_A_STEP, EVENT, "token-in-jobs"),
    ],
)
def test_by_id_or_token_every_parent_proves_its_own_child(file, how, method, times):
    for seed in range(times(few=2, many=200)):
        for number, outcome in play(file, random.Random(seed), **how):
            assert str(outcome.verdict) == truth(number), (seed, number)
            assert json.loads(outcome.outputs["child_outputs"]) == {"number": str(number)}
            assert outcome.outputs["correlation_method"] == method


@pytest.mark.parametrize(
    ("parents", "within", "late"), [(PARENTS, 1.0, 6.0), (2, 20.0, 50.0), (3, 60.0, 6.0)], ids=["many", "late", "apart"]
)
def test_by_elimination_no_parent_ever_takes_anothers_child(parents, within, late, times):
    for seed in range(times(few=2, many=200)):
        for number, outcome in play(SILENT, random.Random(seed), parents=parents, within=within, late=late, **EVENT):
            if str(outcome.verdict) == "unproven":
                assert outcome.reason.word in ("ambiguous", "not-visible")
            else:
                said = str(outcome.verdict), json.loads(outcome.outputs["child_outputs"])
                assert said == (truth(number), {"number": str(number)}), (seed, number)
