"""Judging what Go said: which commit, which packages, and what could not be read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.images import gomodule
from crossproof.images.gomodule import Listed, State
from crossproof.images.modules import GoMod, Replace, go_mod
from crossproof.probe import Absent, Present, Unknown

MODULE = "github.com/acme/gateway"
COMMIT = "59a0d86095be" + "0" * 28
PSEUDO = "v1.2.4-0.20260102030405-59a0d86095be"
FOLDER = Listed(path=MODULE, version="v1.2.3", replaced_by="./.subject")


def test_go_s_answer_is_read_with_its_replacement():
    said = {"Path": MODULE, "Version": "v1.2.3", "Replace": {"Path": "./.subject", "Dir": "/x", "GoVersion": "1.24"}}
    assert gomodule.listed(json.dumps(said)) == Present(FOLDER)
    origin = {"Path": MODULE, "Version": PSEUDO, "Origin": {"VCS": "git", "Hash": COMMIT}}
    assert gomodule.listed(json.dumps(origin)) == Present(Listed(path=MODULE, version=PSEUDO, origin=COMMIT))


@pytest.mark.parametrize("text", ["", "go: not found", "[]", "{}", '{"Path": 5}'])
def test_what_go_did_not_say_is_unknown(text):
    assert isinstance(gomodule.listed(text), Unknown)


@pytest.mark.parametrize(
    ("module", "folder", "state"),
    [
        (FOLDER, Present(COMMIT), State.HOLDS),
        (FOLDER, Present("1" * 40), State.BROKEN),
        (FOLDER, Unknown("no .git"), State.UNKNOWN),
        (FOLDER, Absent("no HEAD"), State.UNKNOWN),
        (Listed(path=MODULE, version=PSEUDO), None, State.HOLDS),
        (Listed(path=MODULE, version=PSEUDO, origin="1" * 40), None, State.BROKEN),
        (Listed(path=MODULE, version="v1.2.3", origin=COMMIT), None, State.HOLDS),
        (Listed(path=MODULE, version="v1.2.3"), None, State.UNKNOWN),
        (Listed(path=MODULE, version="v1.0.0", replaced_by="x", replaced_version=PSEUDO), None, State.HOLDS),
        (Listed(path=MODULE, version="v1.2.4-0.20260102030405-ffffffffffff"), None, State.BROKEN),
    ],
)
def test_only_the_commit_itself_holds(module, folder, state):
    assert gomodule.built_from(module, folder, COMMIT).state is state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (f"require {MODULE} v1.2.3\nreplace {MODULE} => ./.subject", State.HOLDS),
        (f"require {MODULE} v1.2.3\nreplace {MODULE} v1.2.3 => ./.subject", State.HOLDS),
        (f"require {MODULE} v1.2.3", State.BROKEN),
        (f"require {MODULE} v1.2.4\nreplace {MODULE} => ./.subject", State.BROKEN),
        (f"require {MODULE} v1.2.3\nreplace {MODULE} => ./other", State.BROKEN),
        ("", State.BROKEN),
    ],
)
def test_go_mod_and_go_s_answer_must_be_about_one_build(text, state):
    assert gomodule.agrees(FOLDER, go_mod(text)).state is state


@pytest.mark.parametrize(
    ("vendor", "state"),
    [
        (Present(f"# {MODULE} v1.2.3 => ./.subject\n## explicit; go 1.24\n"), State.HOLDS),
        (Present(f"# {MODULE} v1.2.3\n"), State.BROKEN),
        (Present(f"# {MODULE}/v2 v2.0.0 => ./.subject\n"), State.BROKEN),
        (Unknown("leads out of the workspace"), State.UNKNOWN),
    ],
)
def test_a_vendor_folder_must_be_of_this_build(vendor, state):
    assert gomodule.vendored(FOLDER, vendor).state is state
    assert gomodule.vendored(FOLDER, Absent("none")) is None


@pytest.mark.parametrize(
    ("subject", "companion", "builder", "state"),
    [
        ("1.24", "1.24", "", State.HOLDS),
        ("1.24.1", "1.25", "go1.25.0", State.HOLDS),
        ("1.24", "1.24", "go1.26.8 X:nocoverageredesign", State.HOLDS),
        ("1.25", "1.24", "", State.BROKEN),
        ("1.24.3", "1.24.3", "1.24.2", State.BROKEN),
        ("1.26", "1.26", "go1.26rc1", State.BROKEN),
        ("1.9", "1.10", "1.10", State.HOLDS),
        ("", "1.24", "", State.UNKNOWN),
        ("1.24", "1.24", "the newest", State.UNKNOWN),
    ],
)
def test_versions_are_compared_as_numbers(subject, companion, builder, state):
    assert gomodule.can_build(GoMod(go=subject), GoMod(go=companion), builder).state is state


def test_a_replacement_is_drift_only_where_the_build_has_that_module():
    theirs = GoMod(
        replaces=(
            Replace("used", "", "fork/used", "v1.0.0"),
            Replace("unused", "", "fork/unused", "v1.0.0"),
            Replace("copied", "", "fork/copied", "v1.0.0"),
        ),
        excludes=(("used", "v0.9.0"), ("unused", "v0.9.0")),
    )
    ours = GoMod(
        requires=(("used", "v1.0.0"), ("copied", "v1.0.0")), replaces=(Replace("copied", "", "fork/copied", "v1.0.0"),)
    )
    assert gomodule.drift(theirs, ours) == ("replace used => fork/used v1.0.0", "exclude used v0.9.0")


def test_packages_are_reduced_to_folders_of_the_module():
    said = f"fmt\nunsafe\n{MODULE}/apidef\n{MODULE}/internal/otel\n{MODULE}/internal/otel/deep\n{MODULE}x/no\n"
    assert gomodule.packages(MODULE, said) == Present(("apidef", "internal/otel"))
    assert gomodule.packages(MODULE, f"{MODULE}\n{MODULE}/apidef") == Present((".",))
    assert gomodule.packages(MODULE, "fmt\n") == Present(())


@pytest.mark.parametrize(
    "said", ["", "\n \n", "go: downloading x v1.0.0", "pattern ./...: no Go files", "fmt\nerror: x"]
)
def test_a_list_that_is_none_is_unknown_and_never_nothing_used(said):
    assert isinstance(gomodule.packages(MODULE, said), Unknown)


@pytest.mark.parametrize(
    ("where", "by", "folder"),
    [
        ("go.mod", "./.subject", ".subject"),
        ("sub/go.mod", "../.subject", ".subject"),
        ("sub/go.mod", "./x/../y", "sub/y"),
        ("go.mod", "../outside", ""),
        ("go.mod", "/absolute", ""),
    ],
)
def test_a_replacement_s_folder_is_found_from_where_go_mod_is(where, by, folder):
    assert gomodule.folder_of(where, Replace(MODULE, "", by, "")) == folder
    assert gomodule.folder_of(where, Replace(MODULE, "", "github.com/x", "v1.0.0")) == ""
    assert gomodule.folder_of(where, None) == ""


@given(st.text(max_size=80))
def test_no_text_raises(text):
    gomodule.listed(text)
    gomodule.packages(MODULE, text)
    gomodule.can_build(GoMod(go=text), GoMod(go="1.24"), text)
