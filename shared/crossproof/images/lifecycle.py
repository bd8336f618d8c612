"""Decides how long a repository's images are kept: our rules before its own, and no part of a kept image lost."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from crossproof.images.relevance import LAST, PREFIX
from crossproof.probe import Absent, Present, Probe, Unknown

Rule = Mapping[str, Any]

_BUILT_DAYS, _LAST_DAYS, _UNTAGGED_DAYS = 30, 90, 7
_LONGEST_POLICY = 30_720  # characters
_MOST_STARS = 4  # in one pattern
_COUNTS = {"imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """An image that a policy would remove."""

    digest: str
    tags: tuple[str, ...] = ()
    rule: int = 0


class Housekeeping(Protocol):
    """A repository's lifecycle policy, and what one would do."""

    def current(self) -> Probe[str]:
        """Read the policy that is in force."""

    def preview(self, policy: str) -> Probe[tuple[Doomed, ...]]:
        """Ask the server what a policy would remove."""

    def parts(self) -> Probe[Mapping[str, str]]:
        """List what the tagged indexes consist of: part → index."""

    def put(self, policy: str) -> None:
        """Put a policy in force, or raise."""


def merged(current: str) -> tuple[Rule, ...]:
    """Put our rules before the repository's own, which stay as they are.

    ECR takes the patterns of one rule together (an image must have them all), so each has a rule of its own; and an
    image that a rule is about is never touched by a later one, so the order protects.
    """
    theirs = [rule for rule in _rules(current) if not _is_ours(rule)]
    last = [rule for rule in theirs if _status(rule) == "any"]
    others = [rule for rule in theirs if rule not in last]
    ours = [
        _tagged(f"{LAST}-*", _LAST_DAYS, "what the last build for a branch says that it uses"),
        _tagged(f"{PREFIX}-*", _BUILT_DAYS, "images built for one pair of commits"),
    ]
    if not any(_status(rule) == "untagged" for rule in others):
        others.append(_rule("untagged", _UNTAGGED_DAYS, "what nothing names any more"))
    return tuple({**rule, "rulePriority": number} for number, rule in enumerate([*ours, *others, *last], 1))


def text_of(rules: Sequence[Rule]) -> str:
    """Write a policy as ECR takes it."""
    return json.dumps({"rules": list(rules)}, indent=2)


def faults(rules: Sequence[Rule]) -> list[str]:
    """List what ECR would refuse, or would take for something else than is meant."""
    found = [f"rule {rule.get('rulePriority')}: {fault}" for rule in rules for fault in _faults_of(rule)]
    priorities = [rule.get("rulePriority") for rule in rules]
    if len(set(priorities)) != len(priorities):
        found.append("two rules have the same priority")
    anys = [rule for rule in rules if _status(rule) == "any"]
    if anys and (len(anys) > 1 or anys[0] is not max(rules, key=lambda rule: int(rule.get("rulePriority", 0)))):
        found.append("a rule about any image must be the only one, and the last")
    if sum(_status(rule) == "untagged" for rule in rules) > 1:
        found.append("only one rule may be about untagged images")
    if len(text_of(rules)) > _LONGEST_POLICY:
        found.append(f"the policy is longer than {_LONGEST_POLICY} characters")
    return found


def lost(doomed: Sequence[Doomed], parts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Find parts that would go while the image stays that consists of them; whoever pulls it would find it broken."""
    going = {image.digest for image in doomed}
    return tuple((part, index) for part, index in sorted(parts.items()) if part in going and index not in going)


def may_apply(doomed: Probe[tuple[Doomed, ...]], parts: Probe[Mapping[str, str]]) -> Probe[str]:
    """Let a policy be put in force only where it is known what it removes, and that it breaks nothing."""
    for answer in (doomed, parts):
        if isinstance(answer, Unknown):
            return answer
    if not isinstance(doomed, Present) or not isinstance(parts, Present):
        return Unknown("the server gave no preview")
    broken = lost(doomed.value, parts.value)
    if broken:
        shown = ", ".join(f"{part[:19]} of {index[:19]}" for part, index in broken[:5])
        return Absent(f"{len(broken)} parts of images that stay would be removed: {shown}")
    return Present(f"{len(doomed.value)} images would be removed, none of them a part of one that stays")


def _rules(policy: str) -> list[Rule]:
    if not policy:
        return []
    found = json.loads(policy)
    rules = found.get("rules") if isinstance(found, dict) else None
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise ValueError("the policy in force has no list of rules")
    return sorted(rules, key=lambda rule: int(rule.get("rulePriority", 0)))


def _is_ours(rule: Rule) -> bool:
    selection = rule.get("selection", {})
    names = [*selection.get("tagPatternList", ()), *selection.get("tagPrefixList", ())]
    return bool(names) and all(name.removesuffix("*") in (f"{LAST}-", f"{PREFIX}-") for name in names)


def _tagged(pattern: str, days: int, what: str) -> Rule:
    rule = _rule("tagged", days, what)
    return {**rule, "selection": {**rule["selection"], "tagPatternList": [pattern]}}


def _rule(status: str, days: int, what: str) -> Rule:
    selection = {"tagStatus": status, "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
    return {"description": f"crossproof: {what}", "selection": selection, "action": {"type": "expire"}}


def _status(rule: Rule) -> str:
    return str(rule.get("selection", {}).get("tagStatus", ""))


def _faults_of(rule: Rule) -> list[str]:
    selection, found = rule.get("selection", {}), []
    patterns, prefixes = selection.get("tagPatternList", ()), selection.get("tagPrefixList", ())
    if _status(rule) not in {"tagged", "untagged", "any"}:
        found.append("tagStatus is none of tagged, untagged, any")
    if (_status(rule) == "tagged") is not (bool(patterns) != bool(prefixes)):
        found.append("a rule about tagged images names patterns or prefixes, and no other does")
    if any(pattern.count("*") > _MOST_STARS for pattern in patterns):
        found.append(f"a pattern has more than {_MOST_STARS} `*`")
    if selection.get("countType") not in _COUNTS or int(selection.get("countNumber", 0)) < 1:
        found.append("what is counted is not said")
    if str(selection.get("countType")).startswith("since") and selection.get("countUnit") != "days":
        found.append("an age is counted in days")
    return found
