"""Whoever has a word from a log finds it on the troubleshooting page, with what it means and what to do."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

import crossproof
from crossproof.actions import ACTIONS, module_of
from crossproof.flows import prove_contract
from crossproof.verdict import SUITE_REASONS, Reason
from crossproof_docs.composites import NOT_KEPT, composites
from crossproof_docs.tables import table

ROOT = Path(__file__).parents[2]
REASONS = {action: import_module(module_of(action)).REASONS for action in ACTIONS} | {
    prove_contract.NAME: (*prove_contract.REASONS, NOT_KEPT)
}
REASONS |= {composite.name: composite.reasons for composite in composites(ROOT)}
PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))


def endings(section: str) -> list[list[str]]:
    """Read the rows of a section's table as a reader sees them, without the anchors."""
    rows = [line for line in re.sub(r'<a id="[^"]+"></a>', "", section).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[1:]]


def shown(reason: Reason) -> list[str]:
    row = table(["-"] * 5, [(f"`{reason.word}`", reason.verdict, str(int(reason.exit)), reason.meaning, reason.fix)])
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.splitlines()[2])[1:-1]]


@pytest.mark.parametrize("action", REASONS)
def test_every_ending_of_an_action_is_in_its_section_with_its_meaning_its_exit_code_and_its_fix(action):
    assert endings(SECTIONS[action]) == [shown(reason) for reason in REASONS[action]]


def test_the_endings_that_all_actions_share_are_there_once():
    assert endings(SECTIONS["Any action"]) == [shown(reason) for reason in SUITE_REASONS]


def test_the_list_of_words_has_every_word_once_in_order_and_each_of_its_links_leads_to_it():
    words = re.findall(r"^\| `([a-z-]+)` \|", SECTIONS["Every word"], re.MULTILINE)[1:]
    declared = {reason.word for reasons in REASONS.values() for reason in reasons}
    assert words == sorted(declared | {reason.word for reason in SUITE_REASONS})
    for word, cell in re.findall(r"^\| `([a-z-]+)` \| .+? \| (.+) \|$", SECTIONS["Every word"], re.MULTILINE):
        for target in re.findall(r"\(#([^)]+)\)", cell):
            assert re.search(rf'<a id="{target}">(?:<a[^>]*></a>|</a>)*`{word}`', PAGE), target


def test_no_ending_is_written_down_in_the_code_and_missing_in_the_table_of_an_action():
    listed = {reason.word for reasons in REASONS.values() for reason in reasons}
    listed |= {reason.word for reason in SUITE_REASONS}
    names = [module.name for module in pkgutil.walk_packages(crossproof.__path__, "crossproof.")]
    made = {
        (name, value.word)
        for name in names
        if not name.endswith("__main__")
        for value in vars(import_module(name)).values()
        if isinstance(value, Reason)
    }
    assert len(made) > len(listed), "endings are no longer constants of modules: this test reads the wrong thing"
    assert {(name, word) for name, word in made if word not in listed} == set()
