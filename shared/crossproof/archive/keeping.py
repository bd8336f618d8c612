"""Keeps one piece of evidence: by however many archivers, killed or not, it ends up there once and whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from crossproof.archive import chain
from crossproof.archive.chain import must_read
from crossproof.archive.endings import EVIDENCE_DIFFERS
from crossproof.archive.evidence import Chained, Evidence, differences, read, sha256, written
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
    """What is kept now, and which part of it is new."""

    evidence: Evidence
    manifest_sha256: str
    link: int
    new: bool
    written: int
    bytes_written: int


def keep(
    store: ObjectStore,
    evidence: Evidence,
    pieces: Sequence[Piece],
    *,
    latest_when: str,
    pause: Callable[[float], None],
) -> Kept:
    """Write what is missing, the manifest after everything it names, the indexes after the manifest."""
    new_pieces = [piece for piece in pieces if _put(store, piece)]
    hint = chain.length_hint(store, evidence.deployment.environment)
    evidence = replace(evidence, chained=Chained(environment=evidence.deployment.environment, after=hint))
    body = written(evidence)
    key = evidence.place.manifest
    new = isinstance(store.put_new(key, InMemory(body), sha256=sha256(body), kind=Kind.PROOF), Created)
    if not new:
        body = must_read(store, key).body
        kept = read(body, Evidence, key)
        if named := differences(kept, evidence):
            raise _differs(f"{key} differs in {', '.join(named)}", store)
        evidence = kept
    link = chain.append(store, evidence, sha256(body))
    list_it(store, evidence, sha256(body), link, latest_when=latest_when, pause=pause)
    return Kept(
        evidence=evidence,
        manifest_sha256=sha256(body),
        link=link,
        new=new,
        written=len(new_pieces) + new,
        bytes_written=sum(piece.body.size for piece in new_pieces) + (len(body) if new else 0),
    )


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


def _put(store: ObjectStore, piece: Piece) -> bool:
    """Write an object, or prove that the one that is there is the same."""
    if isinstance(store.put_new(piece.key, piece.body, sha256=piece.sha256, kind=Kind.BLOB), Created):
        return True
    kept = _fingerprint(store, piece.key)
    if kept != (piece.sha256, piece.body.size):
        raise _differs(f"{piece.key} is kept as sha256:{kept[0]}, and is now sha256:{piece.sha256}", store)
    return False


def _fingerprint(store: ObjectStore, key: str) -> tuple[str, int]:
    """Say what is kept under a key; where the store recorded no hash, by reading it."""
    match store.look(key):
        case Present(stored) if stored.sha256:
            return stored.sha256, stored.size
        case Present() | Absent():
            content = must_read(store, key).body
            return sha256(content), len(content)
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
