"""Says why GitHub refused, and what to change: which permission, in the words of each kind of token."""

from dataclasses import dataclass
from typing import assert_never

from crossproof.errors import CrossproofError, NoAccess, Unreachable
from crossproof.github.access import Kind
from crossproof.github.answer import Answer
from crossproof.github.permissions import grant
from crossproof.probe import Present, Probe, Unknown
from crossproof.units import RepoRef
from crossproof.verdict import BAD_INPUT

_HIDES = "GitHub answers 404 to both, so as not to reveal private repositories."


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An answer that is not 2xx, who asked, what it was about, and (for a 404) what reading the repository gave."""

    answer: Answer
    kind: Kind
    about: RepoRef | None = None
    repository: Probe[Answer] | None = None

    @property
    def remedy(self) -> str:
        """What to grant, by the permissions that GitHub says it would have accepted."""
        return grant(self.answer.headers.get("x-accepted-github-permissions", ""), about=self.about, kind=self.kind)


def refusal(refused: Refused) -> CrossproofError:
    """Turn an answer that is not 2xx into an error with its remedy."""
    if "x-github-sso" in refused.answer.headers:
        return _single_sign_on(refused)
    return _BY_STATUS.get(refused.answer.status, _unexpected)(refused)


def _single_sign_on(refused: Refused) -> CrossproofError:
    url = refused.answer.headers["x-github-sso"].partition("url=")[2].partition(";")[0].strip()
    where = f"Open {url} and authorize it" if url else "On GitHub's page of your tokens choose “Configure SSO”"
    return NoAccess(
        "The token is not authorized for single sign-on of the organization.",
        why="A personal token must be authorized once for each organization that enforces SAML single sign-on.",
        seen=refused.answer.shown,
        fix=f"{where}, or use `app_id` and `app_private_key` of a GitHub App, which needs no such authorization.",
        anchor="single-sign-on",
    )


def _unauthorized(refused: Refused) -> CrossproofError:
    match refused.kind:
        case Kind.APP:
            what = "GitHub does not accept the App's signature."
            why = "`app_id` and `app_private_key` are of different Apps, the key was deleted, or this clock is wrong."
            fix = "Take the id (or client id) and a key from the same App's settings page; check the runner's clock."
        case Kind.MADE:
            what = "GitHub does not accept the token that it made for the App a moment ago."
            why = "The App was uninstalled or suspended meanwhile, or GitHub is in trouble."
            fix = "Look at the App's installation on GitHub; run again."
        case Kind.INSTALLATION:
            what = "GitHub no longer accepts the token."
            why = "The job's own token ends with its job; one that another step made for an App ends after an hour."
            fix = "Pass `app_id` and `app_private_key`: tokens are then made, and renewed in time, inside the action."
        case Kind.CLASSIC | Kind.FINE_GRAINED | Kind.USER | Kind.OTHER:
            what = "GitHub does not accept the token."
            why = "It has expired, was revoked, or belongs to another server than `api_url`."
            fix = "Make a new token and store it as the secret that `token` reads."
        case never:
            assert_never(never)
    return NoAccess(what, why=why, seen=refused.answer.shown, fix=fix, anchor="credentials")


def _forbidden(refused: Refused) -> CrossproofError:
    answer = refused.answer
    return NoAccess(
        f"The {refused.kind} may not {answer.verb} {answer.path}.",
        why=f"GitHub says: {answer.message}" if answer.message else "GitHub gives no reason.",
        seen=answer.shown,
        fix=refused.remedy,
        anchor="permissions",
    )


def _not_found(refused: Refused) -> CrossproofError:
    answer, about, kind = refused.answer, refused.about, refused.kind
    if isinstance(refused.repository, Present):
        return CrossproofError(
            f"{answer.path} does not exist.",
            why=f"{about} itself can be read with this {kind}, so the repository is not hidden from it.",
            seen=answer.shown,
            fix=f"Check the name or number. If it is right, a permission may be missing. {refused.remedy}",
            anchor="not-found",
            reason=BAD_INPUT,
        )
    looked = f"; reading {about}: {refused.repository.why}" if isinstance(refused.repository, Unknown) else ""
    return NoAccess(
        f"{about or answer.path} does not exist, or this {kind} cannot see it.",
        why=_HIDES,
        seen=f"{answer.shown}{looked}",
        fix=f"Check the spelling. {refused.remedy}",
        anchor="not-found",
    )


def _call_must_change(refused: Refused) -> CrossproofError:
    return CrossproofError(
        f"GitHub refuses the request as written: {refused.answer.message or 'it gives no reason'}",
        seen=refused.answer.shown,
        fix="Change what the message names.",
        anchor="refused",
        reason=BAD_INPUT,
    )


def _not_in_this_state(refused: Refused) -> CrossproofError:
    return Unreachable(
        f"GitHub cannot do this now: {refused.answer.message or refused.answer.status}",
        why="What is asked about has ended, has expired, or is being changed by someone else.",
        seen=refused.answer.shown,
        fix="Look at it on GitHub; run again if it still applies.",
        anchor="refused",
    )


def _moved(refused: Refused) -> CrossproofError:
    # Without its query: a signed address is a credential.
    to = refused.answer.headers.get("location", "").partition("?")[0] or "nowhere"
    return CrossproofError(
        f"{refused.about or refused.answer.path} has moved; a write is never sent on to another place by itself.",
        why="The repository was renamed or transferred.",
        seen=f"{refused.answer.shown}, leading to {to}",
        fix="Write the repository's new name.",
        anchor="renamed",
        reason=BAD_INPUT,
    )


def _unexpected(refused: Refused) -> CrossproofError:
    return Unreachable(
        f"GitHub answered {refused.answer.status} to {refused.answer.verb} {refused.answer.path}.",
        seen=refused.answer.shown,
        fix="Run again; if it persists, check GitHub's status page.",
        anchor="unreachable",
    )


_BY_STATUS = {
    **dict.fromkeys((301, 302, 303, 307, 308), _moved),
    **dict.fromkeys((400, 413, 415, 422), _call_must_change),
    401: _unauthorized,
    **dict.fromkeys((403, 451), _forbidden),
    404: _not_found,
    **dict.fromkeys((409, 410, 412), _not_in_this_state),
}
