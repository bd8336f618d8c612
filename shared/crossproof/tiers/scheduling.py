"""Decides when each chosen tier runs: after what it needs has passed, so many at once, or not at all."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from crossproof.parallel import Stop
from crossproof.tiers import graph
from crossproof.tiers.graph import Needs
from crossproof.tiers.result import State, TierResult
from crossproof.verdict import Verdict

Start = Callable[[str], TierResult]
_LOOK = 0.5  # seconds; a signal is answered in between


def run_all(
    order: Sequence[str], needs: Needs, start: Start, *, at_once: int, stop: Stop, fresh: Mapping[str, TierResult]
) -> Sequence[TierResult]:
    """Run tiers in an order that respects their needs; `fresh` are results that still hold from an earlier attempt."""
    done: dict[str, TierResult] = dict(fresh)
    if at_once == 1:
        for name in order:
            if name not in done:
                done[name] = _barred(name, needs, done) or start(name)
        return [done[name] for name in order]
    return _side_by_side(order, needs, start, at_once, stop, done)


def _side_by_side(
    order: Sequence[str], needs: Needs, start: Start, at_once: int, stop: Stop, done: dict[str, TierResult]
) -> Sequence[TierResult]:
    wanted, running = set(order), dict[Future[TierResult], str]()
    pool = ThreadPoolExecutor(max_workers=at_once)
    try:
        while len(done) < len(wanted):
            for name in order:
                busy = set(running.values())
                free = len(busy) < at_once and name not in busy and name not in done
                if free and graph.may_start(name, needs, wanted, set(done)):
                    if barred := _barred(name, needs, done):
                        done[name] = barred
                    else:
                        running[pool.submit(start, name)] = name
            ended, _ = wait(running, timeout=_LOOK, return_when=FIRST_COMPLETED)
            for future in ended:
                done[running.pop(future)] = future.result()
        return [done[name] for name in order]
    except BaseException:
        stop.now()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _barred(name: str, needs: Needs, done: Mapping[str, TierResult]) -> TierResult | None:
    """Make the result of a tier whose needs did not pass; what was not chosen here is no obstacle."""
    failed = [each for each in needs[name] if each in done and done[each].state.verdict is not Verdict.PASSED]
    if not failed:
        return None
    what = f"It needs {failed[0]}, which ended as {done[failed[0]].state}."
    return TierResult(id=name, tier=name, shard=1, shards=1, state=State.NOT_RUN, sentence=what)
