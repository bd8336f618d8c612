"""Who am I, what may I do, how much is left: the root, users, Apps, installations, rate limits."""

from datetime import timedelta
from typing import Any

from crossproof_sandbox.accounts import INSTALLATION_TOKEN_LIFE, App, Installation, Kind, Token, level_of
from crossproof_sandbox.api import shapes
from crossproof_sandbox.call import Call
from crossproof_sandbox.limits import Budget
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.wire import Answer

_ROOT = (
    "authorizations search/code:code_search search/commits:commit_search user/emails:emails emojis events feeds "
    "user/followers:followers user/following{/target}:following gists{/gist_id} search/issues:issue_search issues "
    "user/keys:keys search/labels:label_search notifications orgs/{org}:organization "
    "orgs/{org}/repos:organization_repositories orgs/{org}/teams:organization_teams gists/public:public_gists "
    "rate_limit repos/{owner}/{repo}:repository search/repositories:repository_search "
    "user/repos:current_user_repositories user/starred{/owner}{/repo}:starred gists/starred:starred_gists "
    "users/{user}:user user/orgs:user_organizations users/{user}/repos:user_repositories search/users:user_search "
    "user:current_user"
)
_RESOURCES = ("core", "search", "graphql", "integration_manifest", "source_import", "code_scanning_upload",
              "actions_runner_registration", "scim", "dependency_snapshots", "code_search")  # fmt: skip


@operation("GET", "/")
def root(call: Call) -> Answer:
    """List the API's doors: the cheapest way to see that a server answers."""
    links = shapes.links(call.sandbox.url, _ROOT)
    return Answer.json({**links, "current_user_authorizations_html_url": f"{shapes.WEB}/settings/applications"})


@operation("GET", "/meta")
def meta(call: Call) -> Answer:
    """Say what kind of server this is; GitHub Enterprise Server adds its version."""
    about: dict[str, Any] = {"verifiable_password_authentication": False}
    if call.sandbox.flavour != "dotcom":
        about["installed_version"] = f"{call.sandbox.flavour.removeprefix('ghes-')}.1"
    return Answer.json(about)


@operation("GET", "/versions")
def versions(call: Call) -> Answer:
    """List the API versions that this server supports."""
    return Answer.json(list(call.sandbox.versions))


@operation("GET", "/user")
def user(call: Call) -> Answer:
    """Say who the token belongs to; an installation's token belongs to nobody."""
    if not isinstance(call.caller, Token):
        raise Refused(401, "Requires authentication")
    if call.caller.kind in {Kind.INSTALLATION, Kind.ACTIONS}:
        raise Refused(403, "Resource not accessible by integration")
    nothing = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    since = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}
    account = shapes.user(call.sandbox, call.caller.user)
    return Answer.json({**account, **nothing, **counts, **since, "user_view_type": "public"})


@operation("GET", "/rate_limit")
def rate_limit(call: Call) -> Answer:
    """Show the caller's budget, for nothing."""
    budget = call.sandbox.budget_of(call.caller)
    core = _rate(budget)
    return Answer.json({"resources": dict.fromkeys(_RESOURCES, core), "rate": core})


@operation("GET", "/app", as_app=True)
def app(call: Call) -> Answer:
    """Say which App signed this request."""
    return Answer.json(shapes.app(call.sandbox, _app(call)))


@operation("GET", "/app/installations", as_app=True)
def app_installations(call: Call) -> Answer:
    """List where the App is installed."""
    return call.page([_installation(call, one) for one in _app(call).installations.values()])


@operation("GET", "/app/installations/{installation_id}", as_app=True)
def app_installation(call: Call) -> Answer:
    """Show one installation."""
    return Answer.json(_installation(call, _find_installation(call)))


@operation("GET", "/repos/{owner}/{repo}/installation", as_app=True)
def repository_installation(call: Call) -> Answer:
    """Find the App's installation that covers a repository."""
    for one in _app(call).installations.values():
        same_owner = one.account.login.lower() == call.repo.owner.login.lower()
        if same_owner and (one.repositories is None or call.repo.full_name.lower() in one.repositories):
            return Answer.json(_installation(call, one))
    raise not_found()


