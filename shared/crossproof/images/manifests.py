"""Reads what a registry stores under a name: platforms, labels, parts that say more; a foreign form is unknown."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import clip

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
# All four are asked for at once: a registry answers 404 for an image that is there in a form nobody named.
ACCEPTED = (INDEX, MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)

SOURCE = "org.opencontainers.image.source"
REVISION = "org.opencontainers.image.revision"
CREATED = "org.opencontainers.image.created"
SUBJECT = "crossproof.subject"
SUBJECT_REVISION = "crossproof.subject-revision"
BUILD_KEY = "crossproof.build-key"
RECIPE = "crossproof.recipe"
PULL_REQUEST = "crossproof.pull-request"
USED_PATHS = "crossproof.used-paths"


@dataclass(frozen=True, slots=True)
class Stored:
    """The bytes that a registry keeps under a name, and what it calls them."""

    content: bytes
    media_type: str
    digest: str  # computed from the bytes by whoever read them


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One image, or an index of images by platform."""

    digest: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    children: Mapping[str, str] = field(default_factory=dict)  # platform → digest; empty for a single image
    config: str = ""  # digest of what says platform and labels of a single image
    parts: tuple[str, ...] = ()  # every manifest that an index consists of, attestations too

    @property
    def is_index(self) -> bool:
        """Whether it is an index."""
        return not self.config


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a single image says of itself."""

    platform: str
    labels: Mapping[str, str] = field(default_factory=dict)


def manifest(stored: Stored) -> Probe[Manifest]:
    """Read a manifest or an index."""
    if stored.media_type not in ACCEPTED:
        return Unknown(
            f"the registry answered with {clip(stored.media_type)}, which is no image of today's forms",
            "Push the image again with a current builder; a page of HTML comes from a proxy.",
        )
    found = _record(stored.content)
    if found is None:
        return Unknown(f"what the registry keeps as {stored.digest} is no JSON object")
    annotations = _texts(found.get("annotations"))
    if stored.media_type in (INDEX, DOCKER_LIST):
        listed = found.get("manifests")
        if not isinstance(listed, list):
            return Unknown(f"the index {stored.digest} lists no images")
        parts = tuple(str(each["digest"]) for each in listed if isinstance(each, dict) and "digest" in each)
        children = dict(_children(listed))
        return Present(Manifest(digest=stored.digest, annotations=annotations, children=children, parts=parts))
    config = found.get("config")
    digest = config.get("digest") if isinstance(config, dict) else None
    if not isinstance(digest, str):
        return Unknown(f"the manifest {stored.digest} names no configuration")
    return Present(Manifest(digest=stored.digest, annotations=annotations, config=digest))


def config(content: bytes) -> Probe[Config]:
    """Read an image's configuration."""
    found = _record(content)
    if found is None:
        return Unknown("the image's configuration is no JSON object")
    inner = found.get("config")
    labels = _texts(inner.get("Labels") if isinstance(inner, dict) else None)
    return Present(Config(platform=platform(found), labels=labels))


def platform(found: Mapping[str, Any]) -> str:
    """Write a platform; arm64 is v8 whether or not it says so."""
    parts = [str(found.get(name) or "") for name in ("os", "architecture", "variant")]
    return normal_platform("/".join(part for part in parts if part))


def normal_platform(text: str) -> str:
    """Read `os/architecture[/variant]`."""
    return (
        text.strip().lower().removesuffix("/v8") if text.strip().lower().endswith("/arm64/v8") else text.strip().lower()
    )


def platforms(text: str) -> tuple[str, ...]:
    """Read a list of platforms."""
    listed = tuple(dict.fromkeys(normal_platform(part) for part in text.replace(",", " ").split()))
    for each in listed:
        if not 1 <= each.count("/") <= 2 or not all(each.split("/")):  # noqa: PLR2004
            raise ValueError(f"{clip(each)} is no platform; write os/architecture, such as linux/amd64")
    return listed


def lacking(has: Sequence[str], wanted: Sequence[str]) -> Absent | None:
    """Say which platforms are missing, if any."""
    missing = [each for each in wanted if each not in has]
    return (
        Absent(f"it is there for {', '.join(has) or 'no platform'} and not for {', '.join(missing)}")
        if missing
        else None
    )


def _children(listed: Iterable[Any]) -> Iterable[tuple[str, str]]:
    """Leave out attestations: buildx lists them as images for `unknown/unknown`."""
    for entry in listed:
        if isinstance(entry, dict) and isinstance(entry.get("digest"), str):
            told = entry.get("platform")
            named = platform(told if isinstance(told, dict) else {})
            if named and not named.startswith("unknown/"):
                yield named, entry["digest"]


def _record(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _texts(found: object) -> dict[str, str]:
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}
