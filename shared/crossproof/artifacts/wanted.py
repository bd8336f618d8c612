"""Decides which artifacts of a run are meant: by globs with exclusions, or by exact ids."""

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Named(Protocol):
    """An artifact, at GitHub or in an archive."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def name(self) -> str:
        """What its uploader called it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for. Without globs and ids: everything."""

    globs: Sequence[str] = ()  # those with `!` take away
    ids: Sequence[int] = ()

    def meets(self, artifact: Named) -> bool:
        """Whether one artifact is meant."""
        if self.ids:
            return artifact.id in self.ids
        includes = [glob for glob in self.globs if not glob.startswith("!")]
        excludes = [glob[1:] for glob in self.globs if glob.startswith("!")]
        return (not includes or _any(includes, artifact.name)) and not _any(excludes, artifact.name)

    def unmet(self, found: Iterable[Named]) -> Sequence[str]:
        """List each part of the wish that nothing fulfils: none may go missing behind another's success."""
        met = [artifact for artifact in found if self.meets(artifact)]
        if self.ids:
            there = {artifact.id for artifact in met}
            return [f"id {wanted}" for wanted in self.ids if wanted not in there]
        includes = [glob for glob in self.globs if not glob.startswith("!")] or ["*"]
        return [glob for glob in includes if not any(fnmatch.fnmatchcase(artifact.name, glob) for artifact in met)]

    def __str__(self) -> str:
        """Say it as a reader of the log would."""
        if self.ids:
            return "ids " + ", ".join(map(str, self.ids))
        return ", ".join(self.globs) or "all artifacts"


def _any(globs: Iterable[str], name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs)
