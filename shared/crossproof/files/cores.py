"""Judges the chunks of a large log on all cores of the machine, and of a small one where it stands."""

import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from crossproof.tracking.judging.lines import LineJudge, Tally
from crossproof.tracking.log.chunks import Chunk

if TYPE_CHECKING:
    from concurrent.futures import Future

# Starting two workers costs 30 ms, as much as judging 4 MB.
_WORTH_IT = 32  # chunks of about 1 MiB

_judge: LineJudge | None = None  # of a worker


class MachineCores:
    """The processors this process may use."""

    def __init__(self, count: int | None = None) -> None:
        """Use so many, or all there are."""
        self.count = count or _available()

    def judge(self, judge: LineJudge, chunks: Iterable[Chunk]) -> Iterator[Tally]:
        """Judge chunks; the answers come in their order."""
        stream = iter(chunks)
        for chunk in islice(stream, _WORTH_IT):
            yield judge.judge(chunk)
        # Workers get the compiled plan by fork; where the system starts them otherwise it would have to be sent.
        forks = sys.platform == "linux" and sys.version_info < (3, 14)
        if self.count == 1 or not forks:
            yield from map(judge.judge, stream)
        elif (first := next(stream, None)) is not None:
            yield from self._shared(judge, first, stream)

    def _shared(self, judge: LineJudge, first: Chunk, stream: Iterator[Chunk]) -> Iterator[Tally]:
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - 12 ms that a small log does not pay

        waiting: deque[Future[Tally]] = deque()
        pool = ProcessPoolExecutor(self.count, initializer=_begin, initargs=(judge,))
        try:
            waiting.append(pool.submit(_answer, first))
            for chunk in stream:
                if len(waiting) > 2 * self.count:  # what waits is held in memory
                    yield waiting.popleft().result()
                waiting.append(pool.submit(_answer, chunk))
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _available() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(judge: LineJudge) -> None:
    """Prepare a worker. A cancellation is the parent's business: it ends its workers itself."""
    global _judge  # noqa: PLW0603 - one per process, which is what a worker is
    _judge = judge
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _answer(chunk: Chunk) -> Tally:
    if _judge is None:
        raise RuntimeError("a worker was not prepared")
    return _judge.judge(chunk)
