"""Decides whether a release may be made, and writes what only a release commit holds: images by digest.

python -m crossproof_docs.release check            says the version, or why it cannot be released
python -m crossproof_docs.release notes            prints the changelog's section of this version
python -m crossproof_docs.release pin NAME=IMAGE   names a published image in every action.yml built from NAME
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crossproof import __version__
from crossproof_docs.siblings import SERIES

ROOT = Path(__file__).parents[2]
_HEAD = re.compile(r"^## (?P<version>\S+) · (?P<when>\S+)$", re.MULTILINE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FINAL = re.compile(r"(?P<major>\d+)\.\d+\.\d+")
_IMAGE = re.compile(r"^  image: (?P<image>\S+)$", re.MULTILINE)
_SOURCE = re.compile(r"\.\./\.\./(?P<file>Dockerfile(?:\.[a-z]+)?)")
_PUBLISHED = re.compile(r"docker://[a-z0-9.-]+(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}")


def refusals(version: str, changelog: str, tags: Iterable[str]) -> list[str]:
    """Say everything that stands against releasing this version."""
    found: list[str] = []
    final, head = _FINAL.fullmatch(version), _HEAD.search(changelog)
    if not final:
        found.append(f"{version} is no final version (1.2.3)")
    elif f"v{final['major']}" != SERIES:
        found.append(f"{version} does not belong to {SERIES}, which examples and docs name")
    if not head or head["version"] != version:
        found.append(f"CHANGELOG.md begins with {head['version'] if head else 'no version'}, the package is {version}")
    elif not _DAY.fullmatch(head["when"]):
        found.append(f"CHANGELOG.md says {version} is {head['when']}; write the day of the release")
    if f"v{version}" in set(tags):
        # An immutable release burns its tag's name for ever, even when it is deleted.
        found.append(f"the tag v{version} is there already; a version is released once")
    return found


def notes(version: str, changelog: str) -> str:
    """Take a version's section out of the changelog."""
    heads = list(_HEAD.finditer(changelog))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        if head["version"] == version:
            return changelog[head.end() : following.start() if following else None].strip() + "\n"
    raise ValueError(f"CHANGELOG.md has no section for {version}")


def pinned(metadata: str, images: Mapping[str, str]) -> str:
    """Replace the one image line of an action.yml by the published image of the same Dockerfile."""
    lines = list(_IMAGE.finditer(metadata))
    source = _SOURCE.fullmatch(lines[0]["image"]) if len(lines) == 1 else None
    if not source:
        raise ValueError(f"expected one `image: ../../Dockerfile…`, found {[line['image'] for line in lines]}")
    image = f"docker://{images.get(source['file'], '')}"
    if not _PUBLISHED.fullmatch(image):
        raise ValueError(f"{source['file']} needs a published image, name@sha256:…, not {image!r}")
    return metadata.replace(lines[0][0], f"  image: {image}")


def image_faults(metadata: Mapping[str, str]) -> list[str]:
    """Accept a source commit (each image a Dockerfile) or a release commit (each a digest), and no mixture."""
    images = {name: "".join(line["image"] for line in _IMAGE.finditer(text)) for name, text in metadata.items()}
    if all(_SOURCE.fullmatch(image) for image in images.values()):
        return []
    return [f"{name}: {image or 'no image'} is no digest" for name, image in images.items() if not _released(image)]


def _released(image: str) -> bool:
    return _PUBLISHED.fullmatch(image) is not None


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Do one step of a release."""
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    match arguments:
        case ["check"]:
            return _said(refusals(__version__, changelog, _tags(root)))
        case ["notes"]:
            print(notes(__version__, changelog), end="")
            return 0
        case ["pin", *named] if named:
            return _pin(root, dict(pair.partition("=")[::2] for pair in named))
        case _:
            print(__doc__, file=sys.stderr)
            return 2


def _said(found: Sequence[str]) -> int:
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    print(f"v{__version__}")
    return 0


def _pin(root: Path, images: Mapping[str, str]) -> int:
    files = {path: path.read_text(encoding="utf-8") for path in sorted(root.glob("actions/*/action.yml"))}
    written = {path: pinned(text, images) for path, text in files.items()}
    if faults := image_faults({str(path): text for path, text in written.items()}):
        return _said(faults)
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    print(f"{len(written)} actions name their published image")
    return 0


def _tags(root: Path) -> list[str]:
    """Ask the remote, not the checkout: a shallow one has no tags, and none would read as "not released yet"."""
    call = ["git", "ls-remote", "--tags", "--refs", "origin"]
    listed = subprocess.run(call, cwd=root, capture_output=True, text=True, check=True).stdout
    return [line.rpartition("/")[2] for line in listed.splitlines()]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
