"""`crossproof baseline`: what a person reads and a shell learns, from logs that lie in a directory."""

import io
import json
import re

import pytest
from inline_snapshot import snapshot

from crossproof.cli import main

PLAN = """\
plan: 1
name: news
version: "1"
events:
  start: {match: {name: app_start}}
  home: {match: {name: home, type: view}, params: {user: {type: string, sensitive: true, presence: sometimes}}}
scenarios:
  morning: {require: [start], files: "*morning*"}
"""


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "plan.yaml").write_text(PLAN)
    for run in range(5):
        (tmp_path / f"run{run}.jsonl").write_text(log(run))
    return tmp_path


def log(run=0, *, page="home", user="Zoe Beispiel", name="home"):
    params = {"page": page, "plus": "false", "user": user}
    events = [
        {"name": "app_start", "type": "link", "params": {"plus": "false"}},
        {"name": name, "type": "view", "params": params},
        {"name": "article", "type": "view", "params": {"plus": "false"}},
    ]
    start = 1_770_370_000 + 1000 * run
    return "".join(json.dumps({"timestamp": start + at, **event}) + "\n" for at, event in enumerate(events))


def call(workspace, *arguments):
    said = io.StringIO()
    code = main(["baseline", *arguments], {"GITHUB_WORKSPACE": str(workspace)}, said)
    return code, said.getvalue()


def learned(workspace, *more, runs=5):
    code, _ = call(workspace, "learn", "--output", "base.json", *more, *(f"run{run}.jsonl" for run in range(runs)))
    assert code == 0
    return workspace / "base.json"


def test_what_was_learned_is_told_and_lies_in_the_file(workspace):
    code, said = call(
        workspace, "learn", "--plan", "plan.yaml", "--output", "base.json", "run0.jsonl", "run1.jsonl", "run2.jsonl"
    )
    assert (code, said) == (
        0,
        snapshot("""\
base.json knows 3 runs: 3 events, 3 params.

  Values that are  Params of events
  always the same  4
  anything         1

From 5 runs on, a difference of values is an error.
Commit the file: its diff shows what each update accepts.
"""),
    )
    assert "Zoe" not in (workspace / "base.json").read_text()


def test_a_run_like_the_others_is_as_ever(workspace):
    learned(workspace)
    (workspace / "new.jsonl").write_text(log(9))
    assert call(workspace, "compare", "--baseline", "base.json", "new.jsonl") == (
        0,
        "Held against base.json, which knows 5 runs: as ever.\n",
    )


def test_what_differs_is_told_with_its_level_rule_and_place_and_the_shell_learns_of_it(workspace):
    learned(workspace, "--plan", "plan.yaml")
    (workspace / "new.jsonl").write_text(log(8))
    (workspace / "bad.jsonl").write_text(log(9, page="start", user=7, name="hme"))
    code, said = call(workspace, "compare", "--baseline", "base.json", "--plan", "plan.yaml", "new.jsonl", "bad.jsonl")
    assert (code, said) == (
        1,
        snapshot("""\
Held against base.json, which knows 5 runs: 1 error, 1 warning.

  Level    Rule                    What                                      Runs    First seen
  error    baseline/event-missing  home did not happen; it did in every run  1 of 2
  warning  baseline/event-new      hme/view happened in no earlier run       1 of 2  bad.jsonl:2
"""),
    )


def test_a_sensitive_value_is_not_shown(workspace):
    learned(workspace, "--plan", "plan.yaml")
    (workspace / "bad.jsonl").write_text(log(9, user=4711))
    _, said = call(workspace, "compare", "--baseline", "base.json", "--plan", "plan.yaml", "bad.jsonl")
    assert "is of type number; it was always string" in said
    assert "4711" not in said


def test_few_runs_say_what_they_cannot_tell(workspace):
    learned(workspace, runs=1)
    assert call(workspace, "compare", "--baseline", "base.json", "run1.jsonl") == (
        0,
        snapshot("""\
Held against base.json, which knows 1 run: nothing differs in what could be compared.

Not compared: values and order against the baseline: it knows 1 of the 3 runs from which on they are compared in full.
"""),
    )


def test_a_program_gets_the_same_answer_as_json(workspace):
    learned(workspace)
    (workspace / "bad.jsonl").write_text(log(9, page="start"))
    code, said = call(workspace, "compare", "--baseline", "base.json", "--json", "bad.jsonl")
    assert code == 1
    assert json.loads(said) == {
        "exit": 1,
        "answer": [
            {
                "rule": "baseline/value",
                "level": "error",
                "event": "home/view",
                "param": "page",
                "reason": "was always home",
                "count": 1,
                "runs": 1,
                "first": 'bad.jsonl:2 "start"',
            }
        ],
    }


def test_updating_accepts_what_a_run_had(workspace):
    learned(workspace)
    (workspace / "new.jsonl").write_text(log(9, page="start"))
    assert call(workspace, "update", "--baseline", "base.json", "--version", "9.5", "new.jsonl")[0] == 0
    assert '"9.5"' in (workspace / "base.json").read_text()
    assert call(workspace, "compare", "--baseline", "base.json", "new.jsonl")[0] == 0


def test_a_directory_is_one_run(workspace):
    walks = workspace / "monday"
    walks.mkdir()
    for part in ("a", "b"):
        (walks / f"{part}.jsonl").write_text(log(ord(part)))
    assert call(workspace, "learn", "--output", "base.json", "monday")[0] == 0
    assert len(json.loads((workspace / "base.json").read_text())["runs"]) == 1


