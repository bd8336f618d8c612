"""A repository's commits, branches and tags, with the object ids that git itself would give."""

import base64
import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit: the whole content of its tree, by path."""

    sha: str
    tree: str
    files: Mapping[str, bytes]
    parents: tuple[str, ...]
    message: str
    author: str  # a login
    at: datetime

    @property
    def written(self) -> bytes:
        """The object as git writes it."""
        stamp = f"{self.author} <{self.author}@users.noreply.github.example> {int(self.at.timestamp())} +0000"
        head = [f"tree {self.tree}", *(f"parent {p}" for p in self.parents), f"author {stamp}", f"committer {stamp}"]
        return ("\n".join(head) + f"\n\n{self.message}").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedTag:
    """A tag with a message of its own, and so an object between the ref and the commit."""

    sha: str
    name: str
    commit: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a tree."""

    path: str
    mode: str
    type: str
    sha: str
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file that differs between two commits."""

    path: str
    status: str
    before: bytes | None
    after: bytes | None

    @property
    def additions(self) -> int:
        """Count new lines, roughly as a diff would."""
        return len(_lines(self.after) - _lines(self.before))

    @property
    def deletions(self) -> int:
        """Count lines that went."""
        return len(_lines(self.before) - _lines(self.after))


@dataclass(kw_only=True)
class History:
    """Commits and the names that point to them."""

    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)  # to a commit, or to an annotated tag
    annotated: dict[str, AnnotatedTag] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, list[Entry]] = field(default_factory=dict)

    def commit(
        self, files: Mapping[str, bytes], *, parents: tuple[str, ...], message: str, author: str, at: datetime
    ) -> Commit:
        """Write a commit object."""
        tree = self._write_tree(files)
        made = Commit(sha="", tree=tree, files=files, parents=parents, message=message, author=author, at=at)
        made = replace(made, sha=object_id("commit", made.written))
        self.commits[made.sha] = made
        return made

    def annotate(self, name: str, commit: str, message: str, at: datetime) -> str:
        """Write an annotated tag's object."""
        stamp = f"octocat <octocat@github.example> {int(at.timestamp())} +0000"
        text = f"object {commit}\ntype commit\ntag {name}\ntagger {stamp}\n\n{message}"
        sha = object_id("tag", text.encode())
        self.annotated[sha] = AnnotatedTag(sha=sha, name=name, commit=commit, message=message, at=at)
        return sha

    def resolve(self, ref: str) -> Commit | None:
        """Find a commit by branch, tag, full ref, or (at least seven digits of) its id."""
        for prefix, names in (("refs/heads/", self.branches), ("heads/", self.branches), ("refs/tags/", self.tags),
                              ("tags/", self.tags), ("", self.branches), ("", self.tags)):  # fmt: skip
            if ref.startswith(prefix) and ref.removeprefix(prefix) in names:
                return self.peeled(names[ref.removeprefix(prefix)])
        if len(ref) >= 7:
            found = [c for sha, c in self.commits.items() if sha.startswith(ref.lower())]
            return found[0] if len(found) == 1 else None
        return None

    def named(self, ref: str) -> tuple[str, Commit] | None:
        """Find what a dispatch may name: a branch or a tag, never an id."""
        for prefix, names in (("refs/heads/", self.branches), ("refs/tags/", self.tags)):
            short = ref.removeprefix(prefix)
            if short in names:
                return short, self.peeled(names[short])
        return None

    def peeled(self, sha: str) -> Commit:
        """Give the commit, also behind an annotated tag."""
        return self.commits[self.annotated[sha].commit if sha in self.annotated else sha]

    def log(self, start: str) -> Iterator[Commit]:
        """Go from a commit to its ancestors, newest first."""
        seen = {start}
        waiting = deque([start])
        while waiting:
            commit = self.commits[waiting.popleft()]
            yield commit
            fresh = [p for p in commit.parents if p not in seen]
            seen.update(fresh)
            waiting.extend(fresh)

    def merge_base(self, one: str, other: str) -> Commit | None:
        """Find the nearest commit that both descend from."""
        reachable = {c.sha for c in self.log(one)}
        return next((c for c in self.log(other) if c.sha in reachable), None)

    def changes(self, before: Commit | None, after: Commit) -> list[Change]:
        """List the files that differ."""
        old: Mapping[str, bytes] = before.files if before else {}
        paths = sorted(old.keys() | after.files.keys())
        return [
            Change(path=path, status=_status(old.get(path), after.files.get(path)), before=old.get(path),
                   after=after.files.get(path))
            for path in paths
            if old.get(path) != after.files.get(path)
        ]  # fmt: skip

    def _write_tree(self, files: Mapping[str, bytes]) -> str:
        folders: dict[str, dict[str, bytes]] = {}
        entries: list[Entry] = []
        for path, content in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(name, {})[rest] = content
                continue
            sha = object_id("blob", content)
            self.blobs[sha] = content
            entries.append(Entry(path=name, mode="100644", type="blob", sha=sha, size=len(content)))
        for name, inside in folders.items():
            entries.append(Entry(path=name, mode="040000", type="tree", sha=self._write_tree(inside), size=None))
        entries.sort(key=lambda entry: entry.path + ("/" if entry.type == "tree" else ""))
        raw = b"".join(f"{e.mode.lstrip('0')} {e.path}\0".encode() + bytes.fromhex(e.sha) for e in entries)
        sha = object_id("tree", raw)
        self.trees[sha] = entries
        return sha

    def entries(self, tree: str, *, recursive: bool = False, prefix: str = "") -> Iterator[Entry]:
        """List a tree, with everything below it if asked."""
        for entry in self.trees[tree]:
            path = f"{prefix}{entry.path}"
            yield Entry(path=path, mode=entry.mode, type=entry.type, sha=entry.sha, size=entry.size)
            if recursive and entry.type == "tree":
                yield from self.entries(entry.sha, recursive=True, prefix=f"{path}/")


def object_id(kind: str, content: bytes) -> str:
    """Hash as git does."""
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


def node_id(kind: str, number: object) -> str:
    """Make an opaque id, as GraphQL would know it."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def _status(before: bytes | None, after: bytes | None) -> str:
    return "added" if before is None else "removed" if after is None else "modified"


def _lines(content: bytes | None) -> set[bytes]:
    return set((content or b"").splitlines())
