"""Decides what each action of a proof is asked, from the proof's own inputs and from what came before it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from crossproof.flows.deciding import Done, Part
from crossproof.flows.prove_contract import EVENT, Change, Inputs
from crossproof.units import SecretStr

Asked = Mapping[str, str]  # inputs as a workflow would write them; an empty one is not given
_GITHUB = ("token", "app_id", "app_private_key", "api_url")
_STORE = ("aws_role", "aws_region", "s3_bucket", "s3_prefix", "s3_endpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One proof: what is asked, of which change."""

    inputs: Inputs
    change: Change

    @property
    def keeps(self) -> bool:
        """Whether evidence is kept."""
        return bool(self.inputs.s3_bucket)

    @property
    def payload(self) -> dict[str, str]:
        """What the app's workflow is told; `callback_repo` is no input of a workflow that is started by its name."""
        told = {
            "commit_sha": self.change.commit.hex,
            "triggered_by": self.change.actor,
            "environment": self.inputs.environment,
        }
        return {**told, "callback_repo": str(self.change.repository)} if self.inputs.sends_event else told

    @property
    def told_as(self) -> str:
        """Name the commit's status: two apps, or two environments, must not hide each other's verdict."""
        return f"{self.inputs.repository} {self.inputs.environment}"

    @property
    def occasion(self) -> str:
        """Name the work: who asks for it again joins its run. Another deployment of a commit is another occasion."""
        live = f"{self.inputs.tealium_profile} {self.inputs.tealium_version}".strip()
        said = ("prove-tracking", str(self.change.repository).lower(), self.change.commit.hex, self.inputs.environment)
        return " ".join([*said, live]).strip()


def child(proof: Proof, *, keyed: bool, dry_run: bool = False) -> Asked:
    """Start the app's tests once for this occasion, and wait for them."""
    inputs = proof.inputs
    sent = json.dumps(proof.payload)
    what = (
        {"event_type": inputs.event_type or EVENT, "workflow": inputs.workflow, "client_payload": sent}
        if inputs.sends_event
        else {"workflow": inputs.workflow, "inputs": sent}
    )
    return {
        **_taken(inputs, _GITHUB),
        **what,
        "repository": str(inputs.repository),
        "timeout": str(inputs.timeout),
        "idempotency_key": proof.occasion if keyed else "",
        "dry_run": "true" if dry_run else "false",
    }


def fetch(proof: Proof, done: Done, path: str) -> Asked:
    """Bring what exactly this attempt of exactly this run recorded."""
    return {
        **_taken(proof.inputs, _GITHUB),
        **_run(proof, done),
        "artifacts": "\n".join(proof.inputs.artifacts),
        "path": path,
    }


def judge(proof: Proof, done: Done) -> Asked:
    """Judge what was fetched, and nothing else that lies there: the manifest lists it by its hashes."""
    fetched = done[Part.FETCH].outputs
    return {
        **_taken(proof.inputs, ("plan", "baseline", "scenario", "platform")),
        "logs": fetched["path"],
        "manifest": fetched["manifest_path"],
        "subject_sha": proof.change.commit.hex,
    }


def keep(proof: Proof, done: Done, judgement: str) -> Asked:
    """Keep the very artifacts that were judged, with the judgement, as evidence for the commit."""
    artifacts = json.loads(done[Part.FETCH].outputs["artifacts"])
    return {
        **_taken(proof.inputs, (*_GITHUB, *_STORE, "environment", "tealium_profile", "tealium_version")),
        **_run(proof, done),
        "artifact_ids": ",".join(str(one["id"]) for one in artifacts),
        "subject_sha": proof.change.commit.hex,
        "subject_repository": str(proof.change.repository),
        "validation_report": judgement,
        "latest_when": "passed",
    }


def tell(proof: Proof, report_path: str) -> Asked:
    """Put the verdict on the commit."""
    return {
        **_taken(proof.inputs, _GITHUB),
        "report_path": report_path,
        "commit_status": "true",
        "subject": proof.told_as,
        "commit_sha": proof.change.commit.hex,
        "repository": str(proof.change.repository),
    }


def _run(proof: Proof, done: Done) -> Asked:
    ran = done[Part.CHILD].outputs
    return {
        "repository": str(proof.inputs.repository),
        "run_id": ran["run_id"],
        "run_attempt": ran.get("run_attempt", ""),
    }


def _taken(inputs: Inputs, names: tuple[str, ...]) -> Asked:
    """Hand on what was given, in the words of the caller."""
    values = {name: getattr(inputs, name) for name in names}
    return {
        name: value.reveal() if isinstance(value, SecretStr) else str(value)
        for name, value in values.items()
        if value is not None
    }
