"""What holds in every state of events, wishes and answers: the promises that no combination may break."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from tests.events import EVERY_KIND, GATEWAY, HEAD, pull

from crossproof.actions.image_contract import RELEASE_LINES
from crossproof.errors import BadCall
from crossproof.images import deciding
from crossproof.images.branches import BranchMap
from crossproof.images.counterparts import (
    By,
    CannotTell,
    Commit,
    Found,
    Name,
    OnUnknown,
    Try,
    Wishes,
    names,
    next_name,
)
from crossproof.images.deciding import (
    AskWhetherOneIsBuilt,
    Build,
    BuildIt,
    ForFork,
    Image,
    Known,
    LookAtOwn,
    LookForKeyed,
    Otherwise,
    Own,
    Use,
    Which,
    next_look,
)
from crossproof.images.events import Occasion, occasion, pull_of, with_pull
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef

DASHBOARD = RepoRef("acme", "dashboard")
MAP = BranchMap.parse(RELEASE_LINES)
NO, HUH = Absent("it is not there"), Unknown("it was not to be found out")
YES = Present("it is so")
COMMIT = Present(Commit(sha="d" * 40, branch="some"))
IMAGE = Image(tag="some", digest="sha256:0")


def own(fresh, fits):
    return Present(Own(image=IMAGE, fresh=fresh, fits=fits))


OWN = (NO, HUH, own(YES, YES), own(YES, NO), own(YES, HUH), own(NO, NO), own(HUH, YES))
SIDES: dict[str, tuple[Any, ...]] = {
    "event": tuple(EVERY_KIND),
    "pull": (pull(), pull(origin="mallory/gateway"), pull(state="closed")),  # for the events that only number it
    "companion_ref": ("", "topic", "feat/x"),
    "follow_body": (False, True),
    "default_if_missing": (False, True),
    "build": tuple(Build),
    "otherwise": tuple(Otherwise),
    "for_fork": tuple(ForFork),
    "on_unknown": tuple(OnUnknown),
    "wait": (False, True),
    "first": (NO, HUH, COMMIT),
    "second": (NO, HUH, COMMIT),
    "third": (NO, HUH, COMMIT),
    "keyed": (NO, HUH, Present(IMAGE)),
    "own": OWN,
    "other": OWN,
    "running": (NO, HUH, YES),
}
ALL = 1
for _side in SIDES.values():
    ALL *= len(_side)
STEP = 1_000_003  # a prime that divides no side: the sample visits every value of each side equally often


@dataclass(frozen=True)
class World:
    """One state."""

    event: str
    pull: dict
    companion_ref: str
    follow_body: bool
    default_if_missing: bool
    build: Build
    otherwise: Otherwise
    for_fork: ForFork
    on_unknown: OnUnknown
    wait: bool
    first: object
    second: object
    third: object
    keyed: object
    own: object
    other: object
    running: object

    @classmethod
    def number(cls, index: int) -> "World":
        chosen = {}
        for name, side in SIDES.items():
            index, at = divmod(index, len(side))
            chosen[name] = side[at]
        return cls(**chosen)


@dataclass(frozen=True)
class Told:
    """How it ended there."""

    event: object
    name: object = None
    skipped_unknown: bool = False
    end: object = None


def resolved(world: World) -> Told:
    """Walk through the decisions with the state's answers, as the action does."""
    found = occasion(EVERY_KIND[world.event])
    if found.unread_pull is not None:
        found = with_pull(found, pull_of(world.pull), GATEWAY)
    if found.ended or (not found.trusted and world.for_fork is ForFork.SKIP):
        return Told(found)
    wishes = Wishes(
        companion=DASHBOARD,
        companion_ref=world.companion_ref,
        follow_body=world.follow_body,
        branch_map=MAP,
        default_if_missing=world.default_if_missing,
    )
    try:
        listed = names(found, wishes)
    except BadCall:
        return Told(found, end="refused")
    return _searched(world, found, listed)


def _searched(world: World, found: Occasion, listed: Sequence[Name]) -> Told:
    answers = [world.first, world.second, world.third, NO, NO, NO]
    asked = 0
    while isinstance(step := next_name(listed, answers[:asked], world.on_unknown), Try):
        assert step.index == asked
        asked += 1
    if not isinstance(step, Found):
        return Told(found, end=step, skipped_unknown=not isinstance(step, CannotTell) and HUH in answers[:asked])
    rules = deciding.rules(
        found,
        build=world.build,
        otherwise=world.otherwise,
        for_fork=world.for_fork,
        on_unknown=world.on_unknown,
        wait=world.wait,
    )
    known = Known(own_tags=2)
    for _ in range(6):
        match next_look(known, rules):
            case LookForKeyed():
                known = Known(own_tags=2, keyed=world.keyed)
            case LookAtOwn(index):
                seen = (*known.own, (world.own, world.other)[index])
                known = Known(own_tags=2, keyed=known.keyed, own=seen)
            case AskWhetherOneIsBuilt():
                known = Known(own_tags=2, keyed=known.keyed, own=known.own, running=world.running)
            case end:
                unknown = HUH in answers[:asked] or _has_unknown(known)
                return Told(found, step, unknown, end)
    raise AssertionError("it never ends")


