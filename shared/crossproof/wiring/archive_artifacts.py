"""Gives archive-artifacts GitHub, the store, and the workspace's directories."""

from functools import cache, partial

from crossproof import __version__, wiring
from crossproof.actions.archive_artifacts import Inputs, World
from crossproof.actions.store_access import DIRECTORY
from crossproof.archive.evidence import Archiver
from crossproof.artifacts.zip_contents import read_contents
from crossproof.files.bench import Bench, Target
from crossproof.files.folder import leaves, packed
from crossproof.files.unpacking import listed
from crossproof.github.deliveries import GithubDeliveries
from crossproof.github.recordings import GithubRecordings
from crossproof.outcome import ReportFiles
from crossproof.parallel import Stop, all_of
from crossproof.runner.runner import Runner
from crossproof.wiring.connections import pooled_github
from crossproof.wiring.stores import bucket, store

_LARGEST_LOOKED_INTO = 10 * 1024**3  # what an archive may unpack to, to have its files listed in the manifest


def world(
    inputs: Inputs,
    runner: Runner,
    place: ReportFiles | None,  # noqa: ARG001
) -> World:
    """Give archive-artifacts GitHub, the store, and the workspace's directories."""
    context, stop = runner.context, Stop()
    bench = Bench(Target(context.workspace, "."), keep_executable=False, stop=stop)
    repository = inputs.repository or context.repository
    recordings, deliveries, this_run = None, None, None
    if repository:
        api, pools = pooled_github(inputs, runner, repository)
        recordings = GithubRecordings(api, repository)
        deliveries = GithubDeliveries(api, repository, pools, room=bench.room, stop=stop)
        if context.repository and context.run_id:
            this_run = GithubRecordings(api, context.repository).this_run(context.run_id)
    directory = inputs.s3_bucket.startswith(DIRECTORY)
    opened = cache(partial(bucket, inputs, runner, writing=True, locked_days=inputs.object_lock))
    return World(
        recordings=recordings,
        deliveries=deliveries,
        open_store=partial(store, inputs, runner) if directory else opened,
        open_bucket=None if directory else lambda: opened().bucket,
        bench=bench,
        look=lambda content: listed(content, read_contents(content, most_bytes=_LARGEST_LOOKED_INTO), stop),
        leaves=partial(leaves, context.workspace),
        pack=lambda files: packed(files, bench.path("packed.zip")),
        together=partial(all_of, stop=stop),
        clock=wiring.clock(),
        say=runner.console.line,
        this_run=this_run,
        repository=context.repository,
        archiver=Archiver(action="archive-artifacts", version=__version__, run_url=context.run_url),
    )
