"""The table of events: which commit, which names, whom to trust, and whether a build may follow."""

import json

import pytest
from tests import events
from tests.events import BASE, EVERY_KIND, GATEWAY, HEAD, MERGE

from crossproof.errors import BadCall
from crossproof.images.events import Event, guessed, incomplete, occasion, pull_of, subject_of, with_pull

COMMITS = {HEAD: "head", MERGE: "merge", BASE: "base", "": "-"}
TABLE = """
a pull request                                        head  branch=feat/x     base=master          trusted builds
a pull request that depends on another                head  branch=feat/x     base=master          trusted builds
a pull request to a release line                      head  branch=feat/x     base=release-5.8.1   trusted builds
a pull request to another branch                      head  branch=feat/x     base=integration/y   trusted builds
a pull request of a fork                              head  branch=-          base=master          -       -
a pull request of a fork that is gone                 head  branch=-          base=master          -       -
a pull request of a fork, from a branch called master head  branch=-          base=master          -       -
a pull request of Dependabot                          head  branch=-          base=master          -       -
a closed pull request                                 ended: pull request #7 is closed
a pull request, in the base's name                    head  branch=feat/x     base=master          trusted -
a pull request of a fork, in the base's name          head  branch=-          base=master          -       -
a merge group                                         head  branch=-          base=master          trusted builds, reads #7
a merge group of a release line                       head  branch=-          base=release-5.8     trusted builds, reads #7
a push to the default branch                          head  branch=master     base=master          trusted builds
a push to a release line                              head  branch=release-5.8.1 base=release-5.8.1   trusted builds
a push to a feature branch                            head  branch=feat/x     base=feat/x          trusted builds
a push of Dependabot                                  head  branch=-          base=master          -       -
a push of a tag                                       head  branch=-          base=v5.8.1          trusted -, tag v5.8.1
a deleted branch                                      ended: refs/heads/feat/x was deleted
a release                                             head  branch=-          base=v5.8.1          trusted -, tag v5.8.1
a deleted release                                     ended: the release was deleted
a schedule                                            head  branch=master     base=master          trusted builds
a dispatch on a branch                                head  branch=feat/x     base=feat/x          trusted builds
a dispatch on a tag                                   head  branch=-          base=v5.8.1          trusted -, tag v5.8.1
a dispatch from elsewhere                             base  branch=master     base=master          trusted builds
a dispatch from elsewhere that names a commit         head  branch=feat/x     base=feat/x          trusted builds
a run that followed a push                            head  branch=feat/x     base=feat/x          trusted builds
a run that followed a pull request                    head  branch=feat/x     base=master          trusted builds
a run that followed a fork's pull request             head  branch=-          base=master          -       -
a run that followed a fork's push                     head  branch=-          base=-               -       -
a comment on a pull request                           -     branch=-          base=-               trusted builds, reads #7
a comment on an issue                                 ended: the comment is on an issue, not on a pull request
nothing, by hand                                      head  branch=-          base=-               trusted builds
"""


def row(kind: str) -> str:
    found = occasion(EVERY_KIND[kind])
    if found.ended:
        return f"{kind:<53} ended: {found.ended}"
    said = f"{kind:<53} {COMMITS[found.commit]:<5} branch={found.branch or '-':<10} base={found.base or '-':<15}"
    said += f" {'trusted' if found.trusted else '-':<7} {'builds' if found.builds else '-'}"
    said += f", tag {found.tag}" if found.tag else ""
    return said + (f", reads #{found.unread_pull}" if found.unread_pull else "")


def test_every_kind_of_event_has_its_row():
    assert "\n".join(map(row, EVERY_KIND)) == TABLE.strip("\n")


def test_a_pull_request_is_tested_at_its_head_and_the_merge_commit_is_known_beside_it():
    found = occasion(events.pull_request())
    assert (found.commit, found.merge_commit) == (HEAD, MERGE)


def test_in_the_base_s_name_there_is_no_merge_commit_to_test():
    assert occasion(events.pull_request(kind="pull_request_target")).merge_commit == ""


