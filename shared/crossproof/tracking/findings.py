"""Counts findings by what they say, so that a million of them are as readable as one."""

from collections.abc import Iterator

import msgspec

MOST_GROUPS = 2000  # names in a hostile log are without end; what is beyond is counted, not listed
EXAMPLES = 3
NOWHERE = -1  # the place of a finding that is about no line
OVERFLOW = "findings of this rule beyond the ones listed"


class What(msgspec.Struct, frozen=True, order=True):
    """What a finding says; findings that say the same are one group."""

    rule: str
    event: str = ""
    param: str = ""
    reason: str = ""


class Example(msgspec.Struct, frozen=True, order=True):
    """One occurrence: where, and the value as it may be shown."""

    at: int
    shown: str = ""


class Seen(msgspec.Struct):
    """How often something was found, and where."""

    count: int
    first: int
    last: int
    examples: list[Example]


class Findings(msgspec.Struct):
    """All findings of a stretch of logs; stretches are added up in the order of the logs."""

    groups: dict[What, Seen] = msgspec.field(default_factory=dict)
    overflowed: bool = False

    def add(self, what: What, at: int, shown: str = "") -> None:
        """Count one occurrence."""
        seen = self.groups.get(what)
        if seen is None:
            self._put(what, Seen(1, at, at, [Example(at, shown)]))
            return
        seen.count += 1
        seen.first, seen.last = min(seen.first, at), max(seen.last, at)
        if len(seen.examples) < EXAMPLES:
            seen.examples.append(Example(at, shown))

    def wants_example(self, what: What) -> bool:
        """Tell whether an example of this would still be kept; making one can be dear."""
        seen = self.groups.get(what)
        return seen is None or len(seen.examples) < EXAMPLES

    def absorb(self, later: "Findings", shift: int) -> None:
        """Add what was found in a later stretch, whose places begin `shift` further on."""
        self.overflowed |= later.overflowed
        for what, seen in later.groups.items():
            moved = Seen(
                seen.count,
                _moved(seen.first, shift),
                _moved(seen.last, shift),
                [Example(_moved(example.at, shift), example.shown) for example in seen.examples],
            )
            here = self.groups.get(what)
            if here is None:
                self._put(what, moved)
            else:
                _join(here, moved)

    def of(self, rule: str) -> Iterator[tuple[What, Seen]]:
        """List what one rule found."""
        return ((what, seen) for what, seen in self.groups.items() if what.rule == rule)

    def _put(self, what: What, seen: Seen) -> None:
        if len(self.groups) < MOST_GROUPS:
            self.groups[what] = seen
            return
        self.overflowed = True
        rest = What(what.rule, reason=OVERFLOW)
        if rest in self.groups:
            _join(self.groups[rest], seen)
        else:
            self.groups[rest] = seen


def _moved(at: int, shift: int) -> int:
    return at if at == NOWHERE else at + shift


def _join(here: Seen, more: Seen) -> None:
    here.count += more.count
    here.first, here.last = min(here.first, more.first), max(here.last, more.last)
    here.examples = sorted([*here.examples, *more.examples])[:EXAMPLES]
