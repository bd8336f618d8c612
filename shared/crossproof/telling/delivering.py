"""Brings a notice to one place, once: whatever breaks off on the way, and whoever tells the same at the same time.

No place knows a key that makes a repeated post harmless, so after a doubtful one its stamp is looked for. Two runs that
post at once both see both afterwards, and both leave the eldest: whoever comes last, one message is left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from crossproof.clock import Clock
from crossproof.errors import CrossproofError
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.telling.deciding import Decision, Manner, When, decide
from crossproof.telling.messages import Memory, Messages, Standing, Unanswered
from crossproof.telling.notice import Notice, Stamp
from crossproof.verdict import Verdict

# Slack's history shows a message only a while after it was posted (korotovsky/slack-mcp-server#284).
LOOKS = (1.0, 2.0, 4.0, 8.0)
_MOMENT = 1.0
_SAY_AGAIN = 3


class Did(StrEnum):
    """What became of a notice at one place, in words that later steps may rely on."""

    POSTED = "posted"
    REPLIED = "replied"
    UPDATED = "updated"
    KEPT = "already-told"
    OUTDATED = "outdated"  # a newer run has told more
    SILENT = "silent"
    PLANNED = "planned"
    FAILED = "not-told"
    DOUBTFUL = "maybe-told"


TOLD = frozenset({Did.POSTED, Did.REPLIED, Did.UPDATED, Did.KEPT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a notice at one place, and why."""

    place: str
    did: Did
    why: str = ""
    url: str = ""
    remark: str = ""  # what should be looked at although it was told
    error: CrossproofError | None = None


def deliver(messages: Messages, notice: Notice, when: When, clock: Clock) -> Delivery:
    """Tell it there, if it is to be told. Trouble with one place is an answer, so that the others are told too."""
    try:
        return _Delivering(messages, notice, clock).deliver(when)
    except Unanswered as error:
        return Delivery(place=messages.name, did=Did.DOUBTFUL, why=error.what, error=error)
    except CrossproofError as error:
        return Delivery(place=messages.name, did=Did.FAILED, why=error.what, error=error)


def foresee(messages: Messages, notice: Notice, when: When) -> Delivery:
    """Say what would be told; look, and send nothing."""
    found = _look(messages.memory, notice)
    decision = decide(when, notice.verdict, _before(found))
    silent = decision.manner is Manner.NOT_AT_ALL
    return Delivery(place=messages.name, did=Did.SILENT if silent else Did.PLANNED, why=decision.why)


