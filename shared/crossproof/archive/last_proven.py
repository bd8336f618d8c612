"""Finds when a version of a Tealium profile was proven last in an environment, or any other one: to roll back to."""

from collections.abc import Iterator
from datetime import datetime

from crossproof.archive import layout
from crossproof.archive.evidence import Deployment
from crossproof.archive.finding import entries_of, opened, tampered
from crossproof.archive.index import Entry
from crossproof.archive.store import ObjectStore
from crossproof.errors import CrossproofError
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.report.amounts import counted

_PASSED, _SUCCESS = "passed", "success"


def last_proven(store: ObjectStore, live: Deployment, now: datetime, *, same: bool) -> Probe[Entry]:
    """Find the newest proof of the version that is live (`same`), or of any other one.

    An archive that cannot be read does not say "none".
    """
    try:
        there = [one for one in _of(store, live.tealium_profile) if one.deployment.environment == live.environment]
        meant = [one for one in there if (one.deployment.tealium_version == live.tealium_version) is same]
        proven = [one for one in meant if (one.verdict, one.conclusion) == (_PASSED, _SUCCESS)]
        if not proven:
            versions = "this version" if same else "other versions"
            looked_at = f"{counted(len(meant), 'run')} with {versions}, none of them proven" if meant else "no run"
            return Absent(f"{store.name} lists {looked_at}")
        newest = max(proven, key=lambda one: (one.order, one.manifest))
        said = opened(store, newest, now).verdict
        if said != _PASSED:
            raise tampered(store, f"an index calls {newest.manifest} passed, and it says {said}")
        return Present(newest)
    except CrossproofError as error:
        return Unknown.of(error)


def _of(store: ObjectStore, profile: str) -> Iterator[Entry]:
    """Read every list of the profile's versions."""
    for stored in store.walk(f"{layout.INDEX}/deployment/{layout.part(profile)}/"):
        yield from entries_of(store, stored.key)
