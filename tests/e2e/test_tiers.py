"""run-tiered-tests as a user meets it: real services in a real engine, run as the runner runs it."""

import json
import time

import pytest
from tests import stacks
from tests.as_the_runner import OWNER, Job, Step, engine

IMAGE = "defaults: {runtime: {image: crossproof-test-services}}\n"


def manifest(tier: str, more: str = "") -> str:
    return f"version: 1\n{IMAGE}{more}tiers:\n  integration: {tier}\n"


@pytest.fixture
def tiers(job, in_container):
    stacks.services()

    def step(text: str = stacks.MANIFEST, /, *, files=None, env=None, **inputs: str) -> Step:
        stacks.lay_out(job, text, **(files or {}))
        return Step(job=job, action="run-tiered-tests", on=in_container, inputs=inputs, env=env or {})

    yield step
    stacks.remove(f"dev.crossproof.place={job.temp}")  # what a failed test left must not meet the next one


def left(job: Job) -> list[str]:
    """Name what is left of this job in the engine; other tests run beside it."""
    return stacks.ours(f"dev.crossproof.place={job.temp}")


def result_of(job, tier="integration"):
    return json.loads((job.workspace / f".crossproof/run-tiered-tests/{tier}/tier-result.json").read_text())


def test_tests_that_say_localhost_pass_on_an_unmodified_stack(tiers, job):
    result = tiers().run()
    assert result.exit_code == 0, result.log
    assert json.loads(result.outputs["tiers"]) == {"integration": "passed"}
    assert (result.outputs["total"], result.outputs["passed"]) == ("4", "4")
    assert "network isolated (ports are the tests' own" in result.log
    assert set(result.created.values()) == {OWNER}
    assert left(job) == []


def test_four_copies_of_the_same_stack_with_the_same_ports_run_side_by_side(tiers, job):
    four = "".join(
        f"  copy{n}: {{infra: {{compose: [compose.test.yml]}}, run: pytest -q tests/check_the_stack.py}}\n"
        for n in range(4)
    )
    result = tiers(f"version: 1\n{IMAGE}tiers:\n{four}", max_parallel="4").run()
    assert result.exit_code == 0, result.log
    assert json.loads(result.outputs["tiers"]) == {f"copy{n}": "passed" for n in range(4)}
    assert result.outputs["passed"] == "16"
    assert left(job) == []


ON_THE_HOST = """\
services:
  cache:
    image: crossproof-test-services
    command: ["valkey-server", "--protected-mode", "no", "--save", ""]
    ports: ["127.0.0.1:26380:6379", "26381:26381/udp"]
"""
ASK = "import socket\n\n\ndef test_it():\n    with socket.create_connection((HOST, PORT), 5) as c:\n        c.sendall(b'PING\\r\\n')\n        assert c.recv(9) == b'+PONG\\r\\n'\n"


@pytest.mark.parametrize(
    ("compose", "network", "host", "port", "because"),
    [
        (ON_THE_HOST, "auto", "'localhost'", 26380, "network host (cache publishes a udp port, and only TCP can be forwarded)"),
        (ON_THE_HOST.replace(', "26381:26381/udp"', ""), "attach", "__import__('os').environ['CACHE_HOST']", 6379, "network attach"),
    ],
)  # fmt: skip
def test_where_ports_cannot_be_the_tests_own_they_are_reached_another_way(
    tiers, job, compose, network, host, port, because
):
    tier = f"{{infra: {{compose: [c.yml], network: {network}}}, run: pytest -q test_it.py}}"
    files = {"c.yml": compose, "test_it.py": ASK.replace("HOST", host, 1).replace("PORT", str(port))}
    result = tiers(manifest(tier), files=files).run()
    assert result.exit_code == 0, result.log
    assert because in result.log
    assert left(job) == []


FALSE_READY = {
    "dies after two seconds": ("sleep 2; exit 1", "", "ended with 1"),
    "loops": ("sleep 0.3; exit 1", "restart: always", "ends again and again"),
    "is never healthy": ("sleep 60", 'healthcheck: {test: ["CMD", "false"], interval: 1s, retries: 2}', "is unhealthy"),
    "has no such image": ("x", "", "cannot be pulled"),
    "ends although it publishes": ("exit 0", 'ports: ["25000:25000"]', "ended with 0, although it publishes ports"),
}


