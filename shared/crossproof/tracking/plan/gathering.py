"""Gathers the files a plan is made of: what it extends, the schemas and examples it names, all inside the workspace."""

import hashlib
import posixpath
from contextlib import suppress
from typing import Any, Protocol

import msgspec

from crossproof.documents import BadDocument, Remark, check
from crossproof.mark import Mark
from crossproof.tracking.plan.engine import WORKSPACE
from crossproof.tracking.plan.grammar import PART, PLAN
from crossproof.tracking.plan.keywords import SCHEMA_FILE
from crossproof.tracking.plan.model import PlanFile
from crossproof.units import clip
from crossproof.yaml12 import Marks, Tree, YamlFault, parse

MAX_FILES = 200
_SECTIONS_BY_NAME = ("types", "bundles", "events", "scenarios", "severity", "source", "policy", "timing", "baseline")
_LISTS = ("flows", "unique", "same", "ignore")


class NoSuchFile(Exception):
    """A file that a plan names is not there, or is outside of the workspace; the text says which."""


class Told(Exception):
    """A fault that has been noted: what follows from it need not be told again."""


class PlanFiles(Protocol):
    """The workspace, as far as a plan may reach: its files by their path, and nothing above it."""

    def read(self, path: str) -> bytes:
        """Give a file's content; raise `NoSuchFile` if there is none inside the workspace."""
        ...


class Gathered(msgspec.Struct):
    """The merged text of a plan, and every file it came from."""

    path: str
    marks: Marks = msgspec.field(default_factory=Marks)
    tree: dict[str, Tree] = msgspec.field(default_factory=dict)
    files: dict[str, PlanFile] = msgspec.field(default_factory=dict)
    schemas: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    remarks: list[Remark] = msgspec.field(default_factory=list)

    @property
    def sha256(self) -> str:
        """Name exactly this plan: the file's own digest, or that of the list `digest  path` if it has several files."""
        files = list(self.files.values())
        if len(files) == 1:
            return files[0].sha256
        return hashlib.sha256("".join(f"{f.sha256}  {f.path}\n" for f in files).encode()).hexdigest()


