"""One operation being carried out: who calls, with what, and how lists are cut into pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from crossproof_sandbox.accounts import App, Caller, Token
from crossproof_sandbox.repository import Repository
from crossproof_sandbox.routing import Operation
from crossproof_sandbox.wire import Answer

if TYPE_CHECKING:
    from crossproof_sandbox.sandbox import Sandbox

_PER_PAGE = 30
_MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a function of `api/` is given."""

    sandbox: "Sandbox"
    operation: Operation
    path: str
    params: dict[str, str]
    query: dict[str, str]
    body: Any
    caller: Caller
    version: str
    now: datetime
    repository: Repository | None = None

    @property
    def repo(self) -> Repository:
        """The repository that the path names."""
        if self.repository is None:
            raise LookupError(f"{self.operation.name} names no repository")
        return self.repository

    @property
    def actor(self) -> str:
        """The login that acts."""
        match self.caller:
            case Token():
                return self.caller.user.login
            case App():
                return f"{self.caller.slug}[bot]"
            case None:
                return "ghost"

    @property
    def base(self) -> str:
        """Where the repository's resources are."""
        return f"{self.sandbox.url}/repos/{self.repo.full_name}"

    def page(
        self,
        items: Sequence[Any],
        key: str = "",
        *,
        show: Callable[[Any], Any] | None = None,
        reachable: int | None = None,
    ) -> Answer:
        """Answer with one page of a list, as it is or under a key with the total; `reachable` caps the pages."""
        size = min(_MOST_PER_PAGE, max(1, int(self.query.get("per_page", _PER_PAGE))))
        number = max(1, int(self.query.get("page", 1)))
        total = len(items)
        within = items if reachable is None else items[:reachable]
        shown = [show(item) if show else item for item in within[(number - 1) * size : number * size]]
        last = max(1, -(-len(within) // size))
        headers = {"Link": links} if (links := self._links(number, last)) else {}
        return Answer.json({"total_count": total, key: shown} if key else shown, headers=headers)

    def _links(self, number: int, last: int) -> str:
        wanted = {
            "prev": number - 1 if number > 1 else 0,
            "next": number + 1 if number < last else 0,
            "last": last if number < last else 0,
            "first": 1 if number > 1 else 0,
        }
        return ", ".join(
            f'<{self.sandbox.url}{self.path}?{urlencode(self.query | {"page": page})}>; rel="{name}"'
            for name, page in wanted.items()
            if page
        )