@pytest.mark.parametrize("how", FALSE_READY)
def test_a_service_that_is_not_ready_is_never_taken_for_ready(tiers, job, how):
    command, more, why = FALSE_READY[how]
    image = "localhost:1/no-such-image" if "image" in how else "crossproof-test-services"
    compose = f"services:\n  api:\n    image: {image}\n    command: ['sh', '-c', 'echo here it stops; {command}']\n    {more}\n"
    result = tiers(manifest("{infra: {compose: [c.yml]}, run: pytest -q tests}"), files={"c.yml": compose}).run()
    assert (result.exit_code, result.outputs["reason"]) == (3, "infra-failed"), result.log
    assert why in result.summary
    assert "image" in how or "here it stops" in result.summary
    assert result.outputs["total"] == "0"
    assert left(job) == []


def test_one_that_does_its_work_and_ends_is_ready(tiers, job):
    compose = "services:\n  seed: {image: crossproof-test-services, command: ['true']}\n"
    result = tiers(
        manifest("{infra: {compose: [c.yml]}, run: pytest -q test_a.py}"),
        files={"c.yml": compose, "test_a.py": "def test_a(): pass\n"},
    ).run()
    assert result.exit_code == 0, result.log


TWENTY = "import os, signal\nimport pytest\n\n\n@pytest.mark.parametrize('n', range(1, 21))\ndef test_n(n):\n    if n == 7:\n        DIE\n"


