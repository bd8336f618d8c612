"""Cuts a stream of bytes into chunks of whole lines, whatever the stream holds."""

from collections.abc import Iterable, Iterator

import msgspec

from crossproof.tracking.log.limits import MAX_LINE


class Chunk(msgspec.Struct, frozen=True):
    """Some whole lines of a file, and where they begin in it."""

    offset: int
    data: bytes
    unterminated: bool = False  # the last line of the file ends without a line end
    skipped: int = 0  # instead of data: one line, so long that it was passed over


def chunks(blocks: Iterable[bytes], *, longest: int = MAX_LINE) -> Iterator[Chunk]:
    """Cut at LF and at nothing else: `splitlines` would also cut at U+2028, which JSON texts may hold."""
    cutter = _Cutter(longest)
    for block in blocks:
        yield from cutter.take(block)
    yield from cutter.end()


class _Cutter:
    """Gives what is whole of each block, and keeps the line that is not."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.offset = 0
        self.begun: list[bytes] = []  # the parts of a line whose end has not come
        self.length = 0
        self.skipping = False  # it is too long: its parts are let go

    def take(self, block: bytes) -> Iterator[Chunk]:
        last = block.rfind(b"\n")
        if last < 0:
            self._begin(block)
            return
        if self.skipping:
            end = block.find(b"\n")
            yield self._skipped(self.length + end)
            block, last = block[end + 1 :], last - end - 1
            if last < 0:
                self._begin(block)
                return
        data = b"".join([*self.begun, memoryview(block)[:last]])
        yield Chunk(self.offset, data)
        self.offset += len(data) + 1
        self.begun, self.length = [], 0
        self._begin(block[last + 1 :])

    def end(self) -> Iterator[Chunk]:
        if self.skipping:
            yield self._skipped(self.length)
        elif self.length:
            yield Chunk(self.offset, b"".join(self.begun), unterminated=True)

    def _begin(self, part: bytes) -> None:
        self.length += len(part)
        self.skipping |= self.length > self.longest
        self.begun = [] if self.skipping else [*self.begun, part]

    def _skipped(self, length: int) -> Chunk:
        chunk = Chunk(self.offset, b"", skipped=length)
        self.offset += length + 1
        self.begun, self.length, self.skipping = [], 0, False
        return chunk
