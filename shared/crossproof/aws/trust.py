"""Says which trust statement would let a job take a role, from what the job's own token claims about it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from crossproof.errors import BadCall, Fault
from crossproof.units import clip

_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role/[\w+=,.@/-]{1,576}", re.ASCII)
_SUBJECT = re.compile(r"repo:[^:]+:(?P<rest>.+)")

# What people compare with a trust policy. The token itself is never shown.
SHOWN = ("sub", "aud", "iss", "repository", "ref", "environment", "event_name", "job_workflow_ref")


@dataclass(frozen=True, slots=True)
class RoleArn:
    """A role that a job may take."""

    arn: str
    partition: str
    account: str

    @classmethod
    def parse(cls, text: str) -> "RoleArn":
        """Read a role's ARN; a user's, a policy's or a lone name is refused with the form that is meant."""
        found = _ARN.fullmatch(text.strip())
        if not found:
            shape = "arn:aws:iam::123456789012:role/NAME"
            raise BadCall([Fault("aws_role", f"{clip(text, 120)} is no role's ARN; write {shape}")])
        return cls(text.strip(), found["partition"], found["account"])


def subjects(claims: Mapping[str, str]) -> list[str]:
    """Give the `sub` of the token, and its other form where there is one.

    Repositories created, renamed or transferred after 15 July 2026, or opted in, send `repo:O@id/R@id:…` instead of
    `repo:O/R:…` (aws-actions/configure-aws-credentials#1888).
    """
    subject = claims.get("sub", "")
    owner, _, name = claims.get("repository", "").partition("/")
    owner_id, name_id = claims.get("repository_owner_id"), claims.get("repository_id")
    found = _SUBJECT.fullmatch(subject)
    if not (found and owner and name and owner_id and name_id):
        return [subject]
    forms = [f"repo:{owner}/{name}:{found['rest']}", f"repo:{owner}@{owner_id}/{name}@{name_id}:{found['rest']}"]
    return [subject, *(form for form in forms if form != subject)] if subject in forms else [subject]


def statement(role: RoleArn, claims: Mapping[str, str]) -> str:
    """Write the statement of the role's trust policy that matches this job exactly."""
    issuer = claims.get("iss", "").removeprefix("https://")
    return json.dumps(
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:{role.partition}:iam::{role.account}:oidc-provider/{issuer}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{issuer}:aud": claims.get("aud", ""), f"{issuer}:sub": subjects(claims)[0]}
            },
        },
        indent=2,
    )


def advice(role: RoleArn, claims: Mapping[str, str]) -> str:
    """Say what to write into the trust policy, and how the subject may be spelled otherwise."""
    others = subjects(claims)[1:]
    also = "".join(
        f"\nThe same job's subject in its other form, which some repositories send: {other}" for other in others
    )
    return (
        f"Let the trust policy of {role.arn} contain this statement (AWS compares letter by letter, case included):\n"
        f"{statement(role, claims)}{also}"
    )


def shown(claims: Mapping[str, str]) -> str:
    """Write the claims that a trust policy can be compared with."""
    return ", ".join(f"{name}={claims[name]}" for name in SHOWN if claims.get(name))


def session_name(text: str) -> str:
    """Make a session name that AWS accepts: 2 to 64 of `[A-Za-z0-9_+=,.@-]`. It appears in CloudTrail."""
    return re.sub(r"[^\w+=,.@-]", "-", f"crossproof-{text}", flags=re.ASCII)[:64]
