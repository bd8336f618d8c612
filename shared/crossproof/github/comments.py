"""One comment per topic on a pull request (or issue), found again by a stamp that is not shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from crossproof.errors import CrossproofError
from crossproof.github.access import Kind
from crossproof.github.answer import Answer, MaybeSent
from crossproof.github.api import Api
from crossproof.telling.messages import Standing, Thread, Unanswered
from crossproof.telling.notice import Notice
from crossproof.telling.wording import as_comment, stamp_in
from crossproof.units import RepoRef

_PATIENCE = 60.0
_SERVER_TROUBLE, _NOT_FOUND = 500, 404
_INSTALLED = frozenset({Kind.INSTALLATION, Kind.MADE, Kind.APP})


class Comments:
    """The comments below one number of a repository."""

    def __init__(self, api: Api, repository: RepoRef, number: int) -> None:
        """Ask through this one seam."""
        self._api, self._repository, self._number = api, repository, number
        self._me: str | None = None

    @property
    def name(self) -> str:
        """Name it for people."""
        return f"comment on {self._repository}#{self._number}"

    @property
    def memory(self) -> "Comments":
        """Comments can be looked at."""
        return self

    def find(self, topic: str) -> Sequence[Standing]:
        """Read them all, the eldest first. A stamp counts only where we wrote it: anybody may write the same line."""
        listed = self._api.pages(f"{self._path}/{self._number}/comments", patience=_PATIENCE)
        found = (self._standing(one) for one in listed if isinstance(one, dict) and self._ours(one))
        return sorted((each for each in found if each and each.stamp.topic == topic), key=lambda each: int(each.id))

    def post(self, notice: Notice) -> Standing:
        """Comment."""
        answer = self._created({"body": as_comment(notice)})
        return Standing(id=str(answer.member("id", int)), stamp=notice.stamp, url=answer.member("html_url", str))

    def update(self, standing: Standing, notice: Notice) -> None:
        """Rewrite it; nobody is disturbed by that."""
        answer = self._api.insist(
            "PATCH", f"{self._path}/comments/{standing.id}", {"body": as_comment(notice)}, patience=_PATIENCE
        )
        if not answer.ok:
            raise self._api.refused(answer)

    def remove(self, standing: Standing) -> None:
        """Delete it, if it is still there."""
        answer = self._api.insist("DELETE", f"{self._path}/comments/{standing.id}", patience=_PATIENCE)
        if not answer.ok and answer.status != _NOT_FOUND:
            raise self._api.refused(answer)

    def thread(self, standing: Standing) -> Thread | None:  # noqa: ARG002
        """Nothing is said below a comment."""
        return None

    @property
    def _path(self) -> str:
        return f"/repos/{self._repository}/issues"

    def _created(self, body: Mapping[str, str]) -> Answer:
        """Send it once; what a limit refused was not carried out, and is sent when that is over."""
        while True:
            try:
                answer = self._api.send("POST", f"{self._path}/{self._number}/comments", body)
            except MaybeSent as lost:
                raise Unanswered(lost.what, why=lost.why, fix=lost.fix, anchor=lost.anchor) from None
            if answer.status >= _SERVER_TROUBLE or (answer.ok and not answer.readable):
                raise Unanswered("GitHub's answer to the comment cannot be used.", seen=answer.shown, anchor="refused")
            if answer.ok:
                return answer
            if not self._api.limit(answer):
                raise self._api.refused(answer)
            self._api.wait_out(answer, _PATIENCE)

    def _standing(self, one: Mapping[str, Any]) -> Standing | None:
        stamp = stamp_in(str(one.get("body") or ""))
        number, url = one.get("id"), one.get("html_url")
        return Standing(id=str(number), stamp=stamp, url=str(url or "")) if stamp and isinstance(number, int) else None

    def _ours(self, one: Mapping[str, Any]) -> bool:
        """Whether we wrote it. An installation is told its own name nowhere; that a bot wrote it must do there."""
        user = one.get("user")
        if not isinstance(user, dict):
            return False
        return user.get("type") == "Bot" if self._name() == "" else user.get("login") == self._me

    def _name(self) -> str:
        if self._me is None:
            kind = self._api.access.credential(self._repository).kind
            self._me = "" if kind in _INSTALLED else self._login()
        return self._me

    def _login(self) -> str:
        answer = self._api.ask("/user", patience=_PATIENCE)
        if answer.ok:
            return answer.member("login", str)
        if "integration" in answer.message:  # a token of an installation without GitHub's prefix
            return ""
        error: CrossproofError = self._api.refused(answer)
        raise error
