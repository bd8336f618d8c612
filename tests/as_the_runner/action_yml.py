"""Reads an action's metadata as GitHub's runner does: every value a text, expressions only in the defaults of inputs."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import yaml

ROOT = Path(__file__).parents[2]
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_AS_JSON = re.compile(r"toJSON\(([A-Za-z_][\w-]*)\)")
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)+")


@dataclass(frozen=True, kw_only=True)
class ActionYml:
    folder: Path
    image: str
    entrypoint: str
    post_entrypoint: str
    defaults: Mapping[str, str]
    env: Mapping[str, str]
    args: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read `action.yml`; a texts-only loader, because to the runner `default: true` is the text `true`."""
        document = yaml.load((folder / "action.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        runs = document["runs"]
        assert runs["using"] == "docker", f"{folder.name} is no container action"
        return cls(
            folder=folder,
            image=runs["image"],
            entrypoint=runs.get("entrypoint", ""),
            post_entrypoint=runs.get("post-entrypoint", ""),
            defaults={name: spec.get("default", "") for name, spec in document.get("inputs", {}).items()},
            env=runs.get("env", {}),
            args=tuple(runs.get("args", ())),
        )

    @property
    def published(self) -> str:
        """The image that a release commit names; nothing where the image is built from the commit itself."""
        return self.image.removeprefix("docker://") if self.image.startswith("docker://") else ""

    @property
    def dockerfile(self) -> Path:
        """Where the image is built from; its folder is the build's context."""
        assert not self.published, f"{self.folder.name} names a published image"
        return (self.folder / self.image).resolve()

    def inputs(self, given: Mapping[str, str], contexts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Give every declared input its value, the default where the step says nothing; names know no case."""
        values = {name.lower(): evaluate(text, contexts) for name, text in self.defaults.items()}
        return {**values, **{name.lower(): evaluate(text, contexts) for name, text in given.items()}}


def find(action: str) -> ActionYml:
    """Read the metadata of an action of this repository by its name."""
    return ActionYml.read(ROOT / "actions" / action)


def evaluate(text: str, contexts: Mapping[str, Mapping[str, str]]) -> str:
    """Put in the values of `${{ context.name }}`; what a context does not have is empty, as at GitHub."""

    def value(found: re.Match[str]) -> str:
        if whole := _AS_JSON.fullmatch(found[1]):  # a context that the job does not have is null
            return json.dumps(contexts.get(whole[1]), indent=2)
        context, _, name = found[1].partition(".")
        assert _PLAIN_NAME.fullmatch(found[1]), f"this harness evaluates plain names only, not {found[0]}"
        assert context in contexts, f"{found[0]}: the context {context} is not available here"
        return contexts[context].get(name, "")

    return _EXPRESSION.sub(value, text)
