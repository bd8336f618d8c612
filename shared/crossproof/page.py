"""What the shop window says of an action: the typed source of action.yml, README, catalog and `doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One permission an action cannot do without (or, with `when`, only in that case)."""

    # GitHub's fine-grained name ("actions"), an AWS action ("s3:PutObject") or a runner fact ("docker socket").
    permission: str
    level: str = ""  # "read" | "write" for GitHub
    where: str = "target"  # "target" repository | "current" repository | "aws" | "runner"
    why: str
    when: str = ""  # empty = always


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One action as its user sees it."""

    title: str
    promise: str  # one sentence: what a green step means
    icon: str  # Feather icon and colour of the branding block
    color: str
    needs: tuple[Need, ...] = ()
    post: bool = False  # has a clean-up step
    dockerfile: str = "Dockerfile"
