"""Runs and what they leave: attempts, artifacts, and the rules for cancelling and running again."""

import hashlib
import io
import math
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from crossproof_sandbox.life import Attempt, JobSeen, Life, Upload
from crossproof_sandbox.refusal import Refused

_MOST_RERUNS = 50
_RERUNS_FOR = timedelta(days=30)


@dataclass(slots=True, kw_only=True)
class Artifact:
    """A stored blob with the little that GitHub knows of it."""

    id: int
    run: "Run"
    name: str
    blob: bytes | Path
    digest: str | None
    created_at: datetime
    expires_at: datetime
    attempt: Attempt | None = None
    upload: Upload | None = None

    @property
    def size(self) -> int:
        """Count the bytes that a download brings."""
        return self.blob.stat().st_size if isinstance(self.blob, Path) else len(self.blob)

    def is_there(self, now: datetime) -> bool:
        """Say whether it was uploaded by now: a run cancelled before its upload leaves nothing."""
        if self.attempt and self.upload and math.isinf(self.attempt.upload_time(self.upload)):
            return False
        return self.created_at <= now

    def expired(self, now: datetime) -> bool:
        """Say whether its blob is gone."""
        return self.expires_at <= now


@dataclass(kw_only=True)
class Run:
    """One run of a workflow, with all its attempts."""

    id: int
    number: int
    event: str
    workflow_id: int
    path: str
    workflow_name: str
    title: str
    branch: str
    sha: str
    actor: str
    created_at: datetime
    visible_at: datetime
    check_suite_id: int
    head_repository: str | None  # None: the fork is gone
    attempts: list[Attempt] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    deleted: bool = False

    @property
    def latest(self) -> Attempt:
        """The attempt that counts."""
        return self.attempts[-1]

    def visible(self, now: datetime) -> bool:
        """Say whether the API knows it yet, and still."""
        return not self.deleted and now >= self.visible_at

    def status(self, now: datetime) -> str:
        """Give the latest attempt's status."""
        return self.latest.status(now)

    def delete(self) -> None:
        """Take it away, as somebody with write access may at any time."""
        self.deleted = True

    def cancel(self, now: datetime, *, force: bool = False) -> None:
        """Take a cancellation; a run that is over refuses it."""
        if self.status(now) == "completed":
            raise Refused(409, "Cannot cancel a workflow run that is completed.")
        self.latest.cancel(now, force=force)

    def check_rerun(self, now: datetime) -> None:
        """Refuse to run again what still runs, is too old, or ran too often."""
        if self.status(now) != "completed":
            raise Refused(403, "This workflow is already running")
        if now > self.created_at + _RERUNS_FOR:
            raise Refused(403, "Unable to retry this workflow run because it was created over a month ago")
        if len(self.attempts) > _MOST_RERUNS:
            raise Refused(403, "Unable to retry this workflow run because it was retried too many times")

    def next_life(self) -> Life:
        """Give the next attempt's script."""
        return self.latest.life.rerun or self.latest.life

    def carried(self, now: datetime, only: str = "") -> dict[str, JobSeen]:
        """Give the jobs that a re-run keeps: those that succeeded, or all but the one named."""
        seen = self.latest.jobs_seen(now)
        return {
            job.script.name: job
            for job in seen
            if (job.script.name != only if only else job.conclusion in {"success", "skipped"})
        }


def blob_of(upload: Upload) -> bytes | Path:
    """Zip what is to be zipped, always to the same bytes."""
    if not isinstance(upload.content, dict):
        return upload.content if isinstance(upload.content, bytes | Path) else b""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in upload.content.items():
            info = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
    return packed.getvalue()


def digest_of(blob: bytes | Path) -> str:
    """Hash the stored bytes as GitHub reports them."""
    if isinstance(blob, Path):
        with blob.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
