"""Says a failure that nobody expected, as a report that can be pasted into an issue as it stands."""

import sys
from collections.abc import Mapping

from crossproof import HOME, __version__
from crossproof.report.markdown import block
from crossproof.units import clip

ISSUES = f"https://github.com/{HOME}/issues/new"
_LIBRARIES = {"github": "PyGithub", "boto3": "boto3", "botocore": "botocore", "urllib3": "urllib3"}


def report(error: BaseException, *, action: str, inputs: Mapping[str, str], debug: bool) -> str:
    """Write what a developer needs: versions, action, inputs (given without secrets) and the place in our code.

    The traceback is shown only to somebody who debugs (`RUNNER_DEBUG=1`): it holds values that nobody has looked at.
    """
    rows = {"action": action, **_versions(), "error": _named(error), "at": _place(error)}
    parts = ["An unexpected error in crossproof", *(f"  {name:<11} {text}" for name, text in rows.items())]
    parts += ["  inputs", *(f"    {name}: {clip(text, 200)}" for name, text in inputs.items())] if inputs else []
    parts.append(f"  report it at {ISSUES}")
    if debug:
        from traceback import format_exception  # noqa: PLC0415 - only a crash pays for it

        return "\n".join([*parts, "", "".join(format_exception(error)).rstrip()])
    return "\n".join([*parts, "  Run the job again with debug logging (RUNNER_DEBUG=1) to see the traceback."])


def as_markdown(text: str) -> str:
    """Show the report so that it can be copied with one click."""
    return f"Please [open an issue]({ISSUES}) with this report:\n\n{block(text)}"


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - only a crash pays for it

    versions = {"crossproof": __version__, "python": sys.version.split()[0]}
    for module, package in _LIBRARIES.items():
        if module in sys.modules:
            try:
                versions[package] = version(package)
            except PackageNotFoundError:
                versions[package] = "unknown"
    return versions


def _named(error: BaseException) -> str:
    said = str(error)
    kind = type(error)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return f"{name}: {said}" if said else name


def _place(error: BaseException) -> str:
    """Name the innermost line of this package that was passed, and where it ended if that is elsewhere."""
    ours = last = ""
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        last = f"{step.tb_frame.f_globals.get('__name__', '?')}:{step.tb_lineno} in {code.co_name}"
        ours = last if last.startswith("crossproof") else ours
        step = step.tb_next
    return f"{ours} (raised by {last})" if ours and ours != last else last or "unknown"