def test_a_merge_group_may_match_the_branch_of_its_pull_request_once_that_is_read():
    found = occasion(events.merge_group())
    ours = with_pull(found, pull_of(events.pull()), GATEWAY)
    assert (ours.commit, ours.branch, ours.base, ours.builds) == (HEAD, "feat/x", "master", True)
    theirs = with_pull(found, pull_of(events.pull(origin="mallory/gateway")), GATEWAY)
    assert (theirs.branch, theirs.builds) == ("", True)


def test_a_comment_s_pull_request_decides_the_trust_and_not_who_commented():
    found = occasion(events.issue_comment())
    ours = with_pull(found, pull_of(events.pull()), GATEWAY)
    assert (ours.event, ours.commit, ours.branch, ours.trusted) == ("issue_comment", HEAD, "feat/x", True)
    theirs = with_pull(found, pull_of(events.pull(origin="mallory/gateway")), GATEWAY)
    assert (theirs.trusted, theirs.builds, theirs.branch) == (False, False, "")
    assert with_pull(found, pull_of(events.pull(state="closed")), GATEWAY).ended == "pull request #7 is closed"


def test_what_dependabot_says_is_not_trusted_even_where_a_pull_request_is_read_later():
    found = occasion(events.event("issue_comment", dict(events.issue_comment().payload), actor="dependabot[bot]"))
    read = with_pull(found, pull_of(events.pull(body="Depends-On: acme/dashboard#5")), GATEWAY)
    assert (read.trusted, read.builds, read.branch, read.body) == (False, False, "", "")


def test_a_fork_s_text_is_not_even_kept():
    assert occasion(EVERY_KIND["a pull request of a fork"]).body == ""
    assert occasion(EVERY_KIND["a pull request that depends on another"]).body == "Depends-On: acme/dashboard#5"


def test_full_names_are_compared_without_case():
    assert occasion(events.pull_request(origin="Acme/Gateway")).trusted


@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if kind != "nothing, by hand"])
def test_a_file_alone_tells_which_event_it_was(kind):
    told = EVERY_KIND[kind]
    name = {"pull_request_target": "pull_request"}.get(told.name, told.name)
    assert guessed(json.loads(json.dumps(dict(told.payload)))) == name


def test_on_a_laptop_the_file_also_tells_the_repository():
    assert subject_of(Event(payload=events.push("refs/heads/x").payload)) == GATEWAY
    assert subject_of(Event()) is None


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Event(name="watch", payload={"a": 1}), "'watch' is no event that names a commit; give `commit_sha`"),
        (Event(payload={"surprise": 1}), "'' is no event that names a commit"),
        (Event(name="pull_request", payload={}), "has no `pull_request`; is it the file of another event?"),
        (Event(name="pull_request", payload={"pull_request": {"number": 7}}), "lacks its number, its head or its base"),
        (Event(name="merge_group", payload={"merge_group": {}}), "names no base or no pull request"),
        (events.repository_dispatch(ref="refs/heads/x"), "names the ref 'refs/heads/x' and no `sha`; send both"),
    ],
)
def test_an_event_that_does_not_tell_enough_is_refused_with_what_it_lacks(event, said):
    with pytest.raises(BadCall) as refused:
        occasion(event)
    assert said in refused.value.faults[0].what


def test_what_neither_event_nor_input_told_is_asked_for_all_at_once():
    nothing = occasion(Event(repository=GATEWAY))
    assert [fault.where for fault in incomplete(nothing)] == ["commit_sha", "base_ref"]
    fork = occasion(EVERY_KIND["a run that followed a fork's push"])
    assert [fault.where for fault in incomplete(fork)] == ["base_ref"]
    assert incomplete(occasion(EVERY_KIND["a pull request"])) == []


def test_a_run_of_a_pull_request_whose_base_github_does_not_list_is_not_taken_for_one_to_the_default_branch():
    found = occasion(events.workflow_run(inner="pull_request", origin="mallory/gateway"))
    assert [fault.where for fault in incomplete(found)] == ["base_ref"]
