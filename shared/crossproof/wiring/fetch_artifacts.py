"""Gives fetch-artifacts GitHub, the archive, and a bench in the workspace."""

from functools import partial

from crossproof import wiring
from crossproof.actions.fetch_artifacts import Inputs, World
from crossproof.errors import BadCall, Fault
from crossproof.files.bench import Bench, Target
from crossproof.github.deliveries import GithubDeliveries
from crossproof.github.recordings import GithubRecordings
from crossproof.outcome import ReportFiles
from crossproof.parallel import Stop, all_of
from crossproof.runner.runner import Runner
from crossproof.wiring.connections import pooled_github
from crossproof.wiring.stores import store


def world(inputs: Inputs, runner: Runner, place: ReportFiles | None) -> World:
    """Give fetch-artifacts GitHub, the archive, and a bench in the workspace."""
    stop = Stop()
    target = Target(runner.context.workspace, inputs.path)
    bench = Bench(target, keep_executable=inputs.preserve_executable, stop=stop)
    repository = inputs.repository or runner.context.repository
    recordings, deliveries = None, None
    if "github" in inputs.order:
        if repository is None:
            raise BadCall([Fault("repository", "is required outside a workflow run")])
        api, pools = pooled_github(inputs, runner, repository)
        recordings = GithubRecordings(api, repository)
        deliveries = GithubDeliveries(api, repository, pools, room=bench.room, stop=stop)
    return World(
        recordings=recordings,
        deliveries=deliveries,
        open_store=partial(store, inputs, runner) if inputs.s3_bucket else None,
        bench=bench,
        together=partial(all_of, stop=stop),
        clock=wiring.clock(),
        say=runner.console.line,
        report=place,
        repository=repository,
    )
