"""The objects that many of GitHub's answers contain: users, repositories, commits."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from crossproof_sandbox.accounts import App, User
from crossproof_sandbox.history import Commit, node_id
from crossproof_sandbox.repository import Repository

if TYPE_CHECKING:
    from crossproof_sandbox.sandbox import Sandbox

WEB = "https://github.example"  # pages that no test opens; fixed, so that what a user sees can be a snapshot
Json = dict[str, Any]

_USER_LINKS = (
    "events{/privacy} followers following{/other_user} gists{/gist_id} orgs:organizations received_events repos "
    "starred{/owner}{/repo} subscriptions"
)
_REPOSITORY_LINKS = (
    "{archive_format}{/ref}:archive assignees{/user} git/blobs{/sha}:blobs branches{/branch} "
    "collaborators{/collaborator} comments{/number} commits{/sha} compare/{base}...{head}:compare "
    "contents/{+path}:contents contributors deployments downloads events forks git/commits{/sha}:git_commits "
    "git/refs{/sha}:git_refs git/tags{/sha}:git_tags hooks issues/comments{/number}:issue_comment "
    "issues/events{/number}:issue_events issues{/number} keys{/key_id} labels{/name} languages merges "
    "milestones{/number} notifications{?since,all,participating} pulls{/number} releases{/id} stargazers "
    "statuses/{sha}:statuses subscribers subscription tags teams git/trees{/sha}:trees"
)


def links(base: str, wanted: str) -> Json:
    """Write `<name>_url` for each word; `a/b{c}:name` where the name is not the path's own."""
    result = {}
    for word in wanted.split():
        path, colon, name = word.rpartition(":")
        path, name = (path, name) if colon else (word, re.sub(r"[/{].*", "", word))
        result[f"{name}_url"] = f"{base}/{path}"
    return result


def stamp(moment: datetime) -> str:
    """Write a time as GitHub does: whole seconds, UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe(moment: datetime | None) -> str | None:
    """Write a time that may be missing."""
    return stamp(moment) if moment else None


def user(sandbox: "Sandbox", account: User) -> Json:
    """Write an account."""
    here = f"{sandbox.url}/users/{quote(account.login)}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("User", account.id),
        "avatar_url": f"{WEB}/avatars/{account.id}",
        "gravatar_id": "",
        "url": here,
        "html_url": f"{WEB}/{quote(account.login)}",
        **links(here, _USER_LINKS),
        "type": account.type,
        "site_admin": False,
    }


def login(sandbox: "Sandbox", name: str) -> Json:
    """Write the account of that name."""
    return user(sandbox, sandbox.accounts.user(name, "Bot" if name.endswith("[bot]") else "User"))


def minimal_repository(sandbox: "Sandbox", repository: Repository) -> Json:
    """Write a repository as runs and statuses carry it."""
    here = f"{sandbox.url}/repos/{repository.full_name}"
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": user(sandbox, repository.owner),
        "html_url": f"{WEB}/{repository.full_name}",
        "description": None,
        "fork": False,
        "url": here,
        **links(here, _REPOSITORY_LINKS),
    }


def repository(sandbox: "Sandbox", repository: Repository) -> Json:
    """Write a repository whole."""
    counts = "forks forks_count open_issues open_issues_count stargazers_count watchers watchers_count network_count"
    place = f"github.example/{repository.full_name}.git"
    return {
        **minimal_repository(sandbox, repository),
        **dict.fromkeys((*counts.split(), "subscribers_count", "size"), 0),
        **dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_downloads"), True),
        **dict.fromkeys(("has_pages", "has_discussions", "disabled"), False),
        "archived": repository.archived,
        "default_branch": repository.default_branch,
        "clone_url": f"https://{place}",
        "git_url": f"git://{place}",
        "ssh_url": f"ssh://git@{place}",
        "svn_url": f"{WEB}/{repository.full_name}",
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "topics": list(repository.topics),
        "visibility": "private" if repository.private else "public",
        "created_at": stamp(repository.created_at),
        "updated_at": stamp(repository.head.at),
        "pushed_at": stamp(repository.head.at),
    }


def commit(sandbox: "Sandbox", repository: Repository, one: Commit) -> Json:
    """Write a commit as the commits API does."""
    here = f"{sandbox.url}/repos/{repository.full_name}"
    return {
        "sha": one.sha,
        "node_id": node_id("Commit", one.sha),
        "commit": {
            **person(one),
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{here}/git/trees/{one.tree}"},
            "url": f"{here}/git/commits/{one.sha}",
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "url": f"{here}/commits/{one.sha}",
        "html_url": f"{WEB}/{repository.full_name}/commit/{one.sha}",
        "comments_url": f"{here}/commits/{one.sha}/comments",
        "author": login(sandbox, one.author),
        "committer": login(sandbox, one.author),
        "parents": parents(here, repository, one),
    }


UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def parents(here: str, repository: Repository, one: Commit) -> list[Json]:
    """Write a commit's parents."""
    web = f"{WEB}/{repository.full_name}/commit"
    return [{"sha": sha, "url": f"{here}/commits/{sha}", "html_url": f"{web}/{sha}"} for sha in one.parents]


def person(one: Commit) -> Json:
    """Write who made a commit, twice, as git records it."""
    who = {"name": one.author, "email": f"{one.author}@users.noreply.github.example", "date": stamp(one.at)}
    return {"author": who, "committer": who}


def app(sandbox: "Sandbox", one: App) -> Json:
    """Write a GitHub App."""
    return {
        "id": one.id,
        "slug": one.slug,
        "client_id": one.client_id,
        "node_id": node_id("App", one.id),
        "owner": user(sandbox, one.owner),
        "name": one.slug,
        "description": None,
        "external_url": WEB,
        "html_url": f"{WEB}/apps/{one.slug}",
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "permissions": one.permissions,
        "events": [],
        "installations_count": len(one.installations),
    }
