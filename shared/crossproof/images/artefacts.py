"""Looks for the image of a pair of commits, step by step as the decision asks, and waits for one being built."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crossproof.images import manifests
from crossproof.images.counterparts import By, Commit
from crossproof.images.deciding import (
    AskWhetherOneIsBuilt,
    End,
    Image,
    Known,
    LookAtOwn,
    LookForKeyed,
    Own,
    Rules,
    Wait,
    next_look,
)
from crossproof.images.journal import Journal
from crossproof.images.judging import Judge, UsedPaths, used_paths
from crossproof.images.looking import Described, Images
from crossproof.images.relevance import LAST, Recipe, Scope, build_key, covered, key_tag
from crossproof.images.tags import Template, as_producers_write, own_tag
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import Duration

_PAUSE = 15.0  # seconds between two looks at a build that is running
_LONG_LIVED = {By.BASE, By.MAPPED, By.DEFAULT, By.TAG}  # nobody proposes these branches by a pull request


@dataclass(slots=True, kw_only=True)
class Artefacts:
    """The search for one pair."""

    images: Images
    judge: Judge
    recipe: Recipe
    commit: Commit
    by: By
    templates: Sequence[Template]
    line: str  # the base branch whose last build says what the companion uses
    journal: Journal
    wait: Duration
    key: str = ""
    used: dict[str, str] = field(default_factory=dict)
    _tags: dict[int, str] = field(default_factory=dict)
    _last_image: Described | None = None

    @property
    def last_tag(self) -> str:
        """The tag that follows the last build for the base branch."""
        return own_tag(LAST, self.line)

    def search(self, rules: Rules) -> End:
        """Look until it is decided; `Wait` as an end says that time ran out."""
        known = Known(own_tags=len(self.templates))
        clock = self.journal.clock
        until = clock.monotonic() + self.wait.seconds
        while True:
            match next_look(known, rules):
                case LookForKeyed():
                    known = replace(known, keyed=self._keyed())
                case LookAtOwn(index):
                    known = replace(known, own=(*known.own, self._own(index)))
                case AskWhetherOneIsBuilt():
                    known = replace(known, running=self._running())
                case Wait() as wait:
                    if clock.monotonic() + _PAUSE > until:
                        return wait
                    left = Duration(round(until - clock.monotonic()))
                    self.journal.say(f"waiting for the build of {self.commit.sha[:7]}, {left} at most")
                    clock.sleep(_PAUSE)
                    self.images.forget(list(self._tags.values()))
                    known = replace(known, own=(), running=None)
                case end:
                    return end

    def _keyed(self) -> Probe[Image]:
        """Find the image that was built for exactly this pair."""
        unknown = self._name_it()
        if unknown:
            return unknown
        tag = key_tag(self.key)
        found = self.journal.look(
            "image", "built-for-the-pair", lambda: self._under(tag), shown=lambda image: image.digest, tag=tag
        )
        return self._last_fits(self._last_image) if isinstance(found, Absent) and self._last_image else found

    def _last_fits(self, image: Described) -> Probe[Image]:
        """The last build may have both under another key: by what it says of itself, that is proven all the same."""

        def look() -> Probe[Image]:
            if image.label(manifests.REVISION) != self.commit.sha:
                return Absent("it is of another commit of the companion")
            if image.label(manifests.RECIPE) != self.recipe.recipe:
                return Absent("it was built by another recipe")
            fits = self.judge.fits(image)
            return Present(_image(self.last_tag, image)) if isinstance(fits, Present) else fits

        return self.journal.look("image", "last-build", look, shown=lambda image: image.digest, tag=self.last_tag)

    def _name_it(self) -> Unknown | None:
        """Work out the key, from what the last build says that the companion uses; ask for all that may be needed."""
        unknown = self._keyed_by_what_is_known()
        if unknown:
            return unknown
        auto = self.judge.relevant.scope is Scope.AUTO
        own = [self._tag(index) for index in range(len(self.templates))]
        self.images.look([key_tag(self.key), *([self.last_tag] if auto else []), *own])
        if auto:
            last = self.journal.look(
                "image", "last-build", self._last, shown=lambda used: f"uses {len(used.paths)} paths", tag=self.last_tag
            )
            if isinstance(last, Unknown):
                return last
            if isinstance(last, Present):
                self.judge.last = last.value
                return self._keyed_by_what_is_known()
        return None

    def _keyed_by_what_is_known(self) -> Unknown | None:
        content = self.judge.subject_content(self.judge.named_by())
        match content:
            case Present(value):
                self.used, self.key = value, build_key(self.recipe, value)
                return None
            case Absent(proof):
                return Unknown(f"the commit under test cannot be read: {proof}", "Check `commit_sha`.")
            case Unknown():
                return content

    def _last(self) -> Probe[UsedPaths]:
        described = self.images.described(self.last_tag, needs=(manifests.USED_PATHS, manifests.REVISION))
        if not isinstance(described, Present):
            return described
        paths = used_paths(described.value.label(manifests.USED_PATHS))
        if paths is None:
            return Absent(f"it has no label {manifests.USED_PATHS}")
        self._last_image = described.value
        return Present(UsedPaths(paths, by=described.value.label(manifests.REVISION)))

    def _under(self, tag: str) -> Probe[Image]:
        """Believe the tag only where the image itself says that it is that build."""
        described = self.images.described(tag, needs=(manifests.BUILD_KEY,))
        if not isinstance(described, Present):
            return described
        said = described.value.label(manifests.BUILD_KEY)
        if said != self.key:
            return Unknown(
                f"the image tagged {tag} says it is the build {said or '(none)'}, not {self.key}",
                f"Somebody else pushed it: delete the tag {tag}, or choose another `recipe`.",
            )
        used = used_paths(described.value.label(manifests.USED_PATHS)) or ()
        if not covered(used, self.judge.named_by()):
            return Unknown(
                f"the image tagged {tag} says that it uses {' '.join(used)}, of which its key does not know all",
                "Let `relevant_paths` name all that the companion uses, or leave it at `auto`.",
            )
        return Present(_image(tag, described.value))

    def _own(self, index: int) -> Probe[Own]:
        """Look at an image that the companion's own builds pushed, and judge it."""
        template = self.templates[index]
        asked = self._pull_tag(template) if template.asks_for("pr") else self._tag(index)
        tag = asked if isinstance(asked, str) else ""
        self._tags[index] = tag

        def look() -> Probe[Own]:
            if not isinstance(asked, str):
                return asked
            if not tag:
                return Absent(f"nothing fills the places of {template.text} here")
            described = self.images.described(tag)
            return (
                Present(self._judged(tag, described.value, template)) if isinstance(described, Present) else described
            )

        return self.journal.look("image", "companion's-own", look, shown=_judgement, ref=template.text, tag=tag)

    def _judged(self, tag: str, image: Described, template: Template) -> Own:
        fresh = self.judge.fresh(image, tag_names_commit=template.asks_for("sha"))
        fits = self.judge.fits(image) if isinstance(fresh, Present) else Absent("not asked: it is not fresh")
        return Own(image=_image(tag, image), fresh=fresh, fits=fits)

    def _tag(self, index: int, pull: int | None = None) -> str:
        values = {
            "sha": self.commit.sha,
            "tag": self.commit.tag,
            "branch_tag": as_producers_write(self.commit.branch),
            "pr": str(pull or ""),
        }
        return self.templates[index].filled(values)

    def _pull_tag(self, template: Template) -> str | Absent | Unknown:
        """Find the number of the companion's pull request; the permission for that is one of its own."""
        if self.commit.pull is None and (not self.commit.branch or self.by in _LONG_LIVED):
            return ""
        number = self.commit.pull or self.judge.companion_sources.pull_of(self.judge.companion, self.commit.branch)
        match number:
            case int():
                return self._tag(self.templates.index(template), number)
            case Present(found):
                return self._tag(self.templates.index(template), found)
            case Absent() | Unknown():
                return number

    def _running(self) -> Probe[str]:
        """Wait for a build only where its image would do."""

        def look() -> Probe[str]:
            fits = self.judge.fits(None)
            if isinstance(fits, Absent):
                return Absent(f"none that would do: {fits.proof}")
            if isinstance(fits, Unknown):
                return fits
            return self.judge.companion_sources.being_built(self.judge.companion, self.commit.sha)

        return self.journal.look("image", "being-built", look, shown=str, ref=self.commit.sha)


def _image(tag: str, described: Described) -> Image:
    return Image(tag=tag, digest=described.digest, platforms=described.platforms)


def _judgement(own: Own) -> str:
    return "; ".join(map(_said, (own.fresh, own.fits)))


def _said(answer: Probe[str]) -> str:
    match answer:
        case Present(value):
            return value
        case Absent(proof):
            return proof
        case Unknown(why):
            return f"could not be found out: {why}"
