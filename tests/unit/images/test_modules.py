"""What a go.mod says about the subject's code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.images.modules import GoMod, Replace, commit_of, go_mod, pinned
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef

GATEWAY = RepoRef("Acme", "gateway")
PSEUDO = "v1.9.2-0.20260102030405-59a0d86095be"
TEXT = f"""
module github.com/Acme/dashboard // the dashboard

go 1.24.2
toolchain go1.25.0

require github.com/other/thing v1.0.0

require (
	github.com/Acme/gateway {PSEUDO} // indirect
	"github.com/quoted/one" v0.1.0
)

exclude github.com/other/thing v0.9.0
replace (
	github.com/other/thing => ../thing
	github.com/x/y v1.2.3 => github.com/fork/y v1.2.4
)
retract [v1.0.0, v1.1.0]
"""


def test_a_go_mod_is_read_in_blocks_and_in_lines():
    assert go_mod(TEXT) == GoMod(
        module="github.com/Acme/dashboard",
        go="1.24.2",
        toolchain="go1.25.0",
        requires=(
            ("github.com/Acme/gateway", PSEUDO),
            ("github.com/quoted/one", "v0.1.0"),
            ("github.com/other/thing", "v1.0.0"),
        ),
        excludes=(("github.com/other/thing", "v0.9.0"),),
        replaces=(
            Replace("github.com/other/thing", "", "../thing", ""),
            Replace("github.com/x/y", "v1.2.3", "github.com/fork/y", "v1.2.4"),
        ),
    )


@pytest.mark.parametrize(
    ("version", "commit"),
    [
        ("v0.0.0-20260102030405-59a0d86095be", "59a0d86095be"),
        (PSEUDO, "59a0d86095be"),
        ("v1.2.3-rc.1.0.20260102030405-59a0d86095be", "59a0d86095be"),
        ("v2.0.0-20260102030405-59a0d86095be+incompatible", "59a0d86095be"),
        ("v1.2.3", ""),
        ("v1.2.3-59a0d86095be", ""),
    ],
)
def test_a_pseudo_version_names_its_commit(version, commit):
    assert commit_of(version) == commit


def with_lines(*lines: str) -> str:
    return "module m\n" + "\n".join(lines)


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ((f"require github.com/acme/gateway {PSEUDO}",), Present("59a0d86095be")),
        (("require github.com/acme/gateway v1.9.1",), Present("v1.9.1")),
        (("require github.com/acme/gateway/v5 v5.8.1+incompatible",), Present("v5.8.1")),
        (
            ("require github.com/acme/gateway v1.9.1", f"replace github.com/acme/gateway => github.com/acme/gateway {PSEUDO}"),
            Present("59a0d86095be"),
        ),
        (
            (
                "require github.com/acme/gateway v1.9.1",
                "replace github.com/acme/gateway v1.0.0 => ../gateway",
            ),
            Present("v1.9.1"),
        ),
    ],
)  # fmt: skip
def test_the_pin_is_what_the_build_takes_with_its_replacement(lines, answer):
    assert pinned(with_lines(*lines), GATEWAY) == answer


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "requires no module of Acme/gateway"),
        (("require github.com/acme/gateway/sub v1.0.0",), "requires no module of"),
        (("require github.com/acme/gateway v1.0.0", "replace github.com/acme/gateway => ../gw"), "by the folder ../gw"),
        (
            ("require github.com/acme/gateway v1.0.0", "replace github.com/acme/gateway => github.com/fork/gw v1.0.0"),
            "replaces github.com/acme/gateway by github.com/fork/gw",
        ),
    ],
)
def test_without_a_pin_there_is_proof_of_none(lines, said):
    answer = pinned(with_lines(*lines), GATEWAY)
    assert isinstance(answer, Absent)
    assert said in answer.proof


def test_a_version_that_names_nothing_is_unknown():
    assert isinstance(pinned(with_lines("require github.com/acme/gateway latest"), GATEWAY), Unknown)


@given(st.text(alphabet='requiplac e()=>v1.\n\t"/githubm', max_size=120))
def test_no_text_raises(text):
    go_mod(text)
    pinned(text, GATEWAY)
