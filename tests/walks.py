"""Small runs for the tests of baselines: a run is a list of events, and what is not said of an event is harmless."""

from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from crossproof.tracking.baseline.comparing import Comparison, compare
from crossproof.tracking.baseline.learning import learn
from crossproof.tracking.baseline.profile import About, Profile, total
from crossproof.tracking.baseline.sent import Sent
from crossproof.tracking.places import place
from crossproof.tracking.plan.model import BaselineHints

Run = Sequence[Sent]


def run(*events: str | tuple[str, dict[str, object]], start: float = 1_770_000_000.0) -> Run:
    """Make a run of events a second apart, in one log."""
    named = [(each, {}) if isinstance(each, str) else each for each in events]
    return [Sent(name, params, start + at, place(0, at + 1)) for at, (name, params) in enumerate(named)]


def learned(runs: Iterable[Run], *, first: int = 0, **about: str) -> Profile:
    """Learn runs; each gets a digest of its own by its number."""
    return total(learn(each, About(**about), f"{at:04}") for at, each in enumerate(runs, first))


def found(profile: Profile, compared: Run, **hints) -> list[str]:
    """Compare, and list the findings as a reader would tell them."""
    return told(compare(profile, compared, lambda _, value: repr(value), BaselineHints(**hints)))


def told(comparison: Comparison) -> list[str]:
    return sorted(
        f"{what.rule} · {'.'.join(filter(None, (what.event, what.param)))} {what.reason}"
        + "".join(f" · {example.shown}" for example in seen.examples[:1] if example.shown)
        for what, seen in comparison.findings.groups.items()
    )


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "home", "article", "false", "undefined", "a b", "E4omaNFMoJCkYzeQ94SG", "me@example.org", "9.4"]
    ),
    st.text(max_size=8),
    st.uuids().map(str),
    st.lists(st.integers(), max_size=2),
)
_PARAMS = st.dictionaries(st.sampled_from(["page", "app_build", "session_id", "user_name", "n"]), VALUES, max_size=4)
_SENT = st.builds(
    Sent,
    st.sampled_from(["start", "home", "article", "play"]),
    _PARAMS,
    st.one_of(st.none(), st.floats(0, 1e6).map(lambda seconds: round(seconds, 3))),
    st.builds(place, st.integers(0, 1), st.integers(1, 99)),
)
RUNS = st.lists(_SENT, min_size=1, max_size=8)
