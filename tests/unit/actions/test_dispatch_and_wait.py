"""dispatch-and-wait as its user meets it: what is started, which run is believed, and what the step says in the end."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from inline_snapshot import snapshot
from tests.dispatching import (
    CHILD,
    HOME,
    Ears,
    FakeGithub,
    Life,
    limited,
    outside,
    raising,
    refused,
    silence,
    trouble,
    unclear,
    workflow,
)

from crossproof.actions import dispatch_and_wait as action
from crossproof.dispatch import endings, journal
from crossproof.dispatch.correlation import Echo
from crossproof.dispatch.sending import Reply
from crossproof.dispatch.token import Key, tokens_in
from crossproof.errors import BadCall, Cancelled, NoAccess, RateLimited, Unreachable
from crossproof.probe import Unknown
from crossproof.runner.inputs import parse
from crossproof.verdict import Exit, Reason, Verdict

SHA = "c" * 40


@dataclass
class Commits:
    """The states of commits."""

    set_to: list[tuple] = field(default_factory=list)
    forbidden: bool = False

    def set(self, repository, sha, *, context, state, description, url):
        if self.forbidden:
            raise NoAccess("statuses: write is missing")
        self.set_to.append((context, state, description, url))


@dataclass
class Scene:
    """A job of acme/app in front of a fake GitHub."""

    github: FakeGithub = field(default_factory=FakeGithub)
    ears: Ears = field(default_factory=Ears)
    commits: Commits = field(default_factory=Commits)
    state: dict[str, str] = field(default_factory=dict)
    attempt: int = 1
    run_id: int = 77
    seconds_left: float = 7.0

    def inputs(self, **given):
        pairs = {"token": "t", **({} if "targets" in given else {"repository": str(CHILD)}), **given}
        return parse(action.Inputs, [(name, str(value)) for name, value in pairs.items()])

    def world(self) -> action.World:
        return action.World(
            here=action.Here(
                repository=HOME, sha=SHA, run_id=self.run_id, attempt=self.attempt, job="prove", step="track",
                server_url="https://github.example",
            ),
            outside=outside(self.github, self.ears, seconds_left=lambda: self.seconds_left),
            statuses=self.commits,
            remember=self.state.__setitem__,
        )  # fmt: skip

    def run(self, **given):
        return action.run(self.inputs(**given), self.world())

    def start(self, **given):
        return self.run(**{"workflow": "tests.yml", **given})

    def send(self, **given):
        return self.run(**{"event_type": "track", **given})

    def clean_up(self, **given):
        state = {**self.state, journal.STATE: self.ears.state}
        action.clean_up(self.inputs(**{"workflow": "tests.yml", **given}), self.world(), state)

    def other(self, **more):
        """Let somebody else start the same workflow now."""
        event = more.pop("event", "repository_dispatch")
        of = self.github.workflows_of[CHILD][0]
        return self.github.begin(of, CHILD, event, "main", **more)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def ending(outcome) -> tuple[str, str, int]:
    return str(outcome.verdict), outcome.reason.word, int(outcome.exit)


PASSED, FAILED = ("passed", "succeeded", 0), ("failed", "child-failed", 1)


class TestTheUsualDay:
    @pytest.mark.parametrize("event", ["start", "send"])
    def test_a_child_that_succeeds_is_passed_and_one_that_fails_is_failed(self, scene, event):
        assert ending(getattr(scene, event)()) == PASSED
        scene.github.lives = [Life(conclusion="failure")]
        assert ending(getattr(scene, event)()) == FAILED

    def test_what_is_sent_with_a_workflow(self, scene):
        scene.start(inputs="environment: prod")
        [post] = scene.github.posts
        token = post["inputs"].pop("correlation_id")
        assert post == {
            "repository": CHILD, "workflow": "tests.yml", "ref": "main", "inputs": {"environment": "prod"},
        }  # fmt: skip
        assert tokens_in(token) == {token}

    def test_what_is_sent_with_an_event_stands_under_one_key(self, scene):
        scene.send(client_payload='{"commit_sha": "abc"}')
        [post] = scene.github.posts
        ours = post["payload"].pop("dispatch")
        assert post["payload"] == {"commit_sha": "abc"}
        assert {name: ours[name] for name in ("repo", "run_id", "attempt")} == {
            "repo": "acme/app", "run_id": 77, "attempt": 1,
        }  # fmt: skip
        assert ours["id"].startswith(Key.read(ours["key"]).prefix)
        assert Key.read(ours["key"]).names_commit(SHA)
        assert set(ours) == {"id", "repo", "run_id", "attempt", "key"}

    def test_the_outputs_tell_everything_of_the_run(self, scene):
        outcome = scene.start()
        told = dict(outcome.outputs)
        assert json.loads(told.pop("targets"))[0]["verdict"] == "passed"
        assert tokens_in(told.pop("correlation_id"))
        assert told == snapshot(
            {
                "run_id": "1000",
                "run_url": "https://github.example/acme/child/actions/runs/1000",
                "run_attempt": "1",
                "run_number": "1",
                "status": "completed",
                "conclusion": "success",
                "correlation_method": "returned-id",
                "head_sha": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "queued_seconds": "2",
                "duration_seconds": "20",
                "jobs": '[{"id": 10000, "name": "test", "conclusion": "success", "url": "https://github.example/acme/child/actions/runs/1000/job/0"}]',
                "failed_jobs": "[]",
                "artifacts": "[]",
                "child_outputs": "{}",
                "api_calls": "0",
                "api_calls_charged": "0",
            }
        )

    def test_the_log_reads_like_this(self, scene):
        scene.github.lives = [Life(phases=(("queued", 2.0), ("in_progress", 20.0)), conclusion="failure")]
        scene.github.logs["test"] = "".join(f"2026-11-20T12:00:00.0000000Z line {n}\n" for n in range(100))
        outcome = scene.start(log_tail=2)
        token = outcome.outputs["correlation_id"]
        assert [line.replace(token, "dw-…") for line in scene.ears.lines] == snapshot(
            [
                "https://github.example/acme/child/actions/runs/1000 (recognised by: returned-id, token dw-…)",
                "queued",
                "in progress",
                "completed: failure",
                "> job test failed: the last 2 lines of its log",
                """\
