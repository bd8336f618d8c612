"""Two repositories and a registry in memory, which keep the laws of the ports and can be told to know nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from crossproof.errors import NoAccess
from crossproof.images import manifests
from crossproof.images.counterparts import Commit
from crossproof.images.events import PullRequest
from crossproof.images.manifests import Stored
from crossproof.images.relevance import Tree
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef

NONE = Absent("there is none")


def sha_of(text: str) -> str:
    """A commit's or tree's id, made from any words."""
    return sha256(text.encode()).hexdigest()[:40]


@dataclass
class FakeSources:
    """One repository's branches, tags, commits, content, proposals and runs."""

    default: str = "master"
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    merges: dict[str, tuple[str, ...]] = field(default_factory=dict)  # commit → parents
    trees: dict[str, dict[str, str]] = field(default_factory=dict)  # commit (or part of its id) → path → content
    files: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)  # what each next look at the runs says; empty: none
    denied: set[str] = field(default_factory=set)  # methods that cannot be answered
    asked: list[str] = field(default_factory=list)

    def _ask(self, method: str, what: str) -> Unknown | None:
        self.asked.append(f"{method} {what}")
        if method in self.denied:
            return Unknown.of(NoAccess(f"May not {method}.", fix=f"Grant what {method} needs."))
        return None

    def branch(self, repository: RepoRef, name: str) -> Probe[Commit]:
        denied = self._ask("branch", name)
        sha = self.branches.get(name)
        return denied or (Present(Commit(sha=sha, branch=name)) if sha else NONE)

    def tag(self, repository: RepoRef, name: str) -> Probe[Commit]:
        denied = self._ask("tag", name)
        sha = self.tags.get(name)
        return denied or (Present(Commit(sha=sha, tag=name)) if sha else NONE)

    def commit(self, repository: RepoRef, sha: str) -> Probe[Commit]:
        denied = self._ask("commit", sha)
        known = sha in {*self.branches.values(), *self.tags.values(), *self.merges}
        return denied or (Present(Commit(sha=sha)) if known else NONE)

    def default_branch(self, repository: RepoRef) -> Probe[Commit]:
        denied = self._ask("default_branch", "")
        return denied or Present(Commit(sha=self.branches[self.default], branch=self.default))

    def pull(self, repository: RepoRef, number: int) -> Probe[PullRequest]:
        denied = self._ask("pull", str(number))
        return denied or (Present(self.pulls[number]) if number in self.pulls else NONE)

    def pull_of(self, repository: RepoRef, branch: str) -> Probe[int]:
        denied = self._ask("pull_of", branch)
        numbers = [pull.number for pull in self.pulls.values() if pull.head_ref == branch and pull.open]
        return denied or (Present(max(numbers)) if numbers else NONE)

    def tree(self, repository: RepoRef, ref: str, *, deep: bool) -> Probe[Tree]:
        denied = self._ask("tree", ref)
        content = self.trees.get(ref)
        if denied or content is None:
            return denied or NONE
        entries = {path: sha_of(text) for path, text in content.items() if deep or "/" not in path}
        return Present(Tree(root=sha_of(json.dumps(content, sort_keys=True)), entries=entries, deep=deep))

    def parents(self, repository: RepoRef, sha: str) -> Probe[tuple[str, ...]]:
        denied = self._ask("parents", sha)
        return denied or (Present(self.merges[sha]) if sha in self.merges else NONE)

    def text(self, repository: RepoRef, path: str, sha: str) -> Probe[str]:
        denied = self._ask("text", path)
        return denied or (Present(self.files[path]) if path in self.files else NONE)

    def being_built(self, repository: RepoRef, sha: str) -> Probe[str]:
        denied = self._ask("being_built", sha)
        return denied or (Present(self.running.pop(0)) if self.running else NONE)


@dataclass
class FakeRegistry:
    """Images by tag and digest, in any number of repositories."""

    stored: dict[str, Stored] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)  # tags, digests or "*" that cannot be read
    asked: int = 0
    looked: list[list[str]] = field(default_factory=list)

    def push(self, repository: str, content: bytes, media_type: str, *tags: str) -> str:
        """Keep a manifest."""
        digest = f"sha256:{sha256(content).hexdigest()}"
        for name in (*tags, digest):
            self.stored[f"{repository}/{name}"] = Stored(content, media_type, digest)
        return digest

    def put_blob(self, repository: str, content: bytes) -> str:
        """Keep a blob."""
        digest = f"sha256:{sha256(content).hexdigest()}"
        self.blobs[f"{repository}/{digest}"] = content
        return digest

    def look(self, repository: str, references: Sequence[str]) -> Mapping[str, Probe[Stored]]:
        self.asked += 1
        self.looked.append(list(references))
        return {each: self._one(repository, each) for each in references}

    def _one(self, repository: str, reference: str) -> Probe[Stored]:
        if {reference, "*"} & self.unknown:
            return Unknown.of(NoAccess("ecr:BatchGetImage is not allowed.", fix="Allow ecr:BatchGetImage."))
        found = self.stored.get(f"{repository}/{reference}")
        return Present(found) if found else NONE

    def blob(self, repository: str, digest: str) -> Probe[bytes]:
        self.asked += 1
        if {digest, "*"} & self.unknown:
            return Unknown("the storage did not answer")
        found = self.blobs.get(f"{repository}/{digest}")
        return NONE if found is None else Present(found)


def push_image(
    registry: Any,
    repository: str,
    *tags: str,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    platform: str = "linux/amd64",
    index: bool = False,
) -> str:
    """Push an image as a builder does: a configuration, a manifest, and with `index` an index with an attestation.

    `registry` is anything that can push and put_blob. Annotations go where a builder puts them: on what the tag names.
    """
    system, _, architecture = platform.partition("/")
    about = {"os": system, "architecture": architecture, "config": {"Labels": dict(labels or {})}}
    config = json.dumps({**about, "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    described: dict[str, Any] = {"annotations": dict(annotations)} if annotations else {}
    manifest = {
        "schemaVersion": 2,
        "mediaType": manifests.MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": registry.put_blob(repository, config),
            "size": len(config),
        },
        "layers": [],
        **({} if index else described),
    }
    content = json.dumps(manifest).encode()
    if not index:
        return str(registry.push(repository, content, manifests.MANIFEST, *tags))
    digest = registry.push(repository, content, manifests.MANIFEST)
    entry = {"mediaType": manifests.MANIFEST, "digest": digest, "size": len(content)}
    listed = [
        {**entry, "platform": {"os": system, "architecture": architecture}},
        {**entry, "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
    top = {"schemaVersion": 2, "mediaType": manifests.INDEX, "manifests": listed, **described}
    return str(registry.push(repository, json.dumps(top).encode(), manifests.INDEX, *tags))
