"""What is to be started, and where: one target, typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from crossproof.units import RepoRef


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWorkflow:
    """One workflow, started by its own trigger with inputs."""

    repository: RepoRef
    workflow: str  # file name, path, id or name
    ref: str = ""  # empty: the default branch
    inputs: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    event = "workflow_dispatch"

    @property
    def starts(self) -> str:
        """Name what is started, for keys and messages."""
        return f"workflow:{self.workflow}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendEvent:
    """An event to which any number of workflows on the default branch may listen."""

    repository: RepoRef
    event_type: str
    client_payload: Mapping[str, object] = field(default_factory=dict)
    workflow: str = ""  # the one to wait for; empty: all that listen
    name: str = ""

    event = "repository_dispatch"

    @property
    def starts(self) -> str:
        """Name what is started, for keys and messages."""
        return f"event:{self.event_type}" + (f":{self.workflow}" if self.workflow else "")


Request: TypeAlias = StartWorkflow | SendEvent
