"""What one piece of evidence proves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.kept import evidence, run_fact

from crossproof.archive import showing

BRIEF = timedelta(days=1)


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "neutral", "skipped", "stale", ""])
def test_logs_as_planned_of_a_run_that_did_not_succeed_prove_nothing_good_and_say_why(conclusion):
    source = run_fact(1, conclusion=conclusion, status="completed" if conclusion else "in_progress")
    made, _ = evidence(1, source=source)
    assert made.verdict == "unproven"
    assert "judged passed, and unproven" in showing.sentence(made, "file:evidence", 1, new=True)
    (doubt,) = showing.doubts(made, brief=BRIEF)
    assert doubt.startswith(f"Its run did not succeed ({conclusion or 'in_progress'}) and may have been cut short")


def test_a_proven_fault_stays_one_however_its_run_ended():
    made, _ = evidence(1, source=run_fact(1, conclusion="failure"), verdict="failed")
    assert made.verdict == "failed"
    assert list(showing.doubts(made, brief=BRIEF)) == []


def test_the_archiving_jobs_own_files_are_whole_though_its_run_has_not_ended():
    made, _ = evidence(1, source=run_fact(1, conclusion="", status="in_progress"))
    own = replace(made, artifacts=[replace(one, id=-1) for one in made.artifacts])
    assert own.verdict == "passed"


def test_no_artifact_at_all_is_nothing_that_the_archiving_job_made():
    made, _ = evidence(1, source=run_fact(1, conclusion="failure"), zips={})
    assert (list(made.artifacts), made.verdict) == ([], "unproven")
