"""Turns what a caller wrote (INPUT_* or flags) into an action's typed inputs, or into the list of everything wrong.

An action declares `class Inputs` as a frozen dataclass whose fields are made by `required`, `optional` and `secret`;
the same declaration is the source of action.yml, the README table and the catalog.
"""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, cast, overload

from crossproof.errors import BadCall, Fault
from crossproof.units import SecretStr, clip, text

T = TypeVar("T")
Inputs = TypeVar("Inputs")

# The runner itself adds these two to every container action.
_RUNNER_OWN = frozenset({"args", "entrypoint"})


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """What the catalog says of an input, and how its text is read."""

    description: str
    read: Callable[[str], object]
    default: str = ""
    required: bool = False
    secret: bool = False
    in_action: str = ""  # the default as action.yml writes it, where it is an expression such as `${{ github.token }}`


def required(description: str, *, read: Callable[[str], T]) -> T:
    """Declare an input that every call must give. (The runner does not enforce `required`: we do.)"""
    return cast("T", field(metadata={"input": InputSpec(description=description, read=read, required=True)}))


@overload
def optional(description: str, *, read: Callable[[str], T], default: str, in_action: str = "") -> T: ...
@overload
def optional(description: str, *, read: Callable[[str], T], in_action: str = "") -> T | None: ...
def optional(
    description: str, *, read: Callable[[str], T], default: str | None = None, in_action: str = ""
) -> T | None:
    """Declare an input with a default, written as a caller would write it; without one it may stay unset (None)."""
    spec = InputSpec(description=description, read=read, default=default or "", in_action=in_action)
    value = None if default is None else read(default)
    return cast("T", field(default=value, metadata={"input": spec}))


def secret(description: str, *, in_action: str = "") -> SecretStr | None:
    """Declare a credential: hidden from the moment it is read, and masked by the front door."""
    spec = InputSpec(
        description=description, read=lambda value: SecretStr(text(value)), secret=True, in_action=in_action
    )
    return cast("SecretStr | None", field(default=None, metadata={"input": spec}))


def specs(inputs: type) -> dict[str, InputSpec]:
    """List an action's inputs in the order they are shown: its own first, then those every action shares."""
    own = inspect.get_annotations(inputs)
    declared = {f.name: cast("InputSpec", f.metadata["input"]) for f in fields(inputs)}
    return {name: declared[name] for name in [*own, *(n for n in declared if n not in own)]}


def given_in_env(env: Mapping[str, str]) -> dict[str, str]:
    """Collect what the runner passed: `INPUT_` + the upper-cased id, hyphens kept; empty means unset."""
    return {name.removeprefix("INPUT_").lower(): value for name, value in env.items() if name.startswith("INPUT_")}


def parse(inputs: type[Inputs], given: Iterable[tuple[str, str]], *, flags: bool = False) -> Inputs:
    """Read every value; raise one `BadCall` with all faults. `given` pairs a spelling with a text."""
    known = specs(inputs)
    faults: list[Fault] = []
    by_name = _by_canonical_name(given, known, faults, flags=flags)
    values: dict[str, object] = {}
    for name, spec in known.items():
        value = by_name.get(name)
        if value is None:
            if spec.required:
                faults.append(Fault(_shown(name, flags=flags), f"is required: {spec.description}"))
            continue
        try:
            values[name] = spec.read(value)
        except ValueError as fault:
            said = "could not be read" if spec.secret else str(fault)
            faults.append(Fault(_shown(name, flags=flags), said))
    if faults:
        raise BadCall(faults)
    result = inputs(**values)
    check: Callable[[], Sequence[Fault]] | None = getattr(result, "faults", None)
    if check and (contradictions := check()):
        raise BadCall(contradictions)
    return result


def defaults_of(inputs: type) -> dict[str, Any]:
    """Give the typed value that each optional input has when it is not given."""
    return {f.name: f.default for f in fields(inputs) if f.default is not MISSING}


def _by_canonical_name(
    given: Iterable[tuple[str, str]], known: Mapping[str, InputSpec], faults: list[Fault], *, flags: bool
) -> dict[str, str]:
    """Bring kebab and snake spellings together: the same value twice is harmless, two different ones are a fault."""
    spellings: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for spelling, value in given:
        if value.strip():
            spellings[spelling.replace("-", "_").replace(" ", "_").lower()][spelling] = value
    for name, values in spellings.items():
        if name not in known and name not in _RUNNER_OWN:
            import difflib  # noqa: PLC0415 - 5 ms that only a slip pays for

            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {_shown(near[0], flags=flags)}?" if near else ""
            faults.append(Fault(_shown(name, flags=flags), f"is not an input of this action{hint}"))
        elif len(set(values.values())) > 1 and name in known:
            both = " and ".join(sorted(values))
            shown = "" if known[name].secret else f" ({', '.join(clip(v) for v in values.values())})"
            faults.append(Fault(_shown(name, flags=flags), f"is given twice, as {both}, with different values{shown}"))
    return {name: next(iter(values.values())) for name, values in spellings.items()}


def _shown(name: str, *, flags: bool) -> str:
    return "--" + name.replace("_", "-") if flags else name
