import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from crossproof.actions import doctor
from crossproof.doctor.seen import Caller, Identity, Repository, RunnerFacts, Server
from crossproof.errors import BadCall
from crossproof.needs import Need, Where
from crossproof.probe import Absent, Present, Unknown
from crossproof.runner.inputs import parse
from crossproof.units import RepoRef

NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
APP = RepoRef("acme", "app")
HERE = RepoRef("acme", "tracking")
READ_RUNS = Need(permission="actions", level="read", why="see the runs of the child")
START_RUNS = Need(permission="actions", level="write", why="start the child")
SET_STATUS = Need(permission="statuses", level="write", where=Where.CURRENT, why="set a status", when="commit_status")
KEEP = Need(permission="s3", where=Where.AWS, why="keep evidence")


@dataclass
class FakeGithub:
    """A GitHub that knows which permissions a token has."""

    held: set[str] = field(default_factory=set)
    who: object = Present(Identity(kind="token"))
    seen: object = None
    broken: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def identity(self):
        return self.who

    def remedy(self, permission, level, name):
        return f"grant {permission}: {level} on {name}"

    def repository(self, name):
        return self.seen or Present(Repository(name=name, private=True, default_branch="main"))

    def server(self):
        return Present(
            Server(
                url="https://api.github.example",
                version="2026-03-10",
                limit=1000,
                remaining=990,
                resets_at=NOON + timedelta(minutes=9),
                skew=timedelta(seconds=1),
            )
        )

    def try_permission(self, permission, level, repository):
        asked = f"{permission}: {level}"
        self.asked.append(f"{asked} on {repository.name}")
        if asked in self.broken:
            return Unknown("GitHub answered 502")
        return Present("GitHub answered 200") if asked in self.held else Absent("GitHub answered 403")


class FakeAws:
    def claims(self):
        return Present(
            {"iss": "https://token", "aud": "sts.amazonaws.com", "sub": "repo:acme/tracking:ref:refs/heads/main"}
        )

    def caller(self):
        return Present(Caller(account="111122223333", arn="arn:aws:sts::111122223333:assumed-role/ci/x"))

    def reach(self, service):
        return Present("it answers")


def examine(monkeypatch, needs, github, aws=None, **given):
    monkeypatch.setattr(doctor, "NEEDS", needs)
    world = doctor.World(
        github=github,
        aws=aws,
        runner=RunnerFacts(
            in_runner=True,
            in_container=True,
            docker_socket=True,
            runner_temp=True,
            id_token=True,
            os="Linux",
            arch="X64",
        ),
        current=HERE,
        now=NOON,
        say=lambda line: None,
    )
    return doctor.run(parse(doctor.Inputs, given.items()), world)


def test_a_job_that_has_everything_is_ready(monkeypatch):
    outcome = examine(monkeypatch, {"x": (READ_RUNS,)}, FakeGithub(held={"actions: read"}), repository="acme/app")
    assert (outcome.reason.word, outcome.exit) == ("ready", 0)
    assert outcome.sentence == "Every need is met on acme/app (1 checked)."


def test_a_missing_permission_is_proven_bad_and_shows_what_to_paste(monkeypatch):
    outcome = examine(monkeypatch, {"x": (START_RUNS,)}, FakeGithub())
    assert (outcome.reason.word, outcome.exit) == ("need-missing", 1)
    assert json.loads(outcome.outputs["missing"]) == [
        {
            "action": "x",
            "permission": "actions",
            "level": "write",
            "where": "target repository",
            "have": "GitHub answered 403",
            "fix": "grant actions: write on acme/tracking",
        }
    ]


def test_what_could_not_be_found_out_is_never_ready(monkeypatch):
    outcome = examine(monkeypatch, {"x": (READ_RUNS,)}, FakeGithub(broken={"actions: read"}))
    assert (outcome.reason.word, outcome.exit, outcome.verdict) == ("not-found-out", 3, "unproven")
    assert json.loads(outcome.outputs["undecided"])[0]["have"] == "GitHub answered 502"


def test_a_repository_that_may_be_invisible_makes_every_need_on_it_unknown(monkeypatch):
    github = FakeGithub(
        held={"actions: read"}, seen=Unknown("GitHub answered 404: missing, or invisible to this token")
    )
    outcome = examine(monkeypatch, {"x": (READ_RUNS,)}, github, repository="acme/app")
    assert outcome.exit == 3
    assert github.asked == []


def test_a_need_of_a_special_case_does_not_make_the_job_red(monkeypatch):
    outcome = examine(monkeypatch, {"x": (READ_RUNS, SET_STATUS)}, FakeGithub(held={"actions: read"}))
    assert outcome.exit == 0
    assert "commit_status" in outcome.summary


def test_a_status_is_set_on_the_current_repository_whatever_the_target(monkeypatch):
    github = FakeGithub(held={"actions: read"})
    examine(monkeypatch, {"x": (READ_RUNS, SET_STATUS)}, github, repository="acme/app")
    assert github.asked == ["actions: read on acme/app", "statuses: write on acme/tracking"]


def test_aws_is_examined_only_where_a_role_or_region_says_so(monkeypatch):
    github = FakeGithub(held={"actions: read"})
    without = examine(monkeypatch, {"x": (READ_RUNS, KEEP)}, github)
    within = examine(monkeypatch, {"x": (READ_RUNS, KEEP)}, github, aws=FakeAws(), aws_region="eu-central-1")
    assert [row["permission"] for row in without.details["needs"]] == ["actions"]
    assert [row["permission"] for row in within.details["needs"]] == ["actions", "s3"]
    assert within.exit == 0
    assert "sub repo:acme/tracking:ref:refs/heads/main" in within.details["seen"]["OIDC"]


def test_an_unknown_action_name_is_refused_and_the_names_are_listed():
    with pytest.raises(BadCall) as refused:
        parse(doctor.Inputs, [("needs", "docter")])
    assert refused.value.faults[0].what.startswith("'docter' is no action of this suite; it has doctor")


def test_a_call_without_a_token_provably_lacks_everything(monkeypatch):
    outcome = examine(monkeypatch, {"x": (READ_RUNS,)}, FakeGithub(who=Absent("no token was given")))
    assert outcome.exit == 1
    assert outcome.details["seen"]["token"] == "none: no token was given"
