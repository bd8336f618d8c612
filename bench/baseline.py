"""How often an unchanged run differs from its baseline, and which regressions a baseline finds, by the runs it knows.

Thresholds were chosen on the first of the two made-up apps. Each call has dice of its own: the seed is printed, and
CROSSPROOF_SEED gives it back.
"""

import os
import random
import secrets
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice

from bench import Row
from bench._regressions import BREAKS, truth_of
from bench._walks import APPS, App, Walk, runs
from crossproof.tracking.baseline.comparing import compare
from crossproof.tracking.baseline.learning import learn
from crossproof.tracking.baseline.profile import About, Profile, total
from crossproof.tracking.baseline.sent import Sent
from crossproof.tracking.findings import What

LEARNED = (1, 2, 3, 5, 10)
TRIALS, BREAK_TRIALS = 300, 20
MOST_FALSE = {5: 0.2, 10: 0.05}
ALL_FROM = 3  # from so many runs on, each regression is found in each trial
TITLE = f"Baselines: {TRIALS} unchanged runs, and {BREAK_TRIALS} of each of {len(BREAKS)} regressions, by runs learned"


def rows() -> Iterator[Row]:
    """Play both games for each app."""
    seed = os.environ.get("CROSSPROOF_SEED") or secrets.token_hex(4)
    yield Row(what="seed", figure=seed)
    for name, app in APPS.items():
        yield from _unchanged(name, app, seed)
        yield from _broken(name, app, seed)


def _unchanged(name: str, app: App, seed: str) -> Iterator[Row]:
    for n in LEARNED:
        found: Counter[str] = Counter()
        for trial in range(TRIALS):
            profile, walk = _learned(app, n, f"{seed}/{name}/{n}/{trial}")
            found.update(f"{what.rule} {what.event} {what.param}".strip() for what in _differences(profile, walk))
        false, most = found.total() / TRIALS, MOST_FALSE.get(n)
        yield Row(
            what=f"{name}, {n} learned: false groups per unchanged run",
            figure=f"{false:.3f}",
            bar=f"≤ {most}" if most else "",
            holds=most is None or false <= most,
        )
        if most and found:
            yield Row(what=f"· mostly {', '.join(what for what, _ in found.most_common(2))}", figure="")


def _broken(name: str, app: App, seed: str) -> Iterator[Row]:
    truth = truth_of(list(islice(runs(app, f"{seed}/truth"), 60)))
    for n in LEARNED:
        hits: Counter[str] = Counter()
        for what, break_it in BREAKS.items():
            for trial in range(BREAK_TRIALS):
                dice = f"{seed}/{name}/{what}/{n}/{trial}"
                profile, walk = _learned(app, n, dice)
                broken = deepcopy(walk)
                named = break_it(broken, truth, random.Random(dice))
                hits[what] += any(
                    (each.event.partition("/")[0], each.param) in named for each in _differences(profile, broken)
                )
        whole = sum(hits[what] == BREAK_TRIALS for what in BREAKS)
        yield Row(
            what=f"{name}, {n} learned: regressions found in every trial",
            figure=f"{whole} of {len(BREAKS)}",
            bar="all" if n >= ALL_FROM else "",
            holds=n < ALL_FROM or whole == len(BREAKS),
        )
        for what in BREAKS:
            if hits[what] < BREAK_TRIALS:
                yield Row(what=f"· {what}", figure=f"{hits[what]} of {BREAK_TRIALS}")


def _learned(app: App, n: int, seed: str) -> tuple[Profile, Walk]:
    walks = list(islice(runs(app, seed), n + 1))
    return total(learn(_sent(walk), About(), str(run)) for run, walk in enumerate(walks[:-1])), walks[-1]


def _differences(profile: Profile, walk: Walk) -> list[What]:
    return [*compare(profile, _sent(walk), lambda _, value: str(value)).findings.groups]


def _sent(walk: Walk) -> Iterator[Sent]:
    return (Sent(f"{line.name}/{line.type}", line.params, line.time, at) for at, line in enumerate(walk, 1))
