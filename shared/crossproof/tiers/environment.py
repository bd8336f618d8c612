"""Decides what tests see of the job: an allow-list, because a step holds tokens that tests must not have.

A container action has ACTIONS_RUNTIME_TOKEN, the OIDC request token, every input and the job's whole environment;
earlier steps leave pythonLocation and LD_LIBRARY_PATH of another machine (nolar/kopf#593).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crossproof.tiers.manifest import Tier
from crossproof.units import SecretStr

_KEPT = frozenset(
    f"GITHUB_{word}"
    for word in (
        "ACTIONS", "ACTOR", "API_URL", "BASE_REF", "EVENT_NAME", "GRAPHQL_URL", "HEAD_REF", "JOB", "REF", "REF_NAME",
        "REF_TYPE", "REPOSITORY", "REPOSITORY_OWNER", "RUN_ATTEMPT", "RUN_ID", "RUN_NUMBER", "SERVER_URL", "SHA",
        "TRIGGERING_ACTOR", "WORKFLOW", "WORKFLOW_REF",
    )
) | {"RUNNER_OS", "RUNNER_ARCH", "TERM", "TZ"}  # fmt: skip
_OF_AWS = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things are, as the tests see them."""

    workspace: str
    home: str
    results: str  # where the plugin writes
    plugin: str  # where it lies
    state: str  # of the phases


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """What is passed by name only, and what of it is secret."""

    plain: Mapping[str, str]
    secret: Mapping[str, SecretStr]

    def revealed(self) -> dict[str, str]:
        """Give all values, for the one adapter that starts the process."""
        return {**self.plain, **{name: value.reveal() for name, value in self.secret.items()}}


def variables(
    tier: Tier,
    around: Mapping[str, str],
    places: Places,
    secrets: Mapping[str, SecretStr],
    more: Mapping[str, str],
    of_image: Mapping[str, str],
) -> Variables:
    """Put it together; the tier's own words go before ours, except where we must be heard."""
    plain = {name: value for name, value in around.items() if name in _KEPT}
    if tier.pass_aws:
        plain |= {name: around[name] for name in _OF_AWS if around.get(name)}
    plain |= {"CI": "true", "LANG": "C.UTF-8", "HOME": places.home, "GITHUB_WORKSPACE": places.workspace}
    plain |= {"TIER": tier.name, "TIER_RESULTS": places.results}
    plain |= {"TIER_STATE": places.state, **more, **tier.env}
    plain["PYTHONPATH"] = _first(places.plugin, tier.env.get("PYTHONPATH") or of_image.get("PYTHONPATH", ""), ":")
    plain["PYTEST_ADDOPTS"] = _first(
        "-p tier_reporter", tier.env.get("PYTEST_ADDOPTS", of_image.get("PYTEST_ADDOPTS", "")), " "
    )
    plain.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    return Variables(plain=plain, secret={name: secrets[name] for name in tier.secrets})


def absent(tier: Tier, given: Variables) -> list[str]:
    """Name the variables that the tier requires and that are empty."""
    return [name for name in tier.require.env if not (given.plain.get(name) or name in given.secret)]


def _first(ours: str, theirs: str, by: str) -> str:
    return f"{ours}{by}{theirs}" if theirs else ours
