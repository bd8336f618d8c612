"""Says which part of the subject the companion uses, and names an image by exactly that content: its build key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from crossproof.units import RepoRef, clip

PREFIX = "xr"  # of the tags that name content, and never move
LAST = "xl"  # of the tags that follow the last build for a base branch
_KEY_LENGTH = 20
_SCHEME = 1  # of what the key is made from
_ALWAYS = ("go.mod", "go.sum")  # a dependency that moves changes the companion's build, whatever the paths


class Scope(StrEnum):
    """How the paths are known that the companion uses."""

    AUTO = "auto"
    NONE = "none"
    ALL = "*"
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class Relevant:
    """The caller's word on which paths of the subject the companion uses."""

    scope: Scope
    paths: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Relevant":
        """Read `auto`, `none`, `*`, or a list of paths."""
        words = text.replace(",", " ").split()
        if len(words) == 1 and words[0] in {Scope.AUTO, Scope.NONE, Scope.ALL}:
            return cls(Scope(words[0]))
        return cls(Scope.LISTED, normal(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The object ids of one commit's folders and files, by path; below the top level only if they were asked for."""

    root: str
    entries: Mapping[str, str]
    deep: bool


def normal(paths: Sequence[str]) -> tuple[str, ...]:
    """Bring a list of paths into the one form that keys are made from; a path below another adds nothing."""
    cleaned = {path.strip().removeprefix("./").rstrip("/") or "." for path in paths}
    for path in cleaned:
        if path.startswith("/") or path == ".." or "../" in f"{path}/" or any(mark in path for mark in "*?["):
            raise ValueError(
                f"{clip(path)} is no path inside the repository; write folders such as pkg or internal/otel"
            )
    if "." in cleaned:
        return (".",)
    above = {path: {path.rsplit("/", depth)[0] for depth in range(1, path.count("/") + 1)} for path in cleaned}
    return tuple(sorted(path for path in cleaned if not above[path] & cleaned))


def is_deep(paths: Sequence[str]) -> bool:
    """Whether a commit's top level does not tell of all of them."""
    return any("/" in path for path in paths)


def covered(paths: Sequence[str], by: Sequence[str]) -> bool:
    """Whether every path is one of the others, or below one."""
    return all(any(each in (path, ".") or path.startswith(f"{each}/") for each in by) for path in paths)


def content(paths: Sequence[str], tree: Tree) -> dict[str, str]:
    """Say what a commit has at the paths. One that the listing does not reach stands for what is above it, whole."""
    if not paths:
        return {}
    if "." in paths:
        return {".": tree.root}
    found = {path: _at(path, tree) for path in (*paths, *_ALWAYS)}
    return dict(sorted(found.items()))


def _at(path: str, tree: Tree) -> str:
    if "/" in path and not tree.deep:
        return tree.entries.get(path.partition("/")[0], "")
    return tree.entries.get(path, "")


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Name the paths whose content differs."""
    return tuple(sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What an image is made from, apart from the subject's content."""

    image_repository: str
    companion: RepoRef
    companion_sha: str
    subject: RepoRef | None
    platforms: tuple[str, ...]
    recipe: str  # the caller's word for how the build is done; another word, another key


def build_key(recipe: Recipe, used: Mapping[str, str]) -> str:
    """Name the image that is made so: equal content has equal keys, whoever asks and from whichever branch."""
    made_from = {
        "scheme": _SCHEME,
        "image_repository": recipe.image_repository,
        "companion": [str(recipe.companion).lower(), recipe.companion_sha],
        "subject": str(recipe.subject or "").lower(),
        "platforms": sorted(recipe.platforms),
        "recipe": recipe.recipe,
        "used": dict(used),
    }
    canonical = json.dumps(made_from, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()[:_KEY_LENGTH]


def key_tag(key: str) -> str:
    """Write the tag of a key."""
    return f"{PREFIX}-{key}"
