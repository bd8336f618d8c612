"""Says an expected failure once, for three readers: the log, the run's page and the step's summary."""

from crossproof import HOME, __version__
from crossproof.errors import BadCall, CrossproofError
from crossproof.report.markdown import block, code, inline, table

# Whole, since a log is read where no file of ours is; of this version, since a later page may say otherwise.
PAGE = f"https://github.com/{HOME}/blob/v{__version__}/docs/troubleshooting.md"


def as_text(error: CrossproofError) -> str:
    """Write what happened and, below it, why, what was seen and how to fix it."""
    parts = [f"Error: {error.what}"]
    if isinstance(error, BadCall):
        parts += [_indented(f"{fault.where}: ", fault.what) for fault in error.faults]
    parts += [_indented(f"{name + ':':<6}", text) for name, text in _explained(error) if text]
    return "\n".join(parts)


def as_annotations(error: CrossproofError) -> tuple[tuple[str, str], ...]:
    """Give title and message of one remark per fault of the call, else of one for the failure."""
    if isinstance(error, BadCall) and error.faults:
        return tuple((f"Input {fault.where}", fault.what) for fault in error.faults)
    rest = "\n".join(f"{name}: {text}" for name, text in _explained(error) if text)
    return ((error.what, rest or error.reason.meaning),)


def as_markdown(error: CrossproofError) -> str:
    """Write the failure as a piece of the step's page."""
    page: list[str] = []  # the sentence itself stands above it
    if isinstance(error, BadCall) and error.faults:
        page.append(table(["input", "what must change"], [[code(f.where), inline(f.what)] for f in error.faults]))
    for name, text in _explained(error):
        if "\n" in text.strip():  # YAML to paste
            page.append(f"**{name}:**\n\n{block(text)}")
        elif name == "Help" and text:
            page.append(f"**{name}:** [{error.anchor}]({text})\n")
        elif text:
            page.append(f"**{name}:** {inline(text)}\n")
    return "\n".join(page)


def as_details(error: CrossproofError) -> dict[str, object]:
    """Give the failure as data, for the JSON report."""
    faults = error.faults if isinstance(error, BadCall) else ()
    said = {"what": error.what, "why": error.why, "seen": error.seen, "fix": error.fix, "anchor": error.anchor}
    return {**said, "faults": [{"where": fault.where, "what": fault.what} for fault in faults]}


def _explained(error: CrossproofError) -> tuple[tuple[str, str], ...]:
    fix = error.fix or error.reason.fix if not isinstance(error, BadCall) else error.fix
    help_at = f"{PAGE}#{error.anchor}" if error.anchor else ""
    return (("Why", error.why), ("Seen", error.seen), ("Fix", fix), ("Help", help_at))


def _indented(head: str, text: str) -> str:
    margin = "  " + " " * len(head)
    return "  " + head + text.strip().replace("\n", "\n" + margin)
