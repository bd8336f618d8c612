import json

import pytest
from inline_snapshot import snapshot

from crossproof.archive.lifecycle import Weight, drift, lint, merged, ours

# The rules as the first plan wrote them down, to be put as they are by anybody who copies it.
SEED = json.loads(
    """{"Rules": [
    {"Id": "DeleteAfter90Days", "Status": "Enabled", "Expiration": {"Days": 90}},
    {"Id": "TransitionToGlacier", "Status": "Enabled", "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]}
]}"""
)["Rules"]
FOREIGN = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 14}}


def said(rules, **more) -> list[str]:
    return [f"{found.weight}: {found.rule}: {found.what}. {found.fix}" for found in lint(rules, **more)]


def test_the_plans_own_rules_are_refused_twice_and_contradict_what_they_are_for():
    assert said(SEED, prefix="tracktor") == snapshot(
        [
            "refused: DeleteAfter90Days: `Id` is not the field's name. Write `ID`, in capitals.",
            'refused: DeleteAfter90Days: it has neither `Filter` nor `Prefix`. Say which objects: `"Filter": {"Prefix": "crossproof/"}`.',
            "wrong: DeleteAfter90Days: it deletes every object of the bucket, indexes and manifests of evidence too. Give it a prefix outside 'tracktor/', or a tag that evidence does not have.",
            "refused: TransitionToGlacier: `Id` is not the field's name. Write `ID`, in capitals.",
            'refused: TransitionToGlacier: it has neither `Filter` nor `Prefix`. Say which objects: `"Filter": {"Prefix": "crossproof/"}`.',
            'wrong: TransitionToGlacier: objects below 128 KB are never moved by it, and nothing says so. Say so: add `"ObjectSizeGreaterThan": 131072` to the filter.',
            "wrong: TransitionToGlacier: it freezes every object of the bucket, indexes and manifests of evidence too. Give it a prefix outside 'tracktor/', or a tag that evidence does not have.",
            "costly: TransitionToGlacier: objects stay in GLACIER for 60 days, and 90 are charged. Leave them there for 90 days, or do not move them.",
        ]
    )


def test_our_own_rules_have_nothing_wrong_with_them():
    assert said(ours("team/tracking"), prefix="team/tracking") == []
    assert said([*ours(""), FOREIGN]) == []


def test_our_rules_never_freeze_what_must_stay_at_hand():
    cold, expire, _ = ours("x")
    assert cold["Filter"]["And"]["Tags"] == [{"Key": "crossproof", "Value": "blob"}]
    assert cold["Filter"]["And"]["ObjectSizeGreaterThan"] == 131072
    assert expire["Filter"] == {"Prefix": "x/evidence/v1/"}


def test_foreign_rules_survive_and_ours_are_replaced():
    old = [{**ours("x", kept_for=100)[1]}, FOREIGN]
    assert merged(old, ours("x")) == [FOREIGN, *ours("x")]
    assert merged(merged(old, ours("x")), ours("x")) == merged(old, ours("x"))


def test_drift_names_what_is_missing_and_what_was_changed():
    changed = [{**ours("x")[0], "Status": "Disabled"}, ours("x")[2]]
    assert drift(changed, ours("x")) == ["crossproof-cold is not as it should be", "crossproof-expire is missing"]
    assert drift([dict(reversed(rule.items())) for rule in ours("x")], ours("x")) == []


@pytest.mark.parametrize(
    ("rule", "weight", "what"),
    [
        (
            {"Filter": {"Prefix": "a/", "Tag": {"Key": "k", "Value": "v"}}},
            Weight.REFUSED,
            "`Filter` has Prefix and Tag side by side",
        ),
        ({"Expiration": {}}, Weight.REFUSED, "it does nothing"),
        ({"Status": "On"}, Weight.REFUSED, "`Status` is neither Enabled nor Disabled"),
        ({"Transitions": [{"Days": 40, "StorageClass": "COLD"}]}, Weight.REFUSED, "'COLD' is no storage class"),
        ({"Transitions": [{"Days": 10, "StorageClass": "STANDARD_IA"}]}, Weight.REFUSED, "STANDARD_IA after 10 days"),
        ({"Expiration": {"Days": 0}}, Weight.REFUSED, "`Expiration` is not a positive number of days alone"),
        (
            {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 40, "StorageClass": "GLACIER"}]},
            Weight.COSTLY,
            "objects stay in STANDARD_IA for 10 days, and 30 are charged",
        ),
    ],
)
def test_each_mistake_is_named(rule, weight, what):
    whole = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "theirs/"}, "Expiration": {"Days": 900}, **rule}
    assert (weight, what) in [(found.weight, found.what) for found in lint([whole], prefix="crossproof")]


@pytest.mark.parametrize(
    "rule",
    [
        {"ID": "theirs", "Filter": {"Tag": {"Key": "crossproof", "Value": "blob"}}},
        {
            "ID": "theirs",
            "Filter": {"And": {"Prefix": "x/evidence/v1/", "Tags": [{"Key": "crossproof", "Value": "blob"}]}},
        },
        {"ID": "crossproof-expire", "Filter": {"Prefix": "x/"}},
        {"ID": "crossproof-cold", "Filter": {"Prefix": "x/evidence/v1/"}},
    ],
)
def test_a_rule_that_deletes_evidence_is_wrong_also_by_our_own_tag_or_under_our_own_name(rule):
    found = lint([{"Status": "Enabled", "Expiration": {"Days": 14}, **rule}], "x")
    assert [one.weight for one in found] == [Weight.WRONG]


def test_a_rule_for_a_tag_that_evidence_does_not_have_is_nobody_s_business():
    rule = {"ID": "theirs", "Status": "Enabled", "Expiration": {"Days": 14}}
    assert lint([rule | {"Filter": {"Tag": {"Key": "team", "Value": "web"}}}], "x") == []


def test_two_rules_of_one_name_are_refused():
    assert any(found.what == "two rules have this ID" for found in lint([FOREIGN, FOREIGN]))


def test_an_expiry_before_the_move_deletes_what_was_to_be_kept():
    rules = [
        {
            "ID": "cold",
            "Status": "Enabled",
            "Filter": {"Prefix": "x/"},
            "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}],
        },
        {"ID": "end", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 90}},
    ]
    assert "it deletes after 90 days what cold moves to GLACIER after 90" in [found.what for found in lint(rules, "y")]


def test_small_objects_that_are_moved_on_purpose_are_called_costly():
    rule = {
        "ID": "cold",
        "Status": "Enabled",
        "Filter": {"Prefix": "x/"},
        "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}],
    }
    (found,) = lint([rule], "y", smallest="varies_by_storage_class")
    assert (found.weight, found.what) == (
        Weight.COSTLY,
        "objects below 128 KB are moved too, and cost more there than in Standard for years",
    )
