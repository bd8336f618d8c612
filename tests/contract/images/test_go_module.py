"""The workflow's own steps with a real Go, on local modules: what they write, and what check-go-module makes of it."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from crossproof.actions.check_go_module import Inputs, World, run
from crossproof.files.checked_out import CheckedOut
from crossproof.images.gomodule import State
from crossproof.outcome import Outcome
from crossproof.runner.inputs import parse

WORKFLOW = Path(__file__).parents[3] / ".github/workflows/build-companion-image.yml"
STEPS = {each.get("name"): each for each in yaml.safe_load(WORKFLOW.read_text())["jobs"]["here"]["steps"]}
MODULE = "github.com/acme/gateway"
GATEWAY = {
    "go.mod": f"module {MODULE}\n\ngo 1.24\n",
    "apidef/a.go": f'package apidef\n\nimport _ "{MODULE}/internal/otel"\n\nconst Name = "one"\n',
    "internal/otel/o.go": "package otel\n",
    "unused/u.go": "package unused\n",
    "docs/d.md": "docs\n",
}
DASHBOARD = {
    "go.mod": f"module github.com/acme/dashboard\n\ngo 1.24\n\nrequire {MODULE} v1.2.3\n",
    "main.go": f'package main\n\nimport "{MODULE}/apidef"\n\nfunc main() {{ println(apidef.Name) }}\n',
}


@dataclass
class Machine:
    """A runner's workspace without any network: the companion in it, the change below it."""

    home: Path

    @property
    def workspace(self) -> Path:
        return self.home / "workspace"

    @property
    def subject(self) -> Path:
        return self.workspace / ".subject"

    def sh(self, *command: str, cwd: Path, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            command, cwd=cwd, env=self.env() | (env or {}), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)[:80]}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def env(self) -> dict[str, str]:
        who = {f"GIT_{role}_{what}": "t@t.example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        offline = {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GONOSUMDB": "*", "GOWORK": "off"}
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "GIT_CONFIG_GLOBAL": "/dev/null", **who, **offline,
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/gateway", "TOKEN": "",
            "COMPANION": "acme/dashboard", "COPY_REPLACES": "true", "GO_TAGS": "",
        }  # fmt: skip

    def git(self, *command: str, cwd: Path | None = None) -> str:
        return self.sh("git", *command, cwd=cwd or self.subject)

    def write(self, folder: Path, files: dict[str, str]) -> None:
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)

    def commit(self, files: dict[str, str], message: str = "Change") -> str:
        self.write(self.subject, files)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def take_the_module(self, **env: str) -> None:
        """Run the step of the reusable workflow as it stands there."""
        script = STEPS["Take the module from the change"]["run"]
        command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
        self.sh(*command, cwd=self.workspace, env=env)

    def check(self, commit: str, **inputs: str) -> Outcome:
        """Run check-go-module as the workflow's next step does."""
        given = dict(STEPS["Prove that the build takes the change, and list what it uses of it"]["with"])
        given |= {"source_commit": commit, **inputs}
        return run(parse(Inputs, given.items()), World(files=CheckedOut(self.workspace)))


@pytest.fixture
def machine(tmp_path):
    if not shutil.which("go") or not shutil.which("git"):
        pytest.skip("no Go or no git here")
    made = Machine(tmp_path)
    made.write(made.workspace, DASHBOARD)
    made.subject.mkdir(parents=True)
    made.git("init", "-q", "-b", "master")
    made.commit(GATEWAY, "Begin")
    return made


def states(outcome: Outcome) -> dict[str, State]:
    return {each["what"]: each["state"] for each in outcome.details["conditions"]}


def test_a_commit_is_taken_from_its_checkout_and_what_is_used_is_listed(machine):
    commit = machine.git("rev-parse", "HEAD")
    machine.git("checkout", "-q", "--detach")
    machine.take_the_module()
    outcome = machine.check(commit)
    assert outcome.reason.word == "from-commit", outcome.summary
    assert outcome.outputs["packages_used"] == "apidef internal/otel"
    assert outcome.outputs["module"] == MODULE
    assert outcome.outputs["go_required"] == "1.24"
    assert (
        machine.sh("go", "run", ".", cwd=machine.workspace) == ""
    )  # println goes to stderr; that it builds is the point


