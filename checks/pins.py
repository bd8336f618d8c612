"""Decides which `uses:` name a commit, and pins the rest where GitHub can be reached (`make pin`).

A tag can be moved to other code; a commit cannot. Our own actions stay at the series that readers are to use.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crossproof import HOME

ROOT = Path(__file__).parents[1]
_PLACES = (".github/workflows/*.yml", "actions/*/examples/*.yml", "actions/*/README.md", "docs/**/*.md", "README.md")
_USES = re.compile(r"(?P<head>\buses:[ ]*)(?P<action>[\w.-]+/[\w./-]+)@(?P<ref>[\w./-]+)(?P<note>[ ]*#[^\n]*)?")
_SHA = re.compile(r"[0-9a-f]{40}")
_VERSION = re.compile(r"v\d+(?:\.\d+){0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The commit behind a tag, and the most exact version that names the same commit."""

    sha: str
    version: str


def faults(root: Path) -> list[str]:
    """List every foreign action that is not pinned, and every pin that does not say which version it is."""
    return [
        f"{path.relative_to(root)}: {found['action']}@{found['ref']} {why}; run `make pin` where GitHub can be reached"
        for path in _files(root)
        for found in _foreign(path.read_text(encoding="utf-8"))
        if (why := _fault(found))
    ]


def pinned(text: str, look_up: Callable[[str, str], Pin]) -> str:
    """Replace every tag by its commit, with the version as a comment."""

    def write(found: re.Match[str]) -> str:
        if _is_ours(found) or _SHA.fullmatch(found["ref"]):
            return found[0]
        pin = look_up("/".join(found["action"].split("/")[:2]), found["ref"])
        return f"{found['head']}{found['action']}@{pin.sha} # {pin.version}"

    return _USES.sub(write, text)


def read_tags(listing: str, ref: str) -> Pin:
    """Read what `git ls-remote --tags` prints; of an annotated tag the commit counts, not the tag's own object."""
    commits: dict[str, str] = {}
    for line in listing.splitlines():
        sha, _, name = line.partition("\t")
        tag = name.removeprefix("refs/tags/")
        if tag.endswith("^{}") or tag not in commits:
            commits[tag.removesuffix("^{}")] = sha
    if ref not in commits:
        raise LookupError(f"there is no tag {ref}")
    same = [tag for tag, sha in commits.items() if sha == commits[ref] and _VERSION.fullmatch(tag)]
    return Pin(sha=commits[ref], version=max([ref, *same], key=lambda tag: (tag.count("."), len(tag))))


def _fault(found: re.Match[str]) -> str:
    if not _SHA.fullmatch(found["ref"]):
        return "is not pinned to a commit"
    return "" if _VERSION.search(found["note"] or "") else "does not say which version the commit is"


def _foreign(text: str) -> Iterator[re.Match[str]]:
    return (found for found in _USES.finditer(text) if not _is_ours(found))


def _is_ours(found: re.Match[str]) -> bool:
    return found["action"].startswith(f"{HOME}/")


def _files(root: Path) -> Iterator[Path]:
    for place in _PLACES:
        yield from sorted(root.glob(place))


def _ask_github(repository: str, ref: str) -> Pin:
    call = ["git", "ls-remote", "--tags", f"https://github.com/{repository}"]
    answer = subprocess.run(call, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise LookupError(f"{repository}: {answer.stderr.strip()}")
    return read_tags(answer.stdout, ref)


def main() -> int:
    """Pin what can be pinned; say what could not, and leave it as it is."""
    failed = False
    for path in _files(ROOT):
        try:
            path.write_text(pinned(path.read_text(encoding="utf-8"), _ask_github), encoding="utf-8")
        except LookupError as fault:
            print(f"{path.relative_to(ROOT)}: {fault}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
