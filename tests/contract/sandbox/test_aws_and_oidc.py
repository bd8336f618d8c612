"""The AWS beside GitHub, and the tokens by which a job comes in."""

import boto3
import jwt
import pytest
import requests

from crossproof_sandbox import Sandbox
from crossproof_sandbox.faults import slow, status


@pytest.fixture
def ask(github):
    """Ask for a token as the runner's toolkit does."""

    def get(env, audience="&audience=sts.amazonaws.com", bearer=None):
        authorization = f"Bearer {bearer or env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"
        return requests.get(
            env["ACTIONS_ID_TOKEN_REQUEST_URL"] + audience, headers={"Authorization": authorization}, timeout=5
        )

    return get


def claims(answer):
    return jwt.decode(answer.json()["value"], options={"verify_signature": False})


def test_a_job_gets_a_token_that_says_what_it_is(github, repo, ask):
    answer = ask(github.oidc.job(repo, ref="refs/heads/release"))
    said = claims(answer)
    assert answer.json()["count"] == len(answer.json()["value"])
    assert {name: said[name] for name in ("sub", "aud", "iss", "repository", "ref")} == {
        "sub": "repo:acme/app:ref:refs/heads/release",
        "aud": "sts.amazonaws.com",
        "iss": "https://token.actions.githubusercontent.com",
        "repository": "acme/app",
        "ref": "refs/heads/release",
    }
    assert said["exp"] - said["iat"] == 300
    assert said["iat"] == int(github.clock.now().timestamp())


@pytest.mark.parametrize(
    ("job", "subject"),
    [
        ({"event": "pull_request", "ref": "refs/pull/1/merge"}, "repo:acme/app:pull_request"),
        ({"environment": "prod:eu"}, "repo:acme/app:environment:prod%3Aeu"),
        ({"environment": "prod", "event": "pull_request"}, "repo:acme/app:environment:prod"),
    ],
)
def test_an_environment_goes_before_an_event_and_an_event_before_a_ref(github, repo, ask, job, subject):
    assert claims(ask(github.oidc.job(repo, **job)))["sub"] == subject


def test_newer_repositories_have_a_subject_that_no_rename_changes(github, repo, ask):
    repo.immutable_oidc_subject = True
    assert claims(ask(github.oidc.job(repo)))["sub"] == (f"repo:acme@{repo.owner.id}/app@{repo.id}:ref:refs/heads/main")


def test_without_an_audience_the_token_is_for_the_owner(github, repo, ask):
    assert claims(ask(github.oidc.job(repo), audience=""))["aud"] == "https://github.com/acme"


def test_only_the_jobs_own_bearer_is_served(github, repo, ask):
    env = github.oidc.job(repo)
    assert ask(env, bearer="another").status_code == 401
    ask(env)
    assert [e.caller for e in github.oidc.log] == ["refused", "job"]
    assert "accept-encoding" in github.oidc.log[1].headers
    assert env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] not in repr(list(github.oidc.log))


def test_the_endpoint_can_refuse_fail_and_be_slow(github, repo, ask):
    env = github.oidc.job(repo)
    github.oidc.faults.on("GET", "/token", status(403), times=1)
    github.oidc.faults.on("GET", "/token", status(500), times=1)
    assert [ask(env).status_code for _ in range(3)] == [403, 500, 200]
    github.oidc.faults.on("GET", "/token", after_accept=slow(0.3))
    with pytest.raises(requests.ReadTimeout):
        requests.get(env["ACTIONS_ID_TOKEN_REQUEST_URL"], timeout=0.05)


@pytest.fixture
def service(github, monkeypatch):
    """Make a client of the sandbox's AWS from nothing but its environment."""
    for name, value in github.aws.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return boto3.session.Session().client


def test_aws_is_there_with_all_the_services_that_the_suite_uses(service):
    service("s3").create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    service("s3").put_object(Bucket="evidence", Key="a", Body=b"1")
    service("ecr").create_repository(repositoryName="dashboard")
    service("ssm").put_parameter(Name="/a", Value="1", Type="SecureString")
    service("secretsmanager").create_secret(Name="s", SecretString="1")
    assert service("s3").get_object(Bucket="evidence", Key="a")["Body"].read() == b"1"
    assert service("sts").get_caller_identity()["Account"]


def test_a_role_is_taken_with_a_jobs_token(github, repo, ask, service):
    taken = service("sts").assume_role_with_web_identity(
        RoleArn="arn:aws:iam::123456789012:role/prover",
        RoleSessionName="proof",
        WebIdentityToken=ask(github.oidc.job(repo)).json()["value"],
    )
    assert taken["AssumedRoleUser"]["Arn"].endswith("assumed-role/prover/proof")


def test_every_sandbox_begins_with_an_empty_aws(service):
    assert service("s3").list_buckets()["Buckets"] == []


def test_leaving_the_sandbox_stops_everything_that_it_started():
    with Sandbox() as github:
        repository = github.repository("acme/app")
        token_url = github.oidc.job(repository)["ACTIONS_ID_TOKEN_REQUEST_URL"]
        urls = [github.url, github.blobs.url, token_url, github.aws.url]
        assert all(requests.get(url, timeout=5).status_code for url in urls)
    for url in urls:
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=5)
