"""What each action needs from GitHub, AWS and the runner: one table, checked by `doctor` and printed in the catalog."""

from dataclasses import dataclass
from enum import StrEnum


class Where(StrEnum):
    """Who grants a need."""

    TARGET = "target repository"
    CURRENT = "current repository"
    AWS = "aws"
    RUNNER = "runner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something an action cannot do without, or (with `when`) only in that case."""

    # GitHub's own name of the fine-grained permission ("actions"), an AWS service ("s3") or a runner fact.
    permission: str
    level: str = ""  # "read" or "write" for a GitHub permission
    where: Where = Where.TARGET
    why: str
    when: str = ""

    def __str__(self) -> str:
        """Write it as a line of a `permissions:` block."""
        return f"{self.permission}: {self.level}" if self.level else self.permission


NEEDS: dict[str, tuple[Need, ...]] = {
    "doctor": (
        Need(permission="metadata", level="read", why="see the repository at all"),
        Need(permission="sts", where=Where.AWS, why="be somebody in AWS, where `aws_role` or `aws_region` is given"),
    ),
    "fetch-artifacts": (
        Need(permission="actions", level="read", why="list runs and download their artifacts"),
        Need(permission="contents", level="read", why="look up a short commit id or a tag", when="commit or tag"),
        Need(permission="pull-requests", level="read", why="know the commits of a pull request", when="pr"),
        Need(permission="id-token", level="write", where=Where.RUNNER, why="take `aws_role`", when="aws_role"),
        Need(permission="s3", where=Where.AWS, why="read archived evidence", when="s3_bucket"),
    ),
    "dispatch-and-wait": (
        Need(permission="actions", level="write", why="start the workflow, follow its run, cancel it, run it again"),
        Need(permission="contents", level="write", why="send the event", when="repository_dispatch"),
        Need(
            permission="contents", level="read", why="check the request against the workflow's file", when="preflight"
        ),
        Need(
            permission="statuses",
            level="write",
            where=Where.CURRENT,
            why="keep the commit's status",
            when="commit_status",
        ),
    ),
    "receive-results": (Need(permission="actions", level="read", why="look at the run, its jobs and artifacts"),),
    "validate-tracking-logs": (),
    "archive-artifacts": (
        Need(permission="actions", level="read", why="list runs and download their artifacts"),
        Need(permission="contents", level="read", why="look up a short commit id or a tag", when="commit or tag"),
        Need(permission="pull-requests", level="read", why="know the commits of a pull request", when="pr"),
        Need(permission="id-token", level="write", where=Where.RUNNER, why="take `aws_role`", when="aws_role"),
        Need(permission="s3", where=Where.AWS, why="keep evidence in the bucket"),
    ),
    "resolve-dashboard-image": (
        Need(permission="contents", level="read", why="find the companion's branch, commit and go.mod"),
        Need(permission="contents", level="read", where=Where.CURRENT, why="compare the change with what images have"),
        Need(
            permission="pull-requests", level="read", why="number the companion's pull request", when="{pr}, depends_on"
        ),
        Need(
            permission="pull-requests",
            level="read",
            where=Where.CURRENT,
            why="know the branch behind a merge group or a comment",
            when="merge_group, issue_comment",
        ),
        Need(permission="actions", level="read", why="know whether the companion is being built", when="wait_seconds"),
        Need(permission="id-token", level="write", where=Where.RUNNER, why="take `aws_role`", when="aws_role"),
        Need(permission="ecr", where=Where.AWS, why="read images (BatchGetImage, GetDownloadUrlForLayer)", when="ECR"),
    ),
    "run-tiered-tests": (
        Need(permission="docker socket", where=Where.RUNNER, why="run services and tests in containers"),
        Need(permission="contents", level="read", why="fetch the commit that changes are compared with", when="paths"),
        Need(permission="pull-requests", level="read", why="list the files of a pull request", when="pull_request"),
        Need(permission="actions", level="read", why="fetch what an earlier attempt uploaded", when="resume"),
        Need(permission="id-token", level="write", where=Where.RUNNER, why="take `aws_role`", when="aws_role"),
        Need(permission="ssm", where=Where.AWS, why="read the secrets of tiers", when="secrets"),
    ),
    "check-go-module": (),
    "notify": (
        Need(
            permission="pull-requests", level="write", where=Where.CURRENT, why="keep one comment", when="pull_request"
        ),
        Need(permission="statuses", level="write", where=Where.CURRENT, why="set the status", when="commit_status"),
    ),
}
