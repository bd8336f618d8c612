"""notify as a user meets it: in the image and as a process, told, not told, cut off, and fed with hostile reports."""

import json
import threading

import pytest
from jsonschema import Draft202012Validator
from tests.as_the_runner import OWNER, Step, engine
from tests.as_the_runner.action_yml import ROOT
from tests.telling import FAILED, HOME, PASSED, report

from crossproof_sandbox import RunningClock, Sandbox, faults
from crossproof_sandbox.hostile import HOSTILE

RUN = 30_433_642  # the harness's run


@pytest.fixture
def github(job):
    with Sandbox(clock=RunningClock()) as github:
        app = github.repository(HOME)
        app.commit({"a": "b"}, branch="feature")
        app.pull("feature", title="T")
        job.context["sha"] = app.history.branches["main"]
        github.slack.channel()
        yield github


@pytest.fixture
def channel(github):
    return github.slack.channel()


@pytest.fixture
def notify(github, job, place):
    """Make a step that tells of a report of this run in all places; inputs may take some away."""

    def step(ended=FAILED, *, changes=None, **inputs) -> Step:
        made = {"run": RUN, **(changes or {})}
        job.write(f"{ended[0]}.json", report(ended, **made).decode())
        job.secrets = {"TOKEN": github.actions_token(HOME), "SLACK": github.slack.token()}
        given = {
            "report_path": f"{ended[0]}.json",
            "token": "${{ secrets.TOKEN }}",
            "api_url": github.url,
            "slack_token": "${{ secrets.SLACK }}",
            "slack_channel": "C0RELEASES",
            "slack_api_url": github.slack.url,
            "pull_request": "1",
            "commit_status": "true",
            **inputs,
        }
        return Step(job=job, action="notify", on=place, inputs=given)

    return step


@pytest.fixture
def posting(github):
    """Wait until Slack receives a message; `then` is what happens to it."""

    def expect(**then) -> threading.Event:
        received = threading.Event()
        when = {"when": lambda request: received.set() or True, "times": 1}
        github.slack.faults.on("POST", "/chat.postMessage", **{**when, **then})
        return received

    return expect


def comments(github):
    return list(github.repository(HOME).discussion.comments.values())


def states(github):
    return [one.state for one in github.repository(HOME).discussion.statuses]


def kill(running) -> None:
    """End it as an out-of-memory killer would."""
    containers = engine.containers(running.step.job.label)
    if containers:
        engine.docker("kill", *containers)
    else:
        running.process.kill()


