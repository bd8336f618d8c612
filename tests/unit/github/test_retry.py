from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crossproof.errors import RateLimited, Unreachable
from crossproof.github.answer import Answer, MaybeSent, NotSent
from crossproof.github.retry import Accept, Again, GiveUp, Next, next_try, rate_limit

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

headers = st.fixed_dictionaries(
    {},
    optional={
        "retry-after": st.one_of(
            st.integers(-5, 4000).map(str),
            st.sampled_from(["", "soon", "1e400", "nan", "Fri, 20 Nov 2026 12:00:30 GMT"]),
        ),
        "x-ratelimit-remaining": st.sampled_from(["0", "1", ""]),
        "x-ratelimit-reset": st.sampled_from(["1795176000", "1795179600.0", "0", "-1", "9" * 20, "later"]),
        "date": st.sampled_from(["Fri, 20 Nov 2026 11:00:00 GMT", "yesterday", ""]),
    },
)
bodies = st.sampled_from(
    ["", "{}", "[]", '{"id": 1', "<html>", '{"message": "API rate limit exceeded"}', '{"message": "no"}', "null"]
)
answers = st.builds(
    lambda status, headers, text, broken: Answer(
        verb="GET", path="/x", status=status, headers=headers, text=text, broken=broken
    ),
    st.sampled_from([200, 204, 302, 304, 400, 401, 403, 404, 408, 410, 422, 429, 500, 502, 503, 504]),
    headers,
    bodies,
    st.sampled_from(["", "", "the body broke off"]),
)
failures = st.sampled_from([NotSent("refused"), MaybeSent("reset")])
seen = st.one_of(answers, failures)


def decide(what: Answer | NotSent | MaybeSent, *, tries: int = 1, elapsed: float = 0, patience: float = 60) -> Next:
    return next_try(what, tries=tries, elapsed=elapsed, patience=patience, now=NOW)


@given(st.lists(seen, min_size=1, max_size=40), st.floats(0, 5000), st.integers(0, 999_999))
def test_whatever_github_does_waiting_stays_within_patience_and_ends(life, patience, microsecond):
    elapsed, tries, now = 0.0, 0, NOW.replace(microsecond=microsecond)
    while True:
        tries += 1
        step = next_try(life[min(tries, len(life)) - 1], tries=tries, elapsed=elapsed, patience=patience, now=now)
        if not isinstance(step, Again):
            break
        assert step.why
        assert step.after >= 0.5
        elapsed += step.after
        now += timedelta(seconds=step.after)
        assert elapsed <= patience
    assert isinstance(step, Accept | GiveUp)


@given(answers, st.floats(0, 5000))
def test_an_accepted_read_is_a_whole_answer_or_a_refusal(answer, patience):
    if isinstance(decide(answer, patience=patience), Accept):
        assert answer.status < 500
        assert not answer.broken
        if answer.ok and answer.text:
            answer.json()


@given(seen)
def test_a_lost_request_is_never_accepted(what):
    if isinstance(what, NotSent | MaybeSent):
        assert not isinstance(decide(what), Accept)


@given(seen)
def test_without_patience_there_is_no_second_try(what):
    assert not isinstance(decide(what, patience=0), Again)


@given(answers)
def test_only_403_and_429_are_limits(answer):
    if rate_limit(answer, NOW):
        assert answer.status in {403, 429}
    elif answer.status == 429:
        raise AssertionError("429 is always a limit")


def answer(status: int, text: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(verb="GET", path="/x", status=status, headers=named, text=text)


def test_a_missing_permission_is_no_limit_even_when_nothing_is_left():
    denied = answer(403, '{"message": "Resource not accessible by integration"}', x_ratelimit_remaining="0")
    assert decide(denied) == Accept()


def test_a_secondary_limit_without_a_time_pauses_a_minute_then_two():
    secondary = answer(403, '{"message": "You have exceeded a secondary rate limit."}')
    assert [decide(secondary, tries=n, patience=999).after for n in (1, 2, 3)] == [60, 120, 240]


def test_a_retry_after_comes_before_the_reset():
    both = answer(429, retry_after="5", x_ratelimit_remaining="0", x_ratelimit_reset="1795179600")
    assert decide(both).after == 5


def test_a_server_in_trouble_may_say_when_to_come_back():
    assert decide(answer(503, retry_after="20")).after == 20
    assert decide(answer(503, retry_after="Fri, 20 Nov 2026 12:00:30 GMT")).after == 30


def test_a_reset_in_the_past_is_a_second_not_a_loop_without_pause():
    assert decide(answer(429, x_ratelimit_remaining="0", x_ratelimit_reset="1000")).after == 1


def test_pauses_double_up_to_half_a_minute():
    pauses = [decide(NotSent("refused"), tries=n, patience=999).after for n in range(1, 9)]
    assert pauses == [0.75, 1.5, 3, 6, 12, 22.5, 22.5, 22.5]


def test_giving_up_says_how_long_it_was_tried():
    step = decide(answer(502, "<html>"), tries=7, elapsed=58, patience=60)
    assert isinstance(step, GiveUp)
    assert isinstance(step.error, Unreachable)
    assert (step.error.what, step.error.why) == (
        "GitHub answered 502 to GET /x.",
        "Tried 7 times in 58 s, and it stayed so.",
    )


def test_giving_up_on_a_lost_request_keeps_what_kind_of_loss_it_was():
    step = decide(MaybeSent("reset"), tries=2, elapsed=60)
    assert isinstance(step, GiveUp)
    assert isinstance(step.error, MaybeSent)


def test_a_limit_beyond_patience_is_told_apart_from_an_outage():
    step = decide(answer(429, retry_after="3000"))
    assert isinstance(step, GiveUp)
    assert isinstance(step.error, RateLimited)


def test_limits_that_follow_each_other_share_one_patience():
    slow = answer(429, retry_after="40")
    assert decide(slow, elapsed=0, patience=60).after == 40
    assert isinstance(decide(slow, tries=2, elapsed=40, patience=60), GiveUp)