def test_only_logs_of_the_scenario_are_learned(workspace):
    walks = workspace / "monday"
    walks.mkdir()
    (walks / "morning.jsonl").write_text(log(1))
    (walks / "evening.jsonl").write_text(log(2))
    arguments = ("learn", "--plan", "plan.yaml", "--scenario", "morning", "--output", "base.json")
    assert call(workspace, *arguments, "monday")[0] == 0
    profile = json.loads((workspace / "base.json").read_text())
    assert profile["about"]["scenario"] == "morning"
    assert profile["events"]["home"] == {"times": 1}
    code, said = call(workspace, *arguments[:-1], "other.json", "run1.jsonl")
    assert (code, "holds no log of the scenario 'morning'" in said) == (2, True)


def test_two_platforms_are_compared_only_where_that_is_asked_for(workspace):
    learned(workspace, "--platform", "ios")
    arguments = ("compare", "--baseline", "base.json", "--platform", "android", "run0.jsonl")
    code, said = call(workspace, *arguments)
    assert code == 2
    assert "base.json was learned for platform 'ios', and this run is of platform 'android'." in said
    assert call(workspace, *arguments, "--across", "platform")[0] == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "bad.jsonl:4 "),
        ("[1]", "bad.jsonl:4 is an array, not an object."),
        ('{"name": 5, "params": {}}', "bad.jsonl:4 its name is no text."),
        ('{"name": "home", "params": "x"}', "bad.jsonl:4 its params are no object."),
        ("{\n{", "and 1 more lines are no events."),
    ],
)
def test_a_log_with_a_line_that_is_no_event_teaches_nothing_and_proves_nothing(workspace, line, said):
    learned(workspace)
    before = (workspace / "base.json").read_bytes()
    (workspace / "bad.jsonl").write_text(log(9) + line + "\n")
    for verb in ("compare", "update"):
        code, told = call(workspace, verb, "--baseline", "base.json", "bad.jsonl")
        assert code == 3
        assert said in told
    assert (workspace / "base.json").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("learn", "--output", "base.json", "nowhere.jsonl"), "there is no such file"),
        (("learn", "--output", "base.yaml", "run0.jsonl"), "is no .json file in a directory that is there"),
        (("learn", "--output", "no/base.json", "run0.jsonl"), "is no .json file in a directory that is there"),
        (("learn", "--output", "base.json"), "LOGS: or --from-archive: one of them is required"),
        (("learn", "--output", "base.json", "run0.jsonl", "run0.jsonl"), "which would count twice"),
        (("learn", "--output", "base.json", "--scenario", "x", "run0.jsonl"), "'x' is not in the plan; it has none"),
        (("learn", "--output", "base.json", "empty.jsonl"), "It holds no event."),
        (("compare", "--baseline", "nowhere.json", "run0.jsonl"), "cannot be read"),
        (("compare", "--baseline", "damaged.json", "run0.jsonl"), "The baseline cannot be used as written"),
        (("compare", "--baseline", "damaged.json", "--across", "moon", "run0.jsonl"), "'moon' is none of"),
        (("forget",), "is nothing that baseline does; there are learn, update, compare"),
    ],
)
def test_a_call_that_cannot_be_carried_out_says_what_to_change(workspace, arguments, said):
    (workspace / "empty.jsonl").write_text("\n\n")
    (workspace / "damaged.json").write_text("{}")
    code, told = call(workspace, *arguments)
    assert code == 2
    assert said in told
    assert not (workspace / "base.json").exists()


def test_an_existing_baseline_is_never_overwritten_by_learning(workspace):
    before = learned(workspace).read_bytes()
    code, said = call(workspace, "learn", "--output", "base.json", "run0.jsonl")
    assert (code, "is there already; `baseline update` adds to it" in said) == (2, True)
    assert (workspace / "base.json").read_bytes() == before


def test_an_empty_run_is_not_as_ever(workspace):
    learned(workspace)
    (workspace / "empty.jsonl").write_text("\n")
    code, said = call(workspace, "compare", "--baseline", "base.json", "empty.jsonl")
    assert code == 3
    assert "log/empty" in said


def test_help_names_what_can_be_asked_and_the_flags_of_each(workspace):
    assert call(workspace, "--help") == (
        0,
        snapshot("""\
crossproof baseline <verb> --flag value …

  learn    Learn what runs have in common.
  update   Add runs to what is known.
  compare  Say what is new in a run.

Each takes --help.
"""),
    )
    assert "  LOGS\n" in call(workspace, "compare", "--help")[1]


@pytest.mark.parametrize("time", ["", '"timestamp": "soon", ', '"timestamp": null, '])
def test_a_run_whose_times_cannot_be_read_is_not_as_ever(workspace, time):
    """Whether its events came later than ever is not known."""
    learned(workspace)
    (workspace / "new.jsonl").write_text(re.sub('"timestamp": [0-9]+, ', time, log(9)))
    code, said = call(workspace, "compare", "--baseline", "base.json", "new.jsonl")
    assert (code, said) == (
        3,
        """\
Held against base.json, which knows 5 runs: nothing differs in what could be compared.

Not compared: timing against the baseline: 3 events without a time that can be read.
""",
    )
