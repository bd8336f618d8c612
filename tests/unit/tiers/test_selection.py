"""Tiers are chosen by name, by event or by changed files; in doubt all run, and each says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checkouts import FakeCheckout

from crossproof.errors import BadCall
from crossproof.probe import Absent, Present, Unknown
from crossproof.tiers import changes
from crossproof.tiers.changes import Between, Everything, OfPull, look_up, question
from crossproof.tiers.reading import load
from crossproof.tiers.selection import Asked, select

MANIFEST = load(
    b"""\
version: 1
tiers:
  unit: {run: x, paths: [src/**]}
  integration: {run: x, needs: [unit], tags: [slow], workdir: services/api, paths: [services/api/**, "!**/*.md"], infra: {compose: [c.yml]}}
  docs: {run: x, tags: [slow], paths: [docs/**]}
""",
    ".github/tiers.yml",
    FakeCheckout({"c.yml": ""}),
)  # fmt: skip
CHANGES_DECIDE = Asked()
WORKFLOW = ".github/workflows/ci.yml"


def chosen(changed, asked=CHANGES_DECIDE, **more):
    return select(MANIFEST, asked, changed, WORKFLOW, more.get("stacks", {}))


@pytest.mark.parametrize(
    ("file", "tiers"),
    [
        ("src/a.py", ["unit"]),
        ("services/api/a.py", ["unit", "integration"]),
        ("services/api/README.md", []),
        ("c.yml", ["unit", "integration"]),
        ("services/api/poetry.lock", ["unit", "integration"]),
        ("poetry.lock", ["unit", "integration", "docs"]),
        ("services/web/poetry.lock", []),
        (".github/tiers.yml", ["unit", "integration", "docs"]),
        (WORKFLOW, ["unit", "integration", "docs"]),
        ("LICENSE", []),
    ],
)
def test_a_change_selects_what_it_can_break(file, tiers):
    assert chosen(Present([file])).chosen == tiers


def test_each_tier_says_why_it_runs_or_not():
    assert chosen(Present(["services/api/a.py"])).reasons == {
        "unit": "integration needs it",
        "integration": "services/api/a.py changed (services/api/**)",
        "docs": "none of 1 changed files fits its paths",
    }


def test_a_file_that_only_the_services_read_selects_the_tier_too():
    selection = chosen(Present(["ci/initdb/1.sql"]), stacks={"integration": ["ci/initdb", ".env"]})
    assert selection.reasons["integration"] == "ci/initdb/1.sql changed (its infrastructure reads ci/initdb)"
    assert chosen(Present([".env"]), stacks={"integration": [".env"]}).chosen == ["unit", "integration"]
    assert chosen(Present(["ci/initdb.sql"]), stacks={"integration": ["ci/initdb"]}).chosen == []


def test_what_cannot_be_decided_runs_everything_and_says_so():
    selection = chosen(Unknown("the clone is shallow"))
    assert selection.chosen == ["unit", "integration", "docs"]
    assert selection.failed_open == "the clone is shallow"


@given(st.lists(st.text(max_size=20), max_size=5))
def test_no_list_of_files_ever_chooses_a_tier_without_what_it_needs(files):
    selection = chosen(Present(files))
    assert "integration" not in selection.chosen or "unit" in selection.chosen
    assert set(selection.reasons) == set(MANIFEST.tiers)


def test_names_and_tags_go_before_changes():
    assert chosen(Present([]), Asked(tags=["slow"])).chosen == ["unit", "integration", "docs"]
    assert chosen(Present(["src/a.py"]), Asked(tiers=["docs"])).chosen == ["docs"]


def test_a_name_that_nobody_has_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(BadCall) as refused:
        chosen(Present([]), Asked(tiers=["dcos"], tags=["fast"]))
    assert [fault.what for fault in refused.value.faults] == [
        "'dcos' is not in the manifest; it has unit, integration, docs",
        "'fast' is not in the manifest; it has slow",
    ]


def push(**more):
    return {"before": "b" * 40, "ref": "refs/heads/topic", "repository": {"default_branch": "main"}, **more}


PULL = {"pull_request": {"number": 7, "changed_files": 2, "base": {"sha": "b"}, "head": {"sha": "h"}}}


@pytest.mark.parametrize(
    ("event", "body", "meant"),
    [
        ("push", push(), Between("b" * 40, "s")),
        ("push", push(before="0" * 40), Between("origin/main", "s", forked=True)),
        ("push", push(forced=True), Between("origin/main", "s", forked=True)),
        ("pull_request", PULL, OfPull(7, Between("b", "h", forked=True), 2)),
        ("merge_group", {"merge_group": {"base_sha": "b", "head_sha": "h"}}, Between("b", "h")),
    ],
)
def test_an_event_says_what_is_to_be_compared(event, body, meant):
    assert question(event, body, "s", "") == meant


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("schedule", {}),
        ("workflow_dispatch", {}),
        ("push", push(before="0" * 40, ref="refs/heads/main")),
        ("push", push(deleted=True)),
        ("push", push(before="0" * 40, ref="refs/tags/v1")),
        ("push", {}),
        ("pull_request", {}),
        ("pull_request", {"pull_request": {"number": "x"}}),
        ("merge_group", {}),
        ("merge_group", {"merge_group": None}),
        ("", {}),
        ("release", {}),
    ],
)
def test_an_event_that_does_not_say_runs_everything(event, body):
    assert isinstance(question(event, body, "s", ""), Everything)


def test_an_explicit_base_goes_before_the_event():
    assert question("schedule", {}, "s", "v1") == Between("v1", "s", forked=True)


NO_COMMIT = Unknown("git has no such commit")


class Looked:
    def __init__(self, pull, git=NO_COMMIT):
        self.pull, self.git, self.asked = pull, git, []

    def of_pull(self, number):
        self.asked.append(number)
        return self.pull

    def between(self, question):
        self.asked.append(question)
        return self.git


def test_a_pull_request_is_read_from_github_and_from_git_where_that_list_is_cut():
    asked = changes.OfPull(7, Between("b", "h", forked=True), 2)
    assert look_up(asked, Looked(Present(["a", "b"]))) == Present(["a", "b"])
    whole = Looked(Present(["f"] * 3000), Present(["g"]))
    assert look_up(asked, whole) == Present(["g"])
    huge = Looked(Present([]), Present(["g"]))
    assert look_up(changes.OfPull(7, asked.otherwise, 3001), huge) == Present(["g"])
    assert huge.asked == [asked.otherwise]


def test_a_list_shorter_than_the_pull_request_is_believed_by_nobody():
    asked = changes.OfPull(7, Between("b", "h", forked=True), 2)
    assert look_up(asked, Looked(Present([]), Present(["g"]))) == Present(["g"])
    doubted = look_up(asked, Looked(Present(["a"])))
    assert doubted == Unknown("GitHub lists 1 of 2 files that the pull request changes; and git has no such commit")


@pytest.mark.parametrize(
    "pull", [Present(["f"] * 3000), Absent("no such pull request"), Unknown("GitHub answered 502")]
)
def test_a_pull_request_that_nobody_can_read_is_unknown_and_both_say_why(pull):
    answer = look_up(changes.OfPull(7, Between("b", "h"), 2), Looked(pull))
    assert isinstance(answer, Unknown)
    assert answer.why.endswith("and git has no such commit")
