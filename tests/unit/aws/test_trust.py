import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.aws.conftest import CLAIMS, ROLE

from crossproof.aws.trust import RoleArn, advice, session_name, shown, statement, subjects
from crossproof.errors import BadCall

IMMUTABLE = "repo:acme@11/shop@22:ref:refs/heads/main"


def test_the_statement_matches_this_job_letter_by_letter():
    assert json.loads(statement(RoleArn.parse(ROLE), CLAIMS)) == {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main",
            }
        },
    }


def test_an_enterprise_servers_issuer_keeps_its_path_and_china_its_partition():
    claims = {**CLAIMS, "iss": "https://ghe.example/_services/token"}
    written = statement(RoleArn.parse("arn:aws-cn:iam::123456789012:role/x"), claims)
    assert "arn:aws-cn:iam::123456789012:oidc-provider/ghe.example/_services/token" in written
    assert '"ghe.example/_services/token:sub"' in written


def test_both_forms_of_the_subject_are_known_the_tokens_own_first():
    assert subjects(CLAIMS) == [CLAIMS["sub"], IMMUTABLE]
    assert subjects({**CLAIMS, "sub": IMMUTABLE}) == [IMMUTABLE, CLAIMS["sub"]]


def test_the_other_form_is_told_beside_the_statement():
    assert advice(RoleArn.parse(ROLE), {**CLAIMS, "sub": IMMUTABLE}).endswith(
        "in its other form, which some repositories send: repo:acme/shop:ref:refs/heads/main"
    )


@pytest.mark.parametrize("sub", ["", "repository_owner:acme", "repo:else/where:ref:x", "repo:acme/shop"])
def test_a_customised_subject_is_taken_as_it_is(sub):
    assert subjects({**CLAIMS, "sub": sub}) == [sub]


def test_an_environment_with_a_colon_keeps_its_escape():
    assert (
        subjects({**CLAIMS, "sub": "repo:acme/shop:environment:a%3Ab"})[1] == "repo:acme@11/shop@22:environment:a%3Ab"
    )


def test_only_what_a_policy_can_be_compared_with_is_shown():
    assert shown(CLAIMS) == (
        "sub=repo:acme/shop:ref:refs/heads/main, aud=sts.amazonaws.com, "
        "iss=https://token.actions.githubusercontent.com, repository=acme/shop, ref=refs/heads/main"
    )


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "tests",
        "arn:aws:iam::123456789012:user/x",
        "arn:aws:iam::123:role/x",
        f"{ROLE} x",
        "arn:aws:sts::123456789012:assumed-role/x/y",
    ],
)
def test_what_is_no_roles_arn_is_refused_with_the_form_that_is_meant(arn):
    with pytest.raises(BadCall) as refused:
        RoleArn.parse(arn)
    assert refused.value.faults[0].where == "aws_role"
    assert "write arn:aws:iam::123456789012:role/NAME" in refused.value.faults[0].what


@given(st.text(max_size=200))
def test_any_text_makes_a_session_name_that_aws_accepts(text):
    assert re.fullmatch(r"[A-Za-z0-9_+=,.@-]{2,64}", session_name(text))
