"""What the shop window says of an action; with its inputs, outputs and reasons the source of action.yml and README."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One action as its user sees it. What it needs stands in `needs.NEEDS`."""

    title: str
    promise: str  # one sentence: what a green step means
    icon: str  # Feather icon and colour of the branding block
    color: str
    post: bool = False  # has a clean-up step
    dockerfile: str = "Dockerfile"
