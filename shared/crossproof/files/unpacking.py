"""Unpacks an archive that was judged before into a directory that nobody looks at, and proves every byte of it."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from isal import isal_zlib

from crossproof.artifacts.manifest import FileFact
from crossproof.artifacts.refusal import UnsafeArchive
from crossproof.artifacts.zip_container import Bytes, Record, check_descriptor, data_of
from crossproof.artifacts.zip_contents import STORED, Contents, Entry
from crossproof.files.staging import Owner, explained_disk, make_directory
from crossproof.parallel import Stop, all_of
from crossproof.units import clip

_BLOCK = 112 * 1024  # from 128 KiB on, glibc asks the kernel for new pages each time, and gives them back
# Threads help members that spend their time outside the interpreter; for small files they fight over it.
_LARGE = 4 * 1024 * 1024
# The package's own stub says that this is an exception, not a class of them.
_INFLATE_FAULT = cast("type[Exception]", isal_zlib.error)
_THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacking:
    """How to write: where to, for whom, and whether programs stay programs."""

    into: Path
    owner: Owner | None
    keep_executable: bool
    stop: Stop


def unpack(archive: Bytes, contents: Contents, how: Unpacking) -> list[FileFact]:
    """Write every file. Raises at the first byte that is not as the directory of the archive promises."""
    with explained_disk():
        for directory in contents.directories:
            make_directory(how.into / directory, how.owner)
        for record in contents.empty:
            _check_empty(archive, record)
        root = os.open(how.into, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            large = [entry for entry in contents.files if entry.record.size > _LARGE]
            written = [_unpack(archive, entry, root, how) for entry in contents.files if entry.record.size <= _LARGE]
            tasks = [lambda entry=entry: _unpack(archive, entry, root, how) for entry in large]
            written += all_of(tasks, at_once=_THREADS, stop=how.stop)
        finally:
            os.close(root)
    return sorted(written)


def listed(archive: Bytes, contents: Contents, stop: Stop) -> list[FileFact]:
    """Hash what an archive holds, proven as if it were unpacked, without writing any of it."""
    for record in contents.empty:
        _check_empty(archive, record)
    facts = []
    for entry in contents.files:
        digest = hashlib.sha256()
        for piece in contents_of(archive, entry, stop):
            digest.update(piece)
        facts.append(FileFact(entry.path, entry.record.size, digest.hexdigest()))
    return sorted(facts)


def contents_of(archive: Bytes, entry: Entry, stop: Stop) -> Iterator[bytes]:
    """Give what an entry holds; at its end it is proven to be all of it, and nothing else."""
    crc, size = 0, 0
    for piece in _inflated(archive, entry.record):
        stop.check()
        size += len(piece)
        crc = isal_zlib.crc32(piece, crc)
        yield piece
    if (size, crc) != (entry.record.size, entry.record.crc):
        raise UnsafeArchive("contents-agree", f"{clip(entry.path)} does not unpack to what its checksum promises.")


def _unpack(archive: Bytes, entry: Entry, root: int, how: Unpacking) -> FileFact:
    how.stop.check()
    mode = 0o755 if entry.executable and how.keep_executable else 0o644
    # Nothing can be in the way: the directory was empty, is ours alone, and holds no link.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(entry.path, flags, mode, dir_fd=root)
    try:
        digest = hashlib.sha256()
        for piece in contents_of(archive, entry, how.stop):
            digest.update(piece)
            _write_all(file, piece)
        if how.owner:
            os.fchown(file, how.owner.uid, how.owner.gid)
    finally:
        os.close(file)
    return FileFact(entry.path, entry.record.size, digest.hexdigest())


def _inflated(archive: Bytes, record: Record) -> Iterator[bytes]:
    """Give the contents block by block, at most one byte more than the directory promises."""
    blocks = _packed(archive, record)
    if record.method == STORED:
        yield from blocks
        return
    inflate = isal_zlib.decompressobj(-15)
    room_left = record.size + 1
    for block in blocks:
        for piece in _inflate(inflate, block, record):
            room_left -= len(piece)
            if room_left <= 0:
                raise UnsafeArchive("contents-agree", f"{record.name!r} unpacks to more than it promises.")
            yield piece
    if not inflate.eof:
        raise UnsafeArchive("contents-agree", f"{record.name!r} ends before its data do.")


def _inflate(inflate: isal_zlib.Decompress, block: bytes, record: Record) -> Iterator[bytes]:
    """Inflate one block of input, a block of output at a time: a bomb is seen long before it is in memory."""
    rest = block
    while True:
        try:
            piece = inflate.decompress(rest, _BLOCK)
        except _INFLATE_FAULT as fault:
            raise UnsafeArchive("contents-agree", f"{record.name!r} cannot be inflated: {fault}.") from fault
        rest = inflate.unconsumed_tail
        if inflate.unused_data:
            raise UnsafeArchive("contents-agree", f"{record.name!r} goes on after its data have ended.")
        if piece:
            yield piece
        # Less than there was room for, and nothing left to read: only then is this block used up.
        if inflate.eof or (not rest and len(piece) < _BLOCK):
            return


def _packed(archive: Bytes, record: Record) -> Iterator[bytes]:
    """Give the packed bytes; the header before them and what stands behind them are checked on the way."""
    span = record.until - record.at
    first = archive.read_at(record.at, min(_BLOCK, span))
    start = data_of(record, first)
    end = start + record.packed
    behind = first[end:] if len(first) == span else archive.read_at(record.at + end, span - end)
    check_descriptor(record, behind)
    if record.packed:
        yield first[start:end]
    for offset in range(max(len(first), start), end, _BLOCK):
        yield archive.read_at(record.at + offset, min(_BLOCK, end - offset))


def _check_empty(archive: Bytes, record: Record) -> None:
    if b"".join(_inflated(archive, record)) if record.packed else b"".join(_packed(archive, record)):
        raise UnsafeArchive("files-only", f"{record.name!r} is a directory that holds data.")


def _write_all(file: int, piece: bytes) -> None:
    written = os.write(file, piece)
    while written < len(piece):
        written += os.write(file, memoryview(piece)[written:])
