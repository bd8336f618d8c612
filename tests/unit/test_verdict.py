"""No row of the table of endings can let something unknown end green, or something proven bad end as anything else."""

import pytest

from crossproof.verdict import SUITE_REASONS, Exit, Reason, Verdict, unproven


def reason(verdict, code):
    return Reason(word="x", verdict=verdict, exit=code, meaning="It is.")


@pytest.mark.parametrize("code", [code for code in Exit if code is not Exit.DONE])
def test_what_passed_ends_with_zero_and_nothing_else(code):
    with pytest.raises(ValueError, match="passed must exit 0"):
        reason(Verdict.PASSED, code)


@pytest.mark.parametrize("code", [code for code in Exit if code is not Exit.PROVEN_BAD])
def test_what_failed_ends_with_one_and_nothing_else(code):
    with pytest.raises(ValueError, match="failed must exit 1"):
        reason(Verdict.FAILED, code)


def test_what_is_unproven_is_never_called_proven_bad():
    with pytest.raises(ValueError, match="exit 1 says proven bad"):
        unproven("x", Exit.PROVEN_BAD, "It is.")


def test_the_endings_every_action_can_meet_are_red_and_prove_nothing():
    assert {each.verdict for each in SUITE_REASONS} == {Verdict.UNPROVEN}
    assert Exit.DONE not in {each.exit for each in SUITE_REASONS}


def test_the_words_are_stable_and_each_is_explained_with_a_remedy():
    assert [each.word for each in SUITE_REASONS] == [
        "bad-input",
        "no-access",
        "rate-limited",
        "unreachable",
        "cancelled",
        "internal",
    ]
    assert all(each.meaning.endswith(".") and each.fix.endswith(".") for each in SUITE_REASONS)


def test_the_exit_codes_are_those_of_the_contract():
    assert {code.name: int(code) for code in Exit} == {
        "DONE": 0,
        "PROVEN_BAD": 1,
        "CALL_MUST_CHANGE": 2,
        "NOT_FOUND_OUT": 3,
        "OUR_FAULT": 4,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }


def test_a_verdict_is_written_as_its_word():
    assert [f"{verdict}" for verdict in Verdict] == ["passed", "failed", "unproven"]
