"""Reports to tell of, and a place in memory that keeps the laws of the places where people look."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.clocks import JumpingClock

from crossproof.errors import Unreachable
from crossproof.report.received import read
from crossproof.telling.commit import Said
from crossproof.telling.messages import Standing, Unanswered
from crossproof.telling.notice import Notice, notice_of
from crossproof.telling.topic import Here, topic_of
from crossproof.units import RepoRef, RunId

HOME, CHILD = "acme/app", "acme/child"
SHA, OTHER = "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c", "d" * 40
RUN = 17_000_000_100
FAILED, PASSED, UNPROVEN = ("failed", "child-failed"), ("passed", "succeeded"), ("unproven", "no-access")


def here(**changes) -> Here:
    """The job that tells: of run RUN, on main of acme/app."""
    about = Here(
        repository=RepoRef.parse(HOME),
        sha=SHA,
        ref="refs/heads/main",
        workflow="CI",
        run_id=RunId(RUN),
        attempt=1,
        server_url="https://github.example",
    )
    return replace(about, **changes)


def tree(ended=FAILED, *, run=RUN, attempt=1, at="2026-11-02T09:05:00+00:00", **changes) -> dict:
    """A report as dispatch-and-wait writes it."""
    return {
        "schema": "crossproof/report/dispatch-and-wait/1",
        "action": "dispatch-and-wait",
        "version": "1.0.0",
        "verdict": ended[0],
        "reason": ended[1],
        "sentence": f"{CHILD} tests.yml: run 5 {ended[0]}.",
        "subject": {"repository": CHILD, "sha": "a" * 40, "ref": "main", "environment": ""},
        "produced_by": {
            "repository": HOME,
            "run_id": run,
            "run_attempt": attempt,
            "job": "prove",
            "url": "https://evil.example/phish",
        },
        "started_at": "2026-11-02T09:00:00+00:00",
        "ended_at": at,
        "evidence": [],
        "details": {"targets": []},
        **changes,
    }


def report(ended=FAILED, **changes) -> bytes:
    return json.dumps(tree(ended, **changes)).encode()


def notice(ended=FAILED, *, subject=None, pull_request=None, job=None, environment="", **changes) -> Notice:
    """What is told of such a report, from the run that made it; `subject` is what the caller names it."""
    about = {**tree()["subject"], "environment": environment}
    content = report(ended, **{"subject": about, **changes})
    received, teller = read(content), job or here(run_id=RunId(changes.get("run", RUN)))
    topic = topic_of(received, teller, subject=subject, pull_request=pull_request)
    return notice_of(received, content, topic, teller)


class Killed(BaseException):
    """The process ends here, whatever was under way."""


def lost() -> Unanswered:
    return Unanswered("got no answer", why="The request left.")


def down() -> Unreachable:
    return Unreachable("nobody answers")


@dataclass(kw_only=True)
class Stands:
    """One message of the board."""

    number: int
    notice: Notice
    under: int = 0
    everybody: bool = False
    seen_from: float = 0.0


@dataclass
class Board:
    """A place of one's own; `spoil` breaks the next calls, before or after they are carried out."""

    clock: JumpingClock = field(default_factory=JumpingClock)
    threaded: bool = True
    remembers: bool = True
    lag: float = 0.0
    messages: list[Stands] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    _spoiled: list[tuple[str, BaseException | Callable[[], None], bool]] = field(default_factory=list)
    _numbers: int = 0
    name: str = "the board"

    @property
    def memory(self):
        return self if self.remembers else None

    def spoil(self, call: str, error, *, after=False, times=1) -> None:
        """Let the next such call fail, or (with a function) let something happen in it."""
        self._spoiled += [(call, error, after)] * times

    @property
    def roots(self):
        return [one for one in self.messages if not one.under]

    def below(self, root):
        return [one for one in self.messages if one.under == root.number]

    def find(self, topic):
        with self._call("find"):
            return [self._standing(one) for one in self._seen() if not one.under and one.notice.stamp.topic == topic]

    def post(self, notice):
        with self._call("post"):
            return self._add(notice)

    def update(self, standing, notice):
        with self._call("update"):
            self._at(standing).notice = notice

    def remove(self, standing):
        with self._call("remove"):
            self.messages = [one for one in self.messages if str(one.number) != standing.id]

    def thread(self, standing):
        return Below(self, standing) if self.threaded else None

    def _add(self, notice, under=0, *, everybody=False):
        self._numbers += 1
        one = Stands(number=self._numbers, notice=notice, under=under, everybody=everybody)
        one.seen_from = self.clock.monotonic() + self.lag
        self.messages.append(one)
        return self._standing(one)

    def _at(self, standing):
        found = [one for one in self.messages if str(one.number) == standing.id]
        if not found:
            raise Unreachable("message_not_found")
        return found[0]

    def _seen(self):
        return [one for one in self.messages if one.seen_from <= self.clock.monotonic()]

    def _standing(self, one):
        return Standing(id=str(one.number), stamp=one.notice.stamp, url=f"https://board.example/{one.number}")

    def _call(self, name):
        return Call(self, name)


@dataclass
class Call:
    """One call of the board, with what spoils it."""

    board: Board
    name: str
    pending: BaseException | None = None

    def __enter__(self) -> None:
        self.board.calls.append(self.name)
        for entry in self.board._spoiled:
            name, error, after = entry
            if name == self.name:
                self.board._spoiled.remove(entry)
                if callable(error) and not isinstance(error, type):
                    error()
                elif after:
                    self.pending = error
                else:
                    raise error
                break

    def __exit__(self, kind, *_) -> None:
        if self.pending and kind is None:
            raise self.pending


@dataclass
class Below:
    """The thread of one message of the board."""

    board: Board
    root: Standing

    def find(self):
        with self.board._call("replies"):
            return [self.board._standing(one) for one in self.board._seen() if str(one.under) == self.root.id]

    def post(self, notice, *, everybody):
        with self.board._call("reply"):
            return self.board._add(notice, int(self.root.id), everybody=everybody)


@dataclass
class Commits:
    """The statuses of commits."""

    clock: JumpingClock = field(default_factory=JumpingClock)
    statuses: list[tuple[str, str, Said]] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    def set(self, repository, sha, *, context, state, description, url):
        assert len(description) <= 140
        number = len(self.statuses) + 1
        said = Said(id=number, state=state, description=description, url=url, at=self.clock.now())
        self.statuses.append((sha, context, said))
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def said(self, repository, sha, context):
        return [said for of, under, said in reversed(self.statuses) if (of, under) == (sha, context)]

    @property
    def state(self) -> str:
        """What branch protection sees."""
        return self.statuses[-1][2].state if self.statuses else ""
