"""Brings a run's artifacts into the workspace together: all of them, or the workspace stays as it was."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from crossproof.artifacts.delivery import Deliveries, at_once
from crossproof.artifacts.fetching import Fetched, Terms, Workbench, check_provable, fetch
from crossproof.artifacts.manifest import SCHEMA, ArtifactFact, Manifest, RunFact
from crossproof.artifacts.placement import OnConflict, check_visible, visible
from crossproof.artifacts.recorded import Artifact
from crossproof.report.amounts import counted, size

_LINES = 20  # of progress, however many artifacts there are


class Together(Protocol):
    """Runs several things at once, at most so many, and gives their results in order or raises the first failure."""

    def __call__(self, tasks: Sequence[Callable[[], Fetched]], *, at_once: int) -> Sequence[Fetched]:
        """Run them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    """What is brought: from where, and how it is laid out."""

    run: RunFact
    artifacts: Sequence[Artifact]
    kept: frozenset[int]  # ids from an earlier attempt
    source: str
    flat: bool
    on_conflict: OnConflict
    terms: Terms


def bring(
    wanted: Bringing,
    deliveries: Deliveries,
    bench: Workbench,
    *,
    together: Together,
    say: Callable[[str], None],
    then: Callable[[Manifest], None],
) -> Manifest:
    """Fetch everything onto the bench, put it in place, let `then` write it down, and only then let it stay."""
    check_provable(wanted.artifacts, wanted.terms)
    sizes = [artifact.size for artifact in wanted.artifacts]
    bench.must_hold(sum(sizes))
    fetched = together(
        [
            _told(partial(fetch, number, artifact, deliveries, bench, wanted.terms), number, len(sizes), say)
            for number, artifact in enumerate(wanted.artifacts)
        ],
        at_once=at_once(sizes),
    )
    directories = ["" if wanted.flat else one.artifact.name for one in fetched]
    laid_out = [(directory, one.files) for directory, one in zip(directories, fetched, strict=True)]
    counts = visible(laid_out, wanted.on_conflict)
    check_visible(bench.root, counts)
    for path in bench.place(enumerate(directories), wanted.on_conflict):
        if wanted.on_conflict is not OnConflict.IDENTICAL:
            counts.pop(path, None)
    manifest = Manifest(
        schema=SCHEMA,
        source=wanted.source,
        root=bench.root,
        run=wanted.run,
        artifacts=[
            _fact(one, directory, counts, kept=one.artifact.id in wanted.kept)
            for directory, one in zip(directories, fetched, strict=True)
        ],
    )
    then(manifest)
    bench.settle()
    return manifest


def _told(task: Callable[[], Fetched], number: int, count: int, say: Callable[[str], None]) -> Callable[[], Fetched]:
    """Let some of many tasks say that they are done."""
    step = max(1, count // _LINES)

    def run() -> Fetched:
        done = task()
        if number % step == 0 or number == count - 1:
            say(f"  {done.artifact.name}: {counted(len(done.files), 'file')} from {size(done.size)}")
        return done

    return run


def _fact(one: Fetched, directory: str, counts: dict[str, str], *, kept: bool) -> ArtifactFact:
    prefix = f"{directory}/" if directory else ""
    return ArtifactFact(
        id=one.artifact.id,
        name=one.artifact.name,
        size=one.size,
        sha256=one.sha256,
        proven=bool(one.artifact.sha256) and one.artifact.vouched,
        kept_from_earlier_attempt=kept,
        unpacked=one.unpacked,
        created_at=one.artifact.created_at,
        expires_at=one.artifact.expires_at,
        directory=directory,
        files=[file for file in one.files if counts.get(f"{prefix}{file.path}") == file.sha256],
    )
