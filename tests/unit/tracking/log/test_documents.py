"""Where an event ends is found through a window, so that no text takes 25 times its size in memory."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.tracking.log import documents
from crossproof.tracking.log.documents import Broken, events_in

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text('ab"\\\n{}[],:ü😀', max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab ", max_size=3), inner, max_size=4),
    max_leaves=12,
)
written = st.builds(json.dumps, st.lists(values, max_size=5), indent=st.none() | st.just(2), ensure_ascii=st.booleans())
hurt = st.builds(
    lambda text, at, other: text[:at] + other + text[at + 1 :], written, st.integers(0, 99), st.text(max_size=1)
)


def found(text: str, window: int) -> list[bytes | Broken]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "_WINDOW", window)
        return [*events_in(text)]


@given(written | hurt, st.integers(1, 90))
def test_a_window_changes_nothing_of_what_is_found(text, window):
    assert found(text, window) == found(text, 1 << 20)


def test_an_event_without_an_end_is_not_looked_through_to_the_end_of_the_file():
    text = '[{"a": [' + "{}," * 6_000_000 + "{}]},\n" + '{"b": 1}]'
    broken, event = events_in(text)
    assert broken == Broken(1, 2, "more than 16 MiB without an end")
    assert event == b'{"b": 1}'