| line 98
line 99\
""",
            ]
        )
        assert scene.ears.notices == ["https://github.example/acme/child/actions/runs/1000"]
        assert outcome.sentence == snapshot("acme/child tests.yml: run 1000 ended with failure in 20s; failed: test.")
        assert outcome.summary == snapshot("""\
|  | target | run | result | queued | ran | attempt | recognised by | usually |
| --- | --- | --- | --- | ---: | ---: | ---: | --- | --- |
| ❌ | `acme/child` | [1000](https://github.example/acme/child/actions/runs/1000) | child-failed | 2s | 20s | 1 | returned-id |  |

<details><summary>Failed jobs of run 1000</summary>

| job | conclusion |  |
| --- | --- | --- |
| test | `failure` | [page](https://github.example/acme/child/actions/runs/1000/job/0) |

</details>

**Fix:** The failed jobs are listed with the ends of their logs; re-running this job re-runs only them (\\`on\\_rerun\\`).

0 requests, 0 of them charged; 4,990 requests left.
""")

    def test_id_and_page_are_told_before_the_wait_begins(self, scene):
        scene.github.spoil("look", raising(RuntimeError("killed here")))
        with pytest.raises(RuntimeError):
            scene.start()
        assert scene.ears.outputs["run_id"] == "1000"
        assert scene.ears.outputs["run_url"] == "https://github.example/acme/child/actions/runs/1000"
        [entry] = journal.read(scene.ears.state)
        assert (entry.run_id, entry.phase) == (1000, "running")

    def test_a_finished_step_leaves_nothing_to_clean_up(self, scene):
        scene.start()
        assert journal.read(scene.ears.state) == ()
        before = scene.github.looks
        scene.clean_up()
        assert (scene.github.cancels, scene.github.looks) == ([], before)


class TestTheSituationsInWhichOthersAreWrong:
    """The rows of the table that six released actions were measured in."""

    @pytest.mark.parametrize("echo", [Echo.TITLE, Echo.JOBS])
    @pytest.mark.parametrize(
        ("theirs", "mine", "expected"), [("success", "failure", FAILED), ("failure", "success", PASSED)]
    )
    def test_another_run_of_the_same_second_is_never_taken_for_mine(self, scene, echo, theirs, mine, expected):
        scene.github.workflows_of[CHILD] = [workflow(echo=echo)]
        scene.github.lives = [Life(conclusion=theirs), Life(conclusion=mine), Life(conclusion=theirs)]
        scene.github.spoil(
            "send_event", lambda: Reply(status=204, text="", shown="", at=scene.github.clock.now()), after=True
        )
        scene.other(token=Key({"of": "another"}).token(b"x"))
        assert ending(scene.send()) == expected

    @pytest.mark.parametrize("what", [trouble("502"), trouble("500"), limited(1.0)], ids=["502", "500", "slow down"])
    def test_trouble_while_polling_changes_nothing(self, scene, what):
        scene.github.lives = [Life(conclusion="failure")]
        scene.github.spoil("look", what, times=2)
        assert ending(scene.start()) == FAILED

    def test_a_first_reading_of_the_jobs_that_fails_changes_nothing(self, scene):
        scene.github.spoil("jobs", trouble("502"))
        assert ending(scene.start()) == PASSED

    @pytest.mark.parametrize("status", ["pending", "requested", "waiting", "brand_new_status"])
    def test_no_status_but_completed_is_taken_for_the_end(self, scene, status):
        scene.github.lives = [Life(phases=((status, 7.0), ("in_progress", 5.0)), conclusion="failure")]
        assert ending(scene.start()) == FAILED

    @pytest.mark.parametrize(
        ("conclusion", "expected"),
        [
            ("timed_out", ("failed", "child-timed-out", 1)),
            ("startup_failure", ("unproven", "child-did-not-start", 3)),
            ("action_required", ("unproven", "child-needs-approval", 3)),
            ("skipped", ("unproven", "child-inconclusive", 3)),
            ("neutral", ("unproven", "child-inconclusive", 3)),
            ("cancelled", ("unproven", "child-cancelled", 3)),
            ("stale", ("unproven", "child-inconclusive", 3)),
        ],
    )
    def test_no_conclusion_but_success_is_green(self, scene, conclusion, expected):
        scene.github.lives = [Life(conclusion=conclusion)]
        assert ending(scene.start()) == expected

    def test_a_conclusion_that_was_declared_good_enough_is_green(self, scene):
        scene.github.lives = [Life(conclusion="skipped")]
        assert ending(scene.start(success_conclusions="success, skipped")) == PASSED

    @pytest.mark.parametrize("event", ["start", "send"])
    def test_a_run_that_is_visible_only_after_a_while_is_waited_for(self, scene, event):
        scene.github.lives = [Life(visible_after=20.0, conclusion="failure")]
        assert ending(getattr(scene, event)()) == FAILED

    def test_a_run_that_is_deleted_is_neither_failed_nor_passed(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 600.0),))]
        scene.github.spoil("look", lambda: scene.github.children[0].__setattr__("gone_at", 5.0) or trouble()())
        assert ending(scene.start()) == ("unproven", "deleted", 3)

    def test_a_child_that_outlives_the_time_is_red_and_goes_on(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 10_000.0),))]
        outcome = scene.start(timeout="5m")
        assert ending(outcome) == ("unproven", "run-timeout", 3)
        assert scene.github.cancels == []
        assert scene.github.clock.monotonic() == pytest.approx(300, abs=10)

    def test_a_child_that_never_starts_has_a_clock_of_its_own(self, scene):
        scene.github.lives = [Life(phases=(("queued", 10_000.0),))]
        assert ending(scene.start(start_timeout="2m")) == ("unproven", "start-timeout", 3)

    @pytest.mark.parametrize("what", [unclear(502), unclear(504), silence()], ids=["502", "504", "reset"])
    @pytest.mark.parametrize("event", ["start", "send"])
    def test_a_dispatch_that_was_accepted_but_answered_with_trouble_is_found_and_not_repeated(self, scene, event, what):
        method = "start_workflow" if event == "start" else "send_event"
        scene.github.lives = [Life(conclusion="failure")]
        scene.github.spoil(method, what, after=True)
        outcome = getattr(scene, event)()
        assert ending(outcome) == FAILED
        assert outcome.outputs["correlation_method"] == "token-in-title"
        assert len(scene.github.children) == len(scene.github.posts) == 1

    def test_a_dispatch_that_was_lost_is_said_to_be_lost_and_not_repeated(self, scene):
        scene.github.spoil("send_event", unclear(502))
        assert ending(scene.send()) == ("unproven", "lost-dispatch", 3)
        assert len(scene.github.posts) == 1
        assert scene.github.clock.monotonic() == pytest.approx(60, abs=5)

    def test_after_an_unclear_answer_a_run_without_the_token_proves_nothing(self, scene):
        scene.github.workflows_of[CHILD] = [workflow(echo=Echo.NONE)]
        scene.github.spoil("send_event", unclear(502), after=True)
        outcome = scene.send()
        assert ending(outcome) == ("unproven", "lost-dispatch", 3)
        assert "https://github.example/acme/child/actions/runs/1000" in outcome.summary

    def test_an_old_enterprise_server_is_asked_in_the_older_form(self, scene):
        text = '{"message": "\\"return_run_details\\" is not a permitted key."}'
        scene.github.knows_details = False
        scene.github.spoil("start_workflow", lambda: Reply(status=400, text=text, shown="400"))
        outcome = scene.start()
        assert ending(outcome) == PASSED
        assert outcome.outputs["correlation_method"] == "token-in-title"
        assert (len(scene.github.posts), len(scene.github.children)) == (2, 1)

    def test_a_child_that_was_not_changed_at_all_is_exact_where_github_gives_the_id(self, scene):
        scene.github.workflows_of[CHILD] = [workflow(echo=Echo.NONE, inputs={})]
        outcome = scene.start()
        assert ending(outcome) == PASSED
        assert outcome.outputs["correlation_method"] == "returned-id"
        assert scene.github.posts[0]["inputs"] == {}

    def test_a_child_that_was_not_changed_is_found_by_elimination_and_believed_only_after_a_minute(self, scene):
        scene.github.workflows_of[CHILD] = [workflow(echo=Echo.NONE)]
        outcome = scene.send()
        assert ending(outcome) == PASSED
        assert outcome.outputs["correlation_method"] == "elimination"
        assert scene.github.clock.monotonic() >= 60

    def test_two_runs_that_fit_are_refused_with_both_pages(self, scene):
        scene.github.workflows_of[CHILD] = [workflow(echo=Echo.NONE)]
        scene.github.spoil(
            "send_event",
            lambda: (
                scene.other(event_type="track") and Reply(status=204, text="", shown="", at=scene.github.clock.now())
            ),
            after=True,
        )
        outcome = scene.send()
        assert ending(outcome) == ("unproven", "ambiguous", 3)
        assert [json.loads(outcome.outputs["targets"])[0]["candidates"]] == [
            [f"https://github.example/acme/child/actions/runs/{n}" for n in (1003, 1000)]
        ]
        assert "run-name:" in outcome.summary.replace("\\", "")

    def test_a_sibling_that_shows_itself_late_takes_the_proof_away(self, scene):
        """Mine fails and is invisible at first; theirs is seen, alone, and succeeds."""
        scene.github.workflows_of[CHILD] = [workflow(echo=Echo.NONE)]
        scene.github.lives = [Life(conclusion="failure", visible_after=40.0), Life(conclusion="success")]
        scene.github.spoil(
            "send_event",
            lambda: (
                scene.other(event_type="track") and Reply(status=204, text="", shown="", at=scene.github.clock.now())
            ),
            after=True,
        )
        assert ending(scene.send()) == ("unproven", "ambiguous", 3)

    @pytest.mark.parametrize(
        "text", ['{"environment": "prod"', "{'environment': prod", '{"environment": prod}', "[1]", "prod"]
    )
    def test_inputs_that_cannot_be_read_dispatch_nothing(self, scene, text):
        with pytest.raises(BadCall) as refusal:
            scene.start(inputs=text)
        assert refusal.value.faults[0].where == "inputs"
        assert scene.github.posts == []


class TestOneEventManyWorkflows:
    def test_all_that_listen_are_waited_for_and_the_worst_counts(self, scene):
        scene.github.workflows_of[CHILD] = [workflow("a.yml"), workflow("b.yml")]
        scene.github.lives = [Life(), Life(phases=(("queued", 1.0), ("in_progress", 90.0)), conclusion="failure")]
        outcome = scene.send()
        assert ending(outcome) == FAILED
        assert [run["conclusion"] for run in json.loads(outcome.outputs["targets"])[0]["runs"]] == [
            "success",
            "failure",
        ]

    def test_the_one_that_is_named_alone_counts(self, scene):
        scene.github.workflows_of[CHILD] = [workflow("a.yml"), workflow("b.yml")]
        scene.github.lives = [Life(conclusion="failure"), Life()]
        assert ending(scene.send(workflow="b.yml")) == PASSED

    def test_one_that_does_not_appear_makes_it_unproven(self, scene):
        scene.github.workflows_of[CHILD] = [workflow("a.yml"), workflow("b.yml")]
        scene.github.lives = [Life(), Life(visible_after=100_000.0)]
        outcome = scene.send(start_timeout="2m")
        assert ending(outcome) == ("unproven", "not-visible", 3)
        assert json.loads(outcome.outputs["targets"])[0]["runs"][0]["conclusion"] == "success"


class TestSending:
    def test_a_request_that_never_left_is_sent_again(self, scene):
        scene.github.spoil("start_workflow", silence(left=False), times=2)
        assert ending(scene.start()) == PASSED
        assert len(scene.github.children) == 1

    def test_a_request_that_never_leaves_ends_as_unreachable(self, scene):
        scene.github.spoil("start_workflow", silence(left=False), times=10_000)
        with pytest.raises(Unreachable):
            scene.start()
        assert scene.github.children == []

    def test_a_rate_limit_is_waited_out(self, scene):
        slow = RateLimited("slow down")
        scene.github.spoil("start_workflow", lambda: Reply(status=403, text="", shown="", limited_for=60.0, error=slow))
        assert ending(scene.start()) == PASSED
        assert len(scene.github.children) == 1

    def test_a_rate_limit_that_lasts_too_long_is_said(self, scene):
        slow = RateLimited("slow down")
        scene.github.spoil(
            "start_workflow", lambda: Reply(status=403, text="", shown="", limited_for=3600.0, error=slow)
        )
        with pytest.raises(RateLimited):
            scene.start()

    def test_a_refusal_of_the_request_is_rejected_and_one_of_the_token_is_no_access(self, scene):
        wrong = BadCall([], what="No ref found for: x")
        scene.github.spoil("start_workflow", lambda: Reply(status=422, text="", shown="", error=wrong))
        with pytest.raises(BadCall) as refusal:
            scene.start()
        assert refusal.value.reason.word == "rejected"
        scene.github.spoil("start_workflow", lambda: Reply(status=403, text="", shown="", error=NoAccess("no")))
        with pytest.raises(NoAccess) as refusal:
            scene.start()
        assert refusal.value.reason.word == "no-access"
        assert journal.read(scene.ears.state) == ()

    def test_two_repositories_that_lead_to_each_other_are_not_followed_for_ever(self, scene):
        new = replace(CHILD, name="renamed")
        scene.github.renamed = {CHILD: new, new: CHILD}
        with pytest.raises(Unreachable):
            scene.start()
        assert len(scene.github.posts) == 2

    def test_a_renamed_repository_is_followed_once(self, scene):
        new = replace(CHILD, name="renamed")
        scene.github.renamed = {CHILD: new}
        scene.github.workflows_of[new] = scene.github.workflows_of[CHILD]
        assert ending(scene.start()) == PASSED
        assert [child.run.repository for child in scene.github.children] == [new]


class TestPreflight:
    def test_nothing_is_dispatched_when_one_of_several_targets_is_wrong(self, scene):
        with pytest.raises(BadCall) as refusal:
            scene.run(
                targets="[{repository: acme/child, workflow: tests.yml}, {repository: acme/child, workflow: nope.yml}]"
            )
        assert refusal.value.reason.word == "preflight"
        assert [f.where for f in refusal.value.faults] == ["acme/child#2 workflow"]
        assert scene.github.posts == []

    def test_a_dry_run_shows_the_plan_and_sends_nothing(self, scene):
        outcome = scene.start(dry_run="true", commit_status="x")
        assert ending(outcome) == ("unproven", "dry-run", 0)
        assert outcome.summary == snapshot("""\
| target | starts | on | expected runs |
| --- | --- | --- | --- |
| `acme/child` | `workflow:tests.yml` | `main` | `.github/workflows/tests.yml (token: title)` |
""")
        assert (scene.github.posts, scene.commits.set_to) == ([], [])

    def test_without_preflight_nothing_is_looked_at_before(self, scene):
        scene.github.workflows_of[CHILD] = [workflow(hears=("other",))]
        outcome = scene.send(preflight="false", start_timeout="1m")
        assert ending(outcome) == ("unproven", "not-visible", 3)


class TestRunAgain:
    def test_failed_jobs_run_again_as_often_as_asked(self, scene):
        good = Life(conclusion="success")
        scene.github.lives = [Life(conclusion="failure", again=Life(conclusion="failure", again=good))]
        outcome = scene.start(rerun_failed=2)
        assert ending(outcome) == PASSED
        assert (outcome.outputs["run_attempt"], len(scene.github.reruns), len(scene.github.posts)) == ("3", 2, 1)

    def test_a_refused_re_run_leaves_the_failure(self, scene):
        scene.github.lives = [Life(conclusion="failure")]
        scene.github.spoil("run_failed_again", lambda: Reply(status=403, text="", shown="", error=NoAccess("too old")))
        assert ending(scene.start(rerun_failed=1)) == FAILED

    def test_an_unclear_re_run_is_settled_by_the_attempt(self, scene):
        scene.github.lives = [Life(conclusion="failure", again=Life())]
        scene.github.spoil("run_failed_again", unclear(502), after=True)
        assert ending(scene.start(rerun_failed=1)) == PASSED
        assert len(scene.github.reruns) == 1


class TestIdempotency:
    def test_a_parent_that_is_run_again_reuses_the_success(self, scene):
        scene.send()
        scene.attempt = 2
        outcome = scene.send()
        assert ending(outcome) == PASSED
        assert (len(scene.github.posts), outcome.outputs["run_id"]) == (1, "1000")
        assert tokens_in(outcome.outputs["correlation_id"])

    def test_it_joins_a_running_child_and_does_not_cancel_what_it_joined(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),))]
        scene.send(timeout="1m")
        scene.attempt = 2
        scene.github.spoil("look", raising(Cancelled(2)))
        with pytest.raises(Cancelled):
            scene.send()
        assert (len(scene.github.posts), scene.github.cancels) == (1, [])
        scene.clean_up()
        assert scene.github.cancels == []

    def test_it_runs_the_failed_jobs_again(self, scene):
        scene.github.lives = [Life(conclusion="failure", again=Life())]
        assert ending(scene.send()) == FAILED
        scene.attempt = 2
        outcome = scene.send()
        assert ending(outcome) == PASSED
        assert (len(scene.github.posts), outcome.outputs["run_attempt"]) == (1, "2")

    def test_it_starts_anew_if_asked(self, scene):
        scene.send()
        scene.attempt = 2
        assert ending(scene.send(on_rerun="new")) == PASSED
        assert len(scene.github.posts) == 2

    def test_another_run_of_the_parent_is_other_work(self, scene):
        scene.send()
        scene.run_id, scene.attempt = 78, 2
        scene.send()
        assert len(scene.github.posts) == 2

    def test_a_matrix_sibling_is_other_work(self, scene):
        scene.send(matrix='{"os": "a"}')
        scene.attempt = 2
        scene.send(matrix='{"os": "b"}')
        assert len(scene.github.posts) == 2

    def test_one_child_per_key_whoever_asks(self, scene):
        scene.send(idempotency_key=SHA)
        scene.run_id = 78
        outcome = scene.send(idempotency_key=SHA)
        assert (len(scene.github.posts), ending(outcome)) == (1, PASSED)
        scene.send(idempotency_key="d" * 40)
        assert len(scene.github.posts) == 2

    def test_of_one_event_that_started_two_workflows_each_is_taken_up_where_it_stands(self, scene):
        scene.github.workflows_of[CHILD] = [workflow("a.yml"), workflow("b.yml")]
        scene.github.lives = [Life(), Life(conclusion="failure", again=Life())]
        assert ending(scene.send(idempotency_key=SHA)) == FAILED
        outcome = scene.send(idempotency_key=SHA)
        assert ending(outcome) == PASSED
        assert (len(scene.github.posts), scene.github.reruns) == (1, [1003])
        runs = json.loads(outcome.outputs["targets"])[0]["runs"]
        assert [(run["run_id"], run["run_attempt"], run["started_here"]) for run in runs] == [
            (1000, 1, False),
            (1003, 2, True),
        ]

    def test_a_run_that_was_deleted_meanwhile_is_not_started_alone_and_not_forgotten(self, scene):
        scene.github.workflows_of[CHILD] = [workflow("a.yml"), workflow("b.yml")]
        scene.send(idempotency_key=SHA)
        scene.github.children[1].gone_at = 0.0
        outcome = scene.send(idempotency_key=SHA)
        assert ending(outcome) == ("unproven", "not-visible", 3)
        assert "b.yml is not there any more" in outcome.sentence
        assert len(scene.github.posts) == 1

    def test_a_run_of_another_workflow_that_shows_the_same_token_is_not_the_work(self, scene):
        key = Key.of_caller(SHA, repository=CHILD, starts="event:track")
        scene.github.workflows_of[CHILD] = [workflow("tests.yml"), workflow("other.yml", hears=("other",))]
        scene.github.begin(scene.github.workflows_of[CHILD][1], CHILD, "repository_dispatch", "main", key.token(b"x"))
        scene.send(idempotency_key=SHA)
        assert len(scene.github.posts) == 1

    def test_a_list_that_cannot_be_read_never_means_that_there_is_no_earlier_child(self, scene):
        scene.github.spoil("newest", raising(Unreachable("502")))
        with pytest.raises(Unreachable):
            scene.send(idempotency_key=SHA)
        assert scene.github.posts == []

    def test_of_two_parents_that_race_the_lower_run_wins_and_the_other_is_cancelled(self, scene):
        """A rival's run, started in the same second, becomes visible only after ours was found."""
        key = Key.of_caller(SHA, repository=CHILD, starts="event:track")
        scene.github.lives = [Life(visible_after=8.0, conclusion="failure")]
        rival = scene.other(token=key.token(b"rival"))
        outcome = scene.send(idempotency_key=SHA)
        assert ending(outcome) == FAILED
        assert outcome.outputs["run_id"] == str(rival.run.id) == "1000"
        assert scene.github.cancels == [(1003, False)]
        assert journal.read(scene.ears.state)[0].phase == "cancelling"

    @pytest.mark.parametrize("older", [True, False])
    def test_who_joined_a_run_that_is_then_cancelled_moves_on_to_the_one_that_stands(self, scene, older):
        """The joined run lost a race of its own, or somebody cancelled it: another of the same work is there."""
        key = Key.of_caller(SHA, repository=CHILD, starts="event:track")
        joined, standing = Life(phases=(("in_progress", 500.0),)), Life(visible_after=4.0)
        scene.github.lives = [standing, joined] if older else [joined, standing]
        both = [scene.other(token=key.token(bytes([n]))) for n in (1, 2)]
        both[1 if older else 0].cancelled = 3.0
        outcome = scene.send(idempotency_key=SHA)
        assert (ending(outcome), outcome.outputs["run_id"]) == (PASSED, "1000" if older else "1003")
        assert (scene.github.posts, scene.github.cancels) == ([], [])

    def test_the_winner_of_a_race_goes_on_undisturbed(self, scene):
        key = Key.of_caller(SHA, repository=CHILD, starts="event:track")
        scene.github.spoil(
            "send_event",
            lambda: (
                scene.other(token=key.token(b"rival"))
                and Reply(status=204, text="", shown="", at=scene.github.clock.now())
            ),
            after=True,
        )
        outcome = scene.send(idempotency_key=SHA)
        assert (ending(outcome), outcome.outputs["run_id"], scene.github.cancels) == (PASSED, "1000", [])


class TestCancellation:
    def cancel_at(self, scene, method, *, after=False, event="start", **given):
        scene.github.spoil(method, raising(Cancelled(2)), after=after)
        with pytest.raises(Cancelled):
            getattr(scene, event)(**given)

    def test_before_the_post_nothing_is_to_be_cancelled(self, scene):
        self.cancel_at(scene, "newest")
        scene.clean_up()
        assert (scene.github.posts, scene.github.cancels) == ([], [])

    @pytest.mark.parametrize("visible_after", [0.0, 20.0])
    @pytest.mark.parametrize("event", ["start", "send"])
    def test_during_the_post_the_run_is_looked_for_and_cancelled_once(self, scene, event, visible_after):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),), visible_after=visible_after)]
        self.cancel_at(scene, "start_workflow" if event == "start" else "send_event", after=True, event=event)
        scene.clean_up()
        assert scene.github.cancels == [(1000, False)]

    def test_a_post_that_was_torn_before_it_started_anything_leaves_nothing(self, scene):
        self.cancel_at(scene, "send_event", event="send")
        scene.clean_up()
        assert scene.github.cancels == []

    def test_a_signal_that_comes_with_the_answer_finds_the_run_written_down(self, scene):
        """The request is not torn: the signal is held back until the id is in the journal and the outputs."""
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),))]
        world = scene.world()

        @contextmanager
        def held():
            yield
            raise Cancelled(2)

        world = replace(world, outside=replace(world.outside, undisturbed=held))
        with pytest.raises(Cancelled):
            action.run(scene.inputs(workflow="tests.yml"), world)
        assert scene.ears.outputs["run_id"] == "1000"
        assert (scene.github.listed, scene.github.cancels) == (1, [(1000, False)])

    def test_a_run_that_ended_by_itself_before_the_post_step_is_left_alone(self, scene):
        scene.github.spoil("look", raising(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            scene.start()
        scene.github.clock.jump(100)
        scene.clean_up()
        assert scene.github.cancels == []

    @pytest.mark.parametrize("visible_after", [0.0, 20.0])
    def test_while_the_run_is_searched_for_it_is_cancelled_once(self, scene, visible_after):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),), visible_after=visible_after)]
        scene.github.spoil("newest", raising(Cancelled(2)), skip=1)
        with pytest.raises(Cancelled):
            scene.send()
        scene.clean_up()
        assert scene.github.cancels == [(1000, False)]

    def test_every_workflow_that_the_event_started_is_ended_also_one_that_shows_itself_late(self, scene):
        scene.github.workflows_of[CHILD] = [workflow("a.yml"), workflow("b.yml", echo=Echo.JOBS)]
        long = (("in_progress", 5000.0),)
        scene.github.lives = [Life(phases=long), Life(phases=long, visible_after=30.0)]
        self.cancel_at(scene, "send_event", after=True, event="send")
        scene.clean_up()
        assert sorted(scene.github.cancels) == [(1000, False), (1003, False)]

    def test_during_the_wait_it_is_cancelled_once_and_at_once(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),))]
        self.cancel_at(scene, "look")
        assert scene.github.cancels == [(1000, False)]
        scene.clean_up()
        assert scene.github.cancels == [(1000, False)]

    def test_while_a_log_is_fetched_the_run_is_over_and_nothing_is_cancelled(self, scene):
        scene.github.lives = [Life(conclusion="failure")]
        self.cancel_at(scene, "artifacts")
        scene.clean_up()
        assert scene.github.cancels == []

    def test_without_time_the_post_step_cancels(self, scene):
        scene.seconds_left = 1.0
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),))]
        self.cancel_at(scene, "look")
        assert scene.github.cancels == []
        scene.clean_up()
        assert scene.github.cancels == [(1000, False)]

    def test_a_run_that_does_not_end_is_forced_after_a_minute(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),), ignores_cancel=True)]
        self.cancel_at(scene, "look")
        began = scene.github.clock.monotonic()
        scene.clean_up()
        assert scene.github.cancels == [(1000, False), (1000, True)]
        assert 60 <= scene.github.clock.monotonic() - began <= 75

    def test_a_run_that_cannot_be_ended_is_no_quiet_success_of_the_post_step(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),))]
        self.cancel_at(scene, "look")
        scene.github.children[0].cancelled = None
        scene.github.spoil("look", trouble(), times=1000)
        with pytest.raises(Unreachable, match="may still be going on"):
            scene.clean_up()

    def test_it_is_left_alone_if_asked(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),))]
        self.cancel_at(scene, "look", cancel_on_cancel="false")
        scene.clean_up(cancel_on_cancel="false")
        assert scene.github.cancels == []

    def test_a_named_run_is_never_cancelled_by_a_cancelled_wait(self, scene):
        child = scene.other()
        scene.github.spoil("look", raising(Cancelled(2)))
        with pytest.raises(Cancelled):
            scene.run(mode="wait", run_id=child.run.id)
        scene.clean_up()
        assert scene.github.cancels == []

    def test_a_run_known_only_by_elimination_is_cancelled_only_if_nothing_else_fits(self, scene):
        for rivals, cancels in ((0, [(1000, False)]), (1, [])):
            scene.__init__()
            scene.github.workflows_of[CHILD] = [workflow(echo=Echo.NONE)]
            scene.github.lives = [Life(phases=(("in_progress", 5000.0),))]
            self.cancel_at(scene, "look", event="send")
            assert scene.github.cancels == []
            for _ in range(rivals):
                scene.other(event_type="track")
            scene.clean_up()
            assert scene.github.cancels == cancels

    def test_a_lost_dispatch_is_looked_for_once_more_and_its_orphan_ended(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),), visible_after=90.0)]
        scene.github.spoil("send_event", unclear(502), after=True)
        assert ending(scene.send()) == ("unproven", "lost-dispatch", 3)
        scene.clean_up()
        assert scene.github.cancels == [(1000, False)]


