"""Rebuilds indexes and missing links from the manifests, which alone are evidence."""

from collections.abc import Callable, Iterator

from crossproof.archive import chain, layout
from crossproof.archive.chain import must_read
from crossproof.archive.evidence import Evidence, read, sha256
from crossproof.archive.keeping import list_it
from crossproof.archive.store import ObjectStore


def reindex(store: ObjectStore, *, latest_when: str, pause: Callable[[float], None]) -> Iterator[str]:
    """List every manifest again, the oldest first; give the key of each as it is done."""
    manifests = []
    for stored in store.walk(f"{layout.EVIDENCE}/"):
        if "/manifest-" in stored.key:
            body = must_read(store, stored.key).body
            manifests.append((read(body, Evidence, stored.key), sha256(body)))
    for evidence, digest in sorted(manifests, key=lambda one: (one[0].created_at, one[0].key)):
        link = chain.append(store, evidence, digest)
        list_it(store, evidence, digest, link, latest_when=latest_when, pause=pause)
        yield evidence.key
