"""Writes and judges a bucket's lifecycle rules: what S3 would refuse, and what it would obey and nobody meant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from crossproof.archive.layout import CHAIN, EVIDENCE, INDEX

Rule = Mapping[str, Any]
OUR_IDS = ("crossproof-cold", "crossproof-expire", "crossproof-uploads")
COLD_AFTER, KEPT_FOR = 90, 730
# Below this, an object in Glacier costs more than in Standard for years, and S3 moves none by default since 2024.
SMALLEST_COLD = 128 * 1024
_LEAST_DAYS = {"STANDARD_IA": 30, "ONEZONE_IA": 30, "GLACIER_IR": 90, "GLACIER": 90, "DEEP_ARCHIVE": 180}
_BEFORE_IA = 30
_BLOB = {"Key": "crossproof", "Value": "blob"}  # how artifacts and reports are tagged, and nothing else is
_CLASSES = frozenset({*_LEAST_DAYS, "INTELLIGENT_TIERING"})
_CONDITIONS = ("Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And")
_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)


class Weight(StrEnum):
    """How much a finding matters."""

    REFUSED = "refused"  # S3 takes no such configuration
    WRONG = "wrong"  # S3 takes it, and it loses evidence or does nothing
    COSTLY = "costly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not right with the rules."""

    weight: Weight
    rule: str
    what: str
    fix: str


