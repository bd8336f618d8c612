"""Reads manifests and blobs of any registry that speaks OCI; only its own words "no such thing" count as absent."""

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from urllib.parse import urljoin, urlsplit

from crossproof.clock import Clock
from crossproof.errors import CrossproofError, NoAccess, RateLimited, Unreachable
from crossproof.images.hosts import Registry
from crossproof.images.manifests import ACCEPTED, Stored
from crossproof.images.tags import is_digest, is_tag
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.registry.doors import Credentials, Doors
from crossproof.registry.exchange import Exchange, Reply
from crossproof.units import clip

_NO_SUCH = {"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN"}
_OK, _NOT_FOUND, _TOO_MANY = 200, 404, 429
_DENIED = frozenset({401, 403})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_HOPS = 5


class OciRegistry:
    """One registry, by the OCI distribution specification."""

    def __init__(
        self,
        registry: Registry,
        clock: Clock,
        *,
        credentials: Credentials | None = None,
        announce: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Name the registry and, where it is not open to all, who asks."""
        self._registry = registry
        self._exchange = Exchange(clock, announce)
        self._doors = Doors(self._exchange, credentials)

    @property
    def asked(self) -> int:
        """How many requests were made, with all repetitions."""
        return self._exchange.asked

    def look(self, repository: str, references: Sequence[str]) -> Mapping[str, Probe[Stored]]:
        """Read what tags or digests name, one request each: the specification has none for several."""
        return {reference: self._manifest(repository, reference) for reference in references}

    def blob(self, repository: str, digest: str) -> Probe[bytes]:
        """Read a blob; where the registry keeps it elsewhere, go there without any credential."""
        name = self._registry.path_of(repository)
        url = f"{self._registry.base_url}/v2/{name}/blobs/{digest}"
        try:
            reply = self._doors.get(url, "*/*", name)
            for _ in range(_MOST_HOPS):
                if reply.status not in _REDIRECTS or "location" not in reply.headers:
                    break
                target = urljoin(reply.url, reply.headers["location"])
                reply = self._elsewhere(reply.url, target, name)
        except CrossproofError as error:
            return Unknown.of(error)
        if reply.status != _OK:
            return self._refused(reply, f"{repository}@{digest}")
        if f"sha256:{sha256(reply.body).hexdigest()}" != digest:
            return Unknown(f"what was sent as {digest} has another digest")
        return Present(reply.body)

    def _manifest(self, repository: str, reference: str) -> Probe[Stored]:
        if not is_tag(reference) and not is_digest(reference):
            return Absent(f"{clip(reference)} can be no tag: no registry knows it")
        name = self._registry.path_of(repository)
        url = f"{self._registry.base_url}/v2/{name}/manifests/{reference}"
        try:
            reply = self._doors.get(url, ", ".join(ACCEPTED), name)
        except CrossproofError as error:
            return Unknown.of(error)
        if reply.status != _OK:
            return self._refused(reply, f"{repository}:{reference}")
        return _stored(reply, reference)

    def _elsewhere(self, here: str, target: str, name: str) -> Reply:
        if urlsplit(here)[:2] == urlsplit(target)[:2]:
            return self._doors.get(target, "*/*", name)
        return self._exchange.get(target, {"Accept": "*/*"})

    def _refused(self, reply: Reply, what: str) -> Absent | Unknown:
        """Many registries say 401 or 403 for what is not there as well: that tells nothing."""
        codes, said = _errors(reply.body)
        seen = f"{reply.url.partition('?')[0]} was answered {reply.status} {' '.join(codes)} {clip(said, 200)}"
        if reply.status == _NOT_FOUND and codes and set(codes) <= _NO_SUCH and "accept header" not in said.lower():
            return Absent(f"the registry says {', '.join(codes)}")
        if reply.status in _DENIED:
            return Unknown.of(
                NoAccess(
                    f"The registry {self._registry} does not let us read {what}.",
                    why="It is not there, or the credentials may not pull it: registries answer both alike.",
                    seen=seen,
                    fix="Give `registry_username` and `registry_password` of an account that may pull it; on GHCR the "
                    "package must grant the repository access.",
                    anchor="registry",
                )
            )
        if reply.status == _TOO_MANY:
            return Unknown.of(RateLimited(f"The registry {self._registry} asks to slow down.", seen=seen))
        return Unknown.of(
            Unreachable(
                f"The registry {self._registry} gave no usable answer about {what}.", seen=seen, anchor="registry"
            )
        )


def _stored(reply: Reply, reference: str) -> Probe[Stored]:
    """Compute the digest: the header is optional, and a proxy may have changed the body."""
    digest = f"sha256:{sha256(reply.body).hexdigest()}"
    told = reply.headers.get("docker-content-digest", digest)
    if is_digest(told) and told != digest:
        return Unknown(f"the registry says that {reference} is {told}, but what it sent is {digest}")
    if is_digest(reference) and reference != digest:
        return Unknown(f"what was sent as {reference} is {digest}")
    return Present(Stored(reply.body, reply.media_type, digest))


def _errors(body: bytes) -> tuple[list[str], str]:
    """Read the registry's own words; a body that is no list of errors has none."""
    try:
        listed = json.loads(body)["errors"]
        return [str(each["code"]) for each in listed], "; ".join(str(each.get("message", "")) for each in listed)
    except (ValueError, KeyError, TypeError, AttributeError):
        return [], body[:200].decode(errors="replace")
