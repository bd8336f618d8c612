"""The harness itself, on a scratch action: what it claims of GitHub's runner holds in both places."""

import json
import os
from dataclasses import replace

import pytest
from tests.as_the_runner import OWNER, ActionYml, InContainer, Job, Step, engine
from tests.as_the_runner.action_yml import ROOT, evaluate

SCRATCH = """\
name: Scratch
inputs:
  head-ref: {description: A., default: "${{ github.ref_name }}"}
  token: {description: A., default: "${{ github.token }}"}
  plan: {description: A.}
runs:
  using: docker
  image: Dockerfile
  entrypoint: /github/workspace/main.py
  post-entrypoint: /github/workspace/post.py
  env: {FROM_METADATA: "${{ inputs.plan }}", INPUT_PLAN: never}
"""
TELL = """\
#!/opt/crossproof/bin/python -Iu
import json, os, sys
print(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "stdin": sys.stdin.read(), "env": dict(os.environ)}))
"""


@pytest.fixture
def scratch(job: Job, place, request):
    """Make an action of one Python file; it runs in our image, in place of our launchers."""
    if isinstance(place, InContainer):
        place = replace(place, image=engine.build(ROOT / "Dockerfile"))
    folder = job.work.parent / "scratch"
    folder.mkdir()
    (folder / "action.yml").write_text(SCRATCH)

    def step(main: str, post: str = TELL, **given: object) -> Step:
        for name, source in (("main.py", main), ("post.py", post)):
            job.write(name, source).chmod(0o755)
        return Step(job=job, action=ActionYml.read(folder), on=place, **given)

    return step


def told(result) -> dict:
    return json.loads(result.raw.splitlines()[-1])


def test_a_step_sees_what_the_runner_passes_and_nothing_else(scratch, job):
    job.secrets = {"PLAN": "two\nlines"}
    job.env = {"FROM_JOB": "1"}
    step = scratch(TELL, inputs={"plan": "${{ secrets.PLAN }}", "PATH-in": "${{ github.workspace }}/x", "Extra": " "})
    seen = told(step.run())
    env = seen["env"]
    assert seen["argv"] == []
    assert seen["stdin"] == ""
    assert env["INPUT_HEAD-REF"] == "main"
    assert env["INPUT_TOKEN"] == job.token
    assert env["INPUT_PLAN"] == "two\nlines"
    assert env["INPUT_PATH-IN"] == f"{seen['cwd']}/x"
    assert env["FROM_METADATA"] == "two\nlines"
    assert env["FROM_JOB"] == "1"
    assert env["GITHUB_WORKSPACE"] == seen["cwd"]
    assert env["GITHUB_REPOSITORY"] == "acme/app"
    assert env["CI"] == env["GITHUB_ACTIONS"] == "true"
    assert "GITHUB_TOKEN" not in env
    assert "PYTHONDONTWRITEBYTECODE" not in env
    assert "ACTIONS_ID_TOKEN_REQUEST_URL" not in env


def test_no_value_is_on_the_command_line(scratch, job):
    running = scratch(TELL, inputs={"plan": "a-plan"}).start()
    assert not [part for part in running.process.args if "a-plan" in part or job.token in part]
    running.finish()


WRITE = """\
#!/opt/crossproof/bin/python -Iu
import os
def add(name, text):
    with open(os.environ[name], "a") as file:
        file.write(text)
add("GITHUB_OUTPUT", "image=111122223333.example/app:1\\nverdict=passed\\n")
add("GITHUB_ENV", "LATER<<__\\none\\ntwo\\n__\\n")
add("GITHUB_STATE", "session=s-1\\n")
add("GITHUB_PATH", "/opt/tool\\n")
add("GITHUB_STEP_SUMMARY", "### token-of-mine\\n")
os.makedirs(".crossproof/scratch")
open(".crossproof/scratch/report.json", "w").close()
print("::add-mask::111122223333")
print("::add-mask::token-of-mine")
print("::error title=Broken::111122223333 is not there")
print("a line on 111122223333")
raise SystemExit(3)
"""


def test_everything_a_step_leaves_is_read_as_the_runner_reads_it(scratch, job):
    result = scratch(WRITE).run()
    assert result.exit_code == 3
    assert result.refused == []
    assert result.outputs == {"image": "111122223333.example/app:1", "verdict": "passed"}
    assert result.job_outputs == {"verdict": "passed"}
    assert result.path == ["/opt/tool"]
    assert result.summary == "### ***\n"
    assert result.ear.annotations("error")[0].properties == {"title": "Broken"}
    assert result.log.splitlines()[-2:] == ["##[error]*** is not there", "a line on ***"]
    assert list(result.created) == [".crossproof/scratch/report.json"]


def test_later_steps_get_the_variables_and_the_post_step_the_state(scratch, job):
    first = scratch(WRITE)
    result = first.run()
    assert told(result.post())["env"]["STATE_session"] == "s-1"
    second = told(scratch(TELL).run())["env"]
    assert second["LATER"] == "one\ntwo"
    assert "STATE_session" not in second
    assert second["GITHUB_ACTION"] != first.id


def test_the_owner_of_a_file_shows(scratch, job):
    job.write("kept.txt", "as it was")
    mine = '#!/opt/crossproof/bin/python -Iu\nimport os\nopen("a", "w").close()\nopen("b", "w").close()\n'
    mine += 'at = os.stat(".")\nos.chown("b", at.st_uid, at.st_gid)\n'
    step = scratch(mine)
    assert step.run().created == {"a": 0 if isinstance(step.on, InContainer) else os.geteuid(), "b": OWNER}


def test_a_file_the_runner_cannot_read_is_refused_and_says_why(scratch):
    result = scratch('#!/opt/crossproof/bin/python -Iu\nimport os\nopen(os.environ["GITHUB_OUTPUT"], "w").write("x<<E\\n1\\n")\n').run()  # fmt: skip
    assert result.exit_code == 0
    assert result.refused == ["Invalid value. Matching delimiter not found 'E'"]


WAIT = """\
#!/opt/crossproof/bin/python -Iu
import signal, sys, time
HANDLERS
print("ready")
while True:
    time.sleep(0.1)
"""


def test_a_step_that_heeds_the_first_signal_is_gone_at_once(scratch):
    running = scratch(WAIT.replace("HANDLERS", "signal.signal(signal.SIGINT, lambda *_: sys.exit(130))")).start()
    running.wait_for("ready")
    result = running.cancel()
    assert result.exit_code == 130
    assert result.cancelled_within < 7.5


def test_a_step_that_heeds_no_signal_is_killed_and_its_container_is_found_and_removed(scratch, job, in_container):
    deaf = "signal.signal(signal.SIGINT, lambda *_: None); signal.signal(signal.SIGTERM, lambda *_: None)"
    running = scratch(WAIT.replace("HANDLERS", deaf)).start()
    running.wait_for("ready")
    if not isinstance(running.step.on, InContainer):
        assert running.cancel().exit_code == -9
        return
    with pytest.raises(AssertionError, match="left containers behind"):
        running.cancel()
    assert engine.containers(job.label) == []


def test_only_plain_names_are_evaluated():
    assert evaluate("a ${{ github.sha }} ${{github.none}}b", {"github": {"sha": "1"}}) == "a 1 b"
    for beyond in ("${{ github.sha || 'x' }}", "${{ secrets.A }}"):
        with pytest.raises(AssertionError):
            evaluate(beyond, {"github": {"sha": "1"}})
