"""Judges the chunks of a large log on all cores of the machine, and of a small one where it stands."""

import gc
import mmap
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

import msgspec

from crossproof.tracking.judging.lines import LineJudge, Tally
from crossproof.tracking.log.chunks import Chunk
from crossproof.tracking.log.limits import MIB

if TYPE_CHECKING:
    from concurrent.futures import Future

# Starting two workers costs 30 ms, as much as judging 6 MB.
_WORTH_IT = 16  # chunks of about 1 MiB
_SLOT = 2 * MIB

_worker: tuple[LineJudge, mmap.mmap] | None = None  # what a worker works with
_pack, _unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode


_Answer = tuple[Tally, list[bytes]]  # with the columns of its trace that are texts, packed


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
        """Share the chunks out.

        They go through memory that all have in common, and texts come back packed: with a pipe for all of it two
        workers took 31 % more CPU than one process does; so it is 10 %.
        """
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - 12 ms that a small log does not pay

        waiting: deque[Future[_Answer]] = deque()
        most = 2 * self.count  # may wait: it is held in memory
        memory = mmap.mmap(-1, (most + 2) * _SLOT)
        pool = ProcessPoolExecutor(self.count, initializer=_begin, initargs=(judge, memory))
        try:
            for number, chunk in enumerate(chain([first], stream)):
                if len(waiting) > most:
                    yield _unpacked(waiting.popleft().result())
                at = number % (most + 2) * _SLOT  # what was there has been answered
                waiting.append(pool.submit(_answer, _laid(chunk, memory, at), at, len(chunk.data)))
            while waiting:
                yield _unpacked(waiting.popleft().result())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _available() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(judge: LineJudge, memory: mmap.mmap) -> None:
    """Prepare a worker. A cancellation is the parent's business: it ends its workers itself."""
    global _worker  # noqa: PLW0603 - one per process, which is what a worker is
    _worker = judge, memory
    gc.freeze()  # what was inherited stays: to walk it again and again would copy it page by page
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _laid(chunk: Chunk, memory: mmap.mmap, at: int) -> Chunk:
    """Lay a chunk's data into its slot, if it fits."""
    if len(chunk.data) > _SLOT:
        return chunk
    memory[at : at + len(chunk.data)] = chunk.data
    return msgspec.structs.replace(chunk, data=b"")


def _answer(chunk: Chunk, at: int, size: int) -> _Answer:
    if _worker is None:
        raise RuntimeError("a worker was not prepared")
    judge, memory = _worker
    tally = judge.judge(msgspec.structs.replace(chunk, data=memory[at : at + size]) if not chunk.data else chunk)
    packed = [_pack(column) if {*map(type, column)} == {str} else b"" for column in tally.trace.probes]
    tally.trace.probes = [[] if texts else column for column, texts in zip(tally.trace.probes, packed, strict=True)]
    return tally, packed


def _unpacked(answer: _Answer) -> Tally:
    tally, packed = answer
    both = zip(tally.trace.probes, packed, strict=True)
    tally.trace.probes = [_unpack(texts) if texts else column for column, texts in both]
    return tally
