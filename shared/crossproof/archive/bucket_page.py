"""Writes down how an evidence bucket is set up: its policy, who may write and read, how they prove who they are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossproof.archive.layout import CHAIN, EVIDENCE
from crossproof.archive.lifecycle import Finding, ours
from crossproof.report.markdown import block, table
from crossproof.units import RepoRef

_ISSUER = "token.actions.githubusercontent.com"
_ACCOUNT = "ACCOUNT_ID"
# A bucket's name, once given up, can be taken by anybody: without this a role would write to them, and believe them.
_OURS = {"StringEquals": {"aws:ResourceAccount": _ACCOUNT}}
_ALONE = "One for evidence alone: private, versioned, and with nobody who may delete."
_REFUSES = "S3 itself refuses to overwrite, to delete and to speak in clear."
_ENDS = (
    "Large blobs get cold after 90 days, evidence ends after two years, manifests stay at hand. "
    "`archive-artifacts` writes the same with `lifecycle: apply`."
)
_SUBJECTS = (
    "Jobs, by their own OIDC token, compared letter by letter. GitHub writes its subject by name, and for newer "
    "repositories by name and id: allow both."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The bucket, and whose jobs are to use it. Ids that are not known stay words to be replaced."""

    name: str
    prefix: str
    repository: RepoRef | None
    owner_id: str
    repository_id: str
    environment: str

    @property
    def home(self) -> str:
        """What the keys of all evidence begin with."""
        return f"{self.prefix.strip('/')}/" if self.prefix.strip("/") else ""


def page(bucket: Bucket) -> str:
    """Write all of it."""
    settings = block("\n".join(_settings(bucket)), "sh")
    return "\n".join(
        (
            _part("The bucket", _ALONE, settings),
            _part("bucket-policy.json", _REFUSES, _json(bucket_policy(bucket))),
            _part("lifecycle.json", _ENDS, _json({"Rules": ours(bucket.prefix)})),
            _part("The role that writes", "For `archive-artifacts`.", _json(writer(bucket))),
            _part("The role that reads", "For `fetch-artifacts` and `crossproof evidence`.", _json(reader(bucket))),
            _part("Who may take these roles", _SUBJECTS, _json(trust(bucket))),
        )
    )


def _part(title: str, what: str, content: str) -> str:
    return f"### {title}\n\n{what}\n\n{content}"


def bucket_policy(bucket: Bucket) -> Mapping[str, Any]:
    """Refuse what would change evidence, whoever asks."""
    everything = [f"arn:aws:s3:::{bucket.name}", f"arn:aws:s3:::{bucket.name}/*"]
    below = f"arn:aws:s3:::{bucket.name}/{bucket.home}"
    proofs = [f"{below}{EVIDENCE}/*", f"{below}{CHAIN}/*/0*.json"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            _deny("OnlyEncrypted", "s3:*", everything, {"Bool": {"aws:SecureTransport": "false"}}),
            _deny("ProofsAreWrittenOnce", "s3:PutObject", proofs, {"Null": {"s3:if-none-match": "true"}}),
            _deny(
                "ListsChangeOnlyOnWhatIsThere",
                "s3:PutObject",
                [f"{below}*"],
                {"Null": {"s3:if-none-match": "true", "s3:if-match": "true"}},
            ),
            _deny("NobodyDeletes", ["s3:DeleteObject", "s3:DeleteObjectVersion"], [f"{below}*"], {}),
        ],
    }


def writer(bucket: Bucket) -> Mapping[str, Any]:
    """Allow just what archiving needs."""
    return _policy(
        bucket,
        ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectRetention"],
        ["s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"],
    )


def reader(bucket: Bucket) -> Mapping[str, Any]:
    """Allow just what finding and bringing back needs."""
    return _policy(bucket, ["s3:GetObject", "s3:RestoreObject"], ["s3:GetLifecycleConfiguration"])


def trust(bucket: Bucket) -> Mapping[str, Any]:
    """Let the jobs of one environment of one repository take the role."""
    owner, name = (bucket.repository.owner, bucket.repository.name) if bucket.repository else ("OWNER", "REPOSITORY")
    where = f"environment:{bucket.environment}" if bucket.environment else "ref:refs/heads/main"
    named = f"repo:{owner}/{name}:{where}"
    numbered = f"repo:{owner}@{bucket.owner_id or 'OWNER_ID'}/{name}@{bucket.repository_id or 'REPOSITORY_ID'}:{where}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:aws:iam::{_ACCOUNT}:oidc-provider/{_ISSUER}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com", f"{_ISSUER}:sub": [named, numbered]}
                },
            }
        ],
    }


def lint_page(findings: Sequence[Finding]) -> str:
    """Show what is wrong with lifecycle rules."""
    if not findings:
        return "Nothing is wrong with these rules.\n"
    return table(["", "rule", "what", "fix"], [[one.weight, one.rule, one.what, one.fix] for one in findings])


def _settings(bucket: Bucket) -> Sequence[str]:
    name = bucket.name
    return (
        f"aws s3api create-bucket --bucket {name} --object-lock-enabled-for-bucket \\",
        "  --create-bucket-configuration LocationConstraint=eu-central-1",
        f"aws s3api put-public-access-block --bucket {name} --public-access-block-configuration \\",
        "  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
        f"aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled",
        f"aws s3api put-bucket-policy --bucket {name} --policy file://bucket-policy.json",
        f"aws s3api put-bucket-lifecycle-configuration --bucket {name} --lifecycle-configuration file://lifecycle.json",
    )


def _policy(bucket: Bucket, objects: Sequence[str], settings: Sequence[str]) -> Mapping[str, Any]:
    name = f"arn:aws:s3:::{bucket.name}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": objects, "Resource": f"{name}/{bucket.home}*", "Condition": _OURS},
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": name,
                "Condition": {**_OURS, "StringLike": {"s3:prefix": f"{bucket.home}*"}},
            },
            {"Effect": "Allow", "Action": settings, "Resource": name, "Condition": _OURS},
        ],
    }


def _deny(
    name: str, action: str | Sequence[str], resource: Sequence[str], condition: Mapping[str, Any]
) -> Mapping[str, Any]:
    statement = {"Sid": name, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def _json(value: object) -> str:
    return block(json.dumps(value, indent=2), "json")
