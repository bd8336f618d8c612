"""Decides whether a release may be made, and what only a release commit says: images by digest, siblings by version."""

import re
from collections.abc import Mapping

from crossproof_docs import siblings

_HEAD = re.compile(r"^## (?P<version>\S+) · (?P<when>\S+)$", re.MULTILINE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FINAL = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_IMAGE = re.compile(r"^  image: (?P<image>\S+)$", re.MULTILINE)
_COMPOSITE = re.compile(r"^  using: ['\"]?composite['\"]?$", re.MULTILINE)
_SOURCE = re.compile(r"\.\./\.\./(?P<file>Dockerfile(?:\.[a-z]+)?)")
_PUBLISHED = re.compile(r"docker://[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}")


class NotReleasable(Exception):
    """What stands against going on, in words for whoever releases."""


def final(version: str) -> tuple[int, ...]:
    """Read a final version, 1.2.3 or v1.2.3, so that versions can be compared; anything else is none."""
    found = _FINAL.fullmatch(version)
    return tuple(map(int, found.groups())) if found else ()


def refusals(version: str, changelog: str) -> list[str]:
    """Say everything that stands against releasing this version."""
    found: list[str] = []
    number, head = final(version), _HEAD.search(changelog)
    if not number:
        found.append(f"{version} is no final version (1.2.3)")
    elif f"v{number[0]}" != siblings.SERIES:
        found.append(f"{version} does not belong to {siblings.SERIES}, which examples and docs name")
    if not head or head["version"] != version:
        found.append(f"CHANGELOG.md begins with {head['version'] if head else 'no version'}, the package is {version}")
    elif not _DAY.fullmatch(head["when"]):
        found.append(f"CHANGELOG.md says {version} is {head['when']}; write the day of the release")
    return found


def notes(version: str, changelog: str) -> str:
    """Take a version's section out of the changelog."""
    heads = list(_HEAD.finditer(changelog))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        if head["version"] == version:
            return changelog[head.end() : following.start() if following else None].strip() + "\n"
    raise ValueError(f"CHANGELOG.md has no section for {version}")


def released(texts: Mapping[str, str], images: Mapping[str, str], tag: str) -> dict[str, str]:
    """Give the files that a release changes, with what they then say.

    Siblings are named by the version's own tag, which nobody can move: pinned to the release's commit, a reusable
    workflow or a composite action must not go on to run whatever the series names by then.
    """
    written = {
        name: siblings.rewrite(pinned(text, images) if name.endswith("/action.yml") else text, ref=tag)
        for name, text in texts.items()
    }
    if faults := image_faults({n: text for n, text in written.items() if n.endswith("/action.yml")}, source=False):
        raise NotReleasable("\n".join(faults))
    return {name: text for name, text in written.items() if text != texts[name]}


def pinned(metadata: str, images: Mapping[str, str]) -> str:
    """Replace the one image line of an action.yml by the published image of the same Dockerfile."""
    if _COMPOSITE.search(metadata):
        return metadata
    lines = list(_IMAGE.finditer(metadata))
    source = _SOURCE.fullmatch(lines[0]["image"]) if len(lines) == 1 else None
    if not source:
        raise NotReleasable(f"expected one `image: ../../Dockerfile…`, found {[line['image'] for line in lines]}")
    image = f"docker://{images.get(source['file'], '')}"
    if not _PUBLISHED.fullmatch(image):
        raise NotReleasable(f"{source['file']} needs a published image, name@sha256:…, not {image!r}")
    return metadata.replace(lines[0][0], f"  image: {image}")


def image_faults(metadata: Mapping[str, str], *, source: bool = True) -> list[str]:
    """Accept a source commit (each image a Dockerfile) or a release commit (each a digest), and no mixture."""
    containers = {name: text for name, text in metadata.items() if not _COMPOSITE.search(text)}
    images = {name: "".join(line["image"] for line in _IMAGE.finditer(text)) for name, text in containers.items()}
    if source and all(_SOURCE.fullmatch(image) for image in images.values()):
        return []
    return [
        f"{name}: {image or 'no image'} is no digest"
        for name, image in images.items()
        if not _PUBLISHED.fullmatch(image)
    ]
