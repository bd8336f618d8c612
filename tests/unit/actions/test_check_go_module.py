"""check-go-module as a decision, on files in memory; a real Go is asked in tests/contract."""

import json
from dataclasses import dataclass, field

import pytest

from crossproof.actions.check_go_module import Inputs, World, aim, run
from crossproof.errors import BadCall
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.runner.inputs import parse
from crossproof.verdict import Verdict

MODULE, COMMIT = "github.com/acme/gateway", "a" * 40
LISTED = {"Path": MODULE, "Version": "v1.2.3", "Replace": {"Path": "./.subject"}}
GO_MOD = f"module d\ngo 1.24\nrequire {MODULE} v1.2.3\nreplace {MODULE} => ./.subject\n"


@dataclass
class Files:
    """A workspace in memory."""

    texts: dict[str, str]
    heads: dict[str, str] = field(default_factory=lambda: {".subject": COMMIT})
    unreadable: set[str] = field(default_factory=set)

    def text(self, path: str) -> Probe[str]:
        if path in self.unreadable:
            return Unknown(f"{path} cannot be read: PermissionError")
        return Present(self.texts[path]) if path in self.texts else Absent(f"there is no {path}")

    def head(self, folder: str) -> Probe[str]:
        found = self.heads.get(folder)
        return Present(found) if found else Unknown("it is no checkout of its own: it has no .git")


@pytest.fixture
def files():
    return Files(
        {
            "list.json": json.dumps(LISTED),
            "deps.txt": f"fmt\n{MODULE}/apidef\n",
            "go.mod": GO_MOD,
            ".subject/go.mod": f"module {MODULE}\ngo 1.24\n",
        }
    )


def check(files, **inputs):
    given = {"go_list": "list.json", "go_deps": "deps.txt", "go_mod": "go.mod", "source_commit": COMMIT, **inputs}
    return run(parse(Inputs, given.items()), World(files=files))


def test_a_build_of_the_commit_is_proven_and_says_what_it_uses(files):
    outcome = check(files)
    assert (outcome.reason.word, outcome.verdict, outcome.exit) == ("from-commit", Verdict.PASSED, 0)
    assert outcome.sentence == f"{MODULE} is built from {COMMIT}; 1 folder of it is used."
    assert outcome.outputs == {"module": MODULE, "packages_used": "apidef", "drift": "[]", "go_required": "1.24"}
    assert (
        outcome.summary
        == """\
|  | condition | seen |
| --- | --- | --- |
| ✅ | github.com/acme/gateway is built from aaaaaaa | ./.subject has aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa checked out |
| ✅ | go.mod and what Go listed agree | go.mod has v1.2.3 =&gt; ./.subject, Go listed v1.2.3 =&gt; ./.subject |
| ✅ | Go 1.24 is enough for both modules | go 1.24 |

Used: `apidef`
"""
    )


def test_a_build_that_uses_nothing_of_it_says_so_in_a_word_that_can_be_passed_on(files):
    files.texts["deps.txt"] = "fmt\n"
    assert check(files).outputs["packages_used"] == "none"


@pytest.mark.parametrize("name", ["list.json", "deps.txt", "go.mod"])
def test_a_file_that_was_not_written_is_a_fault_of_the_call(files, name):
    del files.texts[name]
    with pytest.raises(BadCall) as refused:
        check(files)
    assert refused.value.faults[0].what == f"there is no {name}"


@pytest.mark.parametrize("name", ["list.json", "deps.txt", "go.mod", ".subject/go.mod", "vendor/modules.txt"])
def test_a_file_that_cannot_be_read_proves_nothing(files, name):
    files.unreadable = {name}
    outcome = check(files)
    assert (outcome.reason.word, outcome.exit) == ("not-found-out", 3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.json", "go: module not found"),
        ("list.json", ""),
        ("deps.txt", ""),
        ("deps.txt", "go: error obtaining packages"),
    ],
)
def test_a_go_that_failed_proves_nothing_and_never_that_nothing_is_used(files, name, text):
    files.texts[name] = text
    outcome = check(files)
    assert (outcome.reason.word, outcome.exit) == ("not-found-out", 3)
    assert outcome.outputs["packages_used"] in ("", "apidef")


def test_a_module_that_is_no_checkout_proves_nothing(files):
    files.heads = {}
    assert check(files).exit == 3


def test_a_checkout_elsewhere_proves_nothing_even_where_the_workspace_is_one(files):
    """An absolute path of the host is not visible here, and the workspace's own commit is not the module's."""
    files.heads = {"": COMMIT, ".": COMMIT}
    for place in ("/home/runner/gateway", "../gateway"):
        files.texts["go.mod"] = GO_MOD.replace("./.subject", place)
        files.texts["list.json"] = json.dumps(LISTED | {"Replace": {"Path": place}})
        outcome = check(files)
        assert (outcome.reason.word, outcome.exit) == ("not-found-out", 3)


def test_another_commit_is_proven_bad(files):
    files.heads = {".subject": "b" * 40}
    outcome = check(files)
    assert (outcome.reason.word, outcome.verdict, outcome.exit) == ("another-build", Verdict.FAILED, 1)
    assert "go mod edit -replace=github.com/acme/gateway=./FOLDER" in outcome.summary


def test_what_go_does_not_inherit_is_warned_of(files):
    files.texts[".subject/go.mod"] += "replace thing => fork/thing v1.0.0\n"
    files.texts["go.mod"] += "require thing v1.0.0\n"
    outcome = check(files)
    assert outcome.reason.word == "from-commit"
    assert [each.message for each in outcome.annotations] == ["replace thing => fork/thing v1.0.0"]
    assert "copy what the build needs" in outcome.summary


def test_the_first_line_says_what_will_be_proven():
    given = {"go_list": "l", "go_deps": "d", "go_mod": "go.mod", "source_commit": COMMIT}
    assert aim(parse(Inputs, given.items())) == "check-go-module: is go.mod built with the module at aaaaaaa?"
