"""An answer that is not what was asked for, in the words GitHub uses."""

from collections.abc import Mapping, Sequence
from typing import Any

from crossproof_sandbox.wire import Answer

DOCUMENTATION = "https://docs.github.com/rest"


class Refused(Exception):
    """Raised anywhere below the front door of the sandbox; it becomes the answer."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[Any] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Say which status and message."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = headers or {}

    def answer(self) -> Answer:
        """Write it as GitHub writes an error."""
        body: dict[str, Any] = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        if self.errors:
            body["errors"] = list(self.errors)
        return Answer.json(body, status=self.status, headers=self.headers)


def not_found() -> Refused:
    """Make the answer that hides whether a thing is missing or invisible."""
    return Refused(404, "Not Found")
