"""Runs a workflow file with nektos/act as GitHub would, and says what became of each job and step.

Jobs run on this machine, each in an empty workspace of its own; our actions run in the suite's image. What is not like
GitHub: `permissions`, `environment` and `concurrency` are not enforced; official actions are the stand-ins beside; after a
reusable workflow that failed no further job is started; a container's post step gets no saved state, and a cancel kills
(tests/as_the_runner does both as the runner does).
"""

import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.as_the_runner import engine
from tests.as_the_runner.action_yml import ROOT

from crossproof import HOME
from crossproof_docs import siblings
from crossproof_docs.siblings import SERIES

_HERE = Path(__file__).parent
_STAND_INS = _HERE / "stand_ins"
_PINNED = re.compile(r"uses:\s*(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)(?:/[\w./-]+)?@(?P<ref>[0-9a-f]{40})")
_PATIENCE = 240


@cache
def missing() -> str:
    """Say why no workflow can be run here, or nothing."""
    return engine.missing() or ("" if shutil.which("go") else "no Go here to build the workflow engine with")


@cache
def _binary() -> Path:
    """Build act once per lock; go.sum holds the hash of everything that it is made of."""
    lock = sha256((_HERE / "go.mod").read_bytes() + (_HERE / "go.sum").read_bytes()).hexdigest()[:16]
    binary = ROOT / ".cache" / f"act-{lock}" / "act"
    with engine.alone(ROOT / ".cache/act-build"):
        if not binary.exists():
            call = ["go", "build", "-mod=readonly", "-trimpath", "-o", f"{binary}.new", "github.com/nektos/act"]
            said = subprocess.run(call, cwd=_HERE, capture_output=True, text=True, check=False)
            assert said.returncode == 0, f"act does not build:\n{said.stderr}"
            Path(f"{binary}.new").rename(binary)
    return binary


@dataclass(kw_only=True)
class Seen:
    """What became of one job."""

    result: str = ""
    steps: dict[str, str] = field(default_factory=dict)  # by its id, a nested one as `proof/child`
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    posts: dict[str, str] = field(default_factory=dict)  # what became of post steps, by the step's own id
    summary: str = ""


@dataclass(kw_only=True)
class Played:
    """What became of a workflow."""

    green: bool
    log: str
    jobs: dict[str, Seen]  # by what act calls them: `Caller workflow/prove/Prove`
    artifacts: Path  # what the stand-in of upload-artifact kept, a folder each

    def job(self, name: str) -> Seen:
        """The job of that name, in whichever workflow."""
        [found] = [job for called, job in self.jobs.items() if called.rpartition("/")[2].strip() == name]
        return found

    def ran(self, name: str) -> bool:
        """Whether any step of that job was run."""
        return any(job.steps for called, job in self.jobs.items() if called.rpartition("/")[2].strip() == name)


