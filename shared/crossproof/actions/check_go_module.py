"""check-go-module: does a Go build really take a module from one commit, and which of its packages does it use?"""

import json
import posixpath
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from crossproof.actions.access import Reporting
from crossproof.errors import BadCall, Fault
from crossproof.images import gomodule
from crossproof.images.gomodule import Checkouts, Condition, Listed, State
from crossproof.images.modules import GoMod, go_mod
from crossproof.outcome import Annotation, Outcome, Subject
from crossproof.page import Page
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.report.markdown import block, code, inline, table
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.units import Sha, text
from crossproof.verdict import Exit, Reason, Verdict, unproven

T = TypeVar("T")

PAGE = Page(
    title="Crossproof check Go module",
    promise="The Go build takes the module from exactly the commit that was named, and its version of Go suffices.",
    icon="check-square",
    color="blue",
)


@dataclass(frozen=True, kw_only=True)
class Inputs(Reporting):
    """What earlier steps wrote with Go, and the commit that it must be about."""

    go_list: str = given.required(
        "File that `go list -m -json MODULE` wrote, after the last change of go.mod.", read=text
    )
    go_deps: str = given.required("File that `go list -deps ./...` wrote, after the last change of go.mod.", read=text)
    go_mod: str = given.required("The go.mod of the module that is built, as it is now.", read=text)
    source_commit: Sha = given.required("Commit that the module must be taken from.", read=Sha.parse)
    go_version: str | None = given.optional(
        "Version of Go that will do the build, where another than go.mod's does it, such as a builder image's.",
        read=text,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later steps may read."""

    module: str = told.says("Path of the module.")
    packages_used: str = told.says(
        "Folders of the module that the build uses, separated by blanks, or `none`: the `relevant_paths` of "
        "resolve-dashboard-image."
    )
    drift: str = told.says(
        "JSON list of the module's own `replace` and `exclude` lines that the build lacks.", default="[]"
    )
    go_required: str = told.says("Version of Go that both modules need.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope."""

    module: str
    conditions: Sequence[Condition]
    drift: Sequence[str]
    packages_used: Sequence[str]


FROM_COMMIT = Reason(
    word="from-commit",
    verdict=Verdict.PASSED,
    exit=Exit.DONE,
    meaning="The build takes the module from the commit that was named.",
)
ANOTHER_BUILD = Reason(
    word="another-build",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="The build takes another commit, or cannot be done as it stands.",
    fix="The table says for each condition what was seen and which command mends it.",
)
NOT_FOUND_OUT = unproven(
    "not-found-out",
    Exit.NOT_FOUND_OUT,
    "At least one condition could not be found out.",
    "The table says which; most often a file was not written, or the module is no checkout of its own.",
)
REASONS = (FROM_COMMIT, ANOTHER_BUILD, NOT_FOUND_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The workspace."""

    files: Checkouts


def aim(inputs: Inputs) -> str:
    """Say first what will be proven."""
    return f"check-go-module: is {inputs.go_mod} built with the module at {inputs.source_commit.short}?"


def run(inputs: Inputs, world: World) -> Outcome:
    """Read what Go said, compare it with what is checked out, and say what is used."""
    files = {name: world.files.text(getattr(inputs, name)) for name in ("go_list", "go_deps", "go_mod")}
    if missing := [Fault(name, each.proof) for name, each in files.items() if isinstance(each, Absent)]:
        raise BadCall(missing)
    module = _read(files["go_list"], gomodule.listed)
    companion = _read(files["go_mod"], lambda said: Present(go_mod(said)))
    if not isinstance(module, Present) or not isinstance(companion, Present):
        return _told(inputs, Found(conditions=[*_unread("go_list", module), *_unread("go_mod", companion)]))
    used = _read(files["go_deps"], lambda said: gomodule.packages(module.value.path, said))
    return _told(inputs, _judged(inputs, world.files, module.value, companion.value, used))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came out."""

    conditions: Sequence[Condition]
    module: str = ""
    drift: Sequence[str] = ()
    used: Sequence[str] | None = None
    go: str = ""


def _judged(inputs: Inputs, files: Checkouts, module: Listed, companion: GoMod, used: Probe[tuple[str, ...]]) -> Found:
    place = gomodule.folder_of(inputs.go_mod, companion.replacing(module.path, module.version))
    outside = Unknown("it is no folder below the one of go.mod that a relative path names")
    checked_out = (files.head(place) if place else outside) if module.is_folder else None
    conditions = [
        gomodule.built_from(module, checked_out, inputs.source_commit.hex),
        gomodule.agrees(module, companion),
        *_unread("go_deps", used),
    ]
    if vendor := gomodule.vendored(
        module, files.text(posixpath.join(posixpath.dirname(inputs.go_mod), "vendor/modules.txt"))
    ):
        conditions.append(vendor)
    subject = _read(files.text(f"{place}/go.mod"), lambda said: Present(go_mod(said))) if place else None
    lines: Sequence[str] = ()
    match subject:
        case Present(theirs):
            conditions.append(gomodule.can_build(theirs, companion, inputs.go_version or ""))
            lines = gomodule.drift(theirs, companion)
        case Absent(why) | Unknown(why):
            conditions.append(Condition(what="the module's own go.mod can be read", state=State.UNKNOWN, seen=why))
        case None:
            pass  # taken by its version, Go has compared what it needs; else the first condition says why
    return Found(
        conditions=conditions,
        module=module.path,
        drift=lines,
        used=used.value if isinstance(used, Present) else None,
        go=companion.go,
    )


def _read(content: Probe[str], reading: Callable[[str], Probe[T]]) -> Probe[T]:
    return reading(content.value) if isinstance(content, Present) else content


def _unread(name: str, answer: Probe[T]) -> list[Condition]:
    if not isinstance(answer, Unknown):
        return []
    return [Condition(what=f"{name} can be read", state=State.UNKNOWN, seen=answer.why, fix=answer.fix)]


def _told(inputs: Inputs, found: Found) -> Outcome:
    reason, sentence = _concluded(inputs, found)
    used = "" if found.used is None else " ".join(found.used) or "none"
    outputs = Outputs(
        module=found.module,
        packages_used=used,
        drift=json.dumps(found.drift),
        go_required=found.go,
    )
    details = Details(
        module=found.module, conditions=found.conditions, drift=found.drift, packages_used=found.used or ()
    )
    return Outcome(
        reason=reason,
        sentence=sentence,
        outputs=outputs.as_texts(),
        subject=Subject(sha=inputs.source_commit.hex),
        details=asdict(details),
        summary=_summary(found),
        annotations=[
            Annotation(level="warning", title="Go does not inherit this line", message=line) for line in found.drift
        ],
    )


def _concluded(inputs: Inputs, found: Found) -> tuple[Reason, str]:
    states = {state: [each for each in found.conditions if each.state is state] for state in State}
    if broken := states[State.BROKEN]:
        return ANOTHER_BUILD, f"{broken[0].what} does not hold: {broken[0].seen}."
    if unknown := states[State.UNKNOWN]:
        return NOT_FOUND_OUT, f"It could not be found out whether {unknown[0].what}: {unknown[0].seen}."
    count = len(found.used or ())
    some = f"{count} folder of it is" if count == 1 else f"{count} folders of it are"
    return FROM_COMMIT, f"{found.module} is built from {inputs.source_commit}; {some} used."


_SIGNS = {State.HOLDS: "✅", State.BROKEN: "❌", State.UNKNOWN: "❔"}


def _summary(found: Found) -> str:
    rows = [[_SIGNS[each.state], inline(each.what), inline(each.seen)] for each in found.conditions]
    parts = [table(["", "condition", "seen"], rows)]
    for each in found.conditions:
        if each.state is not State.HOLDS and each.fix:
            parts.append(f"**{inline(each.what)}:** {inline(each.fix)}\n")
    if found.drift:
        lines = "\n".join(found.drift)
        parts.append(f"Go does not inherit these lines of the module; copy what the build needs:\n\n{block(lines)}")
    if found.used is not None:
        parts.append(f"Used: {' '.join(map(code, found.used)) or 'nothing'}\n")
    return "\n".join(parts)
