"""`crossproof evidence …`: finds, shows, proves and hands out what was archived, for people who are asked about it."""

import json
from collections.abc import Mapping, Sequence

from crossproof import wiring
from crossproof.archive.bucket_page import Bucket, lint_page, page
from crossproof.archive.lifecycle import Weight, lint
from crossproof.commands import evidence_answers as answers
from crossproof.commands.evidence_answers import Desk
from crossproof.commands.evidence_inputs import BucketPage, Bundle, Coverage, Deep, Suspect, Where, Which
from crossproof.commands.verbs import Answer, Verb, carry_out
from crossproof.errors import BadCall, Fault
from crossproof.files.bundle import hash_of, write_bundle
from crossproof.files.scratch import scratch
from crossproof.parallel import Stop
from crossproof.runner.runner import Runner
from crossproof.units import clip
from crossproof.verdict import Exit
from crossproof.wiring.connections import github
from crossproof.wiring.stores import store


def main(arguments: Sequence[str], runner: Runner) -> int:
    """Answer one question."""
    return carry_out("evidence", _VERBS, arguments, runner)


def _desk(inputs: Where, runner: Runner) -> Desk:
    return Desk(store=store(inputs, runner), clock=wiring.clock(), say=runner.console.line)


def _find(inputs: Which, runner: Runner) -> Answer:
    return answers.found(inputs, _desk(inputs, runner))


def _show(inputs: Which, runner: Runner) -> Answer:
    return answers.shown(inputs, _desk(inputs, runner))


def _verify(inputs: Deep, runner: Runner) -> Answer:
    digests = None
    if inputs.github:
        from crossproof.github.digests import GithubDigests  # noqa: PLC0415 - only where GitHub is asked

        digests = GithubDigests(github(inputs, runner, runner.context.repository))
    with scratch() as here:
        places = here.room if inputs.deep else None
        return answers.verified(_desk(inputs, runner), places=places, digests=digests)


def _bundle(inputs: Bundle, runner: Runner) -> Answer:
    output = runner.context.workspace / inputs.output
    if output.suffix != ".zip" or not output.parent.is_dir():
        raise BadCall([Fault("--output", f"{clip(inputs.output)} is no .zip file in a directory that is there")])
    with scratch() as here:
        return answers.bundled(
            inputs,
            _desk(inputs, runner),
            room=here.room,
            hash_of=hash_of,
            write=lambda items: write_bundle(output, items, Stop()),
            output=inputs.output,
        )


def _blame(inputs: Suspect, runner: Runner) -> Answer:
    return answers.blamed(inputs, _desk(inputs, runner))


def _coverage(inputs: Coverage, runner: Runner) -> Answer:
    from crossproof.github.history import commits  # noqa: PLC0415 - only where GitHub is asked

    api = github(inputs, runner, inputs.repository)
    listed = commits(api, inputs.repository, since=inputs.since, paths=inputs.paths, branch=inputs.branch)
    return answers.covered(inputs, _desk(inputs, runner), listed)


def _usage(inputs: Where, runner: Runner) -> Answer:
    return answers.used(_desk(inputs, runner))


def _bucket(inputs: BucketPage, runner: Runner) -> Answer:
    if inputs.lint:
        return _linted(inputs, runner)
    bucket = Bucket(
        name=inputs.s3_bucket.removeprefix("file:"),
        prefix=inputs.s3_prefix,
        repository=inputs.repository or runner.context.repository,
        owner_id=inputs.owner_id,
        repository_id=inputs.repository_id,
        environment=inputs.environment,
    )
    return Answer(page=page(bucket), data=page(bucket))


def _linted(inputs: BucketPage, runner: Runner) -> Answer:
    try:
        rules = json.loads((runner.context.workspace / inputs.lint).read_text("utf-8"))["Rules"]
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise BadCall([Fault("--lint", f"{clip(inputs.lint)} holds no lifecycle rules: {fault}")]) from None
    findings = lint(rules, inputs.s3_prefix)
    bad = any(one.weight is not Weight.COSTLY for one in findings)
    return Answer(page=lint_page(findings), data=findings, exit=Exit.PROVEN_BAD if bad else Exit.DONE)


def _reindex(inputs: Where, runner: Runner) -> Answer:
    return answers.reindexed(_desk(inputs, runner))


_VERBS: Mapping[str, Verb] = {
    "find": Verb("List evidence by commit, day, deployment or run.", Which, _find),
    "show": Verb("Show one piece of evidence whole.", Which, _show),
    "verify": Verb("Prove the archive anew: hashes, chain, indexes, GitHub's digests.", Deep, _verify),
    "bundle": Verb("Write one file with everything and a page that explains it.", Bundle, _bundle),
    "blame": Verb("Say which side changed since the last proof.", Suspect, _blame),
    "coverage": Verb("Say which commits have a proof, and which have none.", Coverage, _coverage),
    "usage": Verb("Add up what is kept, how it grows and what it costs.", Where, _usage),
    "bucket": Verb("Print how the bucket is set up, or judge lifecycle rules.", BucketPage, _bucket),
    "reindex": Verb("Rebuild the indexes from the manifests.", Where, _reindex),
}
