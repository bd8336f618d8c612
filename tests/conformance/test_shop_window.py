"""What a workflow author reads says the same as what the code does, both ways."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import grimp
import pytest
import yaml

from checks.repository import places
from crossproof import HOME, __version__
from crossproof.actions import ACTIONS, module_of
from crossproof.needs import NEEDS
from crossproof.runner.inputs import specs
from crossproof.runner.outputs import SUITE_OUTPUTS, descriptions
from crossproof.verdict import SUITE_REASONS, Verdict
from crossproof_docs import written
from crossproof_docs.release_texts import image_faults, notes
from crossproof_docs.siblings import COMPOSITES

ROOT = Path(__file__).parents[2]
ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")  # snake_case, and a valid id for GitHub
WORD = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
TROUBLE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")

# A report of who only tells of a proof would else count as one wherever reports of a commit are gathered.
PROVES_NOTHING = {"notify"}

every_action = pytest.mark.parametrize("action", ACTIONS)


def metadata_of(action):
    return yaml.safe_load((ROOT / "actions" / action / "action.yml").read_text(encoding="utf-8"))


def test_each_folder_of_the_shop_window_is_an_action_and_each_action_has_one():
    assert {path.parent.name for path in ROOT.glob("actions/*/action.yml")} == {*ACTIONS, *COMPOSITES}
    assert set(NEEDS) == set(ACTIONS)


def test_the_generated_files_are_what_their_sources_say_byte_for_byte():
    texts = written.files(ROOT)
    assert [str(path.relative_to(ROOT)) for path in written.differing(texts)] == []
    assert written.stale(ROOT, texts) == []


def test_writing_twice_writes_the_same():
    assert written.files(ROOT) == written.files(ROOT)


@every_action
def test_the_inputs_are_those_that_the_code_reads_in_the_same_order_with_the_same_defaults(action):
    shown = metadata_of(action)["inputs"]
    declared = specs(import_module(module_of(action)).Inputs)
    assert list(shown) == list(declared)
    for name, spec in declared.items():
        assert shown[name].get("default", "") == (spec.in_action or spec.default), name
        assert shown[name].get("required", False) == spec.required, name
        assert not (spec.required and spec.default), f"{name} is required and has a default"


@every_action
def test_a_default_is_text_that_the_code_can_read(action):
    for name, spec in specs(import_module(module_of(action)).Inputs).items():
        if spec.default:
            spec.read(spec.default)
        if spec.in_action:
            assert re.fullmatch(r"\$\{\{ .+ \}\}", spec.in_action), name


@every_action
def test_the_outputs_are_those_that_the_code_writes(action):
    own = descriptions(import_module(module_of(action)).Outputs)
    assert list(metadata_of(action)["outputs"]) == [*SUITE_OUTPUTS, *own]
    assert not set(SUITE_OUTPUTS) & set(own)


@every_action
def test_names_are_snake_case_and_descriptions_are_sentences(action):
    metadata = metadata_of(action)
    for name, entry in [*metadata["inputs"].items(), *metadata["outputs"].items()]:
        assert ID.fullmatch(name), name
        assert entry["description"].endswith("."), f"{name}: {entry['description']}"
        assert entry["description"][0].isupper(), f"{name}: {entry['description']}"
    assert metadata["description"].endswith(".")


@every_action
def test_every_ending_has_a_word_of_its_own_and_says_what_to_do(action):
    module = import_module(module_of(action))
    reasons = [*module.REASONS, *SUITE_REASONS]
    words = [reason.word for reason in reasons]
    assert sorted(set(words)) == sorted(words)
    proves = any(reason.verdict is Verdict.PASSED for reason in reasons)
    assert proves != (action in PROVES_NOTHING), "nothing could ever be proven, or something is that must not be"
    for reason in reasons:
        assert WORD.fullmatch(reason.word), reason.word
        assert reason.meaning.endswith("."), reason.word
        assert reason.verdict is Verdict.PASSED or reason.fix.endswith("."), f"{reason.word} shows no way out"


@every_action
def test_a_post_step_is_announced_exactly_where_the_code_has_one(action):
    module = import_module(module_of(action))
    assert module.PAGE.post == hasattr(module, "clean_up")
    assert ("post-entrypoint" in metadata_of(action)["runs"]) == module.PAGE.post


@every_action
def test_an_action_takes_no_args_and_is_entered_by_its_own_launcher(action):
    runs = metadata_of(action)["runs"]
    assert "args" not in runs
    assert runs["entrypoint"] == f"/opt/crossproof/bin/{action}"
    assert runs["using"] == "docker"


def test_a_commit_builds_its_images_or_names_published_ones_never_both():
    texts = {action: (ROOT / "actions" / action / "action.yml").read_text(encoding="utf-8") for action in ACTIONS}
    assert image_faults(texts) == []
    for text in texts.values():
        for dockerfile in re.findall(r"image: \.\./\.\./(\S+)", text):
            assert (ROOT / dockerfile).is_file(), dockerfile


@every_action
def test_an_action_has_a_basic_example_and_every_example_uses_it(action):
    folder = ROOT / "actions" / action / "examples"
    assert (folder / "basic.yml").is_file()
    for path in folder.glob("*"):
        assert path.suffix == ".yml", path
        assert f"/actions/{action}@" in path.read_text(encoding="utf-8"), f"{path} does not show {action}"


@pytest.mark.parametrize(
    "file", ["SECURITY.md", ".github/zizmor.yml", "actions/doctor/examples/basic.yml", "README.md"]
)
def test_the_suite_has_one_address(file):
    named = re.findall(
        r"(?:uses: |ghcr\.io/|--repo |^ +)([\w.-]+/[\w.-]+)(?=/|@|:|$)", (ROOT / file).read_text(), re.MULTILINE
    )
    assert HOME in named, "a fork that changes HOME and runs `make gen` writes its own address here"
    assert {name for name in named if name.split("/")[1] == HOME.split("/")[1]} == {HOME}


def test_the_changelog_begins_with_the_version_of_the_package():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+) · ", changelog, re.MULTILINE)[0] == __version__
    assert notes(__version__, changelog)


def test_every_place_that_a_message_points_to_is_on_the_page_that_it_names():
    pointed = {
        (name, anchor)
        for name in met_by_a_user()
        for anchor in re.findall(r'anchor(?:: str)?\s*=\s*"([^"]+)"', inspect.getsource(import_module(name)))
    }
    assert pointed, "messages name no places any more: this test reads the wrong thing"
    assert {(name, anchor) for name, anchor in pointed if anchor not in places(TROUBLE)} == set()


def met_by_a_user():
    """List the modules that some call can reach; a room whose action is still to come speaks to nobody."""
    graph = grimp.build_graph("crossproof")
    doors = {"crossproof.call", *map(module_of, ACTIONS)}
    return doors.union(*(graph.find_upstream_modules(door) for door in doors))


def test_an_anchor_of_the_troubleshooting_page_leads_to_one_place():
    assert sorted(set(places(TROUBLE))) == sorted(places(TROUBLE))
