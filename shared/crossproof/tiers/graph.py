"""Decides in which order tiers may run, what each pulls in, and which of them can never begin."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

Needs: TypeAlias = Mapping[str, Sequence[str]]


def circle(needs: Needs) -> Sequence[str]:
    """Give the tiers of one circle, in its order; nothing where there is none."""
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        todo = [(start, iter(needs[start]))] if start not in done else []
        path += [start] if todo else []
        while todo:
            following = todo[-1][1]
            step = next((each for each in following if each not in done), None)
            if step is None:
                todo.pop()
                done.add(path.pop())
            elif step in path:
                return path[path.index(step) :]
            else:
                path.append(step)
                todo.append((step, iter(needs.get(step, ()))))
    return ()


def closure(needs: Needs, chosen: Iterable[str]) -> Mapping[str, str]:
    """Add what the chosen tiers need, however far; each is paired with the tier that first asked for it."""
    asked_by = dict.fromkeys(chosen, "")
    todo = list(asked_by)
    while todo:
        name = todo.pop(0)
        for each in needs[name]:
            if each not in asked_by:
                asked_by[each] = name
                todo.append(each)
    return asked_by


def ordered(needs: Needs, names: Iterable[str]) -> Sequence[str]:
    """Put tiers in an order in which each comes after what it needs; else as they were written."""
    wanted = set(names)
    placed: list[str] = []
    while len(placed) < len(wanted):
        free = [n for n in needs if n in wanted and n not in placed and may_start(n, needs, wanted, set(placed))]
        if not free:
            raise ValueError("a circle of needs cannot be put in order")
        placed.append(free[0])
    return placed


def may_start(name: str, needs: Needs, wanted: AbstractSet[str], done: AbstractSet[str]) -> bool:
    """Tell whether everything that a tier needs here is done; what runs elsewhere is not waited for."""
    return all(each in done or each not in wanted for each in needs[name])
