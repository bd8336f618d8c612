from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.kept import day, evidence, run_fact
from tests.recordings import sha

from crossproof.archive.blaming import blame, last_proof


def made(run: int, *, app="a", tracking="b", version="241", plan="7" * 64, verdict="passed", at: int = 0, **more):
    source = run_fact(run, head_sha=sha(app).hex, started=day(at or run))
    return evidence(run, source=source, subject=sha(tracking), version=version, plan=plan, verdict=verdict, **more)[0]


PROOF = made(1)


def test_when_only_the_app_changed_the_app_is_suspect():
    found = blame(PROOF, made(2, app="c", verdict="failed"))
    assert found.side == "app"
    assert found.sentence == (
        "Only the app's commit changed since the last proof (run 1, 2026-06-01 12:00 UTC): the app side is suspect."
    )


def test_a_tracking_commit_and_the_profile_made_of_it_are_one_side():
    assert blame(PROOF, made(2, tracking="c", version="242", verdict="failed")).side == "tracking"


def test_when_both_sides_changed_it_is_undecided():
    found = blame(PROOF, made(2, app="c", version="242", verdict="failed"))
    assert found.side == ""
    assert found.sentence.startswith("Undecided: several sides changed since the last proof")


def test_when_nothing_changed_nobody_is_accused():
    found = blame(PROOF, made(2, verdict="failed"))
    assert (found.side, found.changes) == ("", [])
    assert "look at the environment, the devices and flakiness" in found.sentence


def test_what_is_not_on_record_keeps_it_undecided():
    suspect = made(2, app="c", verdict="failed")
    unjudged = replace(suspect, validation=None)
    found = blame(PROOF, unjudged)
    assert (found.side, found.unknown) == ("", ["the tracking plan"])
    assert found.sentence.startswith("Undecided: the app's commit changed")


def test_the_last_proof_is_the_newest_one_of_the_same_kind_that_is_older():
    suspect = made(9, verdict="failed")
    proofs = [made(3), made(5), made(7, environment="prod"), made(8, verdict="failed"), made(11)]
    found = last_proof(suspect, proofs)
    assert found is not None
    assert found.source.id == 5
    assert last_proof(suspect, [made(7, environment="prod")]) is None


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_a_side_is_named_only_if_nothing_of_another_side_changed(app, tracking, profile, plan):
    suspect = made(
        2,
        app="c" if app else "a",
        tracking="c" if tracking else "b",
        version="242" if profile else "241",
        plan=("8" if plan else "7") * 64,
        verdict="failed",
    )
    sides = {name for name, changed in (("app", app), ("tracking", tracking or profile), ("plan", plan)) if changed}
    assert blame(PROOF, suspect).side == (next(iter(sides)) if len(sides) == 1 else "")
