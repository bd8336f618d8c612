"""A callback is a hint where to look: what it claims is believed only where GitHub shows the same."""

from dataclasses import replace

import pytest
from tests.unit.dispatch.test_correlation import PATH, run

from crossproof.dispatch.callback import Binding, Claim, Expectation, bound_by, mistaken, read_claim
from crossproof.dispatch.runs import Artifact
from crossproof.dispatch.token import Key
from crossproof.units import RunId, Sha

SHA = "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c"
KEY = Key({"repository": "acme/app", "run_id": "7", "sha": SHA})
TOKEN = KEY.token(b"1")
EXPECTED = Expectation(event="repository_dispatch", workflow="tests.yml")


def artifact(name) -> Artifact:
    return Artifact(id=1, name=name, size=1, digest="", expired=False)


def claim(**more) -> Claim:
    return Claim(**{"run_id": RunId(103), "commit": Sha(SHA), **more})


class TestTheClaim:
    def test_the_payload_that_two_teams_agreed_on_long_ago(self):
        payload = {"run_id": "103", "commit_sha": SHA, "status": "success", "artifact_url": "https://x"}
        assert read_claim(payload, "acme/app") == claim(status="success")

    def test_our_own_payload_with_the_dispatch_handed_back(self):
        payload = {"run_id": 103, "commit_sha": SHA, "answer_to": {"id": TOKEN, "key": KEY.text, "repo": "acme/app"}}
        assert read_claim(payload, "acme/app") == claim(token=TOKEN, key=KEY)

    def test_the_dispatch_of_the_callback_itself_is_not_the_one_that_is_answered(self):
        own = {"id": "dw-x", "key": KEY.text, "repo": "acme/child"}
        assert read_claim({"run_id": 1, "dispatch": own}, "acme/app").token == ""
        handed_back = {**own, "id": TOKEN, "repo": "Acme/App"}
        assert read_claim({"run_id": 1, "dispatch": own, "answer_to": handed_back}, "acme/app").token == TOKEN
        assert read_claim({"run_id": 1, "dispatch": handed_back}, "acme/app").token == TOKEN

    def test_the_key_names_the_commit_where_the_payload_does_not(self):
        handed_back = {"id": TOKEN, "key": KEY.text, "repo": "acme/app"}
        assert read_claim({"run_id": 1, "answer_to": handed_back}, "acme/app").commit == Sha(SHA)

    @pytest.mark.parametrize("run_id", [None, "", "abc", "-1", 0, True, 1.5, "1" * 30, [], "٣"])
    def test_without_the_number_of_a_run_there_is_nothing_to_look_at(self, run_id):
        with pytest.raises(ValueError, match="run_id must be the number of a run"):
            read_claim({"run_id": run_id}, "")

    def test_a_short_commit_names_nothing(self):
        with pytest.raises(ValueError, match="is no full commit SHA"):
            read_claim({"run_id": 1, "commit_sha": "c3d0be4"}, "")

    @pytest.mark.parametrize(
        "odd", [{"dispatch": 7}, {"dispatch": {"key": 7, "id": None}}, {"status": {}}, {"key": []}]
    )
    def test_odd_parts_are_no_parts(self, odd):
        found = read_claim({"run_id": 1, **odd}, "")
        assert (found.token, found.key, found.status) == ("", None, "")


class TestTheRun:
    def test_the_expected_one_is_accepted_however_its_workflow_is_named(self):
        for name in ("tests.yml", PATH, "7"):
            assert mistaken(claim(), run(103), replace(EXPECTED, workflow=name)) is None

    @pytest.mark.parametrize(
        ("seen", "said"),
        [
            (run(103, event="push"), "was started by push"),
            (run(103, path=".github/workflows/evil.yml"), "is of .github/workflows/evil.yml"),
        ],
    )
    def test_another_event_or_workflow_is_a_forgery(self, seen, said):
        assert said in mistaken(claim(), seen, EXPECTED).why

    def test_a_token_that_the_title_does_not_show_is_a_forgery(self):
        assert "does not show the token" in mistaken(claim(token=TOKEN), run(103, "Track"), EXPECTED).why
        assert mistaken(claim(token=TOKEN), run(103, f"Track [{TOKEN}]"), EXPECTED) is None


class TestTheCommit:
    def test_bound_by_the_token_whose_key_names_it(self):
        assert bound_by(claim(key=KEY), run(103, TOKEN), []) is Binding.TOKEN

    def test_a_key_that_does_not_hash_to_the_titles_token_binds_nothing(self):
        forged = Key({**KEY.parts, "run_id": "8"})
        assert bound_by(claim(key=forged), run(103, TOKEN), []) is None

    def test_a_key_of_another_commit_binds_nothing(self):
        other = Key({"sha": "d" * 40})
        assert bound_by(claim(key=other), run(103, other.token(b"1")), []) is None

    def test_bound_by_the_commit_in_the_title(self):
        assert bound_by(claim(), run(103, f"Track {SHA}"), []) is Binding.TITLE
        assert bound_by(claim(), run(103, f"Track {SHA}0"), []) is None

    def test_bound_by_an_artifact_named_with_the_whole_commit(self):
        assert bound_by(claim(), run(103), [artifact(f"tracktor-logs-{SHA}")]) is Binding.ARTIFACT
        assert bound_by(claim(), run(103), [artifact(f"tracktor-logs-{SHA[:12]}"), artifact(f"a{SHA}")]) is None

    def test_an_old_green_run_is_bound_to_nothing_new(self):
        assert bound_by(claim(), run(103), [artifact("tracktor-logs-" + "d" * 40)]) is None
        assert bound_by(claim(commit=None), run(103, SHA), []) is None