class TestTheWait:
    def test_an_expired_token_is_unproven_and_keeps_the_run(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),))]
        scene.github.spoil("look", refused(), times=2, skip=3)
        outcome = scene.start()
        assert ending(outcome) == ("unproven", "token-expired", 3)
        assert outcome.outputs["run_id"] == "1000"
        scene.clean_up()
        assert scene.github.cancels == []

    def test_mode_wait_goes_on_where_another_step_ended(self, scene):
        child = scene.other()
        outcome = scene.run(mode="wait", run_id=child.run.id)
        assert ending(outcome) == PASSED
        assert outcome.outputs["correlation_method"] == "given"

    def test_on_timeout_cancel_cancels_what_is_ours(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 10_000.0),))]
        assert ending(scene.start(timeout="1m", on_timeout="cancel")) == ("unproven", "run-timeout", 3)
        assert scene.github.cancels == [(1000, False)]

    @pytest.mark.parametrize(("timeout", "rivals", "cancels"), [("90s", 0, 1), ("90s", 1, 0), ("20s", 0, 0)])
    def test_on_timeout_cancel_never_cancels_what_may_be_somebody_else_s(self, scene, timeout, rivals, cancels):
        def rival():
            for _ in range(rivals):
                scene.other(event_type="track")
            return trouble()()

        scene.github.workflows_of[CHILD] = [workflow(echo=Echo.NONE)]
        scene.github.lives = [Life(phases=(("in_progress", 10_000.0),)), Life(visible_after=25.0)]
        scene.github.spoil("look", rival)
        scene.send(timeout=timeout, on_timeout="cancel")
        assert len(scene.github.cancels) == cancels
        scene.clean_up()
        assert len(scene.github.cancels) == (0 if rivals else 1)

    def test_on_timeout_detach_is_not_red_and_proves_nothing(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 10_000.0),))]
        assert ending(scene.start(timeout="1m", on_timeout="detach")) == ("unproven", "detached", 0)
        scene.clean_up()
        assert scene.github.cancels == []

    def test_a_conclusion_that_is_missing_is_derived_from_the_jobs(self, scene):
        scene.github.lives = [Life(conclusion="failure", conclusion_after=10_000.0)]
        assert ending(scene.start()) == FAILED

    def test_a_newer_run_that_took_its_place_is_named(self, scene):
        scene.github.lives = [Life(phases=(("pending", 5.0),), conclusion="cancelled")]
        scene.github.spoil("look", lambda: scene.other(event="workflow_dispatch") and trouble()())
        outcome = scene.start()
        assert ending(outcome) == ("unproven", "superseded", 3)
        assert "most likely superseded by https://github.example/acme/child/actions/runs/1003" in outcome.sentence

    def test_the_time_to_start_counts_from_the_dispatch_also_while_the_run_is_searched_for(self, scene):
        scene.github.lives = [Life(phases=(("queued", 10_000.0),), visible_after=100.0)]
        assert ending(scene.send(start_timeout="2m")) == ("unproven", "start-timeout", 3)
        assert scene.github.clock.monotonic() == pytest.approx(120, abs=10)
        assert "no run shows the token in its title yet" in scene.ears.lines

    def test_heartbeats_show_that_it_still_waits(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 1000.0),))]
        scene.start()
        beats = [line for line in scene.ears.lines if "waited" in line]
        assert len(beats) == 3
        assert beats[0].endswith("4,990 requests left")