class Gatherer:
    """Reads files through the port, each once."""

    def __init__(self, files: PlanFiles, path: str) -> None:
        """Start at a plan's path."""
        self._port = files
        self.found = Gathered(posixpath.normpath(path))

    def plan(self) -> Gathered:
        """Read the plan and what it extends; raises `BadDocument` with the faults of all files."""
        with suppress(Told):
            self.found.tree = self._part(self.found.path, Mark(self.found.path, 1), PLAN, ())
        if self.found.remarks:
            raise BadDocument("tracking plan", self.found.remarks)
        return self.found

    def remark(self, mark: Mark | None, what: str, fix: str = "") -> None:
        """Note a fault; reading goes on, so that one run shows all."""
        self.found.remarks.append(Remark(mark or Mark(self.found.path, 1), what, fix))

    def schema(self, path: str, mark: Mark) -> str:
        """Register a schema file with all it refers to; answers its path in the workspace."""
        path = self.beside(path, mark)
        if path in self.found.schemas:
            return path
        tree = self.tree(path, mark)
        if not isinstance(tree, dict):
            raise self.told(mark, f"{clip(path)} is no JSON Schema: it must be a mapping.")
        self.found.remarks += check(tree, SCHEMA_FILE, self.found.marks, path)
        # Its `$id` is an address elsewhere: what it refers to is looked for beside the file itself.
        self.found.schemas[path] = {key: value for key, value in tree.items() if key != "$id"}
        self.refs(tree)
        return path

    def refs(self, schema: Tree) -> None:
        """Follow each `$ref` of a schema that leads to another file, and rewrite it to the file's workspace name."""
        match schema:
            case dict():
                ref, mark = schema.get("$ref"), self.found.marks.at(schema, "$ref")
                if isinstance(ref, str) and mark and not ref.startswith(("#", WORKSPACE)):
                    schema["$ref"] = self._ref(ref, mark)
                for value in schema.values():
                    self.refs(value)
            case list():
                for value in schema:
                    self.refs(value)
            case _:
                pass

    def _ref(self, ref: str, mark: Mark) -> str:
        path, hash_sign, fragment = ref.partition("#")
        with suppress(Told):
            if "://" in path or path.startswith("urn:"):
                raise self.told(mark, f"{clip(ref)} is not in the workspace; nothing is fetched for a plan.")
            return WORKSPACE + self.schema(path, mark) + hash_sign + fragment
        return "#"  # leads somewhere, so that the engine does not tell it again

    def told(self, mark: Mark, what: str, fix: str = "") -> Told:
        """Note a fault that ends the reading of one thing."""
        self.remark(mark, what, fix)
        return Told()

    def tree(self, path: str, mark: Mark) -> Tree:
        """Read any YAML or JSON file that is named at `mark`."""
        content = self._content(path, mark)
        try:
            return parse(content, path, self.found.marks)
        except YamlFault as fault:
            raise self.told(fault.mark, fault.what, fault.fix) from None

    def beside(self, path: str, mark: Mark) -> str:
        """Resolve a path against the file it is written in; a way out of the workspace is a fault."""
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(mark.file), path))
        if path.startswith("/") or joined.startswith("..") or "\\" in path:
            what = f"{clip(path)} leads out of the workspace."
            raise self.told(mark, what, "Name a file inside it, relative to this one.")
        return joined

    def _content(self, path: str, mark: Mark) -> bytes:
        known = self.found.files.get(path)
        if known:
            return known.content
        if len(self.found.files) >= MAX_FILES:
            raise self.told(mark, f"the plan names more than {MAX_FILES} files.")
        try:
            content = self._port.read(path)
        except NoSuchFile as fault:
            raise self.told(mark, f"{clip(path)} cannot be read: {fault}.") from None
        digest = hashlib.sha256(content).hexdigest()
        self.found.files[path] = PlanFile(path=path, sha256=digest, content=content)
        return content

    def _part(self, path: str, named_at: Mark, grammar: dict[str, Any], above: tuple[str, ...]) -> dict[str, Tree]:
        if path in above:
            raise self.told(named_at, f"{clip(path)} extends itself, by way of {' → '.join((*above, path))}.")
        tree = self.tree(path, named_at)
        if not isinstance(tree, dict):
            what = "the file is no tracking plan: it must be a mapping that begins with `plan: 1`."
            raise self.told(Mark(path, 1), what)
        extends = tree.get("extends")
        self.found.remarks += check(tree, PART if extends else grammar, self.found.marks, path)
        if not isinstance(extends, list):
            return tree
        merged = self._merged(self._below(extends, (*above, path)), tree)
        for key in grammar["required"]:
            if key not in merged:
                self.remark(Mark(path, 1), f"the key `{key}` is missing, here and in what the plan extends.")
        return merged

    def _below(self, extends: list[Tree], above: tuple[str, ...]) -> dict[str, Tree]:
        base: dict[str, Tree] = {}
        for index, name in enumerate(extends):
            mark = self.found.marks.at(extends, index)
            if isinstance(name, str) and mark:
                with suppress(Told):
                    base = self._merged(base, self._part(self.beside(name, mark), mark, PART, above))
        return base

    def _merged(self, base: dict[str, Tree], top: dict[str, Tree]) -> dict[str, Tree]:
        """Lay one plan over another: named entries replace those of the same name, lists are added up."""
        merged = {**base, **top}
        for section in _SECTIONS_BY_NAME:
            below, above = base.get(section), top.get(section)
            if isinstance(below, dict) and isinstance(above, dict):
                merged[section] = self._joined(below, above)
        for section in _LISTS:
            below, above = base.get(section), top.get(section)
            if isinstance(below, list) and isinstance(above, list):
                merged[section] = self._added(below, above)
        return merged

    def _joined(self, below: dict[str, Tree], above: dict[str, Tree]) -> dict[str, Tree]:
        joined = {**below, **above}
        self._keep_marks(joined, [(key, above if key in above else below, key) for key in joined])
        return joined

    def _added(self, below: list[Tree], above: list[Tree]) -> list[Tree]:
        added = [*below, *above]
        sources = [*((index, below) for index in range(len(below))), *((index, above) for index in range(len(above)))]
        self._keep_marks(added, [(at, container, index) for at, (index, container) in enumerate(sources)])
        return added

    def _keep_marks(self, made: Tree, origins: list[tuple[str | int, Tree, str | int]]) -> None:
        for key, container, old in origins:
            if mark := self.found.marks.at(container, old):
                self.found.marks.put(made, key, mark)
