"""A request that cannot work is refused before anything is sent, with what would work instead."""

from dataclasses import replace

import pytest
from inline_snapshot import snapshot
from tests.dispatching import CHILD, FakeGithub, workflow

from crossproof.dispatch.correlation import Echo, Expected
from crossproof.dispatch.preflight import faults_of
from crossproof.dispatch.preparing import Wishes, prepare
from crossproof.dispatch.request import SendEvent, StartWorkflow
from crossproof.dispatch.token import Key
from crossproof.dispatch.workflow_file import InputOf, WorkflowFile, read_workflow
from crossproof.errors import NoAccess, Unreachable
from crossproof.probe import Present, Unknown

KEY = Key({"key": "k"})
PATH = ".github/workflows/tests.yml"


def start(**more) -> StartWorkflow:
    return StartWorkflow(**{"repository": CHILD, "workflow": "tests.yml", "ref": "main", **more})


def send(**more) -> SendEvent:
    return SendEvent(**{"repository": CHILD, "event_type": "track", **more})


def said(faults) -> list[str]:
    return [f"{fault.where}: {fault.what}" for fault in faults]


def plan(request, *workflows, **wishes):
    github = FakeGithub(workflows_of={CHILD: list(workflows or [workflow()])})
    return prepare("child", request, KEY, Wishes(**wishes), github)


class TestTheRequestAlone:
    def test_a_commit_is_no_ref_and_neither_is_a_pull_requests_merge(self):
        assert said(faults_of(start(ref="a" * 40))) == snapshot(
            ["ref: aaaaaaa… is a commit; workflows start on branches and tags only. Pass the commit as an input"]
        )
        assert said(faults_of(start(ref="refs/pull/7/merge"))) == snapshot(
            [
                "ref: 'refs/pull/7/merge' is neither a branch nor a tag; for a pull request use its branch (`github.head_ref`)"
            ]
        )
        assert not faults_of(start(ref="refs/tags/v1"))

    def test_the_limits_of_github_are_known(self):
        assert said(faults_of(start(inputs={str(n): "x" for n in range(26)}))) == snapshot(
            ["inputs: has 26 entries; GitHub takes at most 25"]
        )
        assert said(faults_of(send(client_payload={str(n): n for n in range(10)}))) == snapshot(
            ["client_payload: has 10 top-level keys; GitHub takes 10, and one is ours. Nest some of them"]
        )
        assert not faults_of(send(client_payload={str(n): n for n in range(9)}))
        assert said(faults_of(send(client_payload={"log": "x" * 65_000}))) == snapshot(
            ["client_payload: has 65011 characters; GitHub takes 65535 with everything around it"]
        )
        assert said(faults_of(send(event_type="x" * 101))) == snapshot(["event_type: must have 1 to 100 characters"])

    def test_our_payload_key_must_be_free(self):
        assert said(faults_of(send(client_payload={"dispatch": 1}))) == snapshot(
            ["client_payload: must leave the key 'dispatch' free: our own data goes there"]
        )


