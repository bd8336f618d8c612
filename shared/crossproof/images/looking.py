"""Looks at images through the registry: each tag is asked for once, and each image described as far as is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from crossproof.images import manifests
from crossproof.images.manifests import Config, Manifest, Stored
from crossproof.images.ports import ImageRegistry
from crossproof.probe import Absent, Present, Probe, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An image with what it says of itself."""

    digest: str
    platforms: tuple[str, ...]
    labels: Mapping[str, str]

    def label(self, name: str) -> str:
        """Give a label, empty if it has none."""
        return self.labels.get(name, "").strip()


@dataclass(slots=True)
class Images:
    """One image repository. What was read is kept: a decision must not be made from two different moments."""

    registry: ImageRegistry
    repository: str
    platforms: tuple[str, ...]
    _stored: dict[str, Probe[Stored]] = field(default_factory=dict)

    def look(self, tags: Sequence[str]) -> None:
        """Ask for several tags at once."""
        new = [tag for tag in dict.fromkeys(tags) if tag and tag not in self._stored]
        if new:
            self._stored.update(self.registry.look(self.repository, new))

    def forget(self, tags: Sequence[str]) -> None:
        """Let tags be asked for again: something may have been pushed meanwhile."""
        for tag in tags:
            self._stored.pop(tag, None)

    def manifest(self, reference: str) -> Probe[Manifest]:
        """Read one tag or digest."""
        self.look([reference])
        stored = self._stored[reference]
        return manifests.manifest(stored.value) if isinstance(stored, Present) else stored

    def described(self, reference: str, needs: Sequence[str] = ()) -> Probe[Described]:
        """Describe an image: by its annotations where these have what is needed, else by its configuration.

        An image that lacks a wanted platform cannot be tested with: it counts as absent, and says so. Of a single
        image only the configuration tells the platform; name `needs` only where something else has settled that.
        """
        found = self.manifest(reference)
        if not isinstance(found, Present):
            return found
        top = found.value
        has = tuple(top.children) if top.is_index else self.platforms
        if lacking := manifests.lacking(has, self.platforms):
            return lacking
        if needs and all(top.annotations.get(name) for name in needs):
            return Present(Described(digest=top.digest, platforms=has, labels=top.annotations))
        if not top.is_index:
            return self._single(top, top.annotations, None)
        child = top.children[self.platforms[0]] if self.platforms else next(iter(top.children.values()), "")
        if not child:
            return Absent("the index lists no image that could run")
        return self._below(top, child, has)

    def _below(self, top: Manifest, child: str, has: tuple[str, ...]) -> Probe[Described]:
        inner = self.manifest(child)
        match inner:
            case Present(single) if not single.is_index:
                found = self._single(single, {**single.annotations, **top.annotations}, has)
                return Present(replace(found.value, digest=top.digest)) if isinstance(found, Present) else found
            case Present():
                return Unknown(f"the index {top.digest} lists another index")
            case Absent(proof):
                return Unknown(f"the index {top.digest} lists {child}, which is not there: {proof}", _GONE)
            case Unknown():
                return inner

    def _single(
        self, found: Manifest, annotations: Mapping[str, str], index_has: tuple[str, ...] | None
    ) -> Probe[Described]:
        read = self._config(found)
        if not isinstance(read, Present):
            return read
        has = index_has or (read.value.platform,)
        if not all(has):
            return Unknown(f"the configuration of {found.digest} names no platform; is it an image to run?")
        if lacking := manifests.lacking(has, self.platforms):
            return lacking
        return Present(Described(digest=found.digest, platforms=has, labels={**read.value.labels, **annotations}))

    def _config(self, found: Manifest) -> Probe[Config]:
        content = self.registry.blob(self.repository, found.config)
        match content:
            case Present(value):
                return manifests.config(value)
            case Absent(proof):
                return Unknown(f"the configuration of {found.digest} is not there: {proof}", _GONE)
            case Unknown():
                return content


_GONE = "A part of the image was deleted, as a lifecycle rule for untagged images can do: push the image again."