class TestWhatComesBack:
    def test_the_childs_outputs(self, scene):
        scene.github.files["dispatch-outputs"] = b'{"image": "a:1"}'
        assert json.loads(scene.start().outputs["child_outputs"]) == {"image": "a:1"}

    def test_no_outputs_are_an_empty_map(self, scene):
        assert scene.start().outputs["child_outputs"] == "{}"

    @pytest.mark.parametrize("content", [b"{", b'{"a": 1}', b"\xff"])
    def test_outputs_that_cannot_be_read_are_not_taken_for_none(self, scene, content):
        scene.github.files["dispatch-outputs"] = content
        outcome = scene.start()
        assert ending(outcome) == ("unproven", "child-outputs-unreadable", 3)

    def test_artifacts_that_cannot_be_listed_are_not_taken_for_none(self, scene):
        scene.github.spoil("artifacts", lambda: Unknown("502"))
        assert ending(scene.start())[1] == "child-outputs-unreadable"

    def test_a_failure_stays_a_failure_whatever_is_wrong_with_its_outputs(self, scene):
        scene.github.files["dispatch-outputs"] = b"{"
        scene.github.lives = [Life(conclusion="failure")]
        assert ending(scene.start()) == FAILED


class TestModes:
    def test_dispatch_ends_at_once_and_proves_nothing(self, scene):
        outcome = scene.start(mode="dispatch")
        assert ending(outcome) == ("unproven", "dispatched", 0)
        assert outcome.outputs["run_id"] == "1000"
        scene.clean_up()
        assert scene.github.cancels == []

    def test_dispatch_of_an_event_searches_for_the_run_for_a_minute(self, scene):
        assert scene.send(mode="dispatch").outputs["run_id"] == "1000"
        scene.github.lives = [Life(visible_after=1000.0)]
        outcome = scene.send(mode="dispatch")
        assert ending(outcome) == ("unproven", "dispatched", 0)
        assert outcome.outputs["run_id"] == ""

    def test_dispatch_with_a_callback_does_not_even_search(self, scene):
        outcome = scene.send(mode="dispatch", callback_event="track-results")
        assert ending(outcome) == ("unproven", "dispatched", 0)
        assert scene.github.posts[0]["payload"]["dispatch"]["callback"] == {
            "event": "track-results",
            "repo": "acme/app",
        }
        assert scene.github.listed == 1

    def test_a_lost_dispatch_is_never_said_to_be_dispatched(self, scene):
        scene.github.spoil("send_event", unclear(502))
        assert ending(scene.send(mode="dispatch")) == ("unproven", "lost-dispatch", 3)

    def test_cancel_cancels_once_and_waits_for_the_end(self, scene):
        child = scene.other()
        outcome = scene.run(mode="cancel", run_id=child.run.id)
        assert ending(outcome) == ("unproven", "stopped", 0)
        assert outcome.outputs["conclusion"] == "cancelled"
        assert scene.github.cancels == [(1000, False)]

    @pytest.mark.parametrize(
        ("given", "where"),
        [
            ({"mode": "wait"}, "run_id"),
            ({"run_id": 5, "workflow": "a.yml"}, "run_id"),
            ({"mode": "wait", "run_id": 5, "workflow": "a.yml"}, "workflow"),
            ({"targets": "[{workflow: a.yml}]", "workflow": "a.yml"}, "workflow"),
            ({"workflow": "a.yml", "callback_event": "x"}, "callback_event"),
            ({"workflow": "a.yml", "success_conclusions": "success, failure"}, "success_conclusions"),
            ({"workflow": "a.yml", "idempotency_key": "x", "on_rerun": "new"}, "on_rerun"),
            ({"workflow": "a.yml", "mode": "poke"}, "mode"),
            ({"workflow": "a.yml", "rerun_failed": "51"}, "rerun_failed"),
            ({"workflow": "a.yml", "timeout": "15:00"}, "timeout"),
            ({"workflow": "a.yml", "event": "push"}, "event"),
            ({}, "workflow"),
        ],
    )
    def test_a_call_that_contradicts_itself_is_refused(self, scene, given, where):
        with pytest.raises(BadCall) as refusal:
            scene.run(**given)
        assert refusal.value.faults[0].where == where
        assert scene.github.posts == []


