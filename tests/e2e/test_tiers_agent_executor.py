"""A service with PostgreSQL, a Redis-compatible cache and NATS with JetStream, all real: as its team has it on a laptop."""

import json

import pytest
from tests import stacks
from tests.as_the_runner import Step

COMPOSE = "tests/integration/docker-compose.test.yml"


@pytest.fixture
def service(job, in_container):
    """A step on the service's checkout, in which a text of one file may be another one."""
    stacks.toolbox()
    stacks.lay_out_agent_executor(job)
    job.secrets = {"OPENAI_API_KEY": "an-api-key-of-nobody"}

    def step(file="", old="", new=""):
        if file:
            before = (job.workspace / file).read_text()
            assert old in before
            job.write(file, before.replace(old, new))
        env = {"OPENAI_API_KEY": "${{ secrets.OPENAI_API_KEY }}"}
        return Step(job=job, action="run-tiered-tests", on=in_container, env=env)

    yield step
    stacks.remove(f"dev.crossproof.place={job.temp}")


def left(job):
    return stacks.ours(f"dev.crossproof.place={job.temp}")


def test_its_tests_talk_to_all_three_and_its_coverage_is_held_to_the_gate(service, job):
    result = service().run()
    assert result.exit_code == 0, result.log
    assert json.loads(result.outputs["tiers"]) == {"integration": "passed"}
    assert (result.outputs["total"], result.outputs["passed"], result.outputs["coverage"]) == ("3", "3", "100.0")
    assert left(job) == []


def test_a_migration_that_fails_in_sql_stops_before_any_test_though_psql_would_go_on(service, job):
    second = "services/agent_executor/migrations/002_executions_have_a_time.sql"
    result = service(second, "ALTER TABLE executions", "ALTER TABLE exectuions").run()
    assert (result.exit_code, result.outputs["verdict"], result.outputs["reason"]) == (3, "unproven", "setup-failed")
    assert result.outputs["total"] == "0"
    assert "The migrate ended with 3, so no test ran." in result.log
    assert 'relation "exectuions" does not exist' in result.summary
    assert left(job) == []


def test_a_queue_without_jetstream_is_never_ready_and_the_summary_shows_what_it_said(service, job):
    result = service(COMPOSE, '"--jetstream", ', "").run()
    assert (result.exit_code, result.outputs["reason"]) == (3, "infra-failed"), result.log
    assert result.outputs["total"] == "0"
    assert "The service nats is unhealthy" in result.log
    assert "AssertionError: JetStream is off" in result.summary
    assert "Server is ready" in result.summary  # the end of its log
    assert left(job) == []
