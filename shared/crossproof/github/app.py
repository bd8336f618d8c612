"""A GitHub App as the one who asks: signs, finds its installation for an owner, and renews tokens in time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from github.Auth import AppAuth
from github.Consts import DEFAULT_JWT_ALGORITHM, DEFAULT_JWT_EXPIRY, DEFAULT_JWT_ISSUED_AT
from jwt import PyJWTError  # not from jwt.exceptions: of a package still to be loaded, that makes a second copy

from crossproof.clock import Clock
from crossproof.errors import BadCall, Fault, NoAccess
from crossproof.github.access import Credential, Kind
from crossproof.github.api import Announce, Api
from crossproof.units import RepoRef, SecretStr

_NOT_FOUND = 404
_RENEW_BEFORE = timedelta(minutes=5)  # no request of ours takes longer


@dataclass(frozen=True, slots=True)
class _Installed:
    credential: Credential
    until: datetime
    permissions: dict[str, str] | None  # None: the server did not list them


class AppAccess:
    """Installation tokens by owner: an App has one installation for each account."""

    def __init__(
        self,
        app_id: str,
        private_key: SecretStr,
        *,
        home: RepoRef,
        api_url: str,
        clock: Clock,
        mask: Callable[[str], None],
        announce: Announce,
    ) -> None:
        """`home` stands in where a request is about no repository; `mask` hides each new token from the log."""
        self._app_id = app_id
        self._home = home
        self._clock = clock
        self._mask = mask
        self._signed = _Signature(app_id, private_key, clock)
        self._api = Api(self._signed, api_url=api_url, clock=clock, announce=announce)
        self._installed: dict[str, _Installed] = {}

    def credential(self, repository: RepoRef | None) -> Credential:
        """Give a token that lives long enough for the next request, making one where needed."""
        about = repository or self._home
        known = self._installed.get(about.owner.lower())
        if known is None or known.until - _RENEW_BEFORE <= self._clock.now():
            known = self._install(about)
            self._installed[about.owner.lower()] = known
        return known.credential

    def granted(self, repository: RepoRef | None) -> dict[str, str] | None:
        """Tell which permissions the installation has: GitHub lists them when it makes a token."""
        self.credential(repository)
        return self._installed[(repository or self._home).owner.lower()].permissions

    def renew(self, refused: Credential) -> bool:
        """Forget a token that GitHub no longer takes."""
        self._installed = {owner: it for owner, it in self._installed.items() if it.credential.mark != refused.mark}
        return True

    def _install(self, about: RepoRef) -> _Installed:
        found = self._api.ask(f"/repos/{about}/installation")
        if found.status == _NOT_FOUND:
            raise NoAccess(
                f"The GitHub App {self._app_id} is not installed on {about}, or {about} does not exist.",
                seen=found.shown,
                fix=f"Install the App for {about.owner} and select {about.name}; check the spelling of the repository.",
                anchor="credentials",
            )
        if not found.ok:
            raise self._api.refused(found)
        # Making a second token harms nothing, so a lost answer is asked for again.
        made = self._api.insist("POST", f"/app/installations/{found.member('id', int)}/access_tokens", {})
        if not made.ok:
            raise self._api.refused(made)
        token = made.member("token", str)
        self._mask(token)
        listed = made.record().get("permissions")
        permissions = {name: str(level) for name, level in listed.items()} if isinstance(listed, dict) else None
        return _Installed(Credential.token(token, Kind.MADE), made.time("expires_at"), permissions)


class _Signature:
    """Who asks as the App itself: every request is signed anew, by our clock."""

    def __init__(self, app_id: str, private_key: SecretStr, clock: Clock) -> None:
        pem = private_key.reveal()
        # A secret pasted on one line keeps its line breaks as the two characters \n.
        self._sign = AppAuth.create_jwt_sign(pem.replace("\\n", "\n"), DEFAULT_JWT_ALGORITHM)
        self._app_id = app_id
        self._clock = clock
        self.credential(None)  # a key that cannot sign is found out before anything is sent

    def credential(self, repository: RepoRef | None) -> Credential:  # noqa: ARG002 - the App is the same everywhere
        issued = int(self._clock.now().timestamp())
        claims = {"iat": issued + DEFAULT_JWT_ISSUED_AT, "exp": issued + DEFAULT_JWT_EXPIRY, "iss": self._app_id}
        try:
            signed = str(self._sign(claims))
        except (ValueError, TypeError, PyJWTError):
            fault = (
                "is no RSA private key; store the whole .pem file that GitHub gave, its first and last line included"
            )
            raise BadCall([Fault("app_private_key", fault)]) from None
        return Credential(f"Bearer {signed}", f"app {self._app_id}", Kind.APP)

    def renew(self, refused: Credential) -> bool:  # noqa: ARG002 - a second signature would say the same
        return False

    def granted(self, repository: RepoRef | None) -> None:
        """The App itself may only make tokens."""
