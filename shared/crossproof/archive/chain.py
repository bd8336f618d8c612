"""Links each manifest to the one before it: whoever takes one away or changes one breaks what comes after."""

from collections.abc import Iterator
from dataclasses import dataclass

from crossproof.archive import layout
from crossproof.archive.evidence import Evidence, read, sha256, written
from crossproof.archive.store import Content, Created, InMemory, Kind, ObjectStore
from crossproof.errors import Unreachable
from crossproof.probe import Absent, Present, Unknown

SCHEMA = "crossproof/evidence-chain/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link. Written once, under its number: of two that try for a number, one gets it."""

    schema: str
    number: int
    before_sha256: str  # of the link before it, as written; empty for the first
    manifest: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How long the chain was lately: a hint for where to go on, never a proof."""

    schema: str
    number: int


def length_hint(store: ObjectStore, environment: str) -> int:
    """Give a number that the chain has certainly reached."""
    key, body = layout.chain_head(environment), written(Head(schema=SCHEMA, number=0))
    # Written before it is read: without the right to list, reading what is not there looks like a refusal.
    if isinstance(store.put_new(key, InMemory(body), sha256=sha256(body), kind=Kind.LIST), Created):
        return 0
    return read(must_read(store, key).body, Head, key).number


def append(store: ObjectStore, evidence: Evidence, manifest_sha256: str) -> int:
    """Link a manifest once, however often and by however many this is called; give its number.

    Whoever reaches a number has read every link since before the manifest was written, so a link that somebody else
    made for it is seen; and a number that is lost to somebody else is read like any other.
    """
    environment, manifest = evidence.chained.environment, evidence.key
    number = evidence.chained.after
    before = sha256(must_read(store, layout.chain(environment, number)).body) if number else ""
    while True:
        number += 1
        key = layout.chain(environment, number)
        link = Link(
            schema=SCHEMA,
            number=number,
            before_sha256=before,
            manifest=manifest,
            manifest_sha256=manifest_sha256,
        )
        body = written(link)
        if isinstance(store.put_new(key, InMemory(body), sha256=sha256(body), kind=Kind.PROOF), Created):
            _advance(store, environment, number)
            return number
        there = must_read(store, key).body
        if read(there, Link, key).manifest == manifest:
            return number
        before = sha256(there)


def walk(store: ObjectStore, environment: str) -> Iterator[tuple[Link, bytes]]:
    """Read the chain from its beginning to where it ends; the bytes are what the next link vouches for."""
    number = 1
    while True:
        key = layout.chain(environment, number)
        known = _read(store, key)
        if known is None:
            return
        yield read(known.body, Link, key), known.body
        number += 1


def last_number(store: ObjectStore, environment: str) -> int:
    """Say how long the chain is, without writing anything: from the hint on, link by link."""
    number = hinted(store, environment)
    while _read(store, layout.chain(environment, number + 1)):
        number += 1
    return number


def hinted(store: ObjectStore, environment: str) -> int:
    """Say how long the chain has certainly been; 0 where nobody noted it."""
    key = layout.chain_head(environment)
    known = _read(store, key)
    return read(known.body, Head, key).number if known else 0


def _advance(store: ObjectStore, environment: str, number: int) -> None:
    """Move the hint forward; where somebody else moves it at the same time, theirs is as good."""
    key = layout.chain_head(environment)
    known = must_read(store, key)
    if read(known.body, Head, key).number < number:
        store.replace(key, written(Head(schema=SCHEMA, number=number)), version=known.version)


def _read(store: ObjectStore, key: str) -> Content | None:
    """Read what may not be there; what cannot be seen is an error."""
    match store.read(key):
        case Present(content):
            return content
        case Absent():
            return None
        case Unknown() as unknown:
            raise unknown.error or Unreachable(f"{key} cannot be read.", why=unknown.why, fix=unknown.fix)


def must_read(store: ObjectStore, key: str) -> Content:
    """Read what is known to be there."""
    match store.read(key):
        case Present(content):
            return content
        case Absent(proof):
            raise Unreachable(
                f"{store.name} no longer has {key}.",
                why="Something deleted it, or the store is not consistent.",
                seen=proof,
                fix="Look for lifecycle rules and people that delete below this prefix; we never delete evidence.",
                anchor="archive",
            )
        case Unknown() as unknown:
            raise unknown.error or Unreachable(f"{key} cannot be read.", why=unknown.why, fix=unknown.fix)
