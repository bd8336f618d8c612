"""The laws of every place where people look hold for the fake and over real sockets."""

import threading

import pytest
from tests.telling import FAILED, PASSED, RUN, UNPROVEN, notice

from crossproof.errors import CrossproofError
from crossproof.telling.deciding import When
from crossproof.telling.delivering import Did, deliver
from crossproof.telling.messages import Unanswered


def reports(found):
    return [standing.stamp.report for standing in found]


def test_what_was_posted_is_found_by_its_topic_the_eldest_first(place, topic):
    messages = place.messages()
    first, second, other = notice(FAILED), notice(PASSED, run=RUN + 1), notice(subject="other")
    posted = [messages.post(each) for each in (first, second, other)]
    assert messages.memory.find(topic) == messages.memory.find(topic)
    assert reports(messages.memory.find(topic)) == [first.stamp.report, second.stamp.report]
    assert [each.id for each in messages.memory.find(topic)] == [each.id for each in posted[:2]]
    assert [each.stamp for each in messages.memory.find(topic)] == [first.stamp, second.stamp]


def test_where_nothing_was_posted_nothing_is_found(place, topic):
    assert list(place.messages().memory.find(topic)) == []


def test_what_is_changed_says_the_new_thing_from_then_on(place, topic):
    messages, later = place.messages(), notice(PASSED, run=RUN + 1)
    standing = messages.post(notice())
    messages.memory.update(standing, later)
    messages.memory.update(standing, later)
    [found] = messages.memory.find(topic)
    assert (found.id, found.stamp) == (standing.id, later.stamp)
    assert place.seen() == [later.stamp.report]


def test_what_is_removed_is_gone_and_removing_it_again_is_no_trouble(place, topic):
    messages = place.messages()
    standing = messages.post(notice())
    messages.memory.remove(standing)
    messages.memory.remove(standing)
    assert list(messages.memory.find(topic)) == []
    assert place.seen() == []


def test_what_somebody_else_says_is_not_ours_whatever_it_carries(place, topic):
    place.somebody_else_says(notice())
    assert list(place.messages().memory.find(topic)) == []


def test_what_cannot_be_looked_at_is_not_empty(place, topic):
    place.messages().post(notice())
    place.blind()
    with pytest.raises(CrossproofError):
        list(place.messages().memory.find(topic))


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_post_whose_answer_is_lost_is_in_doubt(place, carried_out):
    place.lose_answer(carried_out=carried_out)
    with pytest.raises(Unanswered):
        place.messages().post(notice())
    assert len(place.seen()) == carried_out


@pytest.mark.parametrize("carried_out", [True, False])
def test_it_stands_there_once_in_the_end(place, carried_out):
    place.lose_answer(carried_out=carried_out)
    told = notice()
    assert deliver(place.messages(), told, When.ALWAYS, place.clock).did is Did.POSTED
    assert place.seen() == [told.stamp.report]


def test_one_message_goes_through_its_whole_life(place):
    for number, ended in enumerate((FAILED, FAILED, UNPROVEN, PASSED)):
        told = notice(ended, run=RUN + number)
        delivery = deliver(place.messages(), told, When.CHANGE, place.clock)
        assert delivery.error is None
        assert place.seen() == [told.stamp.report]
        assert deliver(place.messages(), told, When.CHANGE, place.clock).did is Did.KEPT


def test_a_look_that_failed_leads_to_a_new_message_and_the_next_run_makes_one_of_them_again(place):
    deliver(place.messages(), notice(), When.ALWAYS, place.clock)
    place.blind(times=2)
    delivery = deliver(place.messages(), notice(PASSED, run=RUN + 1), When.CHANGE, place.clock)
    assert (delivery.did, len(place.seen())) == (Did.POSTED, 2)
    assert delivery.remark.startswith("An earlier message could not be looked for")
    last = notice(FAILED, run=RUN + 2)
    deliver(place.messages(), last, When.CHANGE, place.clock)
    assert place.seen() == [last.stamp.report]


def test_many_runs_that_tell_at_once_leave_one_message(place, times):
    """Over sockets and threads; the fake takes part so that it keeps the same law."""
    for _ in range(times(few=3, many=25)):
        notices = [notice((FAILED, PASSED)[number % 2], run=RUN + number, subject="race") for number in range(4)]
        start = threading.Barrier(len(notices))
        deliveries = []

        def tell(told, start=start, deliveries=deliveries):
            messages = place.messages()
            start.wait()
            deliveries.append(deliver(messages, told, When.ALWAYS, place.clock))

        threads = [threading.Thread(target=tell, args=[told]) for told in notices]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [each.error for each in deliveries] == [None] * len(notices)
        assert len(place.seen()) == 1
        [standing] = place.messages().memory.find(notices[0].stamp.topic)
        place.messages().memory.remove(standing)
