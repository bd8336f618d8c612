"""The three answers a question to the outside can have; what could not be found out is never "absent"."""

from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from crossproof.errors import CrossproofError

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Present(Generic[T_co]):
    """It is there, and this is it."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Absent:
    """It is not there, and this is how we know."""

    proof: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It could not be found out, and this is why."""

    why: str
    fix: str = ""
    error: CrossproofError | None = field(default=None, compare=False)  # ready to raise, with its own reason

    @classmethod
    def of(cls, error: CrossproofError) -> "Unknown":
        """Keep the error that stood in the way."""
        return cls(" ".join(part for part in (error.what, error.why) if part), error.fix, error)


Probe: TypeAlias = Present[T_co] | Absent | Unknown
