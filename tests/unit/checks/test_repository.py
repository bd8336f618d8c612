"""The rules that no tool knows, each with something it must find and something it must let pass."""

import pytest

from checks.repository import _followed, _rules, places
from checks.workflow_grammar import _seeing

SLASH = "/"


def broken(name: str, line: str) -> list[str]:
    return [why for pattern, why in _rules(name) if pattern.search(line)]


@pytest.mark.parametrize(
    ("name", "line", "why"),
    [
        ("tests/a.py", "from " + "unittest import mock", "fakes, not mocks"),
        ("tests/a.py", "import " + "unittest.mock as m", "fakes, not mocks"),
        ("requirements/dev.txt", "--index" + "-url https://py" + "pi.org/simple", "no registry addresses"),
        ("package-lock.json", "https://registry." + "npmjs.org/x/-/x.tgz", "no registry addresses"),
        ("docs/a.md", f"cd {SLASH}work/main", "no machine paths"),
        ("a.toml", f'venv = "{SLASH}tmp/venv"'.replace("venv", "venv/bin"), "no machine paths"),
        ("a.py", f'"{SLASH}home/someone/x"', "no machine paths"),
        ("a.md", "see .." + "/shared/design", "nothing outside the repository"),
        ("shared/crossproof/dispatch/waiting.py", "    print(1)", "only runner/ and cli.py print"),
        ("shared/crossproof/aws/x.py", 'os.environ.get("X")', "only cli.py and wiring/ read the environment"),
    ],
)
def test_what_must_not_be_committed_is_found(name: str, line: str, why: str) -> None:
    assert broken(name, line) == [why]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("shared/crossproof/runner/log.py", "print(text)"),
        ("shared/crossproof/report/table.py", "fingerprint(text)"),
        ("shared/crossproof/cli.py", "print(text)"),
        ("a.md", "/home/runner/work/_temp"),
        ("a.md", "/github/workspace/x and ./work/x and $HOME/work/x"),
    ],
)
def test_what_only_looks_like_it_passes(name: str, line: str) -> None:
    assert broken(name, line) == []


def test_a_parser_that_no_longer_sees_a_planted_defect_has_gone_blind(tmp_path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "canary.yml").write_text("a: 1 # seer\nb: 2 # seer, other\nc: 3\n")
    found = ["checks/canary.yml:1:5: bad", ".github/workflows/ci.yml:2: bad too"]
    assert _seeing(tmp_path, "seer", found) == [
        ".github/workflows/ci.yml:2: bad too",
        "checks/canary.yml:2: seer no longer sees this planted defect",
    ]


PAGE = """\
# Action `x`: inputs & outputs

```sh
# no heading
```
<a id="x-lost"></a>
"""


def test_a_page_s_places_are_its_headings_as_github_names_them_and_its_anchors() -> None:
    assert places(PAGE) == ["action-x-inputs--outputs", "x-lost"]


def test_a_link_must_lead_to_a_file_and_to_a_place_in_it(tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    (tmp_path / "code.py").write_text("")
    assert list(_followed(page, "", "x-lost")) == []
    assert list(_followed(page, "code.py", "L10")) == []
    assert list(_followed(page, "page.md", "lost")) == ["page.md: page.md has no place #lost"]
    assert list(_followed(page, "gone.md", "")) == ["page.md: the link to gone.md leads nowhere"]
