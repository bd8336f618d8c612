"""check-go-module as a user meets it: files that earlier steps wrote, and a checkout below them."""

import json

import pytest
from tests.as_the_runner import OWNER, Step

COMMIT = "a" * 40
MODULE = "github.com/acme/gateway"
LISTED = {
    "Path": MODULE,
    "Version": "v1.2.3",
    "Replace": {"Path": "./.subject", "Dir": "/home/runner/work/app/app/.subject"},
}
FILES = {
    "go-list.json": json.dumps(LISTED),
    "go-deps.txt": f"fmt\n{MODULE}/apidef\n",
    "go.mod": f"module d\ngo 1.24\nrequire {MODULE} v1.2.3\nreplace {MODULE} => ./.subject\n",
    ".subject/go.mod": f"module {MODULE}\ngo 1.24\nreplace used => fork/used v1.0.0\n",
    ".subject/.git/HEAD": f"{COMMIT}\n",
}


@pytest.fixture
def check(job, place):
    def step(**more: str) -> Step:
        for path, content in {**FILES, **more}.items():
            job.write(path, content)
        inputs = {"go_list": "go-list.json", "go_deps": "go-deps.txt", "go_mod": "go.mod", "source_commit": COMMIT}
        return Step(job=job, action="check-go-module", on=place, inputs=inputs)

    return step


def test_a_build_of_the_commit_is_proven_and_what_it_uses_is_there_for_later_steps(check):
    result = check().run()
    assert result.exit_code == 0, result.log
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("passed", "from-commit")
    assert result.outputs["packages_used"] == "apidef"
    assert set(result.created.values()) == {OWNER}
    assert not result.refused


def test_another_commit_is_proven_bad(check):
    result = check(**{".subject/.git/HEAD": "b" * 40}).run()
    assert (result.exit_code, result.outputs["reason"]) == (1, "another-build")


def test_an_empty_list_proves_nothing(check):
    result = check(**{"go-deps.txt": ""}).run()
    assert (result.exit_code, result.outputs["reason"]) == (3, "not-found-out")
    assert "did `go list -deps ./...` fail?" in result.summary.replace("\\", "")
