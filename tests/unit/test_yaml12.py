"""A plan is read as YAML 1.2 and in no other way: what two readers could understand differently is refused."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.mark import Mark
from crossproof.yaml12 import MAX_BYTES, Marks, YamlFault, parse


def read(text: str | bytes, file: str = "p.yaml"):
    return parse(text.encode() if isinstance(text, str) else text, file, Marks())


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("no", "no"),
        ("on", "on"),
        ("2026-07-01", "2026-07-01"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("1.10", 1.1),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("~", None),
        ("", None),
        ("True", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("'true'", "true"),
        ('"1.10"', "1.10"),
        ("1" + "0" * 40, 10**40),
        ("=", "="),
    ],
)
def test_a_plain_scalar_is_resolved_by_the_core_schema_of_yaml_1_2(written, read_as):
    assert read(f"a: {written}") == {"a": read_as}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "p.yaml:3:1: the key 'a' stands here twice, first in line 1"),
        ("<<: {a: 1}", "p.yaml:1:1: `<<` merges keys in YAML 1.1 only"),
        ("a: !!int '3'", "p.yaml:1:4: the tag 'tag:yaml.org,2002:int' is not read"),
        (
            "a: !!python/object/apply:os.system [ls]",
            "p.yaml:1:4: the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not read",
        ),
        ("? {a: 1}\n: b", "p.yaml:1:3: a key of this mapping is no text"),
        ("a: *b", "p.yaml:1:4: the alias 'b' names nothing that is complete above it"),
        ("a: &a [*a]", "p.yaml:1:8: the alias 'a' names nothing that is complete above it"),
        ("a: 1\n---\nb: 2", "p.yaml:2:1: a second document starts here"),
        ("a: .inf", "p.yaml:1:4: '.inf' is a number that JSON does not know"),
        ("a: -.NaN", "p.yaml:1:4: '-.NaN' is a number that JSON does not know"),
        ("a: 1e999", "p.yaml:1:4: '1e999' is a number that JSON does not know"),
        ("a: " + "9" * 4301, "p.yaml:1:4: is a number of more than 4000 digits"),
        ("a: [", "p.yaml:2:1: did not find expected node content"),
        ("\ta: 1", "p.yaml:1:1: found character that cannot start any token"),
        (b"a: \xff", "p.yaml:1:1: is no text in UTF-8:"),
        ("a: \x00", "p.yaml:1:1: is no text in UTF-8:"),
        ("[" * 100_000, "p.yaml:1:65: is nested more than 64 levels deep"),
        ("#" * (MAX_BYTES + 1), f"p.yaml:1:1: the file has {MAX_BYTES + 1} bytes; at most {MAX_BYTES} are read"),
    ],
)
def test_what_could_be_misread_is_refused_with_its_place(text, said):
    with pytest.raises(YamlFault) as refused:
        read(text)
    assert str(refused.value).startswith(said)


def test_aliases_may_repeat_but_not_multiply_without_end():
    assert read("a: &x [1, 2]\nb: *x\nc: [*x, *x]") == {"a": [1, 2], "b": [1, 2], "c": [[1, 2], [1, 2]]}
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
    )
    with pytest.raises(YamlFault, match="has more than 200000 values, counting each use of an alias"):
        read(bomb)


def test_every_key_and_item_keeps_its_line_and_column():
    marks = Marks()
    tree = parse(b"events:\n  home:\n    steps: [a,\n      {b: 1}]\n", "p.yaml", marks)
    assert marks.find(tree, ["events"]) == Mark("p.yaml", 1, 1)
    assert marks.find(tree, ["events", "home", "steps", 1]) == Mark("p.yaml", 4, 7)
    assert marks.find(tree, ["events", "home", "steps", 1, "b"]) == Mark("p.yaml", 4, 8)
    # What is not there is shown where it should be.
    assert marks.find(tree, ["events", "home", "missing", "deep"]) == Mark("p.yaml", 2, 3)
    assert marks.find(tree, ["nowhere"]) is None


def test_the_marks_of_a_part_stay_true_when_it_is_moved_into_another_tree():
    marks = Marks()
    first = parse(b"a: {x: 1}", "one.yaml", marks)
    second = parse(b"\nb: {y: 2}", "two.yaml", marks)
    merged = {**first, **second}
    assert str(marks.at(merged["b"], "y")) == "two.yaml:2:5"
    assert str(marks.at(merged["a"], "x")) == "one.yaml:1:5"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    # A key of more than 1024 characters is none to YAML.
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=80), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_json_is_read_as_the_same_values(value):
    assert read(json.dumps(value), "example.json") == value


def test_the_halves_of_a_character_are_joined_in_json_only_and_never_after_an_escaped_backslash():
    halves = r'"\uD83D\uDE00"'
    assert read(halves, "e.json") == "\N{GRINNING FACE}"
    assert read(halves.replace("\\", "\\\\"), "e.json") == halves.strip('"')
    with pytest.raises(YamlFault, match="invalid Unicode"):
        read(halves, "e.yaml")


@given(st.text(alphabet=st.characters(codec="utf-8")) | st.binary())
def test_any_input_is_a_tree_or_a_fault_with_a_place(text):
    with contextlib.suppress(YamlFault):
        read(text)
