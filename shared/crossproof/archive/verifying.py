"""Proves an archive anew: every hash, link and index, and GitHub's own digests as long as it tells them."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from crossproof.archive import layout
from crossproof.archive.chain import hinted, walk
from crossproof.archive.evidence import Evidence, KeptArtifact, read, sha256
from crossproof.archive.finding import entries_of
from crossproof.archive.index import lists_of
from crossproof.archive.lifecycle import KEPT_FOR
from crossproof.archive.store import Content, ObjectStore, Thaw
from crossproof.artifacts.delivery import Room
from crossproof.errors import CrossproofError
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef

_MANIFEST = "/manifest-"
_BLOCK = 1024 * 1024


class Weight(StrEnum):
    """What a finding means for the proof."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, or could not be found out."""

    weight: Weight
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at, and what was found."""

    manifests: int
    objects: int
    links: int
    digests: int  # that GitHub still told, and that agree
    findings: Sequence[Finding]

    @property
    def broken(self) -> Sequence[Finding]:
        """What proves that something was changed or taken away."""
        return [one for one in self.findings if one.weight is Weight.BROKEN]

    @property
    def unknown(self) -> Sequence[Finding]:
        """What could not be found out."""
        return [one for one in self.findings if one.weight is Weight.UNKNOWN]


class Digests(Protocol):
    """What GitHub still tells of the artifacts of a run."""

    def of_run(self, repository: RepoRef, run_id: int) -> Probe[Mapping[int, str]]:
        """Give the digests by artifact id."""
        ...


Places = Callable[[int], Room]


@dataclass(slots=True)
class _Tally:
    findings: list[Finding]
    objects: int = 0
    digests: int = 0

    def broken(self, what: str) -> None:
        self.findings.append(Finding(Weight.BROKEN, what))

    def unknown(self, what: str) -> None:
        self.findings.append(Finding(Weight.UNKNOWN, what))

    def note(self, what: str) -> None:
        self.findings.append(Finding(Weight.NOTE, what))


def verify(store: ObjectStore, *, now: datetime, places: Places | None, digests: Digests | None) -> Verified:
    """Look at everything. With `places`, read every byte; else believe the hashes that the store itself recorded."""
    tally = _Tally([])
    kept: dict[str, tuple[Evidence, str]] = {}
    strays: set[str] = set()
    for stored in store.walk(f"{layout.EVIDENCE}/"):
        if _MANIFEST in stored.key:
            if opened := _open(store, stored.key, tally):
                kept[stored.key] = opened
        else:
            strays.add(stored.key)
    chains = _Chains(store, kept, tally)
    for key, (evidence, digest) in sorted(kept.items()):
        strays -= _objects(store, evidence, places, tally)
        for environment, link in _listed(store, key, digest, evidence, tally):
            chains.listed(environment, link)
        if digests:
            _compare(digests, evidence, tally)
    chains.check(now)
    for key in sorted(strays):
        tally.note(f"{key} belongs to no manifest: an archiver was killed there, and nobody has archived it again")
    return Verified(
        manifests=len(kept), objects=tally.objects, links=chains.count, digests=tally.digests, findings=tally.findings
    )


class _Chains:
    """The chains of all environments, and whether each link is there and vouches for what is there."""

    def __init__(self, store: ObjectStore, kept: Mapping[str, tuple[Evidence, str]], tally: _Tally) -> None:
        self._store = store
        self._kept = kept
        self._tally = tally
        self.count = 0
        self._longest: dict[str, int] = {one.deployment.environment: 0 for one, _ in kept.values()}
        for stored in store.walk(f"{layout.CHAIN}/"):
            _, _, room, name = stored.key.split("/", 3)
            environment, number = layout.environment_of(room), name.removesuffix(".json")
            if number.isdecimal():
                self.listed(environment, int(number))
            elif stored.key == layout.chain_head(environment):
                self._noted(environment)

    def listed(self, environment: str, number: int) -> None:
        """Note that somebody knows of a link with this number."""
        self._longest[environment] = max(number, self._longest.get(environment, 0))

    def _noted(self, environment: str) -> None:
        """Take the note of how long the chain was lately: whoever takes its end away must also know of that."""
        try:
            self.listed(environment, hinted(self._store, environment))
        except CrossproofError as error:
            self._tally.unknown(f"how long the chain of {environment!r} was cannot be read: {error.what}")

    def check(self, now: datetime) -> None:
        """Walk every chain from its beginning."""
        linked: set[str] = set()
        for environment, longest in sorted(self._longest.items()):
            last = 0
            try:
                for number in self._walked(environment, linked):
                    last, self.count = number, self.count + 1
            except CrossproofError as error:
                self._tally.unknown(f"the chain of {environment!r} cannot be read beyond link {last}: {error.what}")
                continue
            if last < longest:
                self._tally.broken(f"link {last + 1} of {environment!r} is gone; link {longest} was made")
        for manifest in sorted(linked - set(self._kept)):
            self._gone(manifest, now)
        for manifest in sorted(set(self._kept) - linked):
            self._tally.broken(f"{manifest} is vouched for by no link of its chain")

    def _walked(self, environment: str, linked: set[str]) -> Iterator[int]:
        before = ""
        for link, body in walk(self._store, environment):
            if link.before_sha256 != before:
                self._tally.broken(f"link {link.number} of {environment!r} vouches for another link before it")
            known = self._kept.get(link.manifest)
            if known and known[1] != link.manifest_sha256:
                told = f"link {link.number} of {environment!r} vouches for {link.manifest_sha256}"
                self._tally.broken(f"{link.manifest} is sha256:{known[1]}, and {told}")
            before = sha256(body)
            linked.add(link.manifest)
            yield link.number

    def _gone(self, manifest: str, now: datetime) -> None:
        """Tell evidence that ended by the lifecycle rule from evidence that was taken away."""
        day = datetime.fromisoformat(f"{manifest.split('/')[2]}T00:00:00+00:00")
        if now - day >= timedelta(days=KEPT_FOR):
            self._tally.note(f"{manifest} has ended by the lifecycle rule after {KEPT_FOR} days")
        else:
            self._tally.broken(f"{manifest} was archived and linked, and is gone")


def _open(store: ObjectStore, key: str, tally: _Tally) -> tuple[Evidence, str] | None:
    match store.read(key):
        case Present(Content(body)):
            try:
                evidence = read(body, Evidence, key)
            except CrossproofError as damaged:
                tally.broken(f"{damaged.what} {damaged.seen}")
                return None
            if evidence.key != key:
                tally.broken(f"{key} holds the manifest of {evidence.key}")
            return evidence, sha256(body)
        case Absent(proof):
            tally.broken(f"{key} went away while it was looked at: {proof}")
        case Unknown(why):
            tally.unknown(f"{key} could not be read: {why}")
    return None


def _objects(store: ObjectStore, evidence: Evidence, places: Places | None, tally: _Tally) -> set[str]:
    files = evidence.validation.files if evidence.validation else ()
    named = [(one.key, one.sha256, one.size) for one in evidence.artifacts]
    named += [(one.key, one.sha256, one.size) for one in files]
    for key, digest, size in named:
        tally.objects += 1
        _object(store, key, (digest, size), places, tally)
    return {key for key, _, _ in named}


def _object(store: ObjectStore, key: str, told: tuple[str, int], places: Places | None, tally: _Tally) -> None:
    match store.look(key):
        case Absent():
            tally.broken(f"{key} is named by its manifest and is gone")
        case Unknown(why):
            tally.unknown(f"{key} could not be looked at: {why}")
        case Present(stored) if stored.size != told[1]:
            tally.broken(f"{key} has {stored.size} bytes, and its manifest says {told[1]}")
        case Present(stored) if stored.thaw is not Thaw.READY and (places or not stored.sha256):
            tally.unknown(f"{key} is in {stored.storage_class} and cannot be read now")
        case Present(stored):
            found = stored.sha256
            if places or not found:
                found = _read_whole(store, key, places, tally) or told[0]
            if found != told[0]:
                tally.broken(f"{key} is sha256:{found}, and its manifest says {told[0]}")


def _read_whole(store: ObjectStore, key: str, places: Places | None, tally: _Tally) -> str:
    if places is None:
        tally.unknown(f"{key} has no hash of the store's own; `--deep` reads it")
        return ""
    try:
        place = store.fetch(key, places)
    except CrossproofError as error:
        tally.unknown(f"{key} could not be read: {error.what}")
        return ""
    try:
        digest = hashlib.sha256()
        for at in range(0, place.size, _BLOCK):
            digest.update(place.read_at(at, _BLOCK))
        return digest.hexdigest()
    finally:
        place.close()


def _listed(store: ObjectStore, key: str, digest: str, evidence: Evidence, tally: _Tally) -> Iterator[tuple[str, int]]:
    """Look whether every index lists it as it is; give every link that these indexes tell of, its own or another's."""
    for index in lists_of(evidence):
        try:
            entries = {entry.manifest: entry for entry in entries_of(store, index)}
        except CrossproofError as error:
            tally.unknown(f"{index} could not be read: {error.what}")
            continue
        yield from ((entry.deployment.environment, entry.link) for entry in entries.values())
        if key not in entries or entries[key].manifest_sha256 != digest:
            tally.note(f"{index} does not list {key} as it is; `crossproof evidence reindex` mends that")


def _compare(digests: Digests, evidence: Evidence, tally: _Tally) -> None:
    artifacts: Sequence[KeptArtifact] = [one for one in evidence.artifacts if one.proven]
    match digests.of_run(RepoRef.parse(evidence.source.repository), evidence.source.id):
        case Present(told):
            for one in artifacts:
                if one.id not in told or not told[one.id]:
                    continue
                if told[one.id] == one.sha256:
                    tally.digests += 1
                else:
                    tally.broken(f"artifact {one.id} is kept as sha256:{one.sha256}, and GitHub says {told[one.id]}")
        case Absent():
            tally.note(f"GitHub no longer knows run {evidence.source.id}: the archive alone has its artifacts")
        case Unknown(why):
            tally.unknown(f"GitHub could not be asked about run {evidence.source.id}: {why}")