@dataclass(kw_only=True)
class Act:
    """Where workflows of one caller are played; `work` is an empty folder of the test."""

    work: Path
    checkout: Path  # what the stand-in of checkout copies
    api_url: str
    repository: str
    sha: str
    token: str = "a-token-of-this-job-only"
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    label: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    plays: int = 0

    def play(self, workflow: str, event: str, payload: Mapping[str, Any] | None = None, *, job: str = "") -> Played:
        """Play the text of a workflow file as if this event had happened."""
        self.plays += 1
        place = self.work / f"play-{self.plays}"
        folder = place / "caller" / ".github" / "workflows"
        folder.mkdir(parents=True)
        (folder / "workflow.yml").write_text(self._own(workflow), encoding="utf-8")
        (place / "event.json").write_text(json.dumps(payload or {}), encoding="utf-8")
        (place / "secrets").write_text(_dotenv({"GITHUB_TOKEN": self.token, **self.secrets}), encoding="utf-8")
        (place / "variables").write_text(_dotenv(self.variables), encoding="utf-8")
        for name in ("cache", "home", "artifacts", "temp"):
            (place / name).mkdir()
        suite = self._suite()
        call = [
            str(_binary()),
            event,
            "--actor",
            "octocat",
            "--json",
            "--pull=false",
            "--rm",
            "--no-cache-server",
            "--no-skip-checkout",
        ]
        call += ["--eventpath", str(place / "event.json"), "--workflows", str(folder / "workflow.yml")]
        call += ["--secret-file", str(place / "secrets"), "--var-file", str(place / "variables")]
        call += ["--platform", "ubuntu-latest=-self-hosted", "--platform", "macos-latest=-self-hosted"]
        # The containers of our actions see this machine's loopback, and the workspace under its own path too: where jobs
        # run on the machine itself, act names the files of its protocol by that. RUNNER_TEMP is /tmp there, and mounted.
        options = f"--network host --volume {place}/cache:{place}/cache --volume {place}/temp:/tmp"
        call += ["--container-options", options, "--action-cache-path", f"{place}/cache"]
        for name, folder_of_it in {**_stand_ins(suite, workflow), f"{HOME}@{SERIES}": suite}.items():
            call += ["--local-repository", f"{name}={folder_of_it}"]
        call += [part for name, value in self._environment(place).items() for part in ("--env", f"{name}={value}")]
        call += ["--job", job] if job else []
        done = subprocess.run(
            call,
            cwd=place / "caller",
            env={**_machine(), "HOME": str(place / "home"), "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        jobs, log = _read(done.stdout)
        assert jobs, f"act ran nothing:\n{done.stdout}{done.stderr}"
        return Played(green=done.returncode == 0, log=f"{log}\n{done.stderr}", jobs=jobs, artifacts=place / "artifacts")

    def _suite(self) -> Path:
        """Lay the suite out as a release does: the actions name an image that is there, instead of a Dockerfile.

        A release commit has its published images, and names siblings by its version; here they all have the series' name.
        """
        place = self.work / "suite"
        if not place.exists():
            for path in [*ROOT.glob("actions/*/action.yml"), *ROOT.glob(".github/workflows/*.yml")]:
                target = place / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                text = siblings.rewrite(_IMAGE.sub(_built, path.read_text(encoding="utf-8")))
                for published in _PUBLISHED.findall(text):
                    engine.pull(published)  # act is told to pull nothing
                target.write_text(text if target.name == "action.yml" else self._own(text), encoding="utf-8")
        return place

    def _own(self, workflow: str) -> str:
        """Let nothing meet another play's, or another leg's.

        act calls containers after workflow and job, whoever else plays the same; and legs share one /tmp, of which each of
        GitHub's runners has its own.
        """
        named = workflow if _NAME.search(workflow) else f"name: Workflow\n{workflow}"
        return _NAME.sub(rf"name: \1 {self.label}", named, count=1).replace("fail-fast: false", "max-parallel: 1")

    def _environment(self, place: Path) -> dict[str, str]:
        owner = self.repository.partition("/")[0]
        return {
            "GITHUB_API_URL": self.api_url,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_REPOSITORY_OWNER": owner,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": "30433642",
            "GITHUB_ACTOR": "octocat",
            "SHA_REF": self.sha,
            "CHECKOUT_FROM": str(self.checkout),
            "ARTIFACTS_IN": str(place / "artifacts"),
            **self.env,
        }


_PUBLISHED = re.compile(r"^  image: docker://(\S+@sha256:\S+)$", re.MULTILINE)
_NAME = re.compile(r"^name: (.+)$", re.MULTILINE)
_IMAGE = re.compile(r"^  image: \.\./\.\./(?P<file>\S+)$", re.MULTILINE)


def _machine() -> dict[str, str]:
    """Say where programs and the engine are; nothing else of this machine is a job's business."""
    return {name: os.environ[name] for name in ("PATH", "DOCKER_HOST") if name in os.environ}


def _built(found: re.Match[str]) -> str:
    engine.build(ROOT / found["file"])
    return f"  image: docker://{engine.tag_for(found['file'].lower())}"


def _stand_ins(suite: Path, workflow: str) -> dict[str, Path]:
    """Put our stand-in in the place of every official action that is named, at the commit at which it is."""
    texts = [workflow, *(path.read_text(encoding="utf-8") for path in suite.rglob("*.yml"))]
    named = {(m["owner"], m["name"], m["ref"]) for text in texts for m in _PINNED.finditer(text)}
    return {f"{owner}/{name}@{ref}": _STAND_INS / name for owner, name, ref in named if (_STAND_INS / name).is_dir()}


def _dotenv(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={json.dumps(value)}\n" for name, value in values.items())


def _read(stdout: str) -> tuple[dict[str, Seen], str]:
    """Read act's log, a JSON object a line."""
    jobs: dict[str, Seen] = {}
    log = []
    for line in stdout.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            log.append(line)
            continue
        log.append(f"[{said.get('job', '')}] {said.get('msg', '').rstrip()}")
        if "job" not in said:
            continue
        job = jobs.setdefault(said["job"], Seen())
        step = "/".join(said.get("stepID", ()))
        if said.get("command") == "set-output":
            job.outputs.setdefault(step, {})[said["name"]] = said["arg"]
        elif said.get("command") == "summary":
            job.summary += said["content"]
        elif "stepResult" in said and said.get("stage") == "Main":
            job.steps[step] = said["stepResult"]
        elif "stepResult" in said and said.get("stage") == "Post":
            job.posts[said["stepID"][-1]] = said["stepResult"]  # of a nested one act lists its neighbours as well
        job.result = said.get("jobResult", job.result)
    return jobs, "\n".join(log)