def test_everybody_is_told_once_and_the_step_is_green_although_the_report_is_red(notify, github, channel, job):
    result = notify().run()
    assert result.exit_code == 0, result.log
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("unproven", "told")
    assert (result.outputs["told_verdict"], result.outputs["told_reason"]) == FAILED
    assert result.outputs["message_url"].startswith("https://sandbox.slack.example/archives/C0RELEASES/p")
    assert [one.text for one in channel.messages] == [
        "❌ failed · dispatch-and-wait · acme/child\nacme/child tests.yml: run 5 failed."
    ]
    assert [one.author for one in comments(github)] == ["github-actions[bot]"]
    assert states(github) == ["failure"]
    assert result.log.splitlines()[0] == "notify: tell what failed.json says, always"
    assert result.log.splitlines()[-1].startswith(
        "❔ unproven (told): The report says failed (child-failed); posted: Slack"
    )
    assert "### ❔ notify: unproven" in result.summary
    assert set(result.created.values()) == {OWNER}
    assert not result.refused
    written = json.loads((job.workspace / result.outputs["report_path"]).read_text())
    schema = json.loads((ROOT / "schemas" / "notify.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(written["details"])


def test_a_later_run_goes_on_with_what_stands(notify, github, channel):
    notify().run()
    result = notify(PASSED, changes={"attempt": 2}).run()
    assert result.exit_code == 0, result.log
    [root] = channel.roots
    assert root.text.startswith("✅ passed")
    assert [one.broadcast for one in channel.below(root)] == [True]
    assert len(comments(github)) == 1
    assert states(github) == ["failure", "success"]


def test_what_another_step_of_the_job_proved_is_told_by_its_report_path(notify, github, channel, job, place):
    own = {"token": github.token(), "api_url": github.url, "needs": "doctor"}
    first = Step(job=job, action="doctor", on=place, inputs=own).run()
    result = notify(report_path=first.outputs["report_path"]).run()
    assert (result.exit_code, result.outputs["told_reason"]) == (0, "ready"), result.log
    assert channel.messages[0].text.startswith("✅ passed · doctor · acme/app\nEvery need is met")


def test_no_secret_is_anywhere(notify, github, channel, job):
    address = github.slack.webhook(channel)
    for spoil in (None, faults.reset):
        if spoil:
            github.slack.faults.on("POST", "*", spoil)
        for more in ({}, {"slack_token": "", "slack_channel": "", "slack_webhook": "${{ secrets.HOOK }}"}):
            step = notify(**more)
            job.secrets = {**job.secrets, "HOOK": address}
            job.debug = True
            result = step.run()
            assert result.exit_code == 0, result.log
            told = "\n".join(line for line in result.raw.splitlines() if not line.startswith("::add-mask::"))
            told += result.summary + json.dumps(result.outputs)
            told += "".join(file.read_text() for file in (job.workspace / ".crossproof").rglob("*") if file.is_file())
            for secret in (*job.secrets.values(), address.rpartition("/")[2]):
                assert secret not in told


def test_trouble_with_slack_is_a_warning_and_the_others_are_told(notify, github):
    github.slack.faults.on("POST", "*", faults.status(404, "gone"))
    result = notify().run()
    assert (result.exit_code, result.outputs["reason"]) == (0, "not-told"), result.log
    assert "(not red because of if_not_told: warn)" in result.log.splitlines()[-1]
    assert len(result.ear.annotations("warning")) == 1
    assert result.ear.annotations("error") == []
    assert states(github) == ["failure"]
    assert len(comments(github)) == 1


def test_who_asks_for_it_has_a_red_step(notify, github):
    github.slack.faults.on("POST", "*", faults.status(404, "gone"))
    result = notify(if_not_told="fail").run()
    assert (result.exit_code, result.outputs["verdict"], result.outputs["reason"]) == (3, "unproven", "not-told")


@pytest.mark.parametrize("path", ["", "none.json", "../failed.json", ".", "huge.json"])
def test_where_there_is_no_report_nothing_is_told_and_nothing_turns_red(notify, github, channel, job, path):
    with job.write("huge.json", "").open("wb") as huge:
        huge.truncate(17 << 20)
    result = notify(report_path=path).run()
    assert (result.exit_code, result.outputs["reason"]) == (0, "report-unusable"), result.log
    assert (channel.messages, comments(github), states(github)) == ([], [], [])


def test_hostile_texts_are_nothing_but_text_everywhere(notify, github, channel):
    texts = " ".join(HOSTILE)[:19_000]
    subject = {
        "repository": "acme/child",
        "sha": "a" * 40,
        "ref": texts[:300],
        "environment": "<!channel> ::error::x\n",
    }
    job_name = {"repository": HOME, "run_id": RUN, "run_attempt": 1, "job": "@octocat <!here>", "url": "javascript:x"}
    result = notify(
        changes={"sentence": f"<!channel> @here {texts}", "subject": subject, "produced_by": job_name}
    ).run()
    assert (result.exit_code, result.outputs["reason"]) == (0, "told"), result.log
    assert result.refused == []
    assert [said for level in ("error", "warning", "notice") for said in result.ear.annotations(level)] == []
    page = f"https://github.com/acme/app/actions/runs/{RUN}/attempts/1"
    assert [one.mentions for one in channel.messages] == [[page]]
    [comment] = comments(github)
    assert "<script>" not in comment.body
    assert "@octocat" not in comment.body
    [status] = github.repository(HOME).discussion.statuses
    assert len(status.description) <= 140
    assert status.target_url == page


def test_a_kill_between_the_post_and_its_record_leaves_nothing_that_the_next_run_tells_again(notify, channel, posting):
    posted = posting(after_accept=faults.slow(60))
    running = notify().start()
    assert posted.wait(60), running.finish().log
    kill(running)
    assert running.finish().exit_code not in {0, 3}
    assert len(channel.messages) == 1
    result = notify().run()
    assert (result.exit_code, result.outputs["reason"]) == (0, "told"), result.log
    assert json.loads(result.outputs["deliveries"])[0]["did"] == "already-told"
    assert len(channel.messages) == 1


def test_a_message_whose_answer_is_lost_is_found_and_stands_once(notify, channel, posting):
    posting(after_accept=faults.reset)
    result = notify().run()
    assert (result.exit_code, result.outputs["reason"]) == (0, "told"), result.log
    assert len(channel.messages) == 1


def test_a_step_that_is_cancelled_while_slack_is_silent_ends_at_once_and_says_how(notify, posting):
    posted = posting(instead=faults.slow(60))
    running = notify().start()
    assert posted.wait(60), running.finish().log
    result = running.cancel()
    assert result.exit_code == 130
    assert result.cancelled_within < 7
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("unproven", "cancelled")


def test_a_dry_run_writes_nowhere(notify, github, channel):
    result = notify(dry_run="true").run()
    assert (result.exit_code, result.outputs["reason"]) == (0, "dry-run"), result.log
    assert (channel.messages, comments(github), states(github)) == ([], [], [])


def test_two_jobs_that_tell_at_once_leave_one_message_and_one_comment(notify, github, channel):
    running = [notify(ended, changes={"sentence": f"leg {ended[0]}"}).start() for ended in (FAILED, PASSED)]
    results = [each.finish() for each in running]
    assert [each.exit_code for each in results] == [0, 0], results[0].log + results[1].log
    [root] = channel.roots
    assert root.text.startswith("❌ failed")
    [comment] = comments(github)
    assert "### ❌ failed" in comment.body
    assert states(github)[-1] == "failure"
