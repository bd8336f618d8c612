"""Keeps one piece of evidence: by however many archivers, killed or not, it ends up there once and whole."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from crossproof.archive import chain
from crossproof.archive.chain import must_read
from crossproof.archive.endings import EVIDENCE_DIFFERS
from crossproof.archive.evidence import Chained, Evidence, differences, read, sha256, written
from crossproof.archive.finding import tampered
from crossproof.archive.index import Entry, Index, entry_of, latest_of, lists_of, merged, moved
from crossproof.archive.store import Created, InMemory, Kind, ObjectStore
from crossproof.artifacts.zip_container import Bytes
from crossproof.errors import CrossproofError, Unreachable
from crossproof.probe import Absent, Present, Unknown

_MOST_TRIES = 200  # of an index that others write at the same time; each round, one of them succeeds


@dataclass(frozen=True, slots=True)
class Piece:
    """One object of the evidence, besides its manifest."""

    key: str
    body: Bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept now, and whether it is new."""

    evidence: Evidence
    manifest_sha256: str
    link: int
    new: bool
    size: int


def keep(
    store: ObjectStore,
    evidence: Evidence,
    pieces: Sequence[Piece],
    *,
    latest_when: str,
    pause: Callable[[float], None],
) -> Kept:
    """Write what is missing, the manifest after everything it names, the indexes after the manifest."""
    kept, body, new = _already(store, evidence) or _written(store, evidence, pieces)
    link = chain.append(store, kept, sha256(body))
    list_it(store, kept, sha256(body), link, latest_when=latest_when, pause=pause)
    return Kept(evidence=kept, manifest_sha256=sha256(body), link=link, new=new, size=len(body) + _size(kept))


def _already(store: ObjectStore, evidence: Evidence) -> tuple[Evidence, bytes, bool] | None:
    """Look whether it is kept already, and still whole; where that cannot be seen, writing will show."""
    found = store.read(evidence.key)
    if not isinstance(found, Present):
        return None
    kept = _agreed(store, found.value.body, evidence)
    for key, digest, size in _objects(kept):
        if _fingerprint(store, key) != (digest, size):
            raise tampered(store, f"{key} is not what its manifest says")
    return kept, found.value.body, False


def _written(store: ObjectStore, evidence: Evidence, pieces: Sequence[Piece]) -> tuple[Evidence, bytes, bool]:
    for piece in pieces:
        _put(store, piece)
    environment = evidence.deployment.environment
    hint = chain.length_hint(store, environment)
    new = replace(evidence, chained=Chained(environment=environment, after=hint))
    body = written(new)
    if isinstance(store.put_new(new.key, InMemory(body), sha256=sha256(body), kind=Kind.PROOF), Created):
        return new, body, True
    body = must_read(store, new.key).body
    return _agreed(store, body, new), body, False


def _agreed(store: ObjectStore, body: bytes, new: Evidence) -> Evidence:
    """Read what is kept, and make sure that it says the same as what was to be kept."""
    kept = read(body, Evidence, new.key)
    if named := differences(kept, new):
        raise _differs(f"{new.key} differs in {', '.join(named)}", store)
    return kept


def _objects(evidence: Evidence) -> Iterator[tuple[str, str, int]]:
    """Name every object beside the manifest, with what it must be."""
    for artifact in evidence.artifacts:
        yield artifact.key, artifact.sha256, artifact.size
    for file in evidence.validation.files if evidence.validation else ():
        yield file.key, file.sha256, file.size


def _size(evidence: Evidence) -> int:
    return sum(size for _, _, size in _objects(evidence))


def list_it(
    store: ObjectStore,
    evidence: Evidence,
    manifest_sha256: str,
    link: int,
    *,
    latest_when: str,
    pause: Callable[[float], None],
) -> None:
    """Enter a piece of evidence into every index that lists it, and move what points to the newest."""
    entry = entry_of(evidence, manifest_sha256, link)
    for key in lists_of(evidence):
        change(store, key, lambda index: merged([*index.entries, entry]), entry, pause)
    for key in latest_of(evidence, latest_when):
        change(store, key, lambda index: moved(index, entry), entry, pause)


def change(
    store: ObjectStore, key: str, how: Callable[[Index], Index], first: Entry, pause: Callable[[float], None]
) -> None:
    """Change an index that others may be changing: on what is there now, until nobody came between."""
    body = written(merged([first]))
    if isinstance(store.put_new(key, InMemory(body), sha256=sha256(body), kind=Kind.LIST), Created):
        return
    for turn in range(_MOST_TRIES):
        known = must_read(store, key)
        index = read(known.body, Index, key)
        changed = how(index)
        if changed.entries == index.entries or store.replace(key, written(changed), version=known.version):
            return
        pause(min(2.0, 0.02 * 2**turn))
    raise Unreachable(
        f"{key} was changed by others {_MOST_TRIES} times while it was to be changed.",
        fix="The evidence itself is kept. Run again to list it, or `crossproof evidence reindex`.",
        anchor="archive",
    )


def _put(store: ObjectStore, piece: Piece) -> None:
    """Write an object, or find the same one there; either way look at what is there then."""
    created = isinstance(store.put_new(piece.key, piece.body, sha256=piece.sha256, kind=Kind.BLOB), Created)
    kept = _fingerprint(store, piece.key)
    if kept != (piece.sha256, piece.body.size):
        seen = f"{piece.key} is kept as sha256:{kept[0]}, and is now sha256:{piece.sha256}"
        raise tampered(store, seen) if created else _differs(seen, store)


def _fingerprint(store: ObjectStore, key: str) -> tuple[str, int]:
    """Say what is kept under a key; where the store recorded no hash, by reading it."""
    match store.look(key):
        case Present(stored) if stored.sha256:
            return stored.sha256, stored.size
        case Present():
            content = must_read(store, key).body
            return sha256(content), len(content)
        case Absent(proof):
            raise tampered(store, f"{key} is gone: {proof}")
        case Unknown() as unknown:
            raise unknown.error or Unreachable(f"{key} cannot be looked at.", why=unknown.why, fix=unknown.fix)


def _differs(seen: str, store: ObjectStore) -> CrossproofError:
    return CrossproofError(
        "Other evidence is already kept for this run.",
        why="Evidence is never overwritten; the same run archived twice must give the same bytes and facts.",
        seen=f"{seen} ({store.name})",
        fix=EVIDENCE_DIFFERS.fix,
        anchor="evidence-differs",
        reason=EVIDENCE_DIFFERS,
    )
