"""`python -m checks [name …]`: runs the checks side by side, and shows what each found."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from checks import pins, repository, workflow_grammar

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def tool(*call: str) -> Callable[[Path], list[str]]:
    """Run a tool of the development environment; what it prints is what is wrong."""

    def run(root: Path) -> list[str]:
        done = subprocess.run(
            [str(BIN / call[0]), *call[1:]], cwd=root, capture_output=True, text=True, env=_env(), check=False
        )
        return [f"{done.stdout}{done.stderr}".strip() or f"ended with {done.returncode}"] if done.returncode else []

    return run


def files(root: Path, *patterns: str) -> list[str]:
    """Name the files a tool is to read, relative to the repository."""
    return [str(path.relative_to(root)) for pattern in patterns for path in sorted(root.glob(pattern))]


def _env() -> dict[str, str]:
    """Let every tool find the packages, whether or not they are installed."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "shared"), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


# Strict: a file that it cannot read is an error. Pedantic (for our own workflows): each permission states its reason.
_ZIZMOR = ("--offline", "--quiet", "--no-progress", "--strict-collection")
METADATA = files(ROOT, "actions/*/action.yml")
EXAMPLES = files(ROOT, "actions/*/examples/*.yml")
WORKFLOWS = [*files(ROOT, ".github/workflows/*.yml"), *EXAMPLES]
CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "types": tool("mypy"),
    "generated": tool("python", "-m", "crossproof_docs", "--check"),
    "rest-subset": tool("python", "-m", "crossproof_sandbox.rest.extract", "--check"),
    "format": tool("ruff", "format", "--check", "--quiet", "."),
    "lint": tool("ruff", "check", "--quiet", "."),
    "imports": tool("lint-imports", "--no-cache"),
    "dependencies": tool("deptry", "shared/crossproof"),
    "modules": repository.modules,
    "words": repository.words,
    "pages": repository.pages,
    "metadata": tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", *METADATA),
    "timeouts": tool("check-jsonschema", "--builtin-schema", "custom.github-workflows-require-timeout", *WORKFLOWS),
    "dependabot": tool("check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"),
    "github-parser": workflow_grammar.github_parser,
    "actionlint": workflow_grammar.actionlint,
    "zizmor": tool("zizmor", *_ZIZMOR, "--persona=pedantic", ".github"),
    "zizmor-shop": tool("zizmor", *_ZIZMOR, *METADATA, *EXAMPLES),
    "hadolint": tool("hadolint", *files(ROOT, "Dockerfile*")),
    "pins": pins.faults,
}


def main(asked: Sequence[str]) -> int:
    """Run the named checks, or all of them; a check that cannot run has not passed."""
    if unknown := set(asked) - set(CHECKS):
        print(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    started = time.monotonic()
    chosen = {name: CHECKS[name] for name in CHECKS if not asked or name in asked}
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        outcomes = {name: pool.submit(_timed, check) for name, check in chosen.items()}
        red = [name for name, outcome in outcomes.items() if not _shown(name, *outcome.result())]
    said = f"not good: {', '.join(red)}" if red else "all good"
    print(f"{len(chosen)} checks in {time.monotonic() - started:.0f} s: {said}")
    return 1 if red else 0


def _timed(check: Callable[[Path], list[str]]) -> tuple[float, list[str]]:
    started = time.monotonic()
    try:
        faults = check(ROOT)
    except FileNotFoundError as fault:
        faults = [f"could not be run: it needs {fault.filename}, which this machine does not have"]
    except Exception as fault:  # noqa: BLE001 - whatever kept a check from running is its finding
        faults = [f"could not be run: {fault}"]
    return time.monotonic() - started, faults


def _shown(name: str, seconds: float, faults: list[str]) -> bool:
    print(f"{'✗' if faults else '✓'} {name:<14} {seconds:5.1f} s", flush=True)
    for fault in faults:
        print("    " + fault.replace("\n", "\n    "))
    return not faults


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
