"""Names a permission in the words of whoever grants it: YAML for a job, a checkbox for a token, a classic scope."""

from typing import assert_never

from crossproof.github.access import Kind
from crossproof.units import RepoRef

# API name → (name on GitHub's pages, key under `permissions:` or none, classic scope to read, to write)
_NAMES = {
    "actions": ("Actions", "actions", "repo", "repo"),
    "attestations": ("Attestations", "attestations", "repo", "repo"),
    "checks": ("Checks", "checks", "repo", ""),  # only Apps may write checks
    "contents": ("Contents", "contents", "repo", "repo"),
    "deployments": ("Deployments", "deployments", "repo_deployment", "repo_deployment"),
    "issues": ("Issues", "issues", "repo", "repo"),
    "metadata": ("Metadata", "", "repo", "repo"),
    "packages": ("Packages", "packages", "read:packages", "write:packages"),
    "pull_requests": ("Pull requests", "pull-requests", "repo", "repo"),
    "statuses": ("Commit statuses", "statuses", "repo:status", "repo:status"),
    "workflows": ("Workflows", "", "workflow", "workflow"),
}


def classic_scope(permission: str, level: str) -> str:
    """Name the classic scope that covers a permission in either of its spellings; empty where only an App has it."""
    _, _, reads, writes = _NAMES.get(permission.replace("-", "_"), ("", "", "repo", "repo"))
    return writes if level in {"write", "admin"} else reads


def alternatives(header: str) -> list[dict[str, str]]:
    """Read `X-Accepted-GitHub-Permissions`: sets of name=level separated by `;`, any one of which is enough."""
    sets = []
    for part in header.split(";"):
        needed = {
            name.strip(): level.strip() or "read"
            for name, _, level in (pair.partition("=") for pair in part.split(","))
            if name.strip()
        }
        if needed:
            sets.append(needed)
    return sets


def grant(header: str, *, about: RepoRef | None, kind: Kind) -> str:
    """Say what to grant where, for the kind of credential in use; without the header, how it comes to see anything."""
    sets = alternatives(header)
    on = f" on {about}" if about else ""
    if not sets:
        return _reach(str(about) if about else "what is asked for", kind)
    needed = sets[0]
    ways = {
        Kind.CLASSIC: [_classic(needed)],
        Kind.FINE_GRAINED: [_fine_grained(needed, on)],
        Kind.INSTALLATION: [_yaml(needed, about), _app(needed, on)],
        Kind.MADE: [_app(needed, on)],
        Kind.APP: [_app(needed, on)],
        Kind.USER: [_app(needed, on)],
        Kind.OTHER: [_yaml(needed, about), _fine_grained(needed, on), _classic(needed)],
    }[kind]
    return "\nOr: ".join(way for way in ways if way)


def _reach(what: str, kind: Kind) -> str:
    match kind:
        case Kind.INSTALLATION:
            other = "pass a personal token as `token`, or `app_id` and `app_private_key` of a GitHub App"
            return f"The job's own token reaches its own repository only: for another one {other} that may see {what}."
        case Kind.MADE | Kind.APP | Kind.USER:
            return f"Install the GitHub App on {what}, or add {what} to the repositories of its installation."
        case Kind.FINE_GRAINED:
            return f"Add {what} to the repositories that the fine-grained token may access."
        case Kind.CLASSIC:
            return f"Give the classic token the scope repo, and its owner access to {what}."
        case Kind.OTHER:
            return f"Use a token that may see {what}."
        case never:
            assert_never(never)


def _words(needed: dict[str, str]) -> str:
    return ", ".join(f"{_name(name)}: {level}" for name, level in needed.items())


def _name(name: str) -> str:
    return _NAMES[name][0] if name in _NAMES else name.replace("_", " ").capitalize()


def _fine_grained(needed: dict[str, str], on: str) -> str:
    return f"Give the fine-grained token the repository permission {_words(needed)}{on}."


def _app(needed: dict[str, str], on: str) -> str:
    return f"Give the GitHub App the permission {_words(needed)}, accept it for the installation, and install it{on}."


def _classic(needed: dict[str, str]) -> str:
    scopes, apps_only = set(), []
    for name, level in needed.items():
        scope = classic_scope(name, level)
        scopes.add(scope) if scope else apps_only.append(_name(name))
    if apps_only:
        return f"Use a GitHub App: no classic token may write {', '.join(apps_only)}."
    return f"Give the classic token the scope {', '.join(sorted(scopes))}."


def _yaml(needed: dict[str, str], about: RepoRef | None) -> str:
    keys = {name: _NAMES.get(name, ("", "", "", ""))[1] for name in needed}
    if not all(keys.values()):
        return ""
    lines = "\n".join(f"  {keys[name]}: {level}" for name, level in needed.items())
    only = f"\n(the job's own token reaches no other repository; if {about} is another one, use an App or a token)"
    return f"Give the job the permission:\npermissions:\n{lines}{only if about else ''}"