def ours(prefix: str, *, cold_after: int = COLD_AFTER, kept_for: int = KEPT_FOR) -> Sequence[Rule]:
    """Write our three rules: large blobs get cold, all evidence ends, broken uploads are swept."""
    home = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    evidence = f"{home}{EVIDENCE}/"
    blobs = {
        "And": {
            "Prefix": evidence,
            "ObjectSizeGreaterThan": SMALLEST_COLD,
            "Tags": [_BLOB],
        }
    }
    return (
        {
            "ID": OUR_IDS[0],
            "Status": "Enabled",
            "Filter": blobs,
            "Transitions": [{"Days": cold_after, "StorageClass": "GLACIER"}],
        },
        {"ID": OUR_IDS[1], "Status": "Enabled", "Filter": {"Prefix": evidence}, "Expiration": {"Days": kept_for}},
        {
            "ID": OUR_IDS[2],
            "Status": "Enabled",
            "Filter": {"Prefix": home},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
    )


def merged(existing: Iterable[Rule], wanted: Sequence[Rule]) -> list[Rule]:
    """Put our rules in the place of older ones of ours; a write replaces all rules, so foreign ones are kept."""
    replaced = {rule["ID"] for rule in wanted}
    return [*(rule for rule in existing if rule.get("ID") not in replaced), *wanted]


def drift(existing: Sequence[Rule], wanted: Sequence[Rule]) -> Sequence[str]:
    """Name which of our rules are not as they should be."""
    there = {rule.get("ID"): rule for rule in existing}
    lines = []
    for rule in wanted:
        found = there.get(rule["ID"])
        if found is None:
            lines.append(f"{rule['ID']} is missing")
        elif _plain(found) != _plain(rule):
            lines.append(f"{rule['ID']} is not as it should be")
    return lines


def lint(rules: Sequence[Rule], prefix: str = "", *, smallest: str = "") -> Sequence[Finding]:
    """Judge a whole configuration. `smallest` is the bucket's TransitionDefaultMinimumObjectSize, if it is told."""
    home = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    own = [_plain(rule) for rule in ours(prefix)]
    findings: list[Finding] = []
    seen: set[str] = set()
    for number, rule in enumerate(rules, 1):
        name = str(rule.get("ID") or rule.get("Id") or f"rule {number}")
        if name in seen:
            findings.append(_refused(name, "two rules have this ID", "Give each rule an ID of its own."))
        seen.add(name)
        findings += _form(name, rule)
        findings += _times(name, rule)
        findings += _sizes(name, rule, smallest)
        if _plain(rule) not in own:
            findings += _scope(name, rule, home)
    return [*findings, *_contradictions(rules)]


def _form(name: str, rule: Rule) -> Iterable[Finding]:
    if "Id" in rule:
        yield _refused(name, "`Id` is not the field's name", "Write `ID`, in capitals.")
    if rule.get("Status") not in {"Enabled", "Disabled"}:
        yield _refused(name, "`Status` is neither Enabled nor Disabled", 'Write `"Status": "Enabled"`.')
    if "Filter" not in rule and "Prefix" not in rule:
        yield _refused(
            name, "it has neither `Filter` nor `Prefix`", 'Say which objects: `"Filter": {"Prefix": "crossproof/"}`.'
        )
    conditions = [key for key in _CONDITIONS if key in rule.get("Filter", {})]
    if len(conditions) > 1:
        yield _refused(name, f"`Filter` has {' and '.join(conditions)} side by side", 'Put them into `"And": {…}`.')
    if not any(rule.get(action) for action in _ACTIONS):
        yield _refused(name, "it does nothing", "Add a transition or an expiration, or remove the rule.")
    yield from _values(name, rule)


def _values(name: str, rule: Rule) -> Iterable[Finding]:
    for move in rule.get("Transitions", ()):
        if move.get("StorageClass") not in _CLASSES:
            known = ", ".join(sorted(_CLASSES))
            yield _refused(name, f"{move.get('StorageClass')!r} is no storage class", f"Use one of {known}.")
    expiration = rule.get("Expiration", {})
    if "Days" in expiration and (expiration["Days"] <= 0 or "ExpiredObjectDeleteMarker" in expiration):
        what = "`Expiration` is not a positive number of days alone"
        yield _refused(name, what, 'Write `"Expiration": {"Days": 730}`.')


def _times(name: str, rule: Rule) -> Iterable[Finding]:
    moves = sorted((int(move.get("Days", 0)), str(move.get("StorageClass"))) for move in rule.get("Transitions", ()))
    for days, storage_class in moves:
        if storage_class in {"STANDARD_IA", "ONEZONE_IA"} and days < _BEFORE_IA:
            yield _refused(
                name, f"{storage_class} after {days} days", f"S3 moves there after {_BEFORE_IA} days at least."
            )
    for (days, storage_class), (later, _) in pairwise(moves):
        yield from _too_short(name, storage_class, later - days)


def _too_short(name: str, storage_class: str, days: int) -> Iterable[Finding]:
    least = _LEAST_DAYS.get(storage_class, 0)
    if 0 <= days < least:
        yield Finding(
            weight=Weight.COSTLY,
            rule=name,
            what=f"objects stay in {storage_class} for {days} days, and {least} are charged",
            fix=f"Leave them there for {least} days, or do not move them.",
        )


def _sizes(name: str, rule: Rule, smallest: str) -> Iterable[Finding]:
    """Since September 2024 S3 moves nothing below 128 KB unless it is told to; and at that size it should not be."""
    if not rule.get("Transitions") or _bound(rule):
        return
    if smallest == "varies_by_storage_class":
        yield Finding(
            weight=Weight.COSTLY,
            rule=name,
            what="objects below 128 KB are moved too, and cost more there than in Standard for years",
            fix=f'Add `"ObjectSizeGreaterThan": {SMALLEST_COLD}` to the filter.',
        )
    else:
        yield Finding(
            weight=Weight.WRONG,
            rule=name,
            what="objects below 128 KB are never moved by it, and nothing says so",
            fix=f'Say so: add `"ObjectSizeGreaterThan": {SMALLEST_COLD}` to the filter.',
        )


def _scope(name: str, rule: Rule, home: str) -> Iterable[Finding]:
    """Indexes, links and manifests must stay, and stay at hand; other people's objects are not ours to touch."""
    if rule.get("Status") != "Enabled":
        return
    prefix = _prefix(rule)
    rooms = [f"{home}{room}/" for room in (EVIDENCE, INDEX, CHAIN)]
    touches = any(room.startswith(prefix) or prefix.startswith(room) for room in rooms)
    tags = _tags(rule)
    # A foreign tag spares evidence; by our own one, blobs may be moved, which is what it is for.
    spared = any(tag != _BLOB for tag in tags) or (tags and not rule.get("Expiration"))
    if (rule.get("Expiration") or rule.get("Transitions")) and touches and not spared:
        what = "deletes" if rule.get("Expiration") else "freezes"
        reach = f"everything below {prefix!r}" if prefix else "every object of the bucket"
        yield Finding(
            weight=Weight.WRONG,
            rule=name,
            what=f"it {what} {reach}, " + ("all of it evidence" if tags else "indexes and manifests of evidence too"),
            fix=f"Give it a prefix outside {home or 'the evidence'!r}, or a tag that evidence does not have.",
        )


def _contradictions(rules: Sequence[Rule]) -> Iterable[Finding]:
    """An object that one rule deletes is not kept by another one that moves it later, or only just before."""
    alive = [rule for rule in rules if rule.get("Status") == "Enabled"]
    ends = [(rule, int(rule["Expiration"]["Days"])) for rule in alive if "Days" in rule.get("Expiration", {})]
    for rule in alive:
        for move in rule.get("Transitions", ()):
            for other, days in ends:
                if not (_prefix(rule).startswith(_prefix(other)) or _prefix(other).startswith(_prefix(rule))):
                    continue
                name, last = str(rule.get("ID") or rule.get("Id")), int(move.get("Days", 0))
                storage_class = str(move.get("StorageClass"))
                if days <= last:
                    yield Finding(
                        weight=Weight.WRONG,
                        rule=str(other.get("ID") or other.get("Id")),
                        what=f"it deletes after {days} days what {name} moves to {storage_class} after {last}",
                        fix="Let evidence end after it was moved, and its least time there: day 730, say.",
                    )
                else:
                    yield from _too_short(name, storage_class, days - last)


def _refused(rule: str, what: str, fix: str) -> Finding:
    return Finding(weight=Weight.REFUSED, rule=rule, what=what, fix=fix)


def _prefix(rule: Rule) -> str:
    condition = rule.get("Filter", {})
    return str(condition.get("Prefix") or condition.get("And", {}).get("Prefix") or rule.get("Prefix") or "")


def _tags(rule: Rule) -> Sequence[Any]:
    condition = rule.get("Filter", {})
    return [condition["Tag"]] if "Tag" in condition else list(condition.get("And", {}).get("Tags", ()))


def _bound(rule: Rule) -> int:
    condition = rule.get("Filter", {})
    bound: int = condition.get("ObjectSizeGreaterThan") or condition.get("And", {}).get("ObjectSizeGreaterThan") or 0
    return bound


def _plain(value: Any) -> Any:
    """Compare rules as they are meant: S3 gives them back in an order of its own."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in sorted(value.items())}
    if isinstance(value, list | tuple):
        return sorted((_plain(each) for each in value), key=repr)
    return value
