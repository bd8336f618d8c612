"""Reads which files a pull request changes."""

from collections.abc import Sequence

from crossproof.errors import CrossproofError
from crossproof.github.api import Api
from crossproof.probe import Present, Probe, Unknown
from crossproof.units import RepoRef


def files_of(api: Api, repository: RepoRef, number: int) -> Probe[Sequence[str]]:
    """List them, both names of a renamed one."""
    try:
        listed = list(api.pages(f"/repos/{repository}/pulls/{number}/files"))
        names = [name for one in listed for name in (one["filename"], one.get("previous_filename")) if name]
    except CrossproofError as error:
        return Unknown.of(error)
    except (KeyError, TypeError, AttributeError):
        return Unknown(f"GitHub's list of the files of pull request {number} cannot be read")
    return Present(list(dict.fromkeys(map(str, names))))
