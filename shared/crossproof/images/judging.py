"""Judges an image of the companion's own: was it built from that commit, and has it the subject's code under test?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from crossproof.images import manifests
from crossproof.images.looking import Described
from crossproof.images.modules import pinned
from crossproof.images.ports import Sources
from crossproof.images.relevance import Relevant, Scope, Tree, content, differing, is_deep, normal
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef

_FULL = re.compile(r"[0-9a-f]{40}")
_SHOWN = 5  # differing paths that a sentence names


@dataclass(frozen=True, slots=True)
class UsedPaths:
    """Paths of the subject that a build of the companion used; `by` is the companion's commit it is known for."""

    paths: tuple[str, ...]
    by: str = ""  # empty: the caller's word, which holds for every commit


@dataclass(slots=True, kw_only=True)
class Judge:
    """What is asked about images of one companion commit, for one commit of the subject."""

    companion: RepoRef
    companion_sha: str
    companion_sources: Sources
    subject: RepoRef
    subject_sha: str
    subject_sources: Sources
    relevant: Relevant
    host: str
    last: UsedPaths | None = None  # what the last build for this base branch used
    _trees: dict[tuple[str, bool], Probe[Tree]] = field(default_factory=dict)
    _pin: Probe[str] | None = None

    def named_by(self) -> tuple[str, ...]:
        """Give the paths that a key is made from; where nothing is known, all of the subject."""
        if self.relevant.scope is Scope.AUTO:
            return self.last.paths if self.last else (".",)
        return (".",) if self.relevant.scope is Scope.ALL else self.relevant.paths

    def subject_content(self, paths: Sequence[str]) -> Probe[dict[str, str]]:
        """Say what the subject's commit has at the paths."""
        return self._content(self.subject_sha, paths)

    def fresh(self, image: Described, *, tag_names_commit: bool) -> Probe[str]:
        """Say whether it was built from the companion's commit, or from a merge commit that GitHub made of it."""
        revision = image.label(manifests.REVISION).lower()
        if not revision:
            if tag_names_commit:
                return Present("its tag names the commit")
            return Absent(f"it has no label {manifests.REVISION}, so nothing says what it was built from")
        if revision == self.companion_sha:
            return Present("its label names the commit")
        return self._merges(revision)

    def _merges(self, revision: str) -> Probe[str]:
        """docker/metadata-action labels a pull request's image with the merge commit."""
        if not _FULL.fullmatch(revision):
            return Absent(f"its label says it was built from {revision[:60]}, which is no commit's full id")
        match self.companion_sources.parents(self.companion, revision):
            case Present(parents) if self.companion_sha in parents:
                return Present(f"it was built from {revision[:7]}, a merge of the commit")
            case Present():
                return Absent(f"stale: it was built from {revision[:7]}")
            case Absent():
                return Absent(f"stale: it was built from {revision[:7]}, which {self.companion} does not have")
            case Unknown() as unknown:
                return unknown

    def fits(self, image: Described | None) -> Probe[str]:
        """Say whether it has the subject's code in all that the companion uses; None asks of one still to be built."""
        if self.relevant.scope is Scope.NONE:
            return Present(f"by `relevant_paths: none` it has no code of {self.subject}")
        built_with = self._built_with(image)
        if not isinstance(built_with, Present):
            return built_with
        if built_with.value == self.subject_sha:
            return Present("it was built with the very commit")
        return self._compared(built_with.value, image)

    def _compared(self, ref: str, image: Described | None) -> Probe[str]:
        paths = self._used_by(image)
        before, after = self._content(ref, paths), self.subject_content(paths)
        for each in (before, after):
            if isinstance(each, Unknown):
                return each
        if not isinstance(before, Present) or not isinstance(after, Present):
            return Absent(f"it was built with {_short(ref)}, which {self.subject} does not have")
        changed = differing(before.value, after.value)
        where = "any path" if paths == (".",) else f"the {len(paths)} paths that the companion uses"
        if not changed:
            return Present(f"it was built with {_short(ref)}, which does not differ in {where}")
        listed = ", ".join(changed[:_SHOWN]) + (f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else "")
        return Absent(f"it was built with {_short(ref)}, which differs in {'the tree' if listed == '.' else listed}")

    def _built_with(self, image: Described | None) -> Probe[str]:
        """By its label, else by what the companion's go.mod pins."""
        labelled = image.label(manifests.SUBJECT_REVISION).lower() if image else ""
        of = image.label(manifests.SUBJECT).lower() if image else ""
        if labelled and of in ("", str(self.subject).lower()):
            return Present(labelled)
        if self._pin is None:
            text = self.companion_sources.text(self.companion, "go.mod", self.companion_sha)
            match text:
                case Present(value):
                    self._pin = pinned(value, self.subject, self.host)
                case Absent():
                    self._pin = Absent("nothing says which commit of the subject it has: no label, and no go.mod")
                case Unknown():
                    self._pin = text
        return self._pin

    def _used_by(self, image: Described | None) -> tuple[str, ...]:
        """A list that another commit of the companion left proves nothing about this one: then all is compared."""
        own = used_paths(image.label(manifests.USED_PATHS)) if image else None
        if self.relevant.scope is not Scope.AUTO:  # the caller's word may add to what the image says, never take away
            return normal((*self.named_by(), *(own or ())))
        if own is not None:
            return own
        return self.last.paths if self.last and self.last.by in ("", self.companion_sha) else (".",)

    def _content(self, ref: str, paths: Sequence[str]) -> Probe[dict[str, str]]:
        if not paths:
            return Present({})
        deep = is_deep(paths) or self.relevant.scope is Scope.AUTO  # what the last build used is known only later
        tree = self._trees.get((ref, True)) or self._trees.get((ref, deep))
        if tree is None:
            tree = self._trees[ref, deep] = self.subject_sources.tree(self.subject, ref, deep=deep)
        return Present(content(paths, tree.value)) if isinstance(tree, Present) else tree


def used_paths(label: str) -> tuple[str, ...] | None:
    """Read the label: `none`, or a list. None, or one that is no list of paths, tells nothing."""
    if label.strip() == Scope.NONE:
        return ()
    try:
        return normal(label.split()) if label.split() else None
    except ValueError:
        return None


def _short(ref: str) -> str:
    return ref[:7] if re.fullmatch(r"[0-9a-f]{12,40}", ref) else ref
