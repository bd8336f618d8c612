"""How long images are kept, and what a policy may never remove."""

import json

import pytest

from crossproof.commands.registry import answered
from crossproof.errors import BadCall, CrossproofError, NoAccess
from crossproof.images import lifecycle
from crossproof.images.lifecycle import Doomed
from crossproof.probe import Absent, Present, Unknown


def rule(priority, status="tagged", days=14, **names):
    selection = {
        "tagStatus": status,
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": days,
        **names,
    }
    return {"rulePriority": priority, "selection": selection, "action": {"type": "expire"}}


THEIRS = [
    rule(1, tagPrefixList=["pr-"]),
    rule(2, tagPrefixList=["sha-"]),
    rule(5, "untagged", 7),
    rule(9, "any", 60),
]


def shown(rules) -> list[str]:
    return [
        f"{each['rulePriority']} {each['selection']['tagStatus']} "
        f"{' '.join(each['selection'].get('tagPatternList', each['selection'].get('tagPrefixList', [])))} "
        f"{each['selection']['countNumber']} d".replace("  ", " ")
        for each in rules
    ]


def test_a_repository_without_a_policy_gets_three_rules_and_branch_tags_are_never_removed():
    rules = lifecycle.merged("")
    assert shown(rules) == ["1 tagged xl-* 90 d", "2 tagged xr-* 30 d", "3 untagged 7 d"]
    assert lifecycle.faults(rules) == []


def test_a_repository_s_own_rules_stay_and_ours_go_before_them():
    rules = lifecycle.merged(json.dumps({"rules": THEIRS}))
    assert shown(rules) == [
        "1 tagged xl-* 90 d",
        "2 tagged xr-* 30 d",
        "3 tagged pr- 14 d",
        "4 tagged sha- 14 d",
        "5 untagged 7 d",
        "6 any 60 d",
    ]
    assert lifecycle.faults(rules) == []


def test_a_rule_about_any_image_stays_last_also_where_ours_adds_one_for_untagged():
    rules = lifecycle.merged(json.dumps({"rules": [rule(1, "any", 60)]}))
    assert [each["selection"]["tagStatus"] for each in rules] == ["tagged", "tagged", "untagged", "any"]


def test_merging_twice_changes_nothing():
    once = lifecycle.merged(json.dumps({"rules": THEIRS}))
    assert lifecycle.merged(lifecycle.text_of(once)) == once


@pytest.mark.parametrize("policy", ["{}", "[]", '{"rules": 5}', '{"rules": [5]}', "no json"])
def test_a_policy_that_cannot_be_read_is_not_replaced(policy):
    with pytest.raises(ValueError, match=r"rules|Expecting"):
        lifecycle.merged(policy)


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ([rule(1, tagPrefixList=["a"]), rule(1, tagPrefixList=["b"])], "two rules have the same priority"),
        ([rule(1, "any"), rule(2, tagPrefixList=["a"])], "a rule about any image must be the only one, and the last"),
        ([rule(1, "untagged"), rule(2, "untagged")], "only one rule may be about untagged images"),
        ([rule(1)], "rule 1: a rule about tagged images names patterns or prefixes, and no other does"),
        ([rule(1, "any", tagPrefixList=["a"])], "rule 1: a rule about tagged images names patterns or prefixes"),
        ([rule(1, tagPatternList=["a*b*c*d*e*"])], "rule 1: a pattern has more than 4 `*`"),
        ([rule(1, "any", days=0)], "rule 1: what is counted is not said"),
        ([rule(1, "any") | {"selection": {"tagStatus": "any", "countType": "sinceImagePushed", "countNumber": 3}}], "days"),
        ([rule(1, "some")], "tagStatus is none of tagged, untagged, any"),
        ([rule(1, tagPrefixList=["x" * 31_000])], "the policy is longer than 30720 characters"),
    ],
)  # fmt: skip
def test_what_ecr_would_refuse_is_known_before(rules, fault):
    assert any(fault in each for each in lifecycle.faults(rules))


PARTS = {"sha256:part": "sha256:index"}


def test_a_part_of_an_image_that_stays_may_not_go():
    doomed = (Doomed(digest="sha256:part"),)
    assert lifecycle.lost(doomed, PARTS) == (("sha256:part", "sha256:index"),)
    assert lifecycle.lost((*doomed, Doomed(digest="sha256:index")), PARTS) == ()


class House:
    """A repository in memory."""

    def __init__(self, current=None, preview=None, parts=None) -> None:
        self.answers = (current or Absent("none"), preview or Present(()), parts or Present({}))
        self.policies: list[str] = []

    def current(self):
        return self.answers[0]

    def preview(self, policy):
        return self.answers[1]

    def parts(self):
        return self.answers[2]

    def put(self, policy) -> None:
        self.policies.append(policy)


def test_a_plan_shows_the_policy_and_what_it_removes_and_puts_nothing_in_force():
    house = House(preview=Present((Doomed(digest="sha256:old", tags=("xr-1",), rule=2),)))
    answer = answered(house, apply=False)
    assert house.policies == []
    assert '"xr-*"' in answer.page
    assert "1 images would be removed, none of them a part of one that stays" in answer.page
    assert "| `sha256:old` | xr-1 | 2 |" in answer.page


def test_applying_puts_the_same_policy_in_force():
    house = House()
    answer = answered(house, apply=True)
    assert (house.policies, answer.exit) == ([answer.data["policy"]], 0)


def test_nothing_is_put_in_force_that_would_break_an_image_that_stays():
    house = House(preview=Present((Doomed(digest="sha256:part"),)), parts=Present(PARTS))
    answer = answered(house, apply=True)
    assert (house.policies, answer.exit) == ([], 1)
    assert "1 parts of images that stay would be removed" in answer.page


HUH = Unknown.of(NoAccess("Not allowed.", fix="Allow it."))


@pytest.mark.parametrize(
    "house", [House(preview=HUH), House(parts=HUH), House(current=HUH)], ids=["preview", "parts", "policy"]
)
def test_nothing_is_put_in_force_while_something_is_unknown(house):
    with pytest.raises(CrossproofError, match=r"Not allowed\."):
        answered(house, apply=True)
    assert house.policies == []


def test_a_plan_without_a_preview_says_so():
    assert "What it would remove could not be found out: Not allowed." in answered(House(preview=HUH), apply=False).page


def test_a_policy_that_nobody_can_read_is_left_alone():
    house = House(current=Present("no json"))
    with pytest.raises(BadCall):
        answered(house, apply=True)
    assert house.policies == []