@operation("POST", "/app/installations/{installation_id}/access_tokens", as_app=True)
def access_token(call: Call) -> Answer:
    """Hand out an installation's token, for all it may or for less."""
    installation = _find_installation(call)
    if installation.suspended_at:
        raise Refused(403, "This installation has been suspended")
    asked = call.body or {}
    permissions = asked.get("permissions") or installation.permissions
    for name, level in permissions.items():
        if level_of(level) > level_of(installation.permissions.get(name, "")):
            raise Refused(422, "The permissions requested are not granted to this installation.")
    token = call.sandbox.accounts.token(
        Kind.INSTALLATION,
        call.sandbox.accounts.user(f"{installation.app.slug}[bot]", "Bot"),
        permissions={"metadata": "read", **permissions},
        repositories=_chosen(call, installation, asked),
        expires_at=call.now + INSTALLATION_TOKEN_LIFE,
    )
    return Answer.json(
        {
            "token": token.value,
            "expires_at": shapes.stamp(call.now + INSTALLATION_TOKEN_LIFE),
            "permissions": permissions,
            "repository_selection": "all" if installation.repositories is None else "selected",
        },
        status=201,
    )


@operation("GET", "/installation/repositories")
def installation_repositories(call: Call) -> Answer:
    """List what an installation's token was given."""
    if not isinstance(call.caller, Token) or call.caller.kind not in {Kind.INSTALLATION, Kind.ACTIONS}:
        raise Refused(403, "You must authenticate with an installation access token in order to list repositories.")
    seen = [r for r in call.sandbox.repositories.values() if call.caller.sees(r.full_name)]
    return call.page([shapes.repository(call.sandbox, one) for one in seen], "repositories")


def _app(call: Call) -> App:
    if not isinstance(call.caller, App):
        raise Refused(401, "A JSON web token could not be decoded")
    return call.caller


def _find_installation(call: Call) -> Installation:
    found = _app(call).installations.get(int(call.params["installation_id"]))
    if found is None:
        raise not_found()
    return found


def _chosen(call: Call, installation: Installation, asked: dict[str, Any]) -> list[str] | None:
    """Narrow the token to the repositories asked for, all of which the installation must have."""
    owner = installation.account.login
    ids = {repository.id: repository.full_name for repository in call.sandbox.repositories.values()}
    wanted = [f"{owner}/{name}" for name in asked.get("repositories", [])]
    wanted += [ids.get(number, "") for number in asked.get("repository_ids", [])]
    given = installation.repositories
    if given is None:
        given = frozenset(n for n in call.sandbox.repositories if n.startswith(f"{owner.lower()}/"))
    if any(name.lower() not in given for name in wanted):
        raise Refused(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    return wanted or sorted(given)


def _installation(call: Call, one: Installation) -> dict[str, Any]:
    here = f"{call.sandbox.url}/app/installations/{one.id}"
    return {
        "id": one.id,
        "account": shapes.user(call.sandbox, one.account),
        "access_tokens_url": f"{here}/access_tokens",
        "repositories_url": f"{call.sandbox.url}/installation/repositories",
        "html_url": f"{shapes.WEB}/organizations/{one.account.login}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.type,
        "permissions": one.permissions,
        "events": [],
        "single_file_name": None,
        "repository_selection": "all" if one.repositories is None else "selected",
        "created_at": shapes.stamp(one.created_at),
        "updated_at": shapes.stamp(one.created_at + timedelta(0)),
        "suspended_at": shapes.maybe(one.suspended_at),
        "suspended_by": None,
    }


def _rate(budget: Budget) -> dict[str, int]:
    return {
        "limit": budget.limit,
        "used": budget.used,
        "remaining": budget.remaining,
        "reset": int(budget.resets_at.timestamp()),
    }