def test_what_only_a_build_tag_imports_is_used_too(machine):
    only = f'//go:build ee\n\npackage main\n\nimport _ "{MODULE}/unused"\n'
    machine.write(machine.workspace, {"ee.go": only})
    commit = machine.git("rev-parse", "HEAD")
    machine.take_the_module()
    assert machine.check(commit).outputs["packages_used"] == "apidef internal/otel"
    machine.take_the_module(GO_TAGS="ee,more")
    assert machine.check(commit).outputs["packages_used"] == "apidef internal/otel unused"


def test_the_step_s_files_are_in_no_commit_of_the_companion(machine):
    machine.take_the_module()
    machine.git("init", "-q", cwd=machine.workspace)
    listed = machine.git("status", "--porcelain", "--untracked-files=all", cwd=machine.workspace)
    assert ".crossproof-build" not in listed


@pytest.mark.parametrize("branch", ["feat/TT-1", "latest", "none", "v9", "upgrade"])
def test_a_branch_of_any_name_is_taken_for_go_never_sees_the_name(machine, branch):
    machine.git("checkout", "-q", "-b", branch)
    commit = machine.commit({"apidef/a.go": GATEWAY["apidef/a.go"].replace("one", branch)})
    machine.take_the_module()
    assert machine.check(commit).reason.word == "from-commit"


def test_a_merge_commit_that_nobody_pushed_is_taken(machine):
    machine.git("checkout", "-q", "-b", "feat/x")
    machine.commit({"apidef/b.go": "package apidef\n"})
    machine.git("checkout", "-q", "master")
    machine.commit({"docs/d.md": "more\n"})
    machine.git("merge", "-q", "--no-ff", "-m", "Merge", "feat/x")
    merge = machine.git("rev-parse", "HEAD")
    machine.git("checkout", "-q", "--detach", merge)
    machine.take_the_module()
    assert machine.check(merge).reason.word == "from-commit"


def test_a_commit_of_a_fork_is_taken(machine, tmp_path):
    fork = tmp_path / "fork"
    machine.git("clone", "-q", str(machine.subject), str(fork), cwd=tmp_path)
    machine.write(fork, {"apidef/c.go": "package apidef\n"})
    machine.git("add", "-A", cwd=fork)
    machine.git("commit", "-q", "-m", "Theirs", cwd=fork)
    commit = machine.git("rev-parse", "HEAD", cwd=fork)
    machine.git("fetch", "-q", str(fork), commit)
    machine.git("checkout", "-q", "--detach", commit)
    machine.take_the_module()
    assert machine.check(commit).reason.word == "from-commit"


@pytest.mark.parametrize(
    "old",
    [
        f"replace {MODULE} => github.com/acme/gateway v1.0.0\n",
        f"replace {MODULE} v1.2.3 => github.com/acme/gateway v1.0.0\n",
        f"replace (\n\t{MODULE} v1.2.3 => ../elsewhere\n\t{MODULE} => github.com/fork/gateway v1.0.0 // why\n)\n",
    ],
    ids=["for all versions", "for this version", "both"],
)
def test_an_older_replacement_is_replaced_whatever_it_names(machine, old):
    machine.write(machine.workspace, {"go.mod": DASHBOARD["go.mod"] + old})
    machine.take_the_module()
    assert machine.check(machine.git("rev-parse", "HEAD")).reason.word == "from-commit"


def test_where_the_module_was_not_required_before_it_is_now(machine):
    machine.write(machine.workspace, {"go.mod": "module github.com/acme/dashboard\n\ngo 1.24\n"})
    machine.take_the_module()
    assert machine.check(machine.git("rev-parse", "HEAD")).reason.word == "from-commit"


def test_a_vendor_folder_is_made_anew(machine):
    machine.take_the_module()
    machine.sh("go", "mod", "vendor", cwd=machine.workspace)
    machine.sh("go", "mod", "edit", f"-dropreplace={MODULE}", cwd=machine.workspace)
    commit = machine.commit({"apidef/d.go": "package apidef\n"})
    machine.take_the_module()
    outcome = machine.check(commit)
    assert outcome.reason.word == "from-commit", outcome.summary
    assert states(outcome)["vendor/ agrees"] is State.HOLDS
    assert (machine.workspace / "vendor" / MODULE / "apidef" / "d.go").exists()


