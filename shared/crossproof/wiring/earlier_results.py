"""Brings what earlier attempts of this very run have uploaded, so that what passed need not run again."""

from functools import partial

from crossproof.actions.access import GithubAccess
from crossproof.artifacts.bringing import Bringing, bring
from crossproof.artifacts.fetching import Allowance, Terms
from crossproof.artifacts.placement import OnConflict
from crossproof.errors import CrossproofError
from crossproof.files.bench import Bench, Target
from crossproof.github.deliveries import GithubDeliveries
from crossproof.github.recordings import GithubRecordings
from crossproof.parallel import Stop, all_of
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.runner.runner import Runner
from crossproof.units import RepoRef, RunId
from crossproof.wiring.connections import pooled_github

FOLDER = ".crossproof/earlier-attempts"
_MOST_BYTES = 1024 * 1024 * 1024


def bring_earlier(inputs: GithubAccess, runner: Runner, repository: RepoRef, run_id: RunId) -> Probe[str]:
    """Put them into a folder of the workspace, and name it. They save time and prove nothing: trouble is no error."""
    stop = Stop()
    bench = Bench(Target(runner.context.workspace, FOLDER), keep_executable=False, stop=stop)
    try:
        api, pools = pooled_github(inputs, runner, repository)
        recordings = GithubRecordings(api, repository)
        found = [one for one in recordings.artifacts(run_id) if _ours(one.name) and not one.expired]
        if not found:
            return Absent("earlier attempts of this run have uploaded no artifact `tests` or `tier-…`")
        wanted = Bringing(
            run=recordings.this_run(run_id)(),
            artifacts=found,
            kept=frozenset(one.id for one in found),
            source="github",
            flat=False,
            on_conflict=OnConflict.LAST,
            terms=Terms(proof_required=False, unpack=True, allowance=Allowance(_MOST_BYTES), most_bytes=_MOST_BYTES),
        )
        with bench:
            bring(
                wanted,
                GithubDeliveries(api, repository, pools, room=bench.room, stop=stop),
                bench,
                together=partial(all_of, stop=stop),
                say=runner.console.line,
                then=lambda _: None,
            )
    except CrossproofError as error:
        return Unknown.of(error)
    return Present(FOLDER)


def _ours(name: str) -> bool:
    """Tell by the names that our workflows and examples upload under."""
    return name == "tests" or name.startswith("tier-")
