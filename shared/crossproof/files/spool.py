"""Keeps a download where nobody looks until it is proven whole: in memory while small, else in a private file."""

import hashlib
import os
from pathlib import Path
from queue import Empty, SimpleQueue

_IN_MEMORY = 1024 * 1024
_BLOCK = 1024 * 1024
_LENT = 8 * 1024 * 1024
_LENDS = 4


class Buffers:
    """A few large buffers that are used again and again: memory that is new costs as much as a file in it."""

    def __init__(self) -> None:
        """Make each when it is first asked for."""
        self._free: SimpleQueue[bytearray | None] = SimpleQueue()
        for _ in range(_LENDS):
            self._free.put(None)

    def lend(self, size: int) -> bytearray | None:
        """Give one that holds so much, if there is one."""
        try:
            return (self._free.get_nowait() or bytearray(_LENT)) if size <= _LENT else None
        except Empty:
            return None

    def take_back(self, buffer: bytearray) -> None:
        """Have it for the next one."""
        self._free.put(buffer)


class Spool:
    """A file of known length, written in any order by several threads and then read at will."""

    def __init__(self, path: Path, size: int, buffers: Buffers | None = None) -> None:
        """Take the length that was promised; a file is made at `path` only if memory is not the better place."""
        self.size = size
        self.path = path
        self._fd = -1
        self._buffers = buffers
        self._lent = buffers.lend(size) if buffers and size > _IN_MEMORY else None
        own = self._lent if self._lent is not None else bytearray(size) if size <= _IN_MEMORY else None
        self._memory = memoryview(own)[:size] if own is not None else None
        if self._memory is None:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write_at(self, offset: int, piece: bytes | memoryview) -> None:
        """Put bytes where they belong; more than was promised is a fault of the caller."""
        if offset + len(piece) > self.size:
            raise ValueError(f"{offset + len(piece)} bytes for a spool of {self.size}")
        if self._memory is not None:
            self._memory[offset : offset + len(piece)] = piece
            return
        rest = memoryview(piece)
        while rest:
            written = os.pwrite(self._fd, rest, offset)
            rest, offset = rest[written:], offset + written

    def read_at(self, offset: int, length: int) -> bytes:
        """Give these bytes, fewer only at the end."""
        if self._memory is not None:
            return bytes(self._memory[offset : offset + length])
        got = os.pread(self._fd, length, offset)
        if len(got) == length or not got:
            return got
        pieces = [got]  # a signal or 2 GiB cut it short
        while piece := os.pread(self._fd, length - sum(map(len, pieces)), offset + sum(map(len, pieces))):
            pieces.append(piece)
        return b"".join(pieces)

    def sha256(self) -> str:
        """Hash the whole of it, as it is now."""
        digest = hashlib.sha256()
        for offset in range(0, self.size, _BLOCK):
            digest.update(self.read_at(offset, _BLOCK))
        return digest.hexdigest()

    def close(self) -> None:
        """Let go of the memory, or of the file and its disk space."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self.path.unlink(missing_ok=True)
        self._memory = memoryview(b"")
        if self._buffers and self._lent is not None:
            self._buffers.take_back(self._lent)
            self._lent = None
