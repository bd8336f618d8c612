"""Makes a manifest of its text; what the grammar cannot see (circles, names, patterns, files) is decided here."""

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from crossproof.documents import BadDocument, Remark, read
from crossproof.mark import Mark
from crossproof.tiers import graph
from crossproof.tiers.checkout import Checkout
from crossproof.tiers.globs import Patterns, no_pattern_of_files
from crossproof.tiers.grammar import MANIFEST
from crossproof.tiers.manifest import (
    Flaky,
    Gates,
    Health,
    Infra,
    Limits,
    Manifest,
    Network,
    Origin,
    Reports,
    Require,
    Runtime,
    SecretSource,
    Setup,
    Tier,
)
from crossproof.units import Duration, clip
from crossproof.yaml12 import Marks

KIND = "tier manifest"
_NEVER = frozenset({"PATH", "HOME"})  # decided by the runtime's image, and by where caches are kept


def load(content: bytes, file: str, checkout: Checkout) -> Manifest:
    """Read a manifest; raises `BadDocument` with everything that is wrong, each with its line."""
    marks = Marks()
    tree: dict[str, Any] = read(content, file, KIND, MANIFEST, marks)
    reader = _Reader(tree, marks, file, checkout)
    manifest = reader.manifest(hashlib.sha256(content).hexdigest())
    if reader.remarks:
        raise BadDocument(KIND, reader.remarks)
    return manifest


