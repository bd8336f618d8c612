"""Says where something stands in a file that a person wrote."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file, counted from one as editors do."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        """Write it as compilers do."""
        return f"{self.file}:{self.line}:{self.column}"
