"""Decides what goes into the one file that is handed to somebody who doubts: everything, and what proves it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from crossproof.archive.chain import must_read
from crossproof.archive.evidence import Evidence
from crossproof.archive.finding import tampered
from crossproof.archive.store import InMemory, ObjectStore
from crossproof.artifacts.delivery import Room
from crossproof.artifacts.zip_container import Bytes

MANIFEST, STATEMENT, SUMS = "manifest.json", "statement.html", "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the bundle. `archive` is a zip whose contents go into the bundle as well, unpacked."""

    path: str
    body: Bytes
    sha256: str
    archive: bool = False


def items(
    store: ObjectStore, evidence: Evidence, room: Callable[[int], Room], sha256: Callable[[Bytes], str]
) -> Iterator[Item]:
    """Give every file of the evidence, each proven to be what its manifest says as it is read."""
    for artifact in evidence.artifacts:
        body = store.fetch(artifact.key, room)
        path = f"artifacts/{artifact.key.rpartition('/')[2]}"
        unpack = artifact.packed and not artifact.unsafe
        yield _proven(store, artifact.key, artifact.sha256, Item(path, body, sha256(body), archive=unpack))
    for file in evidence.validation.files if evidence.validation else ():
        kept = InMemory(must_read(store, file.key).body)
        yield _proven(store, file.key, file.sha256, Item(f"validation/{file.path}", kept, sha256(kept)))


def sums(files: Iterable[tuple[str, str]]) -> str:
    """Write what `sha256sum --check` reads."""
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(files))


def _proven(store: ObjectStore, key: str, told: str, item: Item) -> Item:
    if item.sha256 != told:
        raise tampered(store, f"{key} is sha256:{item.sha256}, and its manifest says {told}")
    return item
