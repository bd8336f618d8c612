"""Who may call: users, tokens of every kind, GitHub Apps with their installations, and what each is allowed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from itertools import count
from typing import Any

from crossproof_sandbox.keys import key
from crossproof_sandbox.refusal import Refused

_LEVELS = ("", "read", "write", "admin")
_LONGEST_JWT = timedelta(minutes=10)
_JWT_SLACK = timedelta(seconds=60)
INSTALLATION_TOKEN_LIFE = timedelta(hours=1)


class Kind(Enum):
    """What sort of token it is: the prefix GitHub gives it, and its requests per hour."""

    CLASSIC = ("ghp_", 5000)
    FINE_GRAINED = ("github_pat_", 5000)
    INSTALLATION = ("ghs_", 5000)
    ACTIONS = ("ghs_", 1000)  # a workflow's own GITHUB_TOKEN: one repository

    @property
    def prefix(self) -> str:
        """How the token's text begins."""
        return self.value[0]

    @property
    def hourly(self) -> int:
        """How many requests it may make in an hour."""
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person, an organisation or a bot."""

    id: int
    login: str
    type: str = "User"


@dataclass(slots=True, kw_only=True)
class Token:
    """A credential that was handed out; `label` is how the request log calls it."""

    value: str
    label: str
    kind: Kind
    user: User
    permissions: dict[str, str] = field(default_factory=dict)
    repositories: frozenset[str] | None = None  # full names in lower case; None: every repository
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None

    def sees(self, full_name: str) -> bool:
        """Say whether this token was given the repository."""
        return self.repositories is None or full_name.lower() in self.repositories

    def level(self, permission: str, *, private: bool) -> int:
        """Say how far this token may go with one of GitHub's permissions: 0 is not at all, 1 read, 2 write."""
        if self.kind is Kind.CLASSIC:
            return 2 if "repo" in self.scopes or ("public_repo" in self.scopes and not private) else 0
        return _LEVELS.index(self.permissions.get(permission, "read" if permission == "metadata" else ""))


@dataclass(slots=True, kw_only=True)
class Installation:
    """An App in an account."""

    id: int
    app: "App"
    account: User
    permissions: dict[str, str]
    repositories: frozenset[str] | None
    created_at: datetime
    suspended_at: datetime | None = None


@dataclass(kw_only=True)
class App:
    """A GitHub App; its key is made when it is first asked for, and lives only as long as the sandbox."""

    id: int
    slug: str
    nth: int  # how many Apps this sandbox had before
    owner: User
    permissions: dict[str, str]
    created_at: datetime
    installations: dict[int, Installation] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        """The other name that a JWT's issuer may have."""
        return f"Iv23sandbox{self.id}"

    @cached_property
    def _key(self) -> Any:
        return key(self.nth)

    @cached_property
    def private_key(self) -> str:
        """The PEM that GitHub would let its owner download once."""
        from cryptography.hazmat.primitives import serialization as s  # noqa: PLC0415

        pem = self._key.private_bytes(s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption())
        return str(pem.decode())

    def verify(self, assertion: str, now: datetime) -> None:
        """Refuse a JWT as GitHub does: its signature, its times against the server's clock, its length of life."""
        import jwt  # noqa: PLC0415

        try:
            options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
            claims = jwt.decode(assertion, self._key.public_key(), algorithms=["RS256"], options=options)
        except jwt.InvalidTokenError:
            raise Refused(401, "A JSON web token could not be decoded") from None
        times = (claims.get("iat"), claims.get("exp"))
        if not all(isinstance(value, int | float) for value in times):
            raise Refused(401, "Missing 'iat' or 'exp' claim in assertion")
        issued, expires = (datetime.fromtimestamp(float(value or 0), tz=now.tzinfo) for value in times)
        if issued > now + _JWT_SLACK:
            raise Refused(401, "'Issued at' claim ('iat') must be an Integer representing the time of the assertion")
        if expires <= now:
            raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value representing a future time")
        if expires > now + _LONGEST_JWT + _JWT_SLACK:
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")


Caller = Token | App | None


class Accounts:
    """Everybody the sandbox knows."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.tokens: dict[str, Token] = {}
        self.apps: list[App] = []
        self._users: dict[str, User] = {}
        self._ids = count(1001)

    def user(self, login: str, kind: str = "User") -> User:
        """Give the account of that name, made if need be."""
        if login.lower() not in self._users:
            self._users[login.lower()] = User(id=next(self._ids), login=login, type=kind)
        return self._users[login.lower()]

    def token(
        self,
        kind: Kind,
        user: User,
        *,
        permissions: Mapping[str, str],
        repositories: Iterable[str] | None,
        scopes: tuple[str, ...] = (),
        expires_at: datetime | None = None,
    ) -> Token:
        """Hand out a token."""
        label = f"{kind.name.lower()}-{next(self._ids)}"
        token = Token(
            value=f"{kind.prefix}sandbox_{label}",
            label=label,
            kind=kind,
            user=user,
            permissions=dict(permissions),
            repositories=names(repositories),
            scopes=scopes,
            expires_at=expires_at,
        )
        self.tokens[token.value] = token
        return token

    def app(self, slug: str, owner: User, permissions: Mapping[str, str], created_at: datetime) -> App:
        """Register a GitHub App."""
        app = App(
            id=next(self._ids),
            slug=slug,
            nth=len(self.apps),
            owner=owner,
            permissions=dict(permissions),
            created_at=created_at,
        )
        self.apps.append(app)
        return app

    def install(self, app: App, account: User, repositories: Iterable[str] | None, at: datetime) -> Installation:
        """Install an App in an account, for all or some of its repositories."""
        installation = Installation(
            id=next(self._ids),
            app=app,
            account=account,
            permissions=dict(app.permissions),
            repositories=names(repositories),
            created_at=at,
        )
        app.installations[installation.id] = installation
        return installation

    def caller(self, authorization: str, now: datetime) -> Caller:
        """Say who sent this Authorization header; a bad one is refused, none at all is anonymous."""
        scheme, _, value = authorization.partition(" ")
        if not authorization:
            return None
        if scheme.lower() not in {"bearer", "token"} or not value:
            raise Refused(401, "Bad credentials")
        if value.count(".") == 2:
            return self._app_of(value, now)
        token = self.tokens.get(value)
        if token is None or (token.expires_at and token.expires_at <= now):
            raise Refused(401, "Bad credentials")
        return token

    def _app_of(self, assertion: str, now: datetime) -> App:
        import jwt  # noqa: PLC0415

        try:
            issuer = str(jwt.decode(assertion, options={"verify_signature": False}).get("iss"))
        except jwt.InvalidTokenError:
            raise Refused(401, "A JSON web token could not be decoded") from None
        for app in self.apps:
            if issuer in {str(app.id), app.client_id}:
                app.verify(assertion, now)
                return app
        raise Refused(401, "Integration not found")


def names(repositories: Iterable[str] | None) -> frozenset[str] | None:
    """Make full names comparable: GitHub's are case-insensitive."""
    return None if repositories is None else frozenset(name.lower() for name in repositories)


def level_of(word: str) -> int:
    """Read "read", "write" or "admin" as a number to compare."""
    return _LEVELS.index(word)