class TestWorkflow:
    def test_what_the_workflow_would_refuse_is_said_before(self):
        declared = {
            "environment": InputOf(kind="choice", options=("dev", "prod")),
            "dry": InputOf(kind="boolean"),
            "count": InputOf(kind="number"),
            "commit": InputOf(required=True),
            "region": InputOf(required=True, has_default=True),
        }
        given = {"environment": "stage", "dry": "yes", "count": "many", "enviroment": "dev"}
        _, faults = plan(start(inputs=given), workflow(inputs=declared))
        assert said(faults) == snapshot(
            [
                "inputs.environment: 'stage' is none of dev, prod",
                "inputs.dry: 'yes' is neither true nor false",
                "inputs.count: 'many' is no number",
                "inputs.enviroment: is not declared by the workflow; did you mean environment?",
                "inputs.commit: is required by the workflow and has no default",
            ]
        )

    def test_a_workflow_that_is_disabled_or_has_not_the_trigger(self):
        _, faults = plan(start(), workflow(state="disabled_manually"))
        assert said(faults) == snapshot(
            ["workflow: .github/workflows/tests.yml is not active (disabled_manually); enable it on its page first"]
        )
        push_only = replace(workflow(), file=Present(WorkflowFile(dispatchable=False, triggers=("push", "schedule"))))
        _, faults = plan(start(), push_only)
        assert said(faults) == snapshot(
            ["workflow: .github/workflows/tests.yml at 'main' has no `workflow_dispatch` trigger (only push, schedule)"]
        )

    def test_a_workflow_that_does_not_exist(self):
        _, faults = plan(start(workflow="nope.yml"))
        assert said(faults) == ["workflow: 'nope.yml' is no workflow of acme/child"]

    def test_the_token_is_sent_only_if_the_workflow_declares_the_input(self):
        assert plan(start())[0].sends_token
        assert not plan(start(), workflow(inputs={}))[0].sends_token
        assert not plan(start(inputs={"correlation_id": "mine"}))[0].sends_token

    def test_a_key_needs_a_title_that_shows_the_token(self):
        _, faults = plan(start(), workflow(echo=Echo.JOBS), must_echo=True)
        assert said(faults) == snapshot(
            [
                'idempotency_key: needs to find earlier runs by their titles, but .github/workflows/tests.yml does not show the token; add `run-name: "… [${{ inputs.correlation_id }}]"`'
            ]
        )

    def test_a_callback_needs_an_input_to_be_told_by(self):
        _, faults = plan(start(), calls_back=True)
        assert said(faults) == snapshot(
            ["callback_event: .github/workflows/tests.yml declares no input `callback_event` to be told by"]
        )

    def test_without_permission_to_read_the_file_the_check_is_skipped_aloud(self):
        unread = replace(workflow(), file=Unknown.of(NoAccess("contents may not be read")))
        made, faults = plan(start(), unread)
        assert not faults
        assert made.notices == (
            f"{PATH} could not be read, so the request was not checked against it: contents may not be read",
        )
        assert made.expected == (Expected(path=PATH),)

    def test_trouble_on_the_way_is_no_reason_to_go_on_blindly(self):
        with pytest.raises(Unreachable):
            plan(start(), replace(workflow(), file=Unknown.of(Unreachable("502"))))

    def test_the_default_branch_is_filled_in(self):
        made, _ = plan(start(ref=""))
        assert made.request.ref == made.branch == "main"


class TestEvent:
    def test_an_event_that_nobody_listens_to_names_the_nearest_type(self):
        _, faults = plan(send(event_type="trakc"))
        assert said(faults) == snapshot(
            [
                "event_type: no active workflow on the default branch of acme/child listens to 'trakc'; did you mean track?"
            ]
        )

    def test_a_repository_that_listens_to_nothing(self):
        _, faults = plan(send(), workflow(hears=None))
        assert said(faults) == snapshot(
            [
                "event_type: no active workflow on the default branch of acme/child listens to 'track'; none listens to repository_dispatch"
            ]
        )

    def test_all_that_listen_are_expected_and_a_disabled_one_is_not(self):
        made, faults = plan(
            send(), workflow("a.yml"), workflow("b.yml", hears=()), workflow("c.yml", state="disabled_inactivity")
        )
        assert not faults
        assert [each.path for each in made.expected] == [".github/workflows/a.yml", ".github/workflows/b.yml"]
        assert made.list_of == ""

    def test_a_named_workflow_alone_is_expected(self):
        made, _ = plan(send(workflow="a.yml"), workflow("a.yml"), workflow("b.yml"))
        assert [each.path for each in made.expected] == [".github/workflows/a.yml"]
        assert made.list_of == "a.yml"

    def test_a_named_workflow_that_does_not_listen_is_refused(self):
        _, faults = plan(send(workflow="a.yml"), workflow("a.yml", hears=("other",)), workflow("b.yml"))
        assert said(faults)[0].startswith("event_type: no active workflow")

    def test_one_file_that_cannot_be_read_makes_it_unknown_who_listens(self):
        unread = replace(workflow("b.yml"), file=Unknown.of(NoAccess("no")))
        made, faults = plan(send(), workflow("a.yml"), unread)
        assert not faults
        assert made.expected is None

    def test_without_a_look_only_a_file_name_says_where_the_run_will_be(self):
        assert plan(send(), look=False)[0].expected is None
        assert plan(send(workflow="a.yml"), look=False)[0].expected == (
            Expected(path=".github/workflows/a.yml", certain=False),
        )

    def test_a_file_without_run_name_titles_its_runs_by_the_event(self):
        made, _ = plan(send(), workflow(echo=Echo.NONE))
        assert made.expected == (Expected(path=PATH, echo=Echo.NONE, default_title="track"),)


