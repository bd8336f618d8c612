"""Decides where each declared secret is looked up, and names every one that is missing in one answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from crossproof.errors import BadCall, Fault
from crossproof.tiers.checkout import Checkout
from crossproof.tiers.manifest import Origin, SecretSource
from crossproof.tiers.secrecy import SHORT
from crossproof.units import SecretStr, clip

_REFERENCE = "/aws/reference/secretsmanager/"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a parameter store answered: values by the name asked for, and the names that it does not have."""

    values: Mapping[str, SecretStr]
    missing: Sequence[str] = ()
    plain: Sequence[str] = ()  # stored unencrypted


class ParameterStore(Protocol):
    """Where parameters are kept."""

    def fetch(self, names: Sequence[str]) -> Parameters:
        """Ask for all of them at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The secrets by name, and what is worth telling of them."""

    values: Mapping[str, SecretStr]
    remarks: Sequence[str] = ()


def fetch(
    sources: Sequence[SecretSource], store: ParameterStore, environment: Mapping[str, str], checkout: Checkout
) -> Secrets:
    """Look all of them up; raise one error that names each that is not there or is empty."""
    names = {source.name: _parameter(source) for source in sources}
    asked = list(dict.fromkeys(name for name in names.values() if name))
    answer = store.fetch(asked) if asked else Parameters({})
    values: dict[str, SecretStr] = {}
    faults: list[Fault] = []
    for source in sources:
        if name := names[source.name]:
            value = answer.values[name].reveal() if name in answer.values else ""
            what = f"the parameter {clip(name, 200)} does not exist" if name in answer.missing else ""
        elif source.origin is Origin.ENV:
            value, what = environment.get(source.key, ""), f"the variable {source.key} is not set for this step"
        else:
            there = checkout.is_file(source.key)
            value = checkout.read(source.key).decode("utf-8", "surrogateescape").rstrip("\n") if there else ""
            what = "" if there else f"there is no file {clip(source.key)}"
        if value:
            values[source.name] = SecretStr(value)
        else:
            faults.append(Fault(f"secrets.{source.name}", what or "it is there, and empty"))
    if faults:
        raise BadCall(
            faults,
            what=f"{len(faults)} of {len(sources)} secrets cannot be had.",
            fix="Create what is missing, or correct its name under `secrets` of the manifest.",
            anchor="secrets-of-tiers",
        )
    return Secrets(values=values, remarks=[*_remarks(values), *_unencrypted(names, answer)])


def _parameter(source: SecretSource) -> str:
    match source.origin:
        case Origin.SSM:
            return source.key
        case Origin.SECRETS_MANAGER:
            return f"{_REFERENCE}{source.key}"
        case Origin.ENV | Origin.FILE:
            return ""


def _remarks(values: Mapping[str, SecretStr]) -> list[str]:
    short = [name for name, value in values.items() if len(value.reveal().strip()) < SHORT]
    return [
        f"{name} is shorter than {SHORT} characters: it is hidden in what the tests say, and not elsewhere in the log"
        for name in short
    ]


def _unencrypted(names: Mapping[str, str], answer: Parameters) -> list[str]:
    return [f"{n} is kept as a plain String; make it a SecureString" for n, key in names.items() if key in answer.plain]
