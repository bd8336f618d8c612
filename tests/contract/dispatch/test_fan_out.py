"""Many targets in one step share one waiter and one budget."""

import json
import random

from tests.at_sandbox import ECHOING, HOME, Step

from crossproof_sandbox import Job, Sandbox

TARGETS, MINUTES = 22, 20


def fan_out(jobs: int = 6) -> tuple[Step, object, Sandbox]:
    """Let 22 repositories run for about twenty minutes, as they did on the last twenty occasions."""
    with Sandbox() as github:
        github.repository(HOME)
        for number in range(TARGETS):
            dice = random.Random(number)
            child = github.repository(f"acme/target-{number}")
            child.workflow("tests.yml", ECHOING)
            for day in range(20):
                child.ran("tests.yml", ago=86_400 * (day + 1), took=MINUTES * 60 * dice.uniform(0.8, 1.2))
            parts = [Job(name=f"part {n}", takes=dice.uniform(60, 900)) for n in range(jobs - 1)]
            child.lives(queued=10, in_progress=MINUTES * 60 * dice.uniform(0.8, 1.2), jobs=[*parts, Job(name="last")])
        step = Step(github)
        targets = [{"repository": f"acme/target-{n}", "event_type": "track"} for n in range(TARGETS)]
        outcome = step.run(targets=json.dumps(targets))
        return step, outcome, github


def test_twenty_two_targets_of_twenty_minutes_cost_at_most_five_hundred_charged_calls():
    step, outcome, github = fan_out()
    assert outcome.reason.word == "succeeded"
    assert len(json.loads(outcome.outputs["targets"])) == TARGETS
    assert step.api.counted.charged <= 500
    assert min(github.log.write_gaps(lambda each: each.path.endswith("/dispatches"))) >= 1.0