class TestSeveralTargets:
    TWO = "[{name: ios, repository: acme/child, event_type: track}, {name: web, repository: acme/child, workflow: tests.yml}]"

    def test_every_target_is_waited_for_and_told(self, scene):
        scene.github.lives = [Life(), Life(conclusion="failure")]
        outcome = scene.run(targets=self.TWO)
        assert ending(outcome) == FAILED
        told = json.loads(outcome.outputs["targets"])
        assert [(each["name"], each["reason"]) for each in told] == [("ios", "succeeded"), ("web", "child-failed")]
        assert outcome.outputs["run_id"] == ""
        assert outcome.sentence == snapshot(
            "2 targets: 1 passed, 1 failed. acme/child tests.yml: run 1003 ended with failure in 20s; failed: test."
        )

    def test_a_second_passes_between_two_posts(self, scene):
        scene.run(targets=self.TWO)
        first, second = (child.run.created_at for child in scene.github.children)
        assert second - first >= timedelta(seconds=1)

    def test_a_target_that_cannot_be_started_does_not_hide_the_others(self, scene):
        scene.github.spoil("start_workflow", lambda: Reply(status=403, text="", shown="", error=NoAccess("no")))
        outcome = scene.run(targets=self.TWO)
        assert ending(outcome) == ("unproven", "no-access", 3)
        assert [each["reason"] for each in json.loads(outcome.outputs["targets"])] == ["succeeded", "no-access"]

    def test_fail_fast_cancels_the_others(self, scene):
        scene.github.lives = [Life(conclusion="failure"), Life(phases=(("in_progress", 5000.0),))]
        outcome = scene.run(targets=self.TWO, fail_fast="true")
        assert ending(outcome) == FAILED
        assert scene.github.cancels == [(1003, False)]

    def test_cancelling_the_step_cancels_every_run_once(self, scene):
        scene.github.lives = [Life(phases=(("in_progress", 5000.0),))] * 2
        scene.github.spoil("look", trouble(), times=2)
        scene.github.spoil("look", raising(Cancelled(2)))
        with pytest.raises(Cancelled):
            scene.run(targets=self.TWO)
        scene.clean_up()
        assert sorted(scene.github.cancels) == [(1000, False), (1003, False)]

    def test_two_targets_with_one_key_are_two_works(self, scene):
        scene.run(
            targets="[{repository: acme/child, workflow: tests.yml}, {repository: acme/child, workflow: tests.yml}]",
            idempotency_key=SHA,
        )
        assert len(scene.github.posts) == 2


