from hypothesis import given
from hypothesis import strategies as st

from crossproof.doctor.diagnosis import State, diagnose
from crossproof.needs import Need
from crossproof.probe import Absent, Present, Unknown

READ = Need(permission="actions", level="read", why="see runs")
WRITE = Need(permission="contents", level="write", why="send the event", when="event: repository_dispatch")

answers = st.sampled_from([Present("yes"), Absent("no"), Unknown("silence")])


def test_a_need_that_nobody_looked_at_is_unknown_not_met():
    [row] = diagnose({"x": [READ]}, {}, {}).rows
    assert (row.state, row.have) == (State.UNKNOWN, "it was not looked at")


def test_a_need_of_a_special_case_is_shown_but_does_not_decide():
    diagnosis = diagnose({"x": [READ, WRITE]}, {READ: Present("yes"), WRITE: Absent("no")}, {})
    assert [row.state for row in diagnosis.rows] == [State.MET, State.MISSING]
    assert not diagnosis.missing


def test_a_gap_shows_its_fix_and_a_met_need_does_not():
    diagnosis = diagnose(
        {"x": [READ, WRITE]}, {READ: Present("yes"), WRITE: Absent("no")}, {READ: "f", WRITE: "grant it"}
    )
    assert [row.fix for row in diagnosis.rows] == ["", "grant it"]


@given(first=answers, second=answers)
def test_nothing_is_complete_unless_every_answer_is_yes(first, second):
    other = Need(permission="statuses", level="write", why="set a status")
    diagnosis = diagnose({"x": [READ], "y": [other]}, {READ: first, other: second}, {})
    assert (not diagnosis.missing and not diagnosis.undecided) == (first == second == Present("yes"))
    assert bool(diagnosis.missing) == any(isinstance(answer, Absent) for answer in (first, second))
