"""The inputs that actions share: who asks GitHub, who asks AWS, and where reports go.

No slots: an action inherits from several of these, and Python lays out slots for one parent only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crossproof.errors import Fault
from crossproof.runner.inputs import optional, secret
from crossproof.units import SecretStr, text


@dataclass(frozen=True, kw_only=True)
class GithubAccess:
    """Who asks GitHub: a token, or a GitHub App whose tokens are made and refreshed inside the action."""

    token: SecretStr | None = secret(
        "A token that may do what the permissions table says. The job's own token reaches only its own repository.",
        in_action="${{ github.token }}",
    )
    app_id: str | None = optional(
        "Id (or client id) of a GitHub App to use instead of `token`; its installation is looked up by repository.",
        read=text,
    )
    app_private_key: SecretStr | None = secret("The App's private key (PEM), as a secret.")
    api_url: str | None = optional("Base URL of the GitHub API.", read=text, in_action="${{ github.api_url }}")

    def access_faults(self) -> Sequence[Fault]:
        """An App needs both halves; the token then only serves what the App is not asked for."""
        if bool(self.app_id) != bool(self.app_private_key):
            missing, given = ("app_private_key", "app_id") if self.app_id else ("app_id", "app_private_key")
            return [Fault(missing, f"is required with {given}: a GitHub App signs with its id and its private key")]
        return []


@dataclass(frozen=True, kw_only=True)
class AwsAccess:
    """Who asks AWS: a role taken through the job's OIDC token, else the credentials that are already there."""

    aws_role: str | None = optional(
        "ARN of the role to take through OIDC (the job needs `id-token: write`); else the ambient credentials.",
        read=text,
    )
    aws_region: str | None = optional("AWS region, such as `eu-central-1`.", read=text)


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """Where the files go that say what was judged and why."""

    report_dir: str | None = optional(
        "Directory for the reports; by default `.crossproof/<action>/` in the workspace.", read=text
    )