class _Reader:
    def __init__(self, tree: dict[str, Any], marks: Marks, file: str, checkout: Checkout) -> None:
        self.tree, self.marks, self.file, self.checkout = tree, marks, file, checkout
        self.defaults: dict[str, Any] = tree.get("defaults", {})
        self.remarks: list[Remark] = []

    def manifest(self, sha256: str) -> Manifest:
        secrets = {name: _source(name, source) for name, source in self.tree.get("secrets", {}).items()}
        tiers = {name: self.tier(name, written) for name, written in self.tree["tiers"].items()}
        self.check_needs(tiers)
        aws = self.tree.get("aws", {})
        for name, tier in tiers.items():
            self.check_secrets(name, tier, secrets)
        return Manifest(
            file=self.file,
            sha256=sha256,
            tiers=tiers,
            secrets=secrets,
            aws_role=aws.get("role", ""),
            aws_region=aws.get("region", ""),
        )

    def tier(self, name: str, written: dict[str, Any]) -> Tier:
        said = {**self.defaults, **written}
        shards = said.get("shards", 1)
        script = said.get("script", "")
        self.check_script(name, script)
        return Tier(
            name=name,
            command=said.get("run") or (shlex.join(said["argv"]) if "argv" in said else shlex.quote(f"./{script}")),
            script=script,
            runtime=_runtime(said.get("runtime")),
            description=said.get("description", ""),
            owner=said.get("owner", ""),
            needs=tuple(said.get("needs", ())),
            tags=tuple(said.get("tags", ())),
            workdir=said.get("workdir", ".").rstrip("/") or ".",
            paths=self.paths(name, said.get("paths")),
            secrets=tuple(said.get("secrets", ())),
            env=self.env(name, written),
            require=Require(**_tuples(said.get("require", {}))),
            setup=_setup(said.get("setup")),
            infra=self.infra(name, said.get("infra")),
            migrate=said.get("migrate", ""),
            shards=shards if isinstance(shards, int) else shards["count"],
            shard_by="duration" if isinstance(shards, int) else shards.get("by", "duration"),
            limits=self.limits(name, written),
            retry_infra=said.get("retry", {}).get("infra", 0),
            reports=self.reports(name, said.get("reports", {})),
            gates=_gates(self.defaults.get("gates", {}), written.get("gates", {})),
            flaky=Flaky(said.get("flaky", "warn")),
            quarantine=tuple(said.get("quarantine", ())),
            runner=said.get("runner", "ubuntu-latest"),
            pass_aws=said.get("pass_aws", False),
        )

    def object_to(self, path: Sequence[str | int], what: str, fix: str = "") -> None:
        mark = self.marks.find(self.tree, list(path)) or Mark(self.file, 1)
        self.remarks.append(Remark(mark, f"{'.'.join(map(str, path))}: {what}", fix))

    def check_needs(self, tiers: Mapping[str, Tier]) -> None:
        for name, tier in tiers.items():
            for index, needed in enumerate(tier.needs):
                if needed not in tiers:
                    self.object_to(["tiers", name, "needs", index], f"there is no tier {clip(needed)}.", _known(tiers))
        if any(remark.what.find("there is no tier") >= 0 for remark in self.remarks):
            return
        if circle := graph.circle({name: tier.needs for name, tier in tiers.items()}):
            shown = " → ".join([*circle, circle[0]])
            self.object_to(["tiers", circle[0], "needs"], f"tiers need each other in a circle: {shown}.", "Break it.")

    def check_secrets(self, name: str, tier: Tier, secrets: Mapping[str, SecretSource]) -> None:
        for index, secret in enumerate(tier.secrets):
            at: list[str | int] = ["tiers", name, "secrets", index]
            if secret not in secrets:
                self.object_to(at, f"there is no secret {clip(secret)}.", _known(secrets))
            elif secret in tier.env:
                self.object_to(
                    at,
                    f"{clip(secret)} is set in `env` too.",
                    "One of the two must go: which one wins is no secret's way.",
                )

    def check_script(self, name: str, script: str) -> None:
        if not script:
            return
        at = ["tiers", name, "script"]
        workdir = self.tree["tiers"][name].get("workdir", ".")
        path = script if workdir == "." else f"{workdir}/{script}"
        if not self.checkout.is_file(path):
            self.object_to(at, f"there is no file {clip(path)}.", "It is looked for below `workdir`.")
        elif not self.checkout.is_executable(path):
            self.object_to(at, f"{clip(path)} is not executable.", f"Run: git update-index --chmod=+x {path}")

    def paths(self, name: str, written: Any) -> Patterns | None:
        if written is None:
            return None
        include = written if isinstance(written, list) else written.get("include", ["**"])
        exclude = [] if isinstance(written, list) else written.get("exclude", [])
        good: list[str] = []
        for line in [*include, *(f"!{line.removeprefix('!')}" for line in exclude)]:
            try:
                Patterns((line,))
            except ValueError as fault:
                self.object_to(["tiers", name, "paths"], f"{fault}.")
            else:
                good.append(line)
        if good and all(line.startswith("!") for line in good):
            self.object_to(
                ["tiers", name, "paths"], "all patterns only take back, so nothing would select the tier.",
                "Begin with what does: `**`.",
            )  # fmt: skip
        return Patterns(tuple(good))

    def reports(self, name: str, written: Mapping[str, Any]) -> Reports:
        for kind, patterns in written.items():
            for index, pattern in enumerate(patterns):
                if why := no_pattern_of_files(pattern):
                    self.object_to(["tiers", name, "reports", kind, index], f"{clip(pattern)} {why}.")
        return Reports(**_tuples(written))

    def env(self, name: str, written: dict[str, Any]) -> Mapping[str, str]:
        for variable in sorted(_NEVER & set(written.get("env", {}))):
            self.object_to(["tiers", name, "env", variable], f"{variable} belongs to the runtime.", "Set it in `run`.")
        joined = {**self.defaults.get("env", {}), **written.get("env", {})}
        return {variable: _as_text(value) for variable, value in joined.items()}

    def limits(self, name: str, written: dict[str, Any]) -> Limits:
        said: dict[str, Any] = {}
        for scope, where in ((self.defaults, ["defaults"]), (written, ["tiers", name])):
            timeout = scope.get("timeout", {})
            parts = timeout if isinstance(timeout, dict) else {"tier": timeout}
            for part, value in parts.items():
                path = [*where, "timeout", part] if isinstance(timeout, dict) else [*where, "timeout"]
                said[part] = self.duration(path, value)
        return Limits(**said)

    def infra(self, name: str, written: Any) -> Infra | None:
        if written is None:
            return None
        at = ["tiers", name, "infra"]
        for index, file in enumerate(written["compose"]):
            if not self.checkout.is_file(file):
                self.object_to(
                    [*at, "compose", index],
                    f"there is no file {clip(file)}.",
                    "Compose files are named from the repository's root.",
                )
        health = dict(written.get("health", {}))
        for key in {"timeout", "stable"} & set(health):
            health[key] = self.duration([*at, "health", key], health[key])
        return Infra(
            compose=tuple(written["compose"]),
            profiles=tuple(written.get("profiles", ())),
            network=Network(written.get("network", "auto")),
            health=Health(**health),
            tail=written.get("logs", {}).get("tail", 200),
        )

    def duration(self, path: Sequence[str | int], value: str | int) -> Duration:
        try:
            found = Duration.parse(str(value))
        except ValueError as fault:
            self.object_to(path, f"{fault}.")
            return Duration(1)
        if not found.seconds:
            self.object_to(path, "must be longer than nothing.")
        return found


def _source(name: str, written: Mapping[str, str]) -> SecretSource:
    ((origin, key),) = written.items()
    return SecretSource(name=name, origin=Origin(origin), key=key)


def _runtime(written: Any) -> Runtime | None:
    match written:
        case None:
            return None
        case dict():
            return Runtime(
                image=written.get("image", ""),
                docker=written.get("docker", False),
                root=written.get("user", "workspace") == "root",
            )
        case _:
            return Runtime()


def _setup(written: Any) -> Setup | None:
    match written:
        case None:
            return None
        case dict():
            return Setup(**{**_tuples(written), "run": written["run"]})
        case _:
            return Setup(run=written)


def _gates(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> Gates:
    written = {**defaults, **own}
    coverage = {**defaults.get("coverage", {}), **own.get("coverage", {})}
    return Gates(
        min_tests=written.get("min_tests", 1),
        max_flaky=written.get("max_flaky"),
        lines=coverage.get("lines"),
        branches=coverage.get("branches"),
    )


def _tuples(written: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in written.items()}


def _as_text(value: str | float | bool) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _known(names: Mapping[str, object]) -> str:
    return f"Known are: {', '.join(f'`{name}`' for name in names)}." if names else "None is declared."
