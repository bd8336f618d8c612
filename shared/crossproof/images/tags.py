"""What a tag may be, how others write theirs from a branch's name, and how ours are written without collision."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from crossproof.units import clip

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_PLACE = re.compile(r"\{(.*?)\}")
_PRODUCER_REPLACES = re.compile(r"[^a-zA-Z0-9._-]+")  # docker/metadata-action, src/meta.ts, sanitizeTag
_READABLE = 48  # characters of the branch's name that stay readable in a tag of ours
PLACES = ("sha", "pr", "branch_tag", "tag")


def is_tag(text: str) -> bool:
    """Whether any registry could know such a tag; asking for another gets an answer about something else."""
    return bool(_TAG.fullmatch(text))


def is_digest(text: str) -> bool:
    """Whether it names content."""
    return bool(_DIGEST.fullmatch(text))


def repository(text: str) -> str:
    """Read the name of an image repository."""
    name = text.strip()
    if not _REPOSITORY.fullmatch(name) or len(name) > 255:  # noqa: PLR2004 - the specification's limit
        raise ValueError(f"{clip(text)} is no image repository; write lower-case parts such as org/dashboard")
    return name


def as_producers_write(branch: str) -> str:
    """Write a branch's name as docker/metadata-action does in tags; several branches may end as one tag."""
    return _PRODUCER_REPLACES.sub("-", branch)


def own_tag(prefix: str, name: str) -> str:
    """Write a tag of ours for a name: readable, within 128 characters, and never the same for two names."""
    readable = _PRODUCER_REPLACES.sub("-", name)[:_READABLE].strip("-.")
    return f"{prefix}-{readable}-{sha256(name.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Template:
    """The form of a tag that the companion's own builds push, such as `sha-{sha}`."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a template; a place that nothing fills is refused."""
        unknown = [place for place in _PLACE.findall(text) if place not in PLACES]
        if unknown:
            known = ", ".join(f"{{{place}}}" for place in PLACES)
            raise ValueError(f"{clip(text)} has a place {{{unknown[0]}}} that nothing fills; there are {known}")
        if not is_tag(_PLACE.sub("0", text)):
            raise ValueError(f"{clip(text)} makes no tag that a registry could know (letters, digits, `_`, `.`, `-`)")
        return cls(text)

    def asks_for(self, place: str) -> bool:
        """Whether it has a place."""
        return f"{{{place}}}" in self.text

    def filled(self, values: Mapping[str, str]) -> str:
        """Fill it; empty where a value is missing or the result could not be a tag."""
        if any(not values.get(place) for place in _PLACE.findall(self.text)):
            return ""
        tag = _PLACE.sub(lambda found: values[found[1]], self.text)
        return tag if is_tag(tag) else ""


def templates(text: str) -> tuple[Template, ...]:
    """Read a list of templates."""
    return tuple(Template.parse(part) for piece in text.splitlines() for part in piece.replace(",", " ").split())


@dataclass(frozen=True, slots=True)
class Reference:
    """An image by name: `[host/][repository]:tag`, `…@sha256:…` or both."""

    host: str
    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read a reference; one that names neither a tag nor a digest says too little."""
        name, at, digest = text.strip().partition("@")
        path, slash, last = name.rpartition("/")
        last, colon, tag = last.partition(":")
        path = f"{path}{slash}{last}"
        first, more, rest = path.partition("/")
        host, path = (first, rest) if more and ("." in first or ":" in first or first == "localhost") else ("", path)
        if (at and not is_digest(digest)) or (colon and not is_tag(tag)) or not (at or colon):
            raise ValueError(f"{clip(text)} is no image; write repository:tag or repository@sha256:…")
        return cls(host.lower(), repository(path) if path else "", tag, digest)

    @property
    def asked(self) -> str:
        """What the registry is asked for: the digest, if there is one."""
        return self.digest or self.tag
