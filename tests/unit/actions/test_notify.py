"""notify: everybody who should know is told, trouble with one keeps it from no other, and no verdict turns."""

import json
from dataclasses import dataclass, field

import pytest
from inline_snapshot import snapshot
from tests.telling import (
    FAILED,
    HOME,
    OTHER,
    PASSED,
    RUN,
    SHA,
    UNPROVEN,
    Board,
    Commits,
    down,
    here,
    lost,
    report,
    tree,
)

from crossproof.actions import notify as action
from crossproof.errors import BadCall
from crossproof.runner.inputs import parse
from crossproof.units import RunId
from crossproof.verdict import Verdict


@dataclass
class Scene:
    """A job of acme/app with a report, a board and the statuses of its commits."""

    content: bytes = field(default_factory=report)
    boards: list[Board] = field(default_factory=lambda: [Board()])
    commits: Commits = field(default_factory=Commits)
    lines: list[str] = field(default_factory=list)

    @property
    def board(self):
        return self.boards[0]

    def tell(self, ended=None, **given):
        job = {}
        if ended:
            run = given.pop("run", RUN)
            self.content = report(ended, run=run)
            job = {"run_id": RunId(run)}
        given = {"report_path": "report.json", **given}
        inputs = parse(action.Inputs, [(name, str(value)) for name, value in given.items()])
        return action.run(
            inputs,
            action.World(
                here=here(**job),
                report=self.read,
                places=self.boards,
                statuses=self.commits if inputs.commit_status else None,
                clock=self.board.clock if self.boards else self.commits.clock,
                say=self.lines.append,
            ),
        )

    def read(self, path):
        if path != "report.json":
            raise ValueError("there is no such file")
        return self.content


@pytest.fixture
def scene():
    return Scene()


def ending(outcome):
    return str(outcome.verdict), outcome.reason.word, int(outcome.exit)


@pytest.mark.parametrize("ended", [PASSED, FAILED, UNPROVEN])
def test_whatever_the_report_says_the_step_proves_nothing_and_turns_nothing(scene, ended):
    outcome = scene.tell(ended, commit_status="true")
    assert ending(outcome) == ("unproven", "told", 0)
    assert (outcome.outputs["told_verdict"], outcome.outputs["told_reason"]) == ended
    assert scene.commits.state == {"passed": "success", "failed": "failure", "unproven": "error"}[ended[0]]


def test_no_ending_of_telling_is_a_proof():
    assert {reason.verdict for reason in action.REASONS} == {Verdict.UNPROVEN}


def test_it_says_who_was_told_what(scene):
    outcome = scene.tell(commit_status="true")
    assert outcome.sentence == snapshot(
        "The report says failed (child-failed); posted: the board, crossproof/verdict on acme/app@c3d0be4."
    )
    assert scene.lines == snapshot(
        [
            "❌ failed · dispatch-and-wait · acme/child: acme/child tests.yml: run 5 failed.",
            "the board: posted",
            "crossproof/verdict on acme/app@c3d0be4: posted",
        ]
    )
    assert outcome.summary == snapshot("""\
> ❌ failed · dispatch-and-wait · acme/child  \n\
> acme/child tests.yml: run 5 failed.

| where | what became of it | why |
| --- | --- | --- |
| [the board](https://board.example/1) | posted |  |
| [crossproof/verdict on acme/app@&#8203;c3d0be4](https://github.example/acme/app/actions/runs/17000000100/attempts/1) | posted |  |

""")
    assert json.loads(outcome.outputs["deliveries"]) == snapshot(
        [
            {"place": "the board", "did": "posted", "why": "", "url": "https://board.example/1"},
            {
                "place": "crossproof/verdict on acme/app@c3d0be4",
                "did": "posted",
                "why": "",
                "url": "https://github.example/acme/app/actions/runs/17000000100/attempts/1",
            },
        ]
    )
    assert outcome.outputs["message_url"] == "https://board.example/1"
    assert outcome.annotations == []


def test_trouble_with_one_place_keeps_it_from_no_other_and_is_a_warning(scene):
    scene.boards = [Board(name="first"), Board(name="second")]
    scene.boards[0].spoil("post", down())
    outcome = scene.tell(commit_status="true")
    assert ending(outcome) == ("unproven", "not-told", 0)
    assert outcome.softened_by == "if_not_told: warn"
    assert len(scene.boards[1].messages) == 1
    assert scene.commits.state == "failure"
    assert [(each.level, each.title) for each in outcome.annotations] == [("warning", "first: nobody answers")]


def test_who_asks_for_it_has_a_red_step_where_somebody_was_not_told(scene):
    scene.board.spoil("post", down())
    outcome = scene.tell(if_not_told="fail")
    assert ending(outcome) == ("unproven", "not-told", 3)
    assert [each.level for each in outcome.annotations] == ["error"]


def test_a_doubtful_message_is_a_word_of_its_own(scene):
    scene.board.remembers = False
    scene.board.spoil("post", lost(), after=True)
    assert ending(scene.tell()) == ("unproven", "maybe-told", 0)


def test_what_is_not_to_be_told_is_not_told(scene):
    outcome = scene.tell(PASSED, when="failure")
    assert ending(outcome) == ("unproven", "nothing-to-tell", 0)
    assert scene.board.messages == []


