"""The three answers a question to the outside can have; what could not be found out is never "absent"."""

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

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


Probe: TypeAlias = Present[T_co] | Absent | Unknown
