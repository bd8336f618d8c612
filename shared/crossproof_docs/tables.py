"""Writes the tables that the READMEs and the catalog share."""

from collections.abc import Iterable, Sequence

from crossproof.needs import Need
from crossproof.verdict import Reason
from crossproof_docs.shop import Action, Example


def inputs(action: Action) -> str:
    """Say what a caller may pass, and what holds where nothing is passed."""
    rows = [
        (
            f"`{name}`",
            spec.description,
            "**required**" if spec.required else _code(spec.in_action or spec.default),
        )
        for name, spec in action.inputs.items()
    ]
    return table(("Input", "What it is", "Default"), rows)


def outputs(action: Action) -> str:
    """Say what a later step can read."""
    return table(("Output", "What it says"), [(f"`{name}`", said) for name, said in action.outputs.items()])


def needs(action: Action) -> str:
    """Say what has to be granted, where, and what for."""
    if not action.needs:
        return "Nothing: it works on files of the workspace only."
    return table(("Needs", "Where", "What for"), [_need(need) for need in action.needs])


def endings(action: Action) -> str:
    """Say every way a step can end, and the way out of each."""
    rows = [_ending(action.name, reason) for reason in action.reasons]
    return table(("`reason`", "`verdict`", "Exit", "What it means", "What to do"), rows)


def examples(shown: Sequence[Example]) -> str:
    """Show workflows to copy."""
    return "\n\n".join(f"{example.title}\n\n```yaml\n{example.body}\n```" for example in shown)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; a cell cannot end its row or its column."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _need(need: Need) -> tuple[str, str, str]:
    return f"`{need}`", need.where, f"{need.why} ({need.when})" if need.when else need.why


def _ending(action: str, reason: Reason) -> tuple[str, ...]:
    # The anchor is what an error message links to; GitHub makes none for a table's row.
    anchor = f'<a id="{action}-{reason.word}"></a>'
    return f"{anchor}`{reason.word}`", str(reason.verdict), str(int(reason.exit)), reason.meaning, reason.fix


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