def test_a_look_that_failed_is_told_and_is_a_warning(scene):
    scene.board.spoil("find", down(), times=2)
    outcome = scene.tell(when="change")
    assert ending(outcome) == ("unproven", "told", 0)
    assert [each.message for each in outcome.annotations] == [
        "An earlier message could not be looked for, so this one is new: nobody answers"
    ]


class TestNobody:
    def test_without_any_place_it_warns(self, scene):
        scene.boards = []
        outcome = scene.tell()
        assert ending(outcome) == ("unproven", "nobody-to-tell", 0)
        assert [(each.level, each.title) for each in outcome.annotations] == [
            ("warning", "No place to tell was given.")
        ]
        assert outcome.sentence == "The report says failed (child-failed); no place to tell was given."

    def test_a_secret_that_a_fork_does_not_get_turns_nothing(self, scene):
        outcome = scene.tell(slack_channel="C0123456789", slack_token="")
        assert ending(outcome) == ("unproven", "not-told", 0)
        assert outcome.annotations[0].title == "Slack channel C0123456789: No token for Slack was given."
        assert len(scene.board.messages) == 1


class TestReports:
    @pytest.mark.parametrize("path", ["", "none.json"])
    def test_a_step_that_was_skipped_or_killed_leaves_no_report_and_that_turns_nothing(self, scene, path):
        outcome = scene.tell(report_path=path)
        assert ending(outcome) == ("unproven", "report-unusable", 0)
        assert outcome.sentence == "There is no report that could be told: there is no such file."
        assert (scene.board.messages, outcome.outputs["told_verdict"]) == ([], "")

    @pytest.mark.parametrize("content", [b"", b"{}", report(("green", "x")), report()[:-9]])
    def test_what_is_no_report_is_told_to_nobody(self, scene, content):
        scene.content = content
        assert ending(scene.tell(if_not_told="fail")) == ("unproven", "report-unusable", 3)
        assert scene.board.messages == []

    def test_what_was_told_is_the_subject_of_this_report_too(self, scene):
        outcome = scene.tell()
        assert (str(outcome.subject.repository), outcome.subject.sha) == ("acme/child", "a" * 40)
        assert outcome.details["told_action"] == "dispatch-and-wait"


class TestCommitStatus:
    def test_a_subject_has_a_context_of_its_own(self, scene):
        scene.tell(commit_status="true", subject="ios")
        assert [(sha, context) for sha, context, _ in scene.commits.statuses] == [(SHA, "crossproof/verdict/ios")]

    def test_an_old_report_is_refused_and_everything_else_is_told(self, scene):
        scene.content = report(subject={**tree()["subject"], "repository": HOME, "sha": OTHER})
        outcome = scene.tell(commit_status="true", commit_sha=SHA)
        assert ending(outcome) == ("unproven", "not-told", 0)
        assert scene.commits.statuses == []
        assert len(scene.board.messages) == 1

    def test_a_report_of_another_run_is_put_on_no_commit_by_itself(self, scene):
        scene.content = report(PASSED, run=RUN - 1)
        assert ending(scene.tell(commit_status="true", if_not_told="fail")) == ("unproven", "not-told", 3)
        assert scene.commits.statuses == []
        assert ending(scene.tell(commit_status="true", commit_sha=OTHER)) == ("unproven", "told", 0)
        assert [sha for sha, _, _ in scene.commits.statuses] == [OTHER]


def test_a_dry_run_says_what_would_be_told_and_sends_nothing(scene):
    scene.tell(FAILED)
    before = list(scene.board.messages)
    outcome = scene.tell(PASSED, run=RUN + 1, dry_run="true", commit_status="true", when="change")
    assert ending(outcome) == ("unproven", "dry-run", 0)
    assert (scene.board.messages, scene.commits.statuses) == (before, [])
    assert outcome.sentence == snapshot(
        "The report says passed (succeeded); planned: the board, crossproof/verdict on acme/app@c3d0be4."
    )


BAD = {
    "slack_channel: '#releases' is no channel's id; it stands at the end of the channel's details: C0123456789": {
        "slack_token": "x",
        "slack_channel": "#releases",
    },
    "slack_channel: is required with slack_token: a bot can post to many channels": {"slack_token": "x"},
    "slack_webhook: is another way to tell Slack than slack_token: give one of them": {
        "slack_token": "x",
        "slack_webhook": "y",
        "slack_channel": "C0123456789",
    },
    "when: 'sometimes' is none of always, change, failure": {"when": "sometimes"},
    "subject: 'a\\nb' is no name of one line with at most 100 characters": {"subject": "a\nb"},
    "pull_request: '0' is no whole number from 1 to 1000000000": {"pull_request": "0"},
    "app_private_key: is required with app_id: a GitHub App signs with its id and its private key": {"app_id": "1"},
}


@pytest.mark.parametrize("said", BAD)
def test_a_call_that_contradicts_itself_says_so(said):
    with pytest.raises(BadCall) as refusal:
        parse(action.Inputs, list(BAD[said].items()))
    assert [f"{fault.where}: {fault.what}" for fault in refusal.value.faults] == [said]
