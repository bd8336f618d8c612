"""A baseline is a file that people review: a fact a line, in a steady order, and read back as the same or not at all."""

import difflib
import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from tests.walks import RUNS, learned, run

from crossproof.documents import BadDocument
from crossproof.tracking.baseline.written import GRAMMAR, load, written


def walk(page="home", *, plus=False, **more):
    return run(
        ("start", {"app": "news", "page": "start", "id": "F63B24A2-6B29-4AE1-8DD9-DDA8B8F75A91"}),
        ("home", {"app": "news", "page": page, **more}),
        *(["plus"] if plus else []),
    )


def read(text: str):
    return load(text.encode(), "baseline.json")


def test_what_is_the_same_everywhere_is_written_once_and_what_differs_for_its_event():
    profile = learned([walk(), walk(plus=True, teaser=None)], plan="news", platform="ios")
    assert written(profile) == snapshot("""\
{
  "baseline": 1,
  "about": {"plan": "news", "platform": "ios", "scenario": ""},
  "runs": {
    "0000": "",
    "0001": ""
  },
  "events": {
    "home": {"times": 1},
    "plus": {"runs": 1, "times": 1},
    "start": {"times": 1}
  },
  "order": [
    "start",
    "home",
    "plus"
  ],
  "order_is": {
    "reversed": {},
    "varying": {},
    "unknown": {}
  },
  "gaps": {
    "home": {
      "plus": [1.0, 1.0, 1]
    },
    "start": {
      "home": [1.0, 1.0, 2]
    }
  },
  "params": {
    "app": {
      "like": {"steady": "every run", "types": ["string"], "values": {"news": "every run"}, "shapes": {"a": "every run"}},
      "in": ["home", "start"]
    },
    "id": {
      "like": {"types": ["string"], "values": {"uuid#ce40": "every run"}, "shapes": {"uuid": "every run"}},
      "in": ["start"]
    },
    "page": {
      "like": {"changing": "every run", "types": ["string"], "values": {"home": "every run", "start": "every run"}, "shapes": {"a": "every run"}},
      "except_in": {
        "home": {"value": "home"},
        "start": {"value": "start"}
      }
    },
    "teaser": {
      "like": {"runs": 0, "types": [], "values": {}, "shapes": {}},
      "except_in": {
        "home": {"populated": 0, "null": 1}
      }
    }
  }
}
""")


@given(st.lists(RUNS, min_size=1, max_size=4))
def test_a_profile_is_read_back_as_it_was_written(runs):
    profile = learned(runs, plan="a", scenario="ü 😀")
    text = written(profile)
    assert read(text) == profile
    jsonschema.Draft7Validator(GRAMMAR).validate(json.loads(text))


@given(RUNS, RUNS)
def test_the_text_does_not_depend_on_the_order_of_learning(one, other):
    first, second = learned([one]), learned([other], first=1)
    assert written(first + second) == written(second + first)


def test_accepting_a_new_value_is_a_change_of_a_few_lines():
    before = learned([walk()] * 4)
    after = before + learned([walk("front")], first=4)
    changed = difflib.unified_diff(written(before).splitlines(), written(after).splitlines(), lineterm="", n=0)
    assert [line for line in changed if line[:2] not in {"++", "--", "@@"}] == snapshot(
        [
            '-    "0003": ""',
            '+    "0003": "",',
            '+    "0004": ""',
            '-      "home": [1.0, 1.0, 4]',
            '+      "home": [1.0, 1.0, 5]',
            '-      "like": {"changing": "every run", "types": ["string"], "values": {"home": "every run", "start": "every run"}, "shapes": {"a": "every run"}},',
            '+      "like": {"changing": "every run", "types": ["string"], "values": {"front": 1, "home": 4, "start": "every run"}, "shapes": {"a": "every run"}},',
            '+      "in": ["home"],',
            '-        "home": {"value": "home"},',
        ]
    )


STRANGE = "the baseline has no event 'nowhere'."
NONSENSE = {
    "a section is gone": (lambda tree: tree.pop("events"), "the key `events` is missing."),
    "another format": (lambda tree: tree.update(baseline=2), "baseline: 2 cannot stand here."),
    "order of a stranger": (lambda tree: tree["order"].append("nowhere"), STRANGE),
    "param of a stranger": (lambda tree: tree["params"]["page"].update({"in": ["nowhere"]}), STRANGE),
    "place of a stranger": (lambda tree: tree["params"]["page"]["except_in"].update(nowhere={}), STRANGE),
    "gap of a stranger": (lambda tree: tree["gaps"].update(nowhere={"home": [1, 2, 3]}), STRANGE),
    "gap to a stranger": (lambda tree: tree["gaps"].update(home={"nowhere": [1, 2, 3]}), STRANGE),
    "pair with a stranger": (lambda tree: tree["order_is"]["unknown"].update(home=["nowhere"]), STRANGE),
    "order names one twice": (lambda tree: tree["order"].append("home"), "`order` names the event 'home' 2 times."),
    "order names one not": (lambda tree: tree["order"].remove("home"), "`order` names the event 'home' 0 times."),
    "values are a word": (lambda tree: tree["params"]["page"]["like"].update(values="some"), "cannot stand here."),
    "runs are a word": (lambda tree: tree["params"]["page"]["like"].update(runs="two"), "is not a whole number."),
    "of no run": (lambda tree: tree.update(runs={}), "cannot stand here."),
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_a_file_that_was_changed_by_hand_into_nonsense_is_refused_with_its_line(nonsense):
    change, said = NONSENSE[nonsense]
    tree = json.loads(written(learned([walk()])))
    change(tree)
    with pytest.raises(BadDocument) as refused:
        read(json.dumps(tree, indent=1))
    assert said in str(refused.value.remarks[0])


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"baseline": 1, "baseline": 1}', "\x00", "null", '{"baseline": 1e999}']
)
def test_what_is_no_baseline_is_refused(text):
    with pytest.raises(BadDocument):
        read(text)
