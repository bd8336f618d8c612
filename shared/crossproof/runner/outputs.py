"""What an action says to later steps: declared once, written on every ending, documented in the catalog."""

from dataclasses import dataclass, field, fields
from typing import cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Base of every action's outputs; the front door adds `verdict`, `reason` and `report_path` to each."""

    def as_texts(self) -> dict[str, str]:
        """Give every declared output as the text a later step reads; an unset one is empty, so it is always there."""
        return {f.name: _as_text(getattr(self, f.name)) for f in fields(self)}


def says(description: str, *, default: str | int | bool = "") -> str:
    """Declare an output. Typed loosely: an output is a text to its reader, whatever made it."""
    return cast("str", field(default=default, metadata={"output": description}))


def descriptions(outputs: type[Outputs]) -> dict[str, str]:
    """List an action's own outputs with their descriptions."""
    return {f.name: cast("str", f.metadata["output"]) for f in fields(outputs)}


SUITE_OUTPUTS = {
    "verdict": "What is proven: `passed`, `failed` or `unproven`.",
    "reason": "The stable word for how it ended; the catalog lists them.",
    "report_path": "Path of the JSON report, relative to the workspace.",
}


def _as_text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case _:
            return str(value)