class _Delivering:
    """One notice on its way to one place."""

    def __init__(self, messages: Messages, notice: Notice, clock: Clock) -> None:
        self._messages, self._memory = messages, messages.memory
        self._notice, self._clock = notice, clock
        self._remark = ""

    def deliver(self, when: When) -> Delivery:
        found = _look(self._memory, self._notice)
        decision = decide(when, self._notice.verdict, _before(found))
        match found:
            case Unknown(error=error) if self._memory and error and decision.manner is Manner.NOT_AT_ALL:
                raise error  # a message that says otherwise may stand
            case Unknown(why) if self._memory:
                self._remark = f"An earlier message could not be looked for, so this one is new: {why}"
                self._notice = replace(self._notice, remark=self._remark)
            case Present(_) | Absent(_) | Unknown(_):
                pass
        if decision.manner is Manner.NOT_AT_ALL:
            return self._done(Did.SILENT, decision.why)
        if self._memory and isinstance(found, Present):
            return self._add_to(self._memory, found.value, decision)
        return self._begin(decision)

    def _begin(self, decision: Decision) -> Delivery:
        """Post the topic's first message, and see whether somebody else did so meanwhile."""
        standing = self._once(lambda: self._messages.post(self._notice), self._find)
        if self._memory is None:
            return self._done(Did.POSTED, decision.why, standing)
        try:
            found = self._find()
        except CrossproofError as error:
            self._remark = self._remark or f"Whether another run told the same at once is not known: {error.what}"
            return self._done(Did.POSTED, decision.why, standing)
        standing = next((each for each in found if each.id == standing.id), standing)
        others = [each for each in found if each.id != standing.id]
        if others and found[0].id != standing.id:
            self._remark, self._notice = "", replace(self._notice, remark="")  # it is no new message after all
            self._tidy(self._memory, [standing])
            return self._add_to(self._memory, others, replace(decision, why="another run had told of it first"))
        self._tidy(self._memory, others)
        return self._done(Did.POSTED, decision.why, standing)

    def _add_to(self, memory: Memory, found: Sequence[Standing], decision: Decision) -> Delivery:
        """Bring the message that stands up to date; what was told before is not told again."""
        first, *doubles = found
        stamp = self._notice.stamp
        self._tidy(memory, doubles)
        if first.stamp.report == stamp.report:
            return self._done(Did.KEPT, "this report was told already", first)
        self._refuse_to_hide(first.stamp)
        thread = memory.thread(first) if decision.manner is Manner.ALOUD else None
        if thread:
            changed = first.stamp.verdict is not stamp.verdict
            self._once(lambda: thread.post(self._notice, everybody=changed), thread.find, look_first=True)
            first = self._as_it_is_now(first)
            self._refuse_to_hide(first.stamp)
        if first.stamp.newer_than(stamp):
            why = "a newer run has told more"
            return self._done(Did.REPLIED, decision.why, first) if thread else self._done(Did.OUTDATED, why, first)
        # The message is updated last: its stamp says that everything about this report has been told.
        memory.update(first, self._notice)
        self._stay(memory, first)
        return self._done(Did.REPLIED if thread else Did.UPDATED, decision.why, first)

    def _refuse_to_hide(self, said: Stamp) -> None:
        if self._notice.stamp.would_hide(said):
            raise CrossproofError(
                f"Another report of this run says {said.verdict}, and {self._notice.verdict} would take its place.",
                why="Both have the same subject, so they share one message.",
                fix="Give each its own `subject`, such as the name of the target or the leg of the matrix.",
                anchor="subject",
            )

    def _as_it_is_now(self, standing: Standing) -> Standing:
        return next((each for each in self._find() if each.id == standing.id), standing)

    def _stay(self, memory: Memory, standing: Standing) -> None:
        """Say it again where a run that had looked before us wrote after us, with what is older or hides ours.

        No place changes a message only if it still is what was read; a moment later such a write is over.
        """
        ours = self._notice.stamp
        try:
            for _ in range(_SAY_AGAIN):
                self._clock.sleep(_MOMENT)
                now = self._as_it_is_now(standing).stamp
                if now.report == ours.report or not (ours.newer_than(now) or now.would_hide(ours)):
                    return
                memory.update(standing, self._notice)
        except CrossproofError as error:
            self._remark = f"Whether it still stands is not known: {error.what}"

    def _once(
        self, post: Callable[[], Standing], find: Callable[[], Sequence[Standing]], *, look_first: bool = False
    ) -> Standing:
        """Post; after a doubtful answer look for it, and post again only where it is seen not to have arrived."""
        if look_first and isinstance(there := self._ours(find), Present):
            return there.value
        for last in (False, True):
            try:
                return post()
            except Unanswered as lost:
                there = self._looked_for(find)
                if isinstance(there, Present):
                    return there.value
                if last or isinstance(there, Unknown):
                    raise
                self._remark = f"Sent twice, because the first was nowhere to be seen: {lost.what}"
        raise AssertionError("the second try returns or raises")

    def _looked_for(self, find: Callable[[], Sequence[Standing]]) -> Probe[Standing]:
        there: Probe[Standing] = Unknown("this place shows nothing of what it was sent")
        for pause in LOOKS if self._memory else ():
            self._clock.sleep(pause)
            there = self._ours(find)
            if isinstance(there, Present):
                break
        return there

    def _ours(self, find: Callable[[], Sequence[Standing]]) -> Probe[Standing]:
        try:
            ours = [each for each in find() if each.stamp.report == self._notice.stamp.report]
        except CrossproofError as error:
            return Unknown.of(error)
        return Present(ours[0]) if ours else Absent("no message with this stamp")

    def _find(self) -> Sequence[Standing]:
        return self._memory.find(self._notice.stamp.topic) if self._memory else ()

    def _tidy(self, memory: Memory, doubles: Sequence[Standing]) -> None:
        """Remove what runs that posted at once, or were killed between posting and looking, left behind."""
        for double in doubles:
            try:
                memory.remove(double)
            except CrossproofError as error:
                self._remark = f"A second message of this topic could not be removed: {error.what}"

    def _done(self, did: Did, why: str, standing: Standing | None = None) -> Delivery:
        url = standing.url if standing else ""
        return Delivery(place=self._messages.name, did=did, why=why, url=url, remark=self._remark)


def _look(memory: Memory | None, notice: Notice) -> Probe[Sequence[Standing]]:
    if memory is None:
        return Unknown("this place shows nothing of what it was told")
    try:
        found = memory.find(notice.stamp.topic)
    except CrossproofError as error:
        return Unknown.of(error)
    return Present(found) if found else Absent("no message of this topic stands there")


def _before(found: Probe[Sequence[Standing]]) -> Probe[Verdict]:
    match found:
        case Present(standing):
            return Present(standing[0].stamp.verdict)
        case Absent() | Unknown():
            return found
