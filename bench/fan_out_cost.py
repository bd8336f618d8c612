"""What it costs to wait for many targets in one step."""

from collections.abc import Iterator

from tests.contract.dispatch.test_fan_out import MINUTES, TARGETS, fan_out

from bench import Row

TITLE = f"{TARGETS} targets in one step, children of about {MINUTES} minutes"
MOST = 500


def rows() -> Iterator[Row]:
    """Let children with six jobs, and with twelve, run on the sandbox's virtual clock."""
    for jobs in (6, 12):
        step, outcome, _ = fan_out(jobs)
        charged = step.api.counted.charged
        good = charged <= MOST and outcome.reason.word == "succeeded"
        yield Row(what=f"charged requests, {jobs} jobs a child", figure=str(charged), bar=f"≤ {MOST}", holds=good)
        yield Row(what="· all requests", figure=str(step.api.counted.all))
