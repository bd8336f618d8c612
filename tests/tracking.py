"""Small plans and logs for the tests of tracking: what is not said in a test is as harmless as can be."""

from dataclasses import dataclass
from textwrap import dedent

from crossproof.tracking.plan.gathering import NoSuchFile
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.model import Plan


@dataclass(frozen=True)
class Workspace:
    """A workspace in memory: it keeps the port's law that nothing outside of it can be read."""

    files: dict[str, str | bytes]

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise NoSuchFile("there is no such file in the workspace")
        content = self.files[path]
        return content if isinstance(content, bytes) else dedent(content).encode()


def plan_of(text: str, **files: str) -> Plan:
    """Load a plan that may leave out its head."""
    body = dedent(text)
    head = "" if "plan: 1" in body else 'plan: 1\nname: test\nversion: "1"\n'
    return load("plan.yaml", Workspace({"plan.yaml": head + body, **files}))
