"""The flags of `crossproof evidence …`, in the words of the actions' inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as calendar_date

from crossproof.actions.access import GithubAccess
from crossproof.actions.selecting import commit, day
from crossproof.actions.store_access import WhichStore
from crossproof.errors import Fault
from crossproof.runner import inputs as given
from crossproof.units import RepoRef, flag, text, whole, words


@dataclass(frozen=True, kw_only=True)
class Where(WhichStore):
    """The store; by default a directory of this laptop."""

    s3_bucket: str = given.optional(
        "Bucket in which evidence is kept; `file:DIR` is a directory.", read=text, default="file:evidence"
    )
    json: bool = given.optional("Answer as JSON.", read=flag, default="false")


@dataclass(frozen=True, kw_only=True)
class Which(Where):
    """Which evidence."""

    commit: str | None = given.optional("Commit under test, or of the app; at least 7 digits.", read=commit)
    date: calendar_date | None = given.optional("Day of the run, UTC, as YYYY-MM-DD.", read=day)
    run_id: int | None = given.optional("Run that recorded it.", read=whole(1, 10**18))
    repository: RepoRef | None = given.optional("Repository of that run.", read=RepoRef.parse)
    tealium_profile: str = given.optional("Profile that was live; goes with its version.", read=text, default="")
    tealium_version: str = given.optional("Its version.", read=text, default="")
    latest: str = given.optional("Environment whose newest proof is meant.", read=text, default="")
    environment: str = given.optional("Only evidence of this environment.", read=text, default="")
    branch: str = given.optional("Only evidence of this branch of the app.", read=text, default="")
    manifest: str = given.optional("Key of one manifest, as `find` shows it.", read=text, default="")

    def faults(self) -> Sequence[Fault]:
        """One way to find it must be given, whole."""
        faults = list(self.store_faults())
        if bool(self.tealium_profile) != bool(self.tealium_version):
            faults.append(Fault("--tealium-version", "and --tealium-profile name a deployment together"))
        if self.run_id and not self.repository:
            faults.append(Fault("--repository", "is required with --run-id"))
        ways = (self.commit, self.date, self.run_id, self.tealium_profile, self.latest, self.manifest)
        if not any(ways):
            faults.append(
                Fault("--commit", "or --date, --run-id, --tealium-profile, --latest or --manifest: one is required")
            )
        return faults


@dataclass(frozen=True, kw_only=True)
class Deep(Where, GithubAccess):
    """How thoroughly to prove it."""

    deep: bool = given.optional(
        "Read every byte, instead of believing the hashes that the store recorded.", read=flag, default="false"
    )
    github: bool = given.optional("Also compare with the digests that GitHub still tells.", read=flag, default="false")


@dataclass(frozen=True, kw_only=True)
class Bundle(Which):
    """Where to put the file."""

    output: str = given.optional("File to write.", read=text, default="evidence.zip")


@dataclass(frozen=True, kw_only=True)
class Suspect(Where):
    """What went wrong."""

    environment: str = given.required("Environment in which it was seen.", read=text)
    run_id: int | None = given.optional(
        "Run that is not green any more; by default the newest one of the environment.", read=whole(1, 10**18)
    )


@dataclass(frozen=True, kw_only=True)
class Coverage(Where, GithubAccess):
    """Which commits should have a proof."""

    repository: RepoRef = given.required("Repository of the commits under test.", read=RepoRef.parse)
    since: calendar_date = given.required("Day from which on commits count, as YYYY-MM-DD.", read=day)
    paths: tuple[str, ...] = given.optional(
        "Files and directories; a commit counts if it touches any of them. By default all.", read=words, default=""
    )
    branch: str = given.optional("Branch of the commits; by default the repository's own.", read=text, default="")


@dataclass(frozen=True, kw_only=True)
class BucketPage(Where):
    """What to write about the bucket."""

    print: bool = given.optional("Print the bucket's settings, policies and trust.", read=flag, default="true")
    lint: str = given.optional("File with lifecycle rules to judge instead.", read=text, default="")
    repository: RepoRef | None = given.optional("Repository whose jobs are to use it.", read=RepoRef.parse)
    owner_id: str = given.optional("Number of its owner, for the newer form of the subject.", read=text, default="")
    repository_id: str = given.optional("Number of the repository.", read=text, default="")
    environment: str = given.optional("Environment of those jobs; without one, its main branch.", read=text, default="")
