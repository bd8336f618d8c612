"""Machines and calls on which tiers cannot run: one clear sentence with the remedy, before anything is started."""

import pytest
from tests import stacks
from tests.as_the_runner import AsProcess, Step

INFRA = "infra: {compose: [compose.test.yml]}"
IMAGE = "runtime: {image: crossproof-test-services}"


def manifest(tier, more=""):
    return f"version: 1\n{more}tiers:\n  integration: {tier}\n"


def refused(job, text, on, **inputs):
    stacks.lay_out(job, text)
    result = Step(job=job, action="run-tiered-tests", on=on, inputs=inputs).run()
    assert result.outputs["verdict"] == "unproven"
    assert result.outputs["session"] == ""
    assert stacks.ours(f"dev.crossproof.place={job.temp}") == []
    return result


def sentence(result):
    """Give what a person reads first: the one annotation, without the address of the help."""
    (said,) = result.ear.annotations("error")
    return [said.properties.get("title", ""), *(line for line in said.data.splitlines() if "Help:" not in line)]


@pytest.mark.parametrize("system", ["Windows", "macOS"])
def test_a_runner_that_is_no_linux_is_named(job, system):
    job.runner_os = system
    result = refused(job, manifest(f"{{{INFRA}, {IMAGE}, run: pytest}}"), AsProcess())
    assert (result.exit_code, result.outputs["reason"]) == (2, "bad-input")
    assert f"runs-on: the runner is '{system}'; container actions run on Linux only" in result.log


def test_an_engine_that_does_not_answer_is_named_with_the_tiers_that_want_it(job):
    job.env = {"DOCKER_HOST": "unix:///nobody/listens/here.sock"}
    result = refused(job, manifest(f"{{{INFRA}, {IMAGE}, run: pytest}}"), AsProcess())
    assert (result.exit_code, result.outputs["reason"]) == (2, "bad-input")
    assert sentence(result) == [
        "No Docker engine can be reached, and the chosen tiers need one.",
        "Why: Tiers with `infra`, an image, or `docker: true` run in containers beside this one.",
        "Seen: Cannot connect to the Docker daemon at unix:///nobody/listens/here.sock. Is the docker daemon running?; wanted by integration",
        (
            "Fix: Run on a Linux runner with Docker (GitHub-hosted, or self-hosted with /var/run/docker.sock; for ARC, the dind "
            "mode), or give the tier `runtime: self` and no `infra`."
        ),
    ]


def test_a_runner_in_kubernetes_mode_is_told_what_it_lacks(job, in_container):
    result = refused(job, manifest(f"{{{INFRA}, {IMAGE}, run: pytest}}"), stacks.InKubernetes())
    assert (result.exit_code, result.outputs["reason"]) == (2, "bad-input")
    assert sentence(result) == [
        "No Docker engine can be reached, and the chosen tiers need one.",
        (
            "Why: Tiers with `infra`, an image, or `docker: true` run in containers beside this one. The runner mounted no socket: "
            "runners in Kubernetes mode have none."
        ),
        "Seen: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?; wanted by integration",
        (
            "Fix: Run on a Linux runner with Docker (GitHub-hosted, or self-hosted with /var/run/docker.sock; for ARC, the dind "
            "mode), or give the tier `runtime: self` and no `infra`."
        ),
    ]


def test_and_there_a_tier_that_needs_no_engine_runs_in_the_action_s_own_container(job, in_container):
    junit = "<testsuite name='a'><testcase classname='a' name='b'/></testsuite>"
    tier = f'{{runtime: self, run: "echo \\"{junit}\\" > r.xml; id -u > whose", reports: {{junit: [r.xml]}}}}'
    stacks.lay_out(job, manifest(tier))
    result = Step(job=job, action="run-tiered-tests", on=stacks.InKubernetes()).run()
    assert (result.exit_code, result.outputs["passed"]) == (0, "1"), result.log
    assert int((job.workspace / "whose").read_text()) == result.created["whose"]


def test_a_profile_of_another_machine_is_no_credential(job, in_container):
    job.env = {"AWS_PROFILE": "ci", "AWS_REGION": "eu-central-1"}
    text = manifest("{runtime: self, secrets: [KEY], run: pytest}", "secrets: {KEY: {ssm: /ci/key}}\n")
    result = refused(job, text, in_container)
    assert (result.exit_code, result.outputs["reason"]) == (3, "no-access")
    assert sentence(result) == [
        "Opening AWS: the AWS profile that AWS_PROFILE names is not visible here.",
        "Why: A profile is a file in the runner's own home directory; a container action has another home.",
        "Seen: 'The config profile (ci) could not be found'",
        "Fix: Run configure-aws-credentials without `aws-profile` (credentials then come as variables), or pass `aws_role`.",
    ]


def test_a_compose_file_that_is_not_there_is_named_with_its_line(job):
    result = refused(job, manifest("{infra: {compose: [tests/gone.yml]}, run: pytest}"), AsProcess())
    assert result.exit_code == 2
    assert sentence(result) == [
        "Input .github/tiers.yml:3:35",
        (
            "tiers.integration.infra.compose.0: there is no file 'tests/gone.yml'. Compose files are named from the "
            "repository's root."
        ),
    ]


def test_a_compose_file_that_compose_cannot_read_leaves_nothing_half_made(job, in_container):
    stacks.services()
    stacks.lay_out(
        job, manifest(f"{{infra: {{compose: [c.yml]}}, {IMAGE}, run: pytest}}"), **{"c.yml": "services: 7\n"}
    )
    result = Step(job=job, action="run-tiered-tests", on=in_container).run()
    assert (result.exit_code, result.outputs["reason"]) == (3, "infra-failed")
    assert "The Compose files cannot be read." in result.log
    assert stacks.ours(f"dev.crossproof.place={job.temp}") == []


def test_a_tier_without_an_image_has_services_all_the_same_in_the_action_s_own(job, in_container):
    stacks.services()
    ask = "import socket\nassert socket.create_connection(('localhost', 16380), 5)\n"
    tier = f"{{{INFRA}, runtime: self, gates: {{min_tests: 0}}, run: /opt/crossproof/bin/python ask.py}}"
    stacks.lay_out(job, manifest(tier), **{"ask.py": ask})
    result = Step(job=job, action="run-tiered-tests", on=in_container).run()
    assert result.exit_code == 0, result.log
    assert stacks.ours(f"dev.crossproof.place={job.temp}") == []
