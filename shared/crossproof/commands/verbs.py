"""Carries out one verb of a laptop command: reads its flags, answers, and shows the answer to a person or a program."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from crossproof.errors import BadCall, Fault
from crossproof.report.terminal import as_terminal
from crossproof.runner.inputs import specs
from crossproof.runner.reading import read
from crossproof.runner.runner import Runner
from crossproof.units import clip, flag
from crossproof.verdict import Exit


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: for a person, for a program, and for the shell."""

    page: str
    data: Any = None
    exit: Exit = Exit.DONE


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that can be asked of a command. Its inputs have a flag `json`."""

    does: str
    inputs: type
    answer: Callable[[Any, Runner], Answer]
    words: str = ""  # the input that takes what stands without a flag, one a line


def carry_out(command: str, verbs: Mapping[str, Verb], arguments: Sequence[str], runner: Runner) -> int:
    """Carry out one verb."""
    name, *rest = arguments or ["--help"]
    if name in {"--help", "-h", "help"}:
        runner.console.line(_help(command, verbs))
        return Exit.DONE
    verb = verbs.get(name)
    if verb is None:
        raise BadCall([Fault(clip(name), f"is nothing that {command} does; there are {', '.join(verbs)}")])
    if rest in (["--help"], ["-h"]):
        runner.console.line(_help_of(command, name, verb))
        return Exit.DONE
    inputs: Any = read(verb.inputs, _worded(rest, verb), runner, command=True)
    answer = verb.answer(inputs, runner)
    if inputs.json:
        whole = msgspec.json.encode({"exit": int(answer.exit), "answer": answer.data})
        runner.console.line(msgspec.json.format(whole, indent=2).decode())
    else:
        runner.console.line(as_terminal(answer.page, colours=runner.console.colours))
    return answer.exit


def lines(value: str) -> tuple[str, ...]:
    """Read a list of one a line: names of files may hold commas."""
    return tuple(line.strip() for line in value.splitlines() if line.strip())


def _worded(arguments: Sequence[str], verb: Verb) -> list[str]:
    """Give what stands without a flag to the input that takes it."""
    if not verb.words:
        return list(arguments)
    truths = {name for name, spec in specs(verb.inputs).items() if spec.read is flag}
    rest, flags, words = list(arguments), list[str](), list[str]()
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            words.append(word)
            continue
        flags.append(word)
        takes = "=" not in word and rest and not rest[0].startswith("--")
        if takes and (word[2:].replace("-", "_") not in truths or rest[0] in {"true", "false"}):
            flags.append(rest.pop(0))
    return [*flags, *([f"--{verb.words}", "\n".join(words)] if words else [])]


def _help(command: str, verbs: Mapping[str, Verb]) -> str:
    width = max(map(len, verbs))
    rows = [f"  {name:<{width}}  {verb.does}" for name, verb in verbs.items()]
    return "\n".join([f"crossproof {command} <verb> --flag value …", "", *rows, "", "Each takes --help."])


def _help_of(command: str, name: str, verb: Verb) -> str:
    head = f"crossproof {command} {name}{f' … {verb.words.upper()}' if verb.words else ''}: {verb.does}"
    return "\n".join([head, "", *flags_of(verb.inputs, words=verb.words)])


def flags_of(inputs: type, *, words: str = "") -> list[str]:
    """Describe every flag; the input that is called `words` needs none. A secret has none either."""
    shown: list[str] = []
    for flag_, spec in specs(inputs).items():
        if not spec.secret:
            default = " (required)" if spec.required else f" [{spec.default}]" if spec.default else ""
            head = flag_.upper() if flag_ == words else f"--{flag_.replace('_', '-')}"
            shown += [f"  {head}{default}", f"      {spec.description}"]
    return shown
