"""Writes a bundle of evidence as one zip, the artifacts also unpacked: proven while they are read."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from crossproof.archive.bundling import SUMS, Item, sums
from crossproof.artifacts.zip_container import Bytes
from crossproof.artifacts.zip_contents import read_contents
from crossproof.files.staging import explained_disk
from crossproof.files.unpacking import contents_of
from crossproof.parallel import Stop

_BLOCK = 1024 * 1024
_LARGEST = 10 * 1024**3
_TIME = (1980, 1, 1, 0, 0, 0)


def write_bundle(into: Path, items: Iterable[Item], stop: Stop) -> int:
    """Write the file beside its place and move it there when it is whole; give its size."""
    unfinished = into.with_name(f".{into.name}.unfinished")
    hashes: list[tuple[str, str]] = []
    try:
        with explained_disk(), zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as bundle:
            for item in items:
                stop.check()
                _write(bundle, item.path, (item.body.read_at(at, _BLOCK) for at in range(0, item.body.size, _BLOCK)))
                hashes.append((item.path, item.sha256))
                if item.archive:
                    hashes += _unpacked(bundle, item, stop)
            _write(bundle, SUMS, [sums(hashes).encode()])
        unfinished.replace(into)
    finally:
        unfinished.unlink(missing_ok=True)
    return into.stat().st_size


def hash_of(body: Bytes) -> str:
    """Hash bytes block by block."""
    digest = hashlib.sha256()
    for at in range(0, body.size, _BLOCK):
        digest.update(body.read_at(at, _BLOCK))
    return digest.hexdigest()


def _unpacked(bundle: zipfile.ZipFile, item: Item, stop: Stop) -> list[tuple[str, str]]:
    directory = "files/" + item.path.rpartition("/")[2].removesuffix(".zip")
    written = []
    for entry in read_contents(item.body, most_bytes=_LARGEST).files:
        path = f"{directory}/{entry.path}"
        digest = hashlib.sha256()
        with bundle.open(_info(path), "w", force_zip64=entry.record.size > zipfile.ZIP64_LIMIT // 2) as file:
            for piece in contents_of(item.body, entry, stop):
                digest.update(piece)
                file.write(piece)
        written.append((path, digest.hexdigest()))
    return written


def _write(bundle: zipfile.ZipFile, path: str, pieces: Iterable[bytes]) -> None:
    with bundle.open(_info(path), "w", force_zip64=True) as file:
        for piece in pieces:
            file.write(piece)


def _info(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, _TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100644 << 16
    return info
