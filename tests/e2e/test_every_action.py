"""What holds for every action of the suite, started as the runner starts it."""

import re
from importlib import import_module

import pytest
from tests.as_the_runner import Step, engine

from crossproof.actions import ACTIONS, module_of
from crossproof.runner.inputs import specs

every_action = pytest.mark.parametrize("action", ACTIONS)


@every_action
def test_a_call_that_must_change_ends_with_2_and_later_steps_are_told(action, job, place):
    result = Step(job=job, action=action, inputs={"colour": "red"}, on=place).run()
    assert result.exit_code == 2, result.log
    assert result.refused == []
    assert result.outputs["verdict"] == "unproven"
    assert result.outputs["reason"] == "bad-input"
    assert "Input colour" in [said.properties["title"] for said in result.ear.annotations("error")]
    assert "colour" in result.summary


@every_action
def test_a_secret_is_in_the_log_only_where_the_runner_is_told_to_hide_it(action, job, place):
    names = [name for name, spec in specs(import_module(module_of(action)).Inputs).items() if spec.secret]
    job.secrets = {name: f"{name}-line-one\n{name}-line-two" for name in names}
    job.debug = True
    inputs = {name: f"${{{{ secrets.{name} }}}}" for name in names}
    result = Step(job=job, action=action, inputs={**inputs, "colour": "red"}, on=place).run()
    lines = [line for secret in job.secrets.values() for line in secret.splitlines()]
    assert set(lines) <= set(result.ear.secrets)
    shown = re.sub(r"^::add-mask::.*$", "", result.raw, flags=re.MULTILINE)
    told = [
        shown,
        result.summary,
        *result.outputs.values(),
        *((job.workspace / path).read_text() for path in result.created),
    ]
    assert [line for line in lines for text in told if line in text] == []


@every_action
def test_a_signal_at_any_moment_of_the_start_ends_it_and_leaves_nothing_behind(action, job, in_container, times):
    for _ in range(times(few=3, many=60)):
        running = Step(job=job, action=action, inputs={"colour": "red"}, on=in_container).start()
        while not engine.containers(job.label, "status=running"):
            assert running.process.poll() is None, "it was over before it could be cancelled"
        result = running.cancel()
        # 2: it was over already, or the signal came before Python had a handler, and process 1 is deaf until then.
        assert result.exit_code in {1, 2, 130}, result.log
        assert result.cancelled_within < 7.5
