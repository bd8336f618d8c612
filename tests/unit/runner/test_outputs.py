"""Every declared output is there on every ending, as the text that a later step reads."""

from dataclasses import dataclass

from crossproof.runner.outputs import SUITE_OUTPUTS, Outputs, descriptions, says


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Outputs):
    run_id: str = says("The run.")
    found: str = says("Whether it was found.", default=False)
    count: str = says("How many.", default=0)


def test_an_output_that_was_not_set_is_empty_and_still_there():
    assert Said().as_texts() == {"run_id": "", "found": "false", "count": "0"}


def test_values_are_written_as_yaml_and_expressions_read_them():
    assert Said(run_id=None, found=True, count=42).as_texts() == {"run_id": "", "found": "true", "count": "42"}


def test_each_output_is_described_and_the_suites_own_are_added_to_none():
    assert descriptions(Said) == {"run_id": "The run.", "found": "Whether it was found.", "count": "How many."}
    assert set(SUITE_OUTPUTS) == {"verdict", "reason", "report_path"}
