"""Reads what a caller gave, from environment and flags; a secret is masked before anything else can be said."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from crossproof.errors import BadCall, Fault
from crossproof.runner.inputs import parse, specs
from crossproof.runner.runner import Runner

Inputs = TypeVar("Inputs")


def read(inputs: type[Inputs], arguments: Sequence[str], runner: Runner, *, command: bool = False) -> Inputs:
    """Read an action's inputs, or a command's: of the environment, a command takes only what it knows."""
    known = specs(inputs)
    secrets = {name for name, spec in known.items() if spec.secret}
    pairs = [pair for pair in runner.given if not command or pair[0].replace("-", "_") in known]
    if runner.context.local and "token" in secrets and not any(name == "token" and value for name, value in pairs):
        pairs += [("token", value) for value in runner.tokens[:1]]
    for name, value in pairs:
        if name.replace("-", "_") in secrets:
            runner.console.mask(value)
    flags = list(_flags(arguments, secrets))
    return parse(inputs, [*pairs, *flags], flags=bool(flags) or command)


def _flags(arguments: Sequence[str], secrets: set[str]) -> Iterator[tuple[str, str]]:
    """Pair up `--name value` and `--name=value`; a flag without a value says true."""
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not name.startswith("--") or name == "--":
            raise BadCall([Fault(word, "stands alone: every value needs its flag, as in --repository owner/name")])
        if name[2:].replace("-", "_") in secrets:
            variable = "INPUT_" + name[2:].replace("-", "_").upper()
            raise BadCall([Fault(name, f"would put a secret on the command line; set the variable {variable} instead")])
        if not equals:
            value = rest.pop(0) if rest and not rest[0].startswith("--") else "true"
        yield name[2:], value
