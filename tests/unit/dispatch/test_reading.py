"""What callers write is sent exactly as written, or refused with what is wrong: never guessed, never defaulted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from crossproof.dispatch.reading import Asked, event, inputs, names_of, payload, request_of, targets
from crossproof.dispatch.request import SendEvent, StartWorkflow
from crossproof.errors import Fault
from crossproof.units import RepoRef

HOME = RepoRef("acme", "app")


class TestInputs:
    @pytest.mark.parametrize(
        "text",
        [
            '{"version": 1.10, "debug": true, "build": 007, "empty": null, "name": "x"}'.replace("007", '"007"'),
            "version: 1.10\ndebug: true\nbuild: 007\nempty:\nname: x",
        ],
    )
    def test_each_value_is_sent_as_it_is_written(self, text):
        assert inputs(text) == {"version": "1.10", "debug": "true", "build": "007", "empty": "", "name": "x"}

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('{"debug": tru}', "is no JSON: Expecting value: line 1 column 11 (char 10)"),
            ('{"a": 1,}', "is no JSON"),
            ('{"a": "1"', "is no JSON"),
            ('{"a": 1, "a": 2}', "the key 'a' stands there twice"),
            ('{"a": NaN}', "NaN is no JSON"),
            ("a: 1\na: 2", "is no YAML: inputs:2:1: the key 'a' stands here twice, first in line 1"),
            ("a: [1", "is no YAML"),
            ("[1, 2]", "must be a map of names to values, and is a list"),
            ("just text", "must be a map of names to values, and is a single value"),
            ("a: {b: 1}", "'a' must be a single value, and is a map; write it as JSON in quotes"),
            ('{"a": [1]}', "'a' must be a single value, and is a list; write it as JSON in quotes"),
        ],
    )
    def test_what_is_not_clear_is_refused(self, text, said):
        with pytest.raises(ValueError) as refusal:  # noqa: PT011 - what it says is compared below
            inputs(text)
        assert said in str(refusal.value)

    @given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), min_size=1, max_size=5))
    def test_any_text_arrives_as_json_does(self, given):
        assert inputs(json.dumps(given)) == given


def test_a_payload_keeps_its_types():
    assert payload('{"n": 1, "f": 1.5, "l": [1, {"b": true}], "z": null}') == {
        "n": 1,
        "f": 1.5,
        "l": [1, {"b": True}],
        "z": None,
    }
    assert payload("commit_sha: abc\nretries: 2") == {"commit_sha": "abc", "retries": 2}
    with pytest.raises(ValueError, match="must be a map"):
        payload("[1]")


def test_an_event_is_one_of_two():
    assert event(" repository_dispatch ") == "repository_dispatch"
    with pytest.raises(ValueError, match="'push' is no event that can be sent"):
        event("push")


class TestRequest:
    def test_the_event_follows_from_what_is_given(self):
        assert request_of(Asked(workflow="t.yml"), HOME) == StartWorkflow(repository=HOME, workflow="t.yml")
        assert request_of(Asked(event_type="track"), HOME) == SendEvent(repository=HOME, event_type="track")

    @pytest.mark.parametrize(
        ("asked", "where"),
        [
            (Asked(), "workflow"),
            (Asked(event="repository_dispatch"), "event_type"),
            (Asked(event="workflow_dispatch", workflow="t.yml", event_type="track"), "event_type"),
            (Asked(workflow="t.yml", client_payload={}), "client_payload"),
            (Asked(event_type="track", inputs={}), "inputs"),
            (Asked(event_type="track", ref="main"), "ref"),
        ],
    )
    def test_a_contradiction_or_a_gap_names_its_input(self, asked, where):
        fault = request_of(asked, HOME)
        assert isinstance(fault, Fault)
        assert fault.where == where

    def test_outside_a_job_the_repository_must_be_named(self):
        assert request_of(Asked(workflow="t.yml"), None) == Fault(
            "repository", "is required: this is no job of a repository"
        )


class TestTargets:
    def test_a_list_of_targets(self):
        found = targets(
            """
            - {repository: acme/ios, event_type: track, client_payload: {build: 012, n: 1.5}}
            - name: web
              repository: acme/web
              workflow: tests.yml
              ref: main
              inputs: {version: 1.10}
            """
        )
        assert found[0].client_payload == {"build": 12, "n": 1.5}
        assert found[1].inputs == {"version": "1.10"}
        requests = [request_of(each, None) for each in found]
        assert names_of(requests) == ("acme/ios", "web")

    def test_targets_of_one_repository_are_numbered(self):
        requests = [request_of(Asked(workflow=name), HOME) for name in ("a.yml", "b.yml")]
        assert names_of(requests) == ("acme/app#1", "acme/app#2")

    def test_every_fault_is_said_with_its_line_and_the_nearest_key(self):
        with pytest.raises(ValueError) as refusal:  # noqa: PT011 - what it says is compared below
            targets("- repo: acme/web\n  workflow: t.yml\n- 7\n- {repository: acme, event: push}\n- {name: 'a b'}")
        assert str(refusal.value) == snapshot(
            "targets:1:3: 'repo' is no key of a target; did you mean repository?; targets:3:3: must be a map, and is a single value; targets:4:3: 'acme' is no repository; write owner/name; targets:5:3: `name` is 'a b'; it may have letters, digits and . _ / - only"
        )

    @pytest.mark.parametrize("text", ["[]", "{}", "''", "a: b"])
    def test_no_target_is_refused(self, text):
        with pytest.raises(ValueError, match="must be a list of targets"):
            targets(text)
