"""Rules of this repository that no tool knows: lengths, words that must not stand in it, commands that must exist."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median

_LONGEST = 400
_MEDIAN = 120

# Spelled so that no pattern finds itself.
_BANNED = {
    r"(?:from|import) unittest(?:[.]mock| import mock)": "fakes, not mocks",
    r"py[p]i\.org|files\.py[t]honhosted|registry\.npm[j]s|registry\.y[a]rnpkg|proxy\.gol[a]ng": "no registry addresses",
    r"(?<![\w.$}/-])/(?:wor[k]|tm[p]/(?:venv|wt|brief)|hom[e]/(?!runner)[a-z]+|root)/": "no machine paths",
    r"\.\./share[d]\b": "nothing outside the repository",
}
_ENVIRONMENT = re.compile(r"os\.(?:environ|getenv)|from os import .*(?:environ|getenv)")
_PROGRAMS = ("/engine/guardian.py", "/engine/tier_reporter.py")  # they run in containers of their own
_PRINT = re.compile(r"(?<![\w.])print\(")
_COMMAND = re.compile(r"`(?:\$ )?make ([a-z][\w-]*)|^(?:\$ )?make ([a-z][\w-]*)", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<file>[^)#\s]*)#?(?P<place>[^)\s]*)\)")
_FENCED = re.compile(r"^(`{3,}).*?^\1$", re.DOTALL | re.MULTILINE)


def modules(root: Path) -> list[str]:
    """Keep every module small enough to be read at once."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in root.glob("shared/**/*.py")}
    faults = [f"{path.relative_to(root)}: {n} lines, {_LONGEST} at most" for path, n in lengths.items() if n > _LONGEST]
    middle = median(n for n in lengths.values() if n > 5)  # noqa: PLR2004 - package markers say nothing
    return faults + ([f"the median module has {middle} lines, {_MEDIAN} at most"] if middle > _MEDIAN else [])


def words(root: Path) -> list[str]:
    """Find what must not be committed, wherever it stands."""
    return [
        f"{name}:{number}: {why}: {line.strip()[:100]}"
        for name, text in _committed(root)
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, why in _rules(name)
        if pattern.search(line)
    ]


def pages(root: Path) -> list[str]:
    """Try what pages promise: that a `make` command exists, and that a link leads to a file and a place in it."""
    targets = set(re.findall(r"^([a-z][\w-]*):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    faults = []
    for name, text in _committed(root):
        if name.endswith(".md") and not name.startswith("shared/"):  # there it is a part of a page
            named = {first or second for first, second in _COMMAND.findall(text)}
            faults += [f"{name}: `make {target}` does not exist" for target in sorted(named - targets)]
            links = {(found["file"], found["place"]) for found in _LINK.finditer(_FENCED.sub("", text))}
            faults += [fault for link in sorted(links) for fault in _followed(root / name, *link)]
    return faults


def places(page: str) -> list[str]:
    """List what a link can lead to: GitHub makes a place of each heading, and a page of each anchor of its own."""
    prose = _FENCED.sub("", page)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return slugs + re.findall(r'<a id="([^"]+)">', prose)


def _followed(page: Path, file: str, place: str) -> Iterator[str]:
    target = page.parent / file if file else page
    if not target.exists():
        yield f"{page.name}: the link to {file} leads nowhere"
    elif place and target.suffix == ".md" and place not in places(target.read_text(encoding="utf-8")):
        yield f"{page.name}: {target.name} has no place #{place}"


def _rules(name: str) -> Iterator[tuple[re.Pattern[str], str]]:
    for pattern, why in _BANNED.items():
        yield re.compile(pattern), why
    inside = name.startswith("shared/crossproof/") and name.endswith(".py")
    # A stray line on stdout could be a workflow command.
    if inside and not name.startswith(("shared/crossproof/runner/", "shared/crossproof/cli.py")):
        yield _PRINT, "only runner/ and cli.py print"
    if inside and not name.endswith(("/cli.py", *_PROGRAMS)) and "/wiring/" not in name:
        yield _ENVIRONMENT, "only cli.py and wiring/ read the environment"


def _committed(root: Path) -> Iterator[tuple[str, str]]:
    """Read every text that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in sorted(filter(None, listed.split("\0"))):
        path = root / name
        if path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")
