"""Connects to GitHub and to AWS as whoever the inputs say."""

import os
from functools import partial
from typing import TYPE_CHECKING

from crossproof import wiring
from crossproof.errors import BadCall, Fault
from crossproof.runner.runner import Runner
from crossproof.units import RepoRef

if TYPE_CHECKING:  # each costs 100 ms and more: only the action that needs it imports it
    from crossproof.actions.access import AwsAccess, GithubAccess
    from crossproof.aws.id_token import IdTokens, Surroundings
    from crossproof.aws.session import Aws
    from crossproof.github.api import Api
    from crossproof.github.exchange import Exchanging
    from crossproof.github.pooled import Pools


def pooled_github(inputs: "GithubAccess", runner: Runner, home: RepoRef | None) -> "tuple[Api, Pools]":
    """Connect to GitHub for nothing but reads, from several threads at once; the same pools reach where it stores."""
    from crossproof.artifacts.delivery import MOST_AT_ONCE  # noqa: PLC0415
    from crossproof.github.pooled import PooledReads, Pools  # noqa: PLC0415

    pools = Pools(MOST_AT_ONCE, os.environ)
    api_url = inputs.api_url or runner.context.api_url
    return github(inputs, runner, home, PooledReads(api_url, pools, wiring.clock())), pools


def github(inputs: "GithubAccess", runner: Runner, home: RepoRef | None, exchange: "Exchanging | None" = None) -> "Api":
    """Connect to GitHub as the App or with the token; `home` stands in where a request is about no repository."""
    from crossproof.github.access import TokenAccess  # noqa: PLC0415
    from crossproof.github.api import Api  # noqa: PLC0415

    console, api_url = runner.console, inputs.api_url or runner.context.api_url
    how = partial(
        Api, api_url=api_url, clock=wiring.clock(), announce=console.line, trace=console.debug, exchange=exchange
    )
    if inputs.app_id and inputs.app_private_key:
        if home is None:
            raise BadCall(
                [Fault("repository", "is required with app_id: an App's installation is found by repository")]
            )
        from crossproof.github.app import AppAccess  # noqa: PLC0415 - it brings a signing library

        app = AppAccess(
            inputs.app_id,
            inputs.app_private_key,
            home=home,
            api_url=api_url,
            clock=wiring.clock(),
            mask=console.mask,
            announce=console.line,
        )
        return how(app)
    if inputs.token is None:
        raise BadCall(
            [Fault("token", "is required: pass `token`, or `app_id` and `app_private_key`; locally set GH_TOKEN")]
        )
    return how(TokenAccess(inputs.token))


def aws(inputs: "AwsAccess", runner: Runner) -> "Aws":
    """Open AWS as the role, or as whoever the surroundings say we are."""
    from crossproof.aws.session import ambient, as_role  # noqa: PLC0415

    # botocore reads AWS_DEFAULT_REGION alone; other tools, and people, write AWS_REGION.
    region = inputs.aws_region or os.environ.get("AWS_REGION") or None
    if not inputs.aws_role:
        return ambient(region=region)
    context = runner.context
    name = f"{context.repository or 'local'}-{context.run_id or ''}-{context.run_attempt}"
    return as_role(inputs.aws_role, name, id_tokens(runner), around(runner), region=region)


def id_tokens(runner: Runner) -> "IdTokens":
    from crossproof.aws.id_token import RunnerIdTokens  # noqa: PLC0415

    return RunnerIdTokens(runner.context.id_token_url, runner.context.id_token_secret, around(runner))


def around(runner: Runner) -> "Surroundings":
    from crossproof.aws.id_token import Surroundings  # noqa: PLC0415

    return Surroundings(clock=wiring.clock(), announce=runner.console.line, mask=runner.console.mask)
