"""One event as it was sent: all that learning and comparing want to know of a line."""

from collections.abc import Mapping

import msgspec

from crossproof.tracking.findings import NOWHERE
from crossproof.tracking.places import file_of


class Sent(msgspec.Struct, frozen=True):
    """An event. A run is an iterable of them, log after log, in the order in which things happened."""

    event: str  # its id in the plan, or the name under which it was sent
    params: Mapping[str, object]
    seconds: float | None = None
    at: int = NOWHERE

    @property
    def log(self) -> int:
        """Number the log it stands in: order and time mean something within one log only."""
        return file_of(self.at)
