"""A file that a person wrote is refused with all its faults, each with its line and what to write instead."""

import pytest

from crossproof.documents import BadDocument, read
from crossproof.verdict import Exit
from crossproof.yaml12 import Marks

GRAMMAR = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "What it is called."},
        "level": {"enum": ["error", "warning"]},
        "many": {"type": "array", "items": {"type": ["integer", "null"], "minimum": 1}},
        "when": {"type": "string", "pattern": "^[0-9]+s$", "$comment": "a span of time, such as 5s"},
    },
    "required": ["name"],
    "additionalProperties": False,
}


def refusal(text: str) -> list[str]:
    with pytest.raises(BadDocument) as refused:
        read(text.encode(), "f.yaml", "manifest", GRAMMAR, Marks())
    return [str(remark) for remark in refused.value.remarks]


def test_a_good_document_is_given_as_it_stands():
    assert read(b"name: x\nmany: [1, null]", "f.yaml", "manifest", GRAMMAR, Marks()) == {"name": "x", "many": [1, None]}


def test_all_faults_are_told_at_once_each_with_its_line_and_remedy():
    assert refusal("nmae: x\nlevel: eror\nmany: [0, x, {}]\nwhen: 5\n") == [
        "f.yaml:1:1: the key 'nmae' is not known here. Did you mean `name`?",
        "f.yaml:1:1: the key `name` is missing. What it is called.",
        "f.yaml:2:1: level: 'eror' is none of the words that can stand here. Did you mean `error`?",
        "f.yaml:3:8: many.0: 0 cannot stand here. ('0 is less than the minimum of 1')",
        "f.yaml:3:11: many.1: 'x' is not a whole number or null.",
        "f.yaml:3:14: many.2: a mapping is not a whole number or null.",
        "f.yaml:4:1: when: 5 is not a text. Quote it.",
    ]


def test_a_text_of_the_wrong_form_is_told_the_right_one():
    assert refusal("name: x\nwhen: soon") == [
        "f.yaml:2:1: when: 'soon' cannot stand here. Write a span of time, such as 5s."
    ]


def test_where_no_word_is_near_the_known_ones_are_listed():
    assert refusal("name: x\nlevel: purple") == [
        "f.yaml:2:1: level: 'purple' is none of the words that can stand here. Known are: `error`, `warning`."
    ]


@pytest.mark.parametrize("text", ["", "- a", "just text", "3"])
def test_what_is_no_mapping_at_all_is_no_document(text):
    assert refusal(text) == ["f.yaml:1:1: the file is no manifest: it must be a mapping of keys to values"]


def test_a_fault_of_the_notation_itself_is_told_the_same_way():
    assert refusal("a: 1\na: 2") == ["f.yaml:2:1: the key 'a' stands here twice, first in line 1"]


def test_the_call_must_change_and_every_fault_is_one_of_its_faults():
    with pytest.raises(BadDocument) as refused:
        read(b"level: x\nnmae: y", "f.yaml", "manifest", GRAMMAR, Marks())
    assert refused.value.what == "The manifest cannot be used as written: 3 places must change."
    assert refused.value.reason.exit is Exit.CALL_MUST_CHANGE
    assert [fault.where for fault in refused.value.faults] == ["f.yaml:1:1", "f.yaml:1:1", "f.yaml:2:1"]


def test_a_value_from_the_file_is_never_repeated_whole_and_never_as_control_characters():
    told = refusal('name: x\nlevel: "' + "x" * 5000 + '\\e[31m"')[0]
    assert len(told) < 300
    assert "\x1b" not in told
