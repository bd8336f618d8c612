"""What resolve-dashboard-image takes, says and can end with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from crossproof.actions.access import AwsAccess, GithubAccess, Reporting
from crossproof.errors import Fault
from crossproof.images.branches import BranchMap, ref_name
from crossproof.images.counterparts import OnUnknown
from crossproof.images.deciding import Build, ForFork, Otherwise
from crossproof.images.hosts import Registry
from crossproof.images.journal import Tried
from crossproof.images.manifests import platforms
from crossproof.images.relevance import Relevant
from crossproof.images.tags import Reference, Template, repository, templates
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.units import Duration, RepoRef, SecretStr, Sha, clip, flag, text
from crossproof.verdict import DRY_RUN, Exit, Reason, Verdict, unproven

E = TypeVar("E", bound=StrEnum)

RELEASE_LINES = r"""
^v(\d+)\.(\d+)\.(\d+)$ => release-\1.\2.\3, release-\1.\2
^release-(\d+)\.(\d+)\.(\d+)$ => release-\1.\2
^release[-/].* =>
""".strip()


class SubjectRef(StrEnum):
    """Which commit of a pull request is under test."""

    HEAD = "head"
    MERGE = "merge"


class DependsOn(StrEnum):
    """Where a pull request may name the companion's pull request that it needs."""

    OFF = "off"
    BODY = "body"


class BaseMissing(StrEnum):
    """What a base branch without counterpart comes to."""

    FAIL = "fail"
    DEFAULT = "default"


def one_of(words: type[E]) -> Callable[[str], E]:
    """Read one word of a list."""

    def read(value: str) -> E:
        try:
            return words(value.strip())
        except ValueError:
            raise ValueError(f"{clip(value)} is none of {', '.join(words)}") from None

    return read


