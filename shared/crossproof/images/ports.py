"""What the domain needs of the outside: a look at repositories, and at registries. Every answer may be "unknown"."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from crossproof.images.counterparts import Commit
from crossproof.images.events import PullRequest
from crossproof.images.manifests import Stored
from crossproof.images.relevance import Tree
from crossproof.probe import Probe
from crossproof.units import RepoRef


class Sources(Protocol):
    """Repositories, as one credential sees them."""

    def branch(self, repository: RepoRef, name: str) -> Probe[Commit]:
        """Find the branch of exactly this name."""

    def tag(self, repository: RepoRef, name: str) -> Probe[Commit]:
        """Find the commit behind the tag of exactly this name."""

    def commit(self, repository: RepoRef, sha: str) -> Probe[Commit]:
        """Find a commit by its full id."""

    def default_branch(self, repository: RepoRef) -> Probe[Commit]:
        """Find the head of the default branch."""

    def pull(self, repository: RepoRef, number: int) -> Probe[PullRequest]:
        """Find a pull request."""

    def pull_of(self, repository: RepoRef, branch: str) -> Probe[int]:
        """Find the number of the open pull request that proposes a branch of the repository itself."""

    def tree(self, repository: RepoRef, ref: str, *, deep: bool) -> Probe[Tree]:
        """List the content of a commit."""

    def parents(self, repository: RepoRef, sha: str) -> Probe[tuple[str, ...]]:
        """List what a commit was made from."""

    def text(self, repository: RepoRef, path: str, sha: str) -> Probe[str]:
        """Read a file at a commit."""

    def being_built(self, repository: RepoRef, sha: str) -> Probe[str]:
        """Find a run for a commit that has not ended."""


class ImageRegistry(Protocol):
    """One registry, as one credential sees it."""

    @property
    def asked(self) -> int:
        """How many requests were made, with all repetitions."""

    def look(self, repository: str, references: Sequence[str]) -> Mapping[str, Probe[Stored]]:
        """Read what tags or digests name; each that was asked for is answered."""

    def blob(self, repository: str, digest: str) -> Probe[bytes]:
        """Read a small part of an image, such as its configuration."""