class TestCommitStatus:
    def test_it_is_pending_first_and_the_result_at_last(self, scene):
        scene.start(commit_status="child")
        url = "https://github.example/acme/child/actions/runs/1000"
        assert [(c, s, u) for c, s, _, u in scene.commits.set_to] == [
            ("crossproof/child", "pending", ""),
            ("crossproof/child", "pending", url),
            ("crossproof/child", "success", url),
        ]
        assert json.loads(scene.state["statuses"]) == []

    def test_without_permission_nothing_is_dispatched(self, scene):
        scene.commits.forbidden = True
        with pytest.raises(NoAccess):
            scene.start(commit_status="child")
        assert scene.github.posts == []

    def test_a_killed_step_does_not_leave_it_pending(self, scene):
        scene.github.spoil("look", raising(Cancelled(2)))
        with pytest.raises(Cancelled):
            scene.start(commit_status="child")
        scene.clean_up()
        assert scene.commits.set_to[-1][:2] == ("crossproof/child", "error")

    def test_a_job_s_name_that_github_takes_in_no_description_leaves_no_status_pending(self, scene):
        scene.github.lives = [Life(conclusion="failure", jobs=("\N{BUG} test\n" + "x" * 300,))]
        scene.start(commit_status="child")
        _, state, description, _ = scene.commits.set_to[-1]
        assert (state, len(description)) == ("failure", 140)
        assert not {"\N{BUG}", "\n"} & set(description)

    def test_an_unproven_child_is_an_error_and_a_failed_one_a_failure(self, scene):
        scene.github.lives = [Life(conclusion="skipped"), Life(conclusion="failure")]
        for state in ("error", "failure"):
            scene.start(commit_status="child")
            assert scene.commits.set_to[-1][1] == state


def test_every_way_to_end_is_declared():
    declared = {reason.word for reason in action.REASONS}
    words = {r.word for r in vars(endings).values() if isinstance(r, Reason)}
    assert words - declared == {"forged-callback", "unbound-commit"}
    assert all(r.exit is Exit.DONE for r in action.REASONS if r.verdict is Verdict.PASSED)
