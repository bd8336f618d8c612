"""Writes the tables that the READMEs and the catalog share."""

from collections.abc import Callable, Iterable, Sequence

from crossproof.needs import Need
from crossproof.report import markdown
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


def endings(reasons: Sequence[Reason], anchors: Callable[[str], Sequence[str]] = lambda _word: ()) -> str:
    """Say every way a step can end, and the way out of each."""
    rows = [_ending(reason, anchors(reason.word)) for reason in reasons]
    return table(("`reason`", "`verdict`", "Exit", "What it means", "What to do"), rows)


def examples(shown: Sequence[Example]) -> str:
    """Show workflows to copy."""
    return "\n\n".join(f"{example.title}\n\n```yaml\n{example.body}\n```" for example in shown)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; a cell cannot end its row or its column."""
    return markdown.table(head, [[_cell(text) for text in row] for row in rows]).rstrip("\n")


def _need(need: Need) -> tuple[str, str, str]:
    return f"`{need}`", need.where, f"{need.why} ({need.when})" if need.when else need.why


def _ending(reason: Reason, anchors: Sequence[str]) -> tuple[str, ...]:
    # The anchors are what error messages link to; GitHub makes none for a table's row.
    places = "".join(f'<a id="{anchor}"></a>' for anchor in anchors)
    word = f"{places}`{reason.word}`"
    return word, str(reason.verdict), str(int(reason.exit)), reason.meaning, reason.fix


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