def _has_unknown(known: Known) -> bool:
    answers = [known.keyed, known.running, *known.own]
    for each in known.own:
        if isinstance(each, Present):
            answers += [each.value.fresh, each.value.fits]
    return HUH in answers


@pytest.fixture(scope="module")
def states(request):
    many = request.config.getoption("--soak")
    return [index * STEP % ALL for index in range(1_000_000 if many else 10_000)]


def test_no_combination_breaks_a_promise(states):
    endings = {}
    for index in states:
        world = World.number(index)
        told = resolved(world)
        for promise in PROMISES:
            assert promise(world, told), f"{promise.__doc__} Broken in state {index}: {world} gave {told}"
        endings[type(told.end).__name__] = endings.get(type(told.end).__name__, 0) + 1
    assert set(endings) == {
        "NoneType", "str", "Use", "BuildIt", "Skip", "NothingSuits", "NoCounterpart", "CannotTell", "Wait",
    }  # fmt: skip


def untrusted_is_never_built(_, told) -> bool:
    """Code of somebody who may not write here is never built."""
    return told.event.trusted or not isinstance(told.end, BuildIt)


def untrusted_never_chooses_by_name(_, told) -> bool:
    """The branch and the text of a fork's author choose nothing in the companion."""
    return told.event.trusted or told.name is None or told.name.by not in {By.HEAD, By.DEPENDS_ON}


def unknown_stops(world, told) -> bool:
    """Under `fail`, nothing is concluded past something that could not be found out."""
    return world.on_unknown is OnUnknown.CONTINUE or not told.skipped_unknown or isinstance(told.end, CannotTell)


def unknown_is_never_proof(_, told) -> bool:
    """What was concluded past an unknown is marked, whatever the caller allowed."""
    if not isinstance(told.end, Use) or told.end.which is Which.STAND_IN:
        return True
    return not (told.end.sure and told.name.sure) or not told.skipped_unknown


def own_image_serves_only_when_it_has_both(world, told) -> bool:
    """The companion's own image serves only if it is proven fresh and proven to have the change."""
    if not isinstance(told.end, Use) or told.end.which is not Which.OWN:
        return True
    return own(YES, YES) in (world.own, world.other)


def stand_in_is_declared_and_says_so(world, told) -> bool:
    """An image that is not proven to have both is used only as a declared stand-in, and is never exact."""
    if not isinstance(told.end, Use) or told.end.which is not Which.STAND_IN:
        return True
    declared = world.otherwise is Otherwise.STALE if told.event.trusted else world.for_fork is ForFork.BASE_IMAGE
    return declared and not told.end.exact and not told.end.sure


def release_line_stays_on_its_line(world, told) -> bool:
    """A release line reaches the companion's default branch only where that was asked for."""
    on_line = told.event.tag or MAP.is_release(told.event.base)
    by_default = told.name is not None and told.name.by is By.DEFAULT
    return world.default_if_missing or not (on_line and by_default)


def build_only_where_allowed(world, told) -> bool:
    """Nothing is built that the caller or the event forbids."""
    return not isinstance(told.end, BuildIt) or (world.build is Build.AUTO and told.event.builds)


def skips_only_where_asked(world, told) -> bool:
    """A test is skipped only where that was declared."""
    return not isinstance(told.end, deciding.Skip) or world.otherwise is Otherwise.SKIP


def refused_only_for_a_fork_s_own_branch(world, told) -> bool:
    """A call is refused only where the override is the branch of somebody who may not write here."""
    return told.end != "refused" or (not told.event.trusted and world.companion_ref == told.event.head_name)


PROMISES = (
    untrusted_is_never_built,
    untrusted_never_chooses_by_name,
    unknown_stops,
    unknown_is_never_proof,
    own_image_serves_only_when_it_has_both,
    stand_in_is_declared_and_says_so,
    release_line_stays_on_its_line,
    build_only_where_allowed,
    skips_only_where_asked,
    refused_only_for_a_fork_s_own_branch,
)


def test_the_states_are_more_than_a_million_and_the_sample_has_every_value_of_every_side(states):
    assert ALL > 1_000_000
    assert all(STEP % len(side) for side in SIDES.values() if len(side) > 1)
    seen = [World.number(index) for index in states[:10_000]]
    for name, side in SIDES.items():
        assert len({id(getattr(world, name)) for world in seen}) == len(side), name


def test_the_commit_under_test_is_the_heads_in_every_kind_of_pull_request():
    for kind in ("a pull request", "a pull request of a fork", "a pull request, in the base's name", "a merge group"):
        assert occasion(EVERY_KIND[kind]).commit == HEAD