def test_a_vendor_folder_of_an_earlier_build_is_seen(machine):
    machine.take_the_module()
    machine.sh("go", "mod", "vendor", cwd=machine.workspace)
    modules = machine.workspace / "vendor/modules.txt"
    modules.write_text(modules.read_text().replace(" => ./.subject", ""))
    outcome = machine.check(machine.git("rev-parse", "HEAD"))
    assert outcome.reason.word == "another-build"
    assert "Run `go mod vendor` after `go mod tidy`" in outcome.summary.replace("\\", "")


def test_another_commit_in_the_checkout_is_another_build(machine):
    machine.take_the_module()
    before = machine.git("rev-parse", "HEAD")
    machine.commit({"docs/d.md": "later\n"})
    outcome = machine.check(before)
    assert (outcome.reason.word, outcome.exit) == ("another-build", 1)
    assert f"{MODULE} is built from {before[:7]} does not hold" in outcome.sentence


def test_a_go_mod_that_was_changed_after_go_was_asked_is_seen(machine):
    machine.take_the_module()
    machine.sh("go", "mod", "edit", f"-replace={MODULE}=github.com/acme/gateway@v1.0.0", cwd=machine.workspace)
    outcome = machine.check(machine.git("rev-parse", "HEAD"))
    assert states(outcome)["go.mod and what Go listed agree"] is State.BROKEN


def test_the_module_s_own_replacements_are_copied_and_those_that_cannot_be_are_reported(machine):
    other, folder = "github.com/other/thing", "github.com/other/local"
    lines = f"replace {other} => github.com/fork/thing v1.0.1 // a fix\nreplace {folder} v1.0.0 => ./local\n"
    commit = machine.commit({"go.mod": GATEWAY["go.mod"] + lines})
    machine.take_the_module()
    text = (machine.workspace / "go.mod").read_text()
    assert f"replace {other} => github.com/fork/thing v1.0.1" in text
    (machine.workspace / "go.mod").write_text(text + f"require {folder} v1.0.0\n")
    outcome = machine.check(commit)
    assert json.loads(outcome.outputs["drift"]) == [f"replace {folder} v1.0.0 => ./local"]
    assert [each.level for each in outcome.annotations] == ["warning"]


def test_without_copying_the_drift_is_reported(machine):
    other = "github.com/other/thing"
    commit = machine.commit({"go.mod": GATEWAY["go.mod"] + f"replace {other} => github.com/fork/thing v1.0.1\n"})
    machine.take_the_module(COPY_REPLACES="false")
    go_mod = machine.workspace / "go.mod"
    go_mod.write_text(go_mod.read_text() + f"require {other} v1.0.0\n")
    drift = json.loads(machine.check(commit).outputs["drift"])
    assert drift == [f"replace {other} => github.com/fork/thing v1.0.1"]


def test_a_builder_that_is_too_old_is_said_before_it_fails(machine):
    machine.take_the_module()
    commit = machine.git("rev-parse", "HEAD")
    old = machine.check(commit, go_version="go1.23.4")
    assert old.reason.word == "another-build"
    assert "the builder has go1.23.4, go.mod needs 1.24" in old.sentence
    assert machine.check(commit, go_version="1.24.1").reason.word == "from-commit"


def test_go_raises_the_companion_s_version_to_the_module_s(machine):
    version = machine.sh("go", "env", "GOVERSION", cwd=machine.subject).removeprefix("go")
    commit = machine.commit({"go.mod": GATEWAY["go.mod"].replace("1.24", version)})
    machine.take_the_module()
    assert machine.check(commit).outputs["go_required"] == version


def test_a_token_for_private_modules_is_in_no_file_and_no_argument(machine):
    machine.take_the_module(TOKEN="made-up-token")
    found = subprocess.run(
        ["grep", "-rl", "made-up-token", str(machine.home)], capture_output=True, text=True, check=False
    )
    assert found.stdout == ""
    assert "made-up-token" not in STEPS["Take the module from the change"]["run"]
