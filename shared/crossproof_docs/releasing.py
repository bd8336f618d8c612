"""Makes a release's commit and refs on the remote; what an earlier run made is recognised, not made or moved again."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crossproof_docs.release_texts import NotReleasable, final, image_faults, released
from crossproof_docs.siblings import SERIES

_WHO = ("-c", "user.name=github-actions[bot]", "-c", "user.email=41898282+github-actions[bot]@users.noreply.github.com")
_TEXTS = ("actions/*/action.yml", ".github/workflows/*.yml")  # what a release commit may change, and nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """What the remote has. A shallow checkout knows no tags, and none would read as "not released yet"."""

    objects: Mapping[str, str]
    commits: Mapping[str, str]  # the same, with the commit behind an annotated tag

    @classmethod
    def read(cls, root: Path) -> "Refs":
        """Ask it."""
        listed = git(root, "ls-remote", "origin", "refs/tags/*", "refs/heads/release/*").splitlines()
        named = {name: commit for commit, name in (line.split("\t") for line in listed)}
        return cls(
            objects={name: commit for name, commit in named.items() if not name.endswith("^{}")},
            commits={name: named.get(f"{name}^{{}}", commit) for name, commit in named.items()},
        )

    def tags(self) -> dict[str, str]:
        """Give each version's tag its commit."""
        named = {name.removeprefix("refs/tags/"): commit for name, commit in self.commits.items()}
        return {name: commit for name, commit in named.items() if final(name)}


def found(root: Path, tag: str, refs: Refs) -> str:
    """Give the release commit that an earlier run made of the commit that is checked out, or nothing."""
    for name in (f"refs/tags/{tag}", f"refs/heads/release/{tag}"):
        if name in refs.commits:
            commit, base = refs.commits[name], head(root)
            git(root, "fetch", "--quiet", "--no-tags", "origin", name)
            if (parents := _parents(root, commit)) != [base]:
                raise NotReleasable(_other(name, " ".join(parents), base))
            if not _is_made_from(root, commit, tag):
                raise NotReleasable(f"{name} is {commit}, which changes more than a release does; see who made it")
            return commit
    return ""


def commit(root: Path, tag: str, images: Mapping[str, str]) -> str:
    """Commit and push what a release changes, to a branch that nobody names; the same images make the same commit."""
    if earlier := found(root, tag, Refs.read(root)):
        return earlier
    for name, text in released(_texts(root), images, tag).items():
        (root / name).write_text(text, encoding="utf-8")
    when = git(root, "log", "-1", "--format=%cI")
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    git(root, *_WHO, "commit", "--quiet", "--all", "--no-gpg-sign", "--message", _message(tag, images), env=dates)
    git(root, "push", "--quiet", "origin", f"HEAD:refs/heads/release/{tag}")
    return head(root)


def tag_it(root: Path, tag: str) -> str:
    """Tag the release commit that is checked out, signed, and push the tag; a tag that is there is left alone."""
    there, here = Refs.read(root).commits.get(f"refs/tags/{tag}"), head(root)
    if faults := image_faults(_metadata(root), source=False):
        raise NotReleasable("\n".join(faults))
    if there and there != here:
        raise NotReleasable(f"{tag} is {there}, not {here}; a version is released once")
    if there:
        return f"{tag} is there"
    git(root, *_WHO, "tag", "--force", "--sign", tag, "--message", f"Crossproof {tag}")
    git(root, "push", "--quiet", "origin", f"refs/tags/{tag}")
    return f"{tag} is {here}"


def move_series(root: Path, tag: str) -> str:
    """Move the series to the release, only ever forward, and drop the branch that carried the commit until now."""
    refs, here = Refs.read(root), head(root)
    if refs.tags().get(tag) != here:
        raise NotReleasable(f"{tag} is {refs.tags().get(tag, 'no tag')}, not {here}; the series follows tags only")
    said = _moved(root, tag, refs)
    if f"refs/heads/release/{tag}" in refs.objects:
        git(root, "push", "--quiet", "origin", "--delete", f"refs/heads/release/{tag}")
    return said


def images(root: Path) -> dict[str, str]:
    """Read from the release commit that is checked out which image was built of which Dockerfile."""
    return _images(git(root, "log", "-1", "--format=%B"))


def head(root: Path) -> str:
    """Name the commit that is checked out."""
    return git(root, "rev-parse", "HEAD")


def git(root: Path, *call: str, env: Mapping[str, str] | None = None) -> str:
    """Run git; what it refuses is refused here, in its own words."""
    said = subprocess.run(
        ["git", *call], cwd=root, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if said.returncode:
        raise NotReleasable(f"git {' '.join(part for part in call if part not in _WHO)}: {said.stderr.strip()}")
    return said.stdout.strip()


def _moved(root: Path, tag: str, refs: Refs) -> str:
    at = refs.commits.get(f"refs/tags/{SERIES}")
    named = [final(name) for name, commit in refs.tags().items() if commit == at]
    if at and not named:
        raise NotReleasable(f"{SERIES} is {at}, which no version names; move it by hand once it is known why")
    if at and max(named) >= final(tag):
        return f"{SERIES} stays where it is, at v{'.'.join(map(str, max(named)))}"
    # Moved from what was just read, or not at all: another release may be at work.
    lease = f"--force-with-lease=refs/tags/{SERIES}:{refs.objects.get(f'refs/tags/{SERIES}', '')}"
    git(root, "push", "--quiet", lease, "origin", f"HEAD:refs/tags/{SERIES}")
    return f"{SERIES} is {tag}"


def _other(name: str, parents: str, base: str) -> str:
    if name.startswith("refs/tags/"):
        return (
            f"{name} was made from {parents}, not from {base}; a version is released once. If that release has not"
            " ended, run its failed jobs again instead of starting another one."
        )
    return f"{name} was made from {parents}, not from {base}; delete the branch to begin the release anew"


def _is_made_from(root: Path, commit: str, tag: str) -> bool:
    """Make its texts once more from what is checked out: a branch of that name with anything else is no release."""
    try:
        wanted = released(_texts(root), _images(git(root, "log", "-1", "--format=%B", commit)), tag)
    except NotReleasable:
        return False
    changed = set(git(root, "diff", "--name-only", "HEAD", commit).splitlines())
    return changed == set(wanted) and all(
        git(root, "show", f"{commit}:{name}") == text.strip() for name, text in wanted.items()
    )


def _parents(root: Path, commit: str) -> list[str]:
    """Read the commit itself: where a checkout is shallow, git's own walk ends before the parent."""
    return re.findall(r"^parent (\w+)$", git(root, "cat-file", "commit", commit).partition("\n\n")[0], re.MULTILINE)


def _message(tag: str, images: Mapping[str, str]) -> str:
    built = "".join(f"{name} {image}\n" for name, image in sorted(images.items()))
    return f"Release {tag}: every action names its published image\n\n{built}"


def _images(message: str) -> dict[str, str]:
    return dict(re.findall(r"^(Dockerfile[.a-z]*) (\S+)$", message, re.MULTILINE))


def _texts(root: Path) -> dict[str, str]:
    found = sorted(path for pattern in _TEXTS for path in root.glob(pattern))
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in found}


def _metadata(root: Path) -> dict[str, str]:
    return {name: text for name, text in _texts(root).items() if name.startswith("actions/")}
