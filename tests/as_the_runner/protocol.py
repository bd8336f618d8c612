"""The Actions runner's side of its protocol, rebuilt from its source: what it hears on stdout and reads from files.

Sources: actions/runner, ActionCommand.cs, ActionCommandManager.cs, OutputManager.cs, FileCommandManager.cs,
SecretMasker and JobExtension.cs. Where .NET compares by culture, the stricter reading is taken here.
"""

import base64
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

ANNOTATIONS = 10  # per level and step
MESSAGE = 4096  # UTF-16 units of an annotation's message
SUMMARY = 1024 * 1024

ANNOTATED = ("error", "warning", "notice")
COMMANDS = frozenset(
    {
        *ANNOTATED,
        "debug",
        "group",
        "endgroup",
        "echo",
        "stop-commands",
        "add-mask",
        "add-matcher",
        "remove-matcher",
        "set-env",
        "set-output",
        "save-state",
        "add-path",
    }
)
_DOTNET_WHITE_SPACE = " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


class StepFails(Exception):
    """The runner makes the step red because it cannot read what the step left."""


@dataclass(frozen=True, slots=True)
class Command:
    """One workflow command as the runner understood it."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Ear:
    """Listens to a step's stdout. `log` is what is printed, secrets blanked, commands that print nothing left out."""

    commands: list[Command] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    stopped_by: str = ""

    def hear(self, stdout: str | bytes) -> "Ear":
        """Take a piece of output that ends at the end of a line."""
        text = stdout.decode("utf-8", "replace") if isinstance(stdout, bytes) else stdout
        lines = re.split(r"\r\n|\r|\n", text)  # .NET's ReadLine
        for line in lines[:-1] if lines[-1] == "" else lines:
            if not self._obeys(line):
                self.log.append(self.masked(line))
        return self

    def masked(self, text: str) -> str:
        """Blank the secrets out, in the forms the runner knows them."""
        forms = {form for secret in self.secrets for form in _forms(secret)}
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, "***")
        return text

    def job_output(self, value: str) -> str | None:
        """Give an output on to another job, or (None) drop it whole because it may hold a secret."""
        return value if self.masked(value) == value else None

    def annotations(self, level: str) -> list[Command]:
        """List what the run's page shows: ten per level, each cut."""
        heard = [command for command in self.commands if command.name == level][:ANNOTATIONS]
        return [
            Command(c.name, c.data.encode("utf-16-le")[: 2 * MESSAGE].decode("utf-16-le", "ignore"), c.properties)
            for c in heard
        ]

    def names(self) -> list[str]:
        """List the commands that were obeyed, in order."""
        return [command.name for command in self.commands]

    def _obeys(self, line: str) -> bool:
        known = COMMANDS | {self.stopped_by.lower()} if self.stopped_by else COMMANDS
        command = _with_colons(line, known) or _with_hashes(line, known)
        if command is None:
            return False
        if self.stopped_by:
            if command.name != self.stopped_by.lower():
                return False
            self.stopped_by = ""
            self.log.append(self.masked(line))
            return True
        self.commands.append(command)
        match command.name:
            case "stop-commands":
                self._stop(command.data)
                self.log.append(line)
            case "add-mask":
                self._hide(command.data)
            case "set-env" | "add-path":
                raise StepFails(f"The `{command.name}` command is disabled.")
            case "error" | "warning" | "notice" | "group" | "endgroup":
                self.log += self.masked(f"##[{command.name}]{command.data}").split("\n")
        return True

    def _stop(self, token: str) -> None:
        if not token or token.lower() in COMMANDS | {"pause-logging"}:
            raise StepFails(f"invalid stop token {token!r}")
        self.stopped_by = token
        if len(token) > 6:
            self.secrets.append(token)

    def _hide(self, secret: str) -> None:
        if secret.strip():
            new = [secret, *(line for line in re.split(r"[\r\n]", secret) if line)]
            self.secrets = list(dict.fromkeys([*self.secrets, *new]))
        else:
            self.complaints.append("Can't add secret mask for empty string in ##[add-mask] command.")


def _with_colons(line: str, known: frozenset[str]) -> Command | None:
    """`::name key=value,…::data`, at the start of the line but for white space."""
    line = line.lstrip(_DOTNET_WHITE_SPACE)
    end = _colons(line, 2) if line.startswith("::") else -1
    if end < 0:
        return None
    name, space, properties = line[2:end].partition(" ")
    if name.lower() not in known:
        return None
    given = dict(_pairs_of(properties.strip(_DOTNET_WHITE_SPACE), ",")) if space else {}
    unescaped = {key: _unescaped(value, "\r\n:,%") for key, value in given.items()}
    return Command(name.lower(), _unescaped(line[end + 2 :], "\r\n%"), unescaped)


