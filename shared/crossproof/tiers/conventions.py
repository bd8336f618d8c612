"""Infers the tiers of a repository that has no manifest from how it is laid out, and writes the manifest they make."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase as fnmatch
from pathlib import PurePosixPath

from crossproof.errors import BadCall, Fault
from crossproof.tiers.checkout import Checkout

_ORCHESTRATING = re.compile(r"scripts/ci/run-([a-z0-9][a-z0-9-]*?)-tests\.sh")  # tier 2 of a script hierarchy
_ATOMIC = re.compile(r"(?:(?P<folder>.+)/)?scripts/ci/run-tests\.sh")  # its tier 3
_COMPOSE_NAMES = ("docker-compose.test.yml", "docker-compose.test.yaml", "compose.test.yml", "compose.test.yaml")
_CALLS_COMPOSE = re.compile(r"\bdocker[- ]compose\b|\bdocker\s+(?:run|build|exec)\b")
_CALLS_SCRIPT = re.compile(r"[\w./*${}\"'-]*\.sh\b")
_SHEBANG = re.compile(rb"#!")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """What was inferred: a manifest to commit, why each tier is there, and what was seen and left alone."""

    text: str
    because: Sequence[str]
    runtime: str  # what fits it, where nobody has said
    noticed: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    name: str
    run: str
    why: str
    workdir: str = "."
    docker: bool = False
    reached: Sequence[str] = ()


def infer(checkout: Checkout, runtime: str = "") -> Inferred:
    """Read the layout. `runtime` is the one line that a layout cannot tell, as YAML such as `image: python:3.12`."""
    files = checkout.files()
    found = list(_scripts(checkout, files)) or list(_pytest(checkout, files))
    if not found:
        raise BadCall(
            [Fault("manifest", "there is none, and nothing in the repository says how its tests are run")],
            fix="Write .github/tiers.yml, such as:\n\nversion: 1\ntiers:\n  unit:\n"
            '    runtime: {image: "python:3.13"}\n'
            "    run: pytest\n\nor give the repository a scripts/ci/run-tests.sh.",
            anchor="tier-manifest",
        )
    stacks = [file for file in files if PurePosixPath(file).name in _COMPOSE_NAMES]
    by_themselves = any(tier.docker for tier in found)
    said = "started by the scripts themselves" if by_themselves else "not used: name it under `infra.compose` of a tier"
    noticed = [f"{stack}: {said}" for stack in stacks]
    reached = {each for tier in found for each in tier.reached}
    alone = [file for file in files if reached and _ATOMIC.fullmatch(file) and file not in reached]
    noticed += [f"{file}: NOT RUN, since none of these seems to call it; a manifest can name it" for file in alone]
    return Inferred(
        text=_written(found, runtime.strip()),
        because=[f"{tier.name}: {tier.why}" for tier in found],
        runtime=suggested(docker=any(tier.docker for tier in found)),
        noticed=noticed,
    )


def _scripts(checkout: Checkout, files: Sequence[str]) -> Iterator[_Found]:
    orchestrating = [(match[1], file) for file in files if (match := _ORCHESTRATING.fullmatch(file))]
    atomic = [(match["folder"] or "", file) for file in files if (match := _ATOMIC.fullmatch(file))]
    listed = orchestrating or [(_name_of(folder), file) for folder, file in atomic]
    for name, file in _unique(listed):
        reached = _reached(checkout, file, files)
        yield _Found(
            name=name,
            run=_call(checkout, file),
            why=f"{file} runs it" + (", which calls " + ", ".join(reached[1:]) if len(reached) > 1 else ""),
            docker=any(_CALLS_COMPOSE.search(_text(checkout, each)) for each in reached),
            reached=reached,
        )


def _reached(checkout: Checkout, start: str, files: Sequence[str]) -> list[str]:
    """List the scripts that a script names, and those that these name."""
    reached, known = [start], set(files)
    for each in reached:
        for called in _CALLS_SCRIPT.findall(_text(checkout, each)):
            plain = re.sub(r"\$\{?\w+\}?/?|[\"']", "", called).removeprefix("./")
            ends = sorted(file for file in known if plain and (fnmatch(file, plain) or fnmatch(file, f"*/{plain}")))
            reached += [file for file in (ends if "*" in plain else ends[:1]) if file not in reached]
    return reached


def _pytest(checkout: Checkout, files: Sequence[str]) -> Iterator[_Found]:
    known = set(files)
    pyproject = _text(checkout, "pyproject.toml") if "pyproject.toml" in known else ""
    for file, run, sign in (
        ("tox.ini", "tox", True),
        ("noxfile.py", "nox", True),
        ("pytest.ini", "pytest", True),
        ("pyproject.toml", "pytest", "[tool.pytest" in pyproject),
    ):
        if file in known and sign:
            yield _Found(name="tests", run=run, why=f"{file} is there")
            return


def _call(checkout: Checkout, file: str) -> str:
    """Call a script as its author can: by itself where it may be executed, else through a shell."""
    if checkout.is_executable(file) and _SHEBANG.match(checkout.read(file)):
        return f"./{file}"
    return f"bash {file}"


def _text(checkout: Checkout, file: str) -> str:
    return checkout.read(file).decode("utf-8", "replace")


def _name_of(folder: str) -> str:
    word = re.sub(r"[^a-z0-9]+", "-", PurePosixPath(folder).name.lower()).strip("-")
    return word if re.match(r"[a-z]", word) else f"tests-{word}".strip("-")


def _unique(listed: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    taken: dict[str, int] = {}
    for name, file in listed:
        short = name[:36]
        taken[short] = taken.get(short, 0) + 1
        yield (short if taken[short] == 1 else f"{short}-{taken[short]}"), file


def _written(found: Sequence[_Found], runtime: str) -> str:
    lines = [
        "# Inferred from the repository's layout; commit it as .github/tiers.yml to change it.",
        "version: 1",
        "tiers:",
    ]
    for tier in found:
        lines.append(f"  {tier.name}:")
        if runtime:
            lines.append(
                f"    runtime: {runtime if runtime == 'self' or runtime.startswith('{') else '{' + runtime + '}'}"
            )
        else:
            lines.append(f"    # runtime: {{{suggested(docker=tier.docker)}}}")
        lines.append(f"    run: {json.dumps(tier.run)}")
    return "\n".join(lines) + "\n"


def suggested(*, docker: bool) -> str:
    """Name the runtime that fits scripts: those that call Compose themselves need the engine."""
    return "docker: true" if docker else 'image: "python:3.13"'