class TestWorkflowFile:
    def read(self, **document) -> WorkflowFile:
        return read_workflow({"on": {"workflow_dispatch": None}, "jobs": {}, **document})

    @pytest.mark.parametrize(
        ("on", "hears"),
        [
            ("repository_dispatch", ()),
            (["push", "repository_dispatch"], ()),
            ({"repository_dispatch": None}, ()),
            ({"repository_dispatch": {"types": "one"}}, ("one",)),
            ({"repository_dispatch": {"types": ["one", "two"]}}, ("one", "two")),
            ({"push": None}, None),
        ],
    )
    def test_triggers_in_every_spelling(self, on, hears):
        assert self.read(on=on).hears == hears

    @pytest.mark.parametrize(
        ("title", "event", "echo"),
        [
            ("T ${{ inputs.correlation_id }}", "workflow_dispatch", Echo.TITLE),
            ("T ${{ github.event.inputs.correlation_id }}", "workflow_dispatch", Echo.TITLE),
            ("T ${{ inputs.correlation_id }}", "repository_dispatch", Echo.NONE),
            ("T ${{ github.event.client_payload.dispatch.id }}", "repository_dispatch", Echo.TITLE),
            ("T ${{ toJSON(github.event.client_payload) }}", "repository_dispatch", Echo.TITLE),
            ("T ${{ github.event.client_payload.commit_sha }}", "repository_dispatch", Echo.NONE),
            ("", "repository_dispatch", Echo.NONE),
        ],
    )
    def test_where_the_token_shows(self, title, event, echo):
        assert self.read(**{"run-name": title}).echo(event) is echo

    def test_a_token_in_a_job_or_step_name(self):
        name = "mark ${{ github.event.client_payload.dispatch.id }}"
        assert self.read(jobs={"a": {"name": name}}).echo("repository_dispatch") is Echo.JOBS
        assert self.read(jobs={"a": {"steps": [{"run": "x"}, {"name": name}]}}).echo("repository_dispatch") is Echo.JOBS

    @pytest.mark.parametrize("document", [None, [], "text", {}, {"on": None}, {"on": 7}])
    def test_what_is_no_workflow_proves_nothing(self, document):
        assert read_workflow(document) is None

    @pytest.mark.parametrize("hostile", [{"jobs": [1]}, {"jobs": {"a": 1}}, {"jobs": {"a": {"steps": {"x": 1}}}}])
    def test_odd_jobs_do_no_harm(self, hostile):
        assert self.read(**hostile).names in ((), ("",))

    def test_inputs_of_every_kind(self):
        declared = {
            "a": None,
            "b": {"required": True, "default": "x"},
            "c": {"type": "choice", "options": ["one", 2, True]},
        }
        found = self.read(on={"workflow_dispatch": {"inputs": declared}}).inputs
        assert found["a"] == InputOf()
        assert found["b"] == InputOf(required=True, has_default=True)
        assert found["c"] == InputOf(kind="choice", options=("one", "2", "true"))