def _colons(text: str, start: int) -> int:
    """Find `::` as a culture does: with a mark or a joiner after it, it is part of another character."""
    while (at := text.find("::", start)) >= 0:
        after = text[at + 2 : at + 3]
        if (
            not after
            or unicodedata.category(after) not in {"Mn", "Mc", "Me", "Cf", "Cc", "Lm", "Sk"}
            or after in "^`\t"
        ):
            return at
        start = at + 1
    return -1


def _with_hashes(line: str, known: frozenset[str]) -> Command | None:
    """`##[name key=value;…]data`, anywhere in the line."""
    start = line.find("##[")
    end = line.find("]", start) if start >= 0 else -1
    if end < 0:
        return None
    name, space, properties = line[start + 3 : end].partition(" ")
    if name.lower() not in known:
        return None
    given = {key: _unescaped(value, ";\r\n]%") for key, value in _pairs_of(properties, ";")} if space else {}
    return Command(name.lower(), _unescaped(line[end + 1 :], ";\r\n]%"), given)


def _pairs_of(properties: str, separator: str) -> Iterator[tuple[str, str]]:
    for part in properties.split(separator):
        key, _, value = part.lstrip("=").partition("=")  # RemoveEmptyEntries
        if key and value.lstrip("="):
            yield key, value.lstrip("=")


def _unescaped(text: str, characters: str) -> str:
    for character in characters:  # `%` is last: the runner unescapes in this order too
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def _forms(secret: str) -> set[str]:
    """List the forms of a secret that the runner blanks besides itself (the ones a log is likely to hold)."""
    data = secret.encode("utf-8", "surrogatepass")
    shifted = (base64.b64encode(data[cut:]).decode().rstrip("=") for cut in range(3) if len(data) > cut + 4)
    return {secret, secret.strip(), json.dumps(secret)[1:-1], quote(data, safe=""), *shifted} - {""}


def pairs_in(file: bytes) -> list[tuple[str, str]]:
    """Read an output, env or state file."""
    text = file.decode("utf-8-sig", "replace")
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        line, at, _ = _line(text, at)
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line.split("=", 1)
        elif heredoc >= 0:
            name, delimiter = line.split("<<", 1)
            if not delimiter:
                raise StepFails(f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty")
            value, at = _heredoc(text, at, delimiter)
        else:
            raise StepFails(f"Invalid format '{line}'")
        if not name:
            raise StepFails(f"Invalid format '{line}'. Name must not be empty")
        pairs.append((name, value))
    return pairs


def _heredoc(text: str, start: int, delimiter: str) -> tuple[str, int]:
    at = end = start
    while at < len(text):
        line, at, whole = _line(text, at)
        if line == delimiter:
            return text[start:end], at
        if not whole:
            raise StepFails("Invalid value. EOF marker missing new line.")
        end = at - 1
    raise StepFails(f"Invalid value. Matching delimiter not found '{delimiter}'")


def _line(text: str, at: int) -> tuple[str, int, bool]:
    end = text.find("\n", at)
    return (text[at:], len(text), False) if end < 0 else (text[at:end], end + 1, True)


def variables_in(file: bytes) -> dict[str, str]:
    """Read an env file; NODE_OPTIONS is refused, and so is what no process can be given."""
    found = dict(pairs_in(file))
    for name, value in found.items():
        if name.upper() == "NODE_OPTIONS":
            raise StepFails("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")
        if "\0" in name + value or len(f"{name}={value}\0".encode()) > 128 * 1024:
            raise StepFails(f"no process can be started with {name}")
    return found


def state_in(file: bytes) -> dict[str, str]:
    """Read a state file as the environment of the post step."""
    return {f"STATE_{name}": value for name, value in pairs_in(file)}


def paths_in(file: bytes) -> list[str]:
    """Read a path file: one directory per line, whichever line end."""
    return [line for line in re.split(r"\r\n|\r|\n", file.decode("utf-8-sig", "replace")) if line]


def summary_in(file: bytes, ear: Ear) -> str:
    """Read a step summary, secrets blanked line by line; one that is too long is not shown at all."""
    if len(file) > SUMMARY:
        ear.complaints.append("$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k")
        return ""
    return "\n".join(ear.masked(line) for line in re.split(r"\r\n|\r|\n", file.decode("utf-8-sig", "replace")))