@dataclass(frozen=True, kw_only=True)
class Inputs(GithubAccess, AwsAccess, Reporting):
    """What is under test, where its companion and the images are, and what may be done where none fits."""

    companion_repository: RepoRef = given.required(
        "Repository whose image is tested with, `owner/name`.", read=RepoRef.parse
    )
    ecr_registry: Registry = given.required(
        "Host of the registry: an account's ECR, or any other that speaks OCI (`ghcr.io`, `localhost:5000`).",
        read=Registry.parse,
    )
    image_repository: str | None = given.optional(
        "Repository of the images in the registry; by default the companion's name.", read=repository
    )
    org_gh_token: SecretStr | None = given.secret(
        "A token that may read the companion repository; by default `token`. An App (`app_id`) goes before it."
    )
    commit_sha: Sha | None = given.optional(
        "Commit under test of the current repository; by default the event's, of a pull request its head.",
        read=Sha.parse,
    )
    head_ref: str | None = given.optional(
        "Branch whose namesake is looked for in the companion; by default the event's. Ignored for a fork's code.",
        read=ref_name,
    )
    base_ref: str | None = given.optional(
        "Branch that the change is to land on; by default the event's.", read=ref_name
    )
    subject_ref: SubjectRef = given.optional(
        "Commit of a pull request that is under test: its `head`, or the `merge` commit that GitHub made for the run.",
        read=one_of(SubjectRef),
        default="head",
    )
    companion_ref: str | None = given.optional(
        "Branch, tag or commit of the companion to use instead of looking for one.", read=ref_name
    )
    image: Reference | None = given.optional(
        "Image of this registry to use as it stands, `repository:tag` or `repository@sha256:…`; all that is proven is "
        "that it is there.",
        read=Reference.parse,
    )
    depends_on: DependsOn = given.optional(
        "With `body`, a line `Depends-On: owner/name#5` of the pull request's text chooses the companion's one.",
        read=one_of(DependsOn),
        default="off",
    )
    base_branch_map: BranchMap = given.optional(
        "Release lines, each `regex => branch, branch`: what stands in for a base branch that the companion lacks. "
        "What matches a line never falls to the default branch.",
        read=BranchMap.parse,
        default=RELEASE_LINES,
    )
    on_base_missing: BaseMissing = given.optional(
        "With `default`, a base branch without counterpart comes to the companion's default branch.",
        read=one_of(BaseMissing),
        default="fail",
    )
    companion_tags: tuple[Template, ...] = given.optional(
        "Forms of the tags that the companion's own builds push, the preferred first. Places: `{sha}`, `{pr}`, "
        "`{branch_tag}` (as docker/metadata-action writes a branch), `{tag}`.",
        read=templates,
        default="sha-{sha} pr-{pr} {branch_tag} {tag}",
    )
    relevant_paths: Relevant = given.optional(
        "Paths of the current repository that the companion is built with: `auto` (what its last build used), "
        "`none`, `*`, or a list.",
        read=Relevant.parse,
        default="auto",
    )
    recipe: str = given.optional(
        "Any word for how images are built; change it with the build, or to force a new one.", read=text, default="1"
    )
    require_platforms: tuple[str, ...] = given.optional(
        "Platforms that the image must be there for.", read=platforms, default="linux/amd64"
    )
    build: Build = given.optional(
        "With `auto`, a build is asked for where no image has both commits; with `never` it is not.",
        read=one_of(Build),
        default="auto",
    )
    on_no_build: Otherwise = given.optional(
        "Where none has both and none may be built: `fail`, `stale` (the companion's own image as it is), or `skip`.",
        read=one_of(Otherwise),
        default="fail",
    )
    fork_policy: ForFork = given.optional(
        "The same for code of a fork or of Dependabot, which is never built: `base-image`, `skip` or `fail`.",
        read=one_of(ForFork),
        default="base-image",
    )
    on_unknown: OnUnknown = given.optional(
        "With `continue`, what could not be found out is passed over; the verdict is then `unproven`.",
        read=one_of(OnUnknown),
        default="fail",
    )
    wait_seconds: Duration = given.optional(
        "How long to wait for a build of the companion's commit that is running, such as `15m`.",
        read=Duration.parse,
        default="0s",
    )
    registry_username: str | None = given.optional("User name for a registry that is not ECR.", read=text)
    registry_password: SecretStr | None = given.secret("Password or token for a registry that is not ECR.")
    event: str | None = given.optional(
        "File of the event to decide for; by default the one that started this workflow.", read=text
    )
    dry_run: bool = given.optional("Only say what would be looked for.", read=flag, default="false")

    def faults(self) -> Sequence[Fault]:
        """What contradicts itself."""
        found = list(self.access_faults())
        if bool(self.registry_username) != bool(self.registry_password):
            lacks = "registry_password" if self.registry_username else "registry_username"
            found.append(Fault(lacks, "is required where the other of the pair is given"))
        if self.registry_username and self.ecr_registry.ecr:
            found.append(Fault("registry_username", "is not for ECR: it takes `aws_role`, or ambient AWS credentials"))
        if self.image and self.image.host not in ("", self.ecr_registry.host):
            found.append(Fault("image", f"is on {self.image.host}, and `ecr_registry` is {self.ecr_registry}"))
        if self.image and self.companion_ref:
            found.append(Fault("image", "and companion_ref exclude each other: one names the image, one its source"))
        if not self.require_platforms:
            found.append(Fault("require_platforms", "names no platform"))
        return found

    @property
    def images(self) -> str:
        """The repository of the images."""
        return self.image_repository or repository(self.companion_repository.name.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later jobs need."""

    dashboard_image: str = told.says(
        "The image to test with, `host/repository:tag@sha256:…`; of one to build, its tag."
    )
    needs_build: str = told.says("Whether the image must be built first: `true` or `false`.", default=False)
    dashboard_branch: str = told.says("The companion's branch that was chosen.")
    strategy: str = told.says(
        "One of `existing-branch` (the companion's own image), `existing-image` (built before for this pair), "
        "`build-required`, `override`, `stale-image` or `skipped`."
    )
    digest: str = told.says("Digest of the image.")
    image_path: str = told.says(
        "The image as `repository@sha256:…`, without the registry: a job output with a masked account id is dropped."
    )
    image_tag: str = told.says("Tag of the image.")
    dashboard_sha: str = told.says("The companion's commit.")
    subject_sha: str = told.says("The commit under test.")
    build_key: str = told.says("Names the content of the image: equal content has equal keys.")
    build_image: str = told.says("The tag that a build must push.")
    last_image: str = told.says(
        "The tag that a build moves, so that the next resolution knows what the companion uses."
    )
    used_paths: str = told.says(
        "Paths that the key was made from, `.` for all and `none` for none: what `relevant_paths` would say."
    )
    test_ref: str = told.says("The companion's commit to take test code from, so that it belongs to the image.")
    exact: str = told.says("Only `true` if the image is proven to have both commits.", default=False)
    fresh: str = told.says("Only `true` if the image is proven to be of the companion's commit.", default=False)
    trusted: str = told.says(
        "Only `true` for code of somebody who may write here: no fork's, not Dependabot's.", default=False
    )
    candidates: str = told.says(
        'JSON list of what was looked for: `[{"stage", "kind", "ref", "tag", "outcome", "detail", "ms"}]`.',
        default="[]",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope: the outputs as they are, and how they came about."""

    outputs: Mapping[str, str]
    event: str
    candidates: Sequence[Tried]
    used: Mapping[str, str]  # path of the subject → object id that the key was made from
    cost: Mapping[str, int]


RESOLVED = Reason(
    word="resolved",
    verdict=Verdict.PASSED,
    exit=Exit.DONE,
    meaning="An image is there that has the companion's commit and this change.",
)
BUILD_REQUIRED = unproven(
    "build-required",
    Exit.DONE,
    "No image has both commits; one may be built.",
    "Let the next job build it where `needs_build` is `true`, as the example shows.",
)
OVERRIDE = unproven(
    "override", Exit.DONE, "The image that was named is there; what it was built from was not asked.", "Drop `image`."
)
STALE_IMAGE = unproven(
    "stale-image",
    Exit.DONE,
    "No image has both commits; the companion's own is used as it is, as was declared.",
    "Allow a build (`build: auto`), or set `on_no_build` or `fork_policy` to `fail`.",
)
SKIPPED = unproven(
    "skipped", Exit.DONE, "There is nothing to resolve, or skipping was declared for this case.", "Nothing needs doing."
)
NO_COUNTERPART = Reason(
    word="no-counterpart",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="None of the names that may be used exists in the companion repository.",
    fix="Make the branch there, name what stands in for it in `base_branch_map`, or set `on_base_missing: default`.",
)
NOTHING_SUITS = Reason(
    word="nothing-suits",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="No image has both commits, and neither a build nor a stand-in is allowed here.",
    fix="Allow a build where the event permits one, or declare a stand-in by `on_no_build` or `fork_policy`.",
)
NOT_FOUND_OUT = unproven(
    "not-found-out",
    Exit.NOT_FOUND_OUT,
    "A look at the companion, at the change or at the registry gave no answer that can be believed.",
    "The table of candidates says which look it was and why.",
)
STILL_BUILDING = unproven(
    "still-building",
    Exit.NOT_FOUND_OUT,
    "The companion's build of its commit did not end within `wait_seconds`.",
    "Wait longer, or set `wait_seconds: 0` to build an image for the pair instead.",
)
REASONS = (
    RESOLVED,
    BUILD_REQUIRED,
    OVERRIDE,
    STALE_IMAGE,
    SKIPPED,
    NO_COUNTERPART,
    NOTHING_SUITS,
    NOT_FOUND_OUT,
    STILL_BUILDING,
    DRY_RUN,
)