@pytest.mark.parametrize("die", ["os._exit(9)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_crash_in_the_seventh_of_twenty_keeps_six_and_names_the_seventh(tiers, job, die):
    result = tiers(manifest("{run: pytest -q test_n.py}"), files={"test_n.py": TWENTY.replace("DIE", die)}).run()
    assert (result.exit_code, result.outputs["verdict"], result.outputs["reason"]) == (3, "unproven", "crashed")
    assert (result.outputs["total"], result.outputs["passed"], result.outputs["errors"]) == ("7", "6", "1")
    assert result_of(job)["sentence"].endswith("6 results came before. It was running test_n.py::test_n[7].")
    assert 'name="test_n[7]"' in (job.workspace / result.outputs["junit"]).read_text()


def test_a_test_that_takes_too_long_is_killed_and_named(tiers, job):
    sleeps = "import time\n\n\ndef test_a(): pass\n\n\ndef test_slow():\n    while True:\n        time.sleep(60)\n"
    result = tiers(manifest("{run: pytest -q test_s.py, timeout: {test: 2s}}"), files={"test_s.py": sleeps}).run()
    assert (result.exit_code, result.outputs["reason"]) == (1, "tests-failed"), result.log
    assert (result.outputs["passed"], result.outputs["failed"]) == ("1", "1")
    assert "test_s.py::test_slow ran longer than 2s and was killed." in result.log


def test_tests_see_neither_tokens_nor_the_socket_and_are_the_workspace_s_owner(tiers, job):
    look = (
        "import os\n\n\ndef test_it():\n"
        "    assert not os.path.exists('/var/run/docker.sock')\n"
        f"    assert os.getuid() == {OWNER}\n"
        "    assert not [n for n in os.environ if n.startswith(('ACTIONS_', 'INPUT_', 'STATE_', 'AWS_')) or 'TOKEN' in n]\n"
        "    assert os.environ['GITHUB_SHA']\n    open('made.txt', 'w').close()\n"
    )
    job.env = {"AWS_SECRET_ACCESS_KEY": "x", "MY_TOKEN": "y"}
    result = tiers(manifest("{run: pytest -q test_it.py}"), files={"test_it.py": look}).run()
    assert result.exit_code == 0, result.log
    assert result.created["made.txt"] == OWNER


PEM = "-----BEGIN KEY-----\nMIIBdummyline1\nMIIBdummyline2==\n-----END KEY-----"
SECRETS = {"PEM": PEM, "PIN": "k7!", "DOCUMENT": '{"password": "hunter2-of-json", "port": 5432}'}


def test_no_byte_of_a_secret_is_in_the_log_or_in_any_file(tiers, job):
    job.secrets = SECRETS
    declared = "secrets: {PEM: {env: PEM}, PIN: {env: PIN}, DOCUMENT: {env: DOCUMENT}}\n"
    tells = (
        "import json, os\nimport pytest\n\n\n@pytest.mark.parametrize('name', ['PEM', 'PIN', 'DOCUMENT'])\n"
        "def test_it(name):\n    value = os.environ[name]\n    print(value)\n"
        "    for line in value.splitlines():\n        print('line', line)\n"
        "    print(json.dumps({'is': value}), repr(value))\n    assert value == 'something else'\n"
    )
    text = manifest("{secrets: [PEM, PIN, DOCUMENT], run: pytest -q -s test_it.py}", declared)
    env = {name: f"${{{{ secrets.{name} }}}}" for name in SECRETS}
    result = tiers(text, files={"test_it.py": tells}, env=env).run()
    assert (result.exit_code, result.outputs["failed"]) == (1, "3"), result.log
    said = "\n".join(line for line in result.raw.splitlines() if not line.startswith("::add-mask::"))
    said += result.summary + json.dumps(result.outputs)
    said += "".join(f.read_text() for f in (job.workspace / ".crossproof/run-tiered-tests").rglob("*") if f.is_file())
    for secret in ["MIIBdummyline1", "MIIBdummyline2", "k7!", "hunter2-of-json"]:
        assert secret not in said


def test_a_missing_secret_is_named_before_anything_starts(tiers, job):
    declared = "secrets: {A: {env: NOT_SET}, B: {file: gone.txt}}\n"
    text = manifest("{secrets: [A, B], infra: {compose: [compose.test.yml]}, run: pytest}", declared)
    result = tiers(text).run()
    assert (result.exit_code, result.outputs["reason"]) == (2, "bad-input")
    assert "NOT_SET" in result.log
    assert "gone.txt" in result.log
    assert left(job) == []


PHASES = {
    "build": ("Build", 'services:\n  api: {build: {context: ., dockerfile_inline: "FROM crossproof-test-services\\nRUN sleep 60\\n"}}\n', "{infra: {compose: [c.yml]}, run: pytest}", "integration: getting its services' images"),
    "services": ("wait", "services:\n  api: {image: crossproof-test-services, command: ['sleep', '60'], healthcheck: {test: ['CMD', 'false'], retries: 99}}\n", "{infra: {compose: [c.yml]}, run: pytest}", "waiting for api"),
    "tests": ("tests", "services:\n  api: {image: crossproof-test-services, command: ['sh', '-c', \"trap '' TERM INT; sleep 60\"]}\n", "{infra: {compose: [c.yml]}, run: pytest -q -s test_w.py}", "now it waits"),
}  # fmt: skip
WAITS = "import time\n\n\ndef test_done(): pass\n\n\ndef test_waits():\n    print('now it waits', flush=True)\n    time.sleep(60)\n"


def begun(tiers, job, phase):
    _, compose, tier, sign = PHASES[phase]
    running = tiers(manifest(tier), files={"c.yml": compose, "test_w.py": WAITS}).start()
    running.wait_for(sign)
    until = time.monotonic() + 30
    while phase == "build" and not building(job) and time.monotonic() < until:
        time.sleep(0.1)
    assert phase != "build" or building(job)
    return running


def building(job):
    """Tell whether the step is in the middle of a build; the engine shows its processes, and none of BuildKit's."""
    containers = engine.containers(job.label)
    return any(" build " in line for one in containers for line in engine.docker("top", one).splitlines())


@pytest.mark.parametrize("phase", PHASES)
def test_a_cancelled_step_leaves_nothing_behind_within_the_runner_s_patience(tiers, job, times, phase, record_property):
    for _ in range(times(few=2, many=20)):
        result = begun(tiers, job, phase).cancel()
        assert result.exit_code == 130, result.log
        assert result.cancelled_within < 10
        assert left(job) == []
        record_property("seconds", f"{result.cancelled_within:.2f}")
        assert result.outputs["reason"] == "cancelled"
        if phase == "tests":
            assert next(case["ended"] for case in result_of(job)["cases"]) == "passed"


def killed(running, job):
    """Kill the action's container as an out-of-memory killer would; the docker command sees it end."""
    (container,) = engine.containers(job.label)
    engine.docker("kill", "--signal", "KILL", container)
    return running.finish()


@pytest.mark.parametrize("phase", ["services", "tests"])
def test_the_post_step_cleans_up_after_a_killed_step(tiers, job, times, phase, record_property):
    for _ in range(times(few=2, many=20)):
        running = begun(tiers, job, phase)
        began = time.monotonic()
        result = killed(running, job)
        assert left(job), "there was nothing to clean up"
        post = result.post()
        assert post.exit_code == 0, post.log
        assert left(job) == []
        assert time.monotonic() - began < 15
        record_property("seconds", f"{time.monotonic() - began:.2f}")


@pytest.mark.parametrize("phase", ["services", "tests"])
def test_on_a_self_hosted_runner_a_guardian_cleans_up_even_without_a_post_step(
    tiers, job, times, phase, record_property
):
    job.runner_environment = "self-hosted"
    for _ in range(times(few=2, many=20)):
        running = begun(tiers, job, phase)
        began = time.monotonic()
        killed(running, job)
        while left(job) and time.monotonic() - began < 15:
            time.sleep(0.2)
        assert left(job) == []
        record_property("seconds", f"{time.monotonic() - began:.2f}")


def test_what_a_killed_step_left_is_swept_by_the_next_one_and_nothing_else(tiers, job):
    bystander = engine.docker("run", "--detach", "--rm", "--label", "other=1", stacks.IMAGE, "sleep", "300").strip()
    try:
        killed(begun(tiers, job, "tests"), job)
        result = tiers(manifest("{run: pytest -q test_a.py}"), files={"test_a.py": "def test_a(): pass\n"}).run()
        assert "removed what an earlier step left" in result.log
        assert left(job) == []
        assert engine.docker("ps", "--quiet", "--no-trunc").find(bystander) >= 0
    finally:
        engine.docker("rm", "--force", bystander)


def test_a_step_that_still_runs_is_left_alone_by_one_beside_it_and_by_its_post_step(tiers, job):
    running = begun(tiers, job, "tests")
    beside = tiers(manifest("{run: pytest -q test_a.py}"), files={"test_a.py": "def test_a(): pass\n"}).run()
    assert beside.exit_code == 0, beside.log
    assert "removed what an earlier step left" not in beside.log
    assert beside.post().exit_code == 0
    assert len(left(job)) >= 3, "what the first step started"
    assert running.cancel().exit_code == 130
    assert left(job) == []


SEED = {
    "scripts/ci/run-integration-tests.sh": '#!/bin/bash\nset -e\n: "${TESTING:=true}"\nROOT="$(cd "$(dirname "$0")/../.." && pwd)"\n"$ROOT/services/agent_executor/scripts/ci/run-tests.sh"\n',
    "services/agent_executor/scripts/ci/run-tests.sh": """\
#!/bin/bash
set -e
cd "$(dirname "$0")/../../../.."
docker-compose -f tests/integration/docker-compose.test.yml up -d
trap 'docker-compose -f tests/integration/docker-compose.test.yml down -v -t 0' EXIT
for i in $(seq 100); do (echo > /dev/tcp/localhost/26390) 2>/dev/null && break; sleep 0.2; done
pytest -q tests/integration
""",
    "tests/integration/docker-compose.test.yml": 'services:\n  cache:\n    image: crossproof-test-services\n    command: ["valkey-server", "--protected-mode", "no", "--save", ""]\n    ports: ["26390:6379"]\n',
    "tests/integration/test_it.py": ASK.replace("HOST", "'localhost'", 1).replace("PORT", "26390"),
}


@pytest.fixture
def seed(job, in_container):
    stacks.services()
    stacks.cli()

    def step(**inputs):
        for name, text in SEED.items():
            job.write(name, text).chmod(0o755)
        return Step(job=job, action="run-tiered-tests", on=in_container, inputs=inputs)

    return step


def test_a_repository_laid_out_by_scripts_needs_one_line_and_is_told_which(seed, job):
    result = seed().run()
    assert (result.exit_code, result.outputs["reason"]) == (2, "bad-input")
    assert "runtime: 'docker: true'" in result.log
    assert left(job) == []


def test_and_with_that_line_its_own_scripts_run_as_they_are(seed, job):
    result = seed(runtime=f"image: {stacks.CLI}, docker: true").run()
    assert result.exit_code == 0, result.log
    assert result.outputs["passed"] == "1"
    assert "No manifest; inferred integration: scripts/ci/run-integration-tests.sh runs it" in result.log
    assert left(job) == []


def test_plan_explains_what_it_inferred(seed):
    result = seed(mode="plan", explain="true").run()
    assert (result.exit_code, result.outputs["reason"]) == (0, "planned")
    assert "# runtime: {docker: true}" in result.log
    assert json.loads(result.outputs["matrix"])["include"][0]["id"] == "integration"


def test_shards_of_a_matrix_are_merged_and_a_lost_one_is_missed(tiers, job):
    files = {f"tests_of/test_{n}.py": "def test_a(): pass\ndef test_b(): pass\n" for n in range(5)}
    text = manifest("{run: pytest -q tests_of, shards: 3}")
    plan = tiers(text, files=files, mode="plan").run()
    matrix = plan.outputs["matrix"]
    for each in json.loads(matrix)["include"]:
        shard = tiers(text, files=files, report_dir=f"tier-results/{each['id']}", job=each["id"])
        assert shard.run().exit_code == 0
    merged = tiers(text, files=files, mode="merge", expected=matrix).run()
    assert merged.exit_code == 0, merged.log
    assert (merged.outputs["total"], merged.outputs["passed"]) == ("10", "10")
    assert "which together are all 10 tests" in merged.summary
    for file in (job.workspace / "tier-results/integration-2of3").rglob("tier-result.json"):
        file.unlink()
    lost = tiers(text, files=files, mode="merge", expected=matrix).run()
    assert (lost.exit_code, lost.outputs["reason"]) == (3, "result-missing")
