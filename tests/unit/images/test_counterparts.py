"""Which names are looked for in the companion, in which order, and when looking stops."""

import pytest
from tests import events
from tests.events import EVERY_KIND

from crossproof.actions.image_contract import RELEASE_LINES
from crossproof.errors import BadCall, NoAccess
from crossproof.images.branches import BranchMap
from crossproof.images.counterparts import (
    By,
    CannotTell,
    Commit,
    Found,
    Name,
    NoCounterpart,
    OnUnknown,
    Try,
    Where,
    Wishes,
    depended_on,
    names,
    next_name,
)
from crossproof.images.events import Occasion, occasion, pull_of, with_pull
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef

DASHBOARD = RepoRef("acme", "dashboard")
FAIL, CONTINUE = OnUnknown.FAIL, OnUnknown.CONTINUE


def wishes(**more):
    return Wishes(companion=DASHBOARD, branch_map=BranchMap.parse(RELEASE_LINES), **more)


def listed(kind: str, **more) -> str:
    found = occasion(EVERY_KIND[kind])
    if found.unread_pull is not None:
        found = with_pull(found, pull_of(events.pull()), events.GATEWAY)
    return ", ".join(name.text or str(name.where) for name in names(found, wishes(**more)))


@pytest.mark.parametrize(
    ("kind", "looked_for"),
    [
        ("a pull request", "feat/x, master, default branch"),
        ("a pull request to a release line", "feat/x, release-5.8.1, release-5.8"),
        ("a pull request to another branch", "feat/x, integration/y"),
        ("a pull request of a fork", "master, default branch"),
        ("a pull request of a fork, from a branch called master", "master, default branch"),
        ("a pull request of Dependabot", "master, default branch"),
        ("a pull request, in the base's name", "feat/x, master, default branch"),
        ("a merge group", "feat/x, master, default branch"),
        ("a merge group of a release line", "feat/x, release-5.8"),
        ("a push to the default branch", "master, default branch"),
        ("a push to a release line", "release-5.8.1, release-5.8"),
        ("a push to a feature branch", "feat/x, default branch"),
        ("a push of Dependabot", "master, default branch"),
        ("a push of a tag", "v5.8.1, release-5.8.1, release-5.8"),
        ("a release", "v5.8.1, release-5.8.1, release-5.8"),
        ("a schedule", "master, default branch"),
        ("a dispatch on a branch", "feat/x, default branch"),
        ("a comment on a pull request", "feat/x, master, default branch"),
    ],
)
def test_names_are_looked_for_in_the_order_of_their_closeness(kind, looked_for):
    assert listed(kind) == looked_for


def test_a_release_line_reaches_the_default_branch_only_where_that_was_asked_for():
    assert listed("a pull request to a release line", default_if_missing=True).endswith("release-5.8, default branch")
    assert listed("a push of a tag", default_if_missing=True).endswith("default branch")


def test_nothing_stands_in_for_an_override():
    assert listed("a pull request", companion_ref="topic") == "topic"


def test_an_untrusted_occasion_matches_no_branch_and_follows_no_text_whatever_it_holds():
    sly = Occasion(event="x", branch="feat/x", base="master", body="Depends-On: acme/dashboard#5", trusted=False)
    assert [name.by for name in names(sly, wishes(follow_body=True))] == [By.BASE]


def test_a_fork_s_branch_may_not_come_in_by_way_of_the_override():
    fork = occasion(EVERY_KIND["a pull request of a fork"])
    with pytest.raises(BadCall) as refused:
        names(fork, wishes(companion_ref="feat/x"))
    assert "its author would choose the companion's code" in refused.value.faults[0].what


def test_a_dependency_goes_first_and_the_usual_names_follow_for_when_it_is_merged():
    kind = "a pull request that depends on another"
    assert listed(kind, follow_body=True) == "5, feat/x, master, default branch"
    assert listed(kind) == "feat/x, master, default branch"


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("Depends-On: acme/dashboard#5", 5),
        ("words\r\n- depends-on: https://github.com/acme/dashboard/pull/5\r\n", 5),
        ("> DEPENDS-ON: Acme/Dashboard#5\nDepends-On: acme/dashboard#5", 5),
        ("Depends-On: other/thing#9", None),
        ("This depends-on: nothing at the start of a line", None),
        ("", None),
    ],
)
def test_the_text_names_the_companion_s_pull_request_on_a_line_of_its_own(body, number):
    assert depended_on(body, DASHBOARD) == number


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Depends-On: #5", "write acme/dashboard#NUMBER"),
        ("Depends-On: the dashboard", "write acme/dashboard#NUMBER"),
        ("Depends-On: acme/dashboard#5\nDepends-On: acme/dashboard#6", "names several of acme/dashboard: #5, #6"),
    ],
)
def test_a_dependency_that_cannot_be_read_is_a_fault_and_not_no_dependency(body, said):
    with pytest.raises(BadCall) as refused:
        depended_on(body, DASHBOARD)
    assert said in refused.value.faults[0].what


NAMES = (Name(By.HEAD, Where.BRANCH, "feat/x"), Name(By.BASE, Where.BRANCH, "master"))
NO, HUH, HERE = Absent("no"), Unknown("huh"), Present(Commit(sha="d" * 40))


def test_the_first_name_that_is_there_is_taken_and_later_ones_are_not_asked_for():
    assert next_name(NAMES, (), FAIL) == Try(0)
    assert next_name(NAMES, (HERE,), FAIL) == Found(By.HEAD, HERE.value, sure=True)
    assert next_name(NAMES, (NO,), FAIL) == Try(1)
    assert next_name(NAMES, (NO, HERE), FAIL) == Found(By.BASE, HERE.value, sure=True)
    assert next_name(NAMES, (NO, NO), FAIL) == NoCounterpart()
    assert next_name((), (), FAIL) == NoCounterpart()


def test_what_could_not_be_found_out_stops_the_search_or_leaves_a_mark():
    assert next_name(NAMES, (HUH,), FAIL) == CannotTell(HUH)
    assert next_name(NAMES, (HUH,), CONTINUE) == Try(1)
    assert next_name(NAMES, (HUH, HERE), CONTINUE) == Found(By.BASE, HERE.value, sure=False)


def test_a_call_that_must_change_stops_the_search_whatever_was_allowed():
    wrong = Unknown("no such repository", error=BadCall([]))
    denied = Unknown("not allowed", error=NoAccess("Not allowed."))
    assert next_name(NAMES, (wrong,), CONTINUE) == CannotTell(wrong)
    assert next_name(NAMES, (denied,), CONTINUE) == Try(1)
