"""What each `crossproof evidence …` answers: one value that is shown as a page or as JSON, and an exit code."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from crossproof.archive import blaming, chain, covering, layout, showing, statement
from crossproof.archive.bundling import MANIFEST, STATEMENT, Item, items
from crossproof.archive.chain import must_read
from crossproof.archive.costs import dollars, usage
from crossproof.archive.covering import Commit
from crossproof.archive.evidence import Evidence, read, sha256
from crossproof.archive.finding import Question, find, opened
from crossproof.archive.index import Entry
from crossproof.archive.reindexing import reindex
from crossproof.archive.store import InMemory, ObjectStore
from crossproof.archive.verifying import Digests, Places, verify
from crossproof.artifacts.zip_container import Bytes
from crossproof.clock import Clock
from crossproof.commands.evidence_inputs import Coverage, Suspect, Which
from crossproof.commands.verbs import Answer
from crossproof.errors import BadCall, Fault
from crossproof.report.amounts import counted, size
from crossproof.report.markdown import code, inline, table
from crossproof.units import Sha
from crossproof.verdict import Exit

_BRIEF = timedelta(days=30)
_WHOLE_COMMIT = 40
_SHOWN = 50
_LINKS_LOOKED_AT = 300  # of the newest: each costs two requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every answer is made from."""

    store: ObjectStore
    clock: Clock
    say: Callable[[str], None] = field(default=lambda _: None)


def found(which: Which, desk: Desk) -> Answer:
    """List the evidence that fits, the newest first."""
    entries = _entries(which, desk)
    rows = [
        [
            f"{one.started_at:%Y-%m-%d %H:%M}",
            inline(one.verdict),
            code(one.subject.sha[:7]),
            f"{one.run_id}-{one.attempt}",
            inline(one.deployment.environment),
            inline(f"{one.deployment.tealium_profile} {one.deployment.tealium_version}".strip()),
            code(one.manifest),
        ]
        for one in entries[:_SHOWN]
    ]
    if not rows:
        return Answer(page=f"Nothing in {desk.store.name} fits.\n", data=[], exit=Exit.NOT_FOUND_OUT)
    head = ["run at (UTC)", "proven", "commit", "run", "environment", "live", "manifest"]
    return Answer(page=table(head, rows), data=list(entries))


def shown(which: Which, desk: Desk) -> Answer:
    """Show one piece of evidence whole."""
    evidence, digest = _one(which, desk)
    remarks = list(showing.doubts(evidence, brief=_BRIEF))
    files = [
        [code(f"{one.name}/{file.path}"), size(file.size), code(file.sha256)]
        for one in evidence.artifacts
        for file in one.files
    ]
    total = sum(one.size for one in evidence.artifacts)
    page = showing.summary(evidence, digest, total, remarks)
    return Answer(page=f"{page}\n{table(['file', 'size', 'sha256'], files[:_SHOWN])}", data=evidence)


def verified(desk: Desk, *, places: Places | None, digests: Digests | None) -> Answer:
    """Prove the whole archive anew."""
    result = verify(desk.store, now=desk.clock.now(), places=places, digests=digests)
    things = [(result.manifests, "manifest"), (result.objects, "object"), (result.links, "link")]
    looked = ", ".join(counted(*thing) for thing in things)
    told = f", {counted(result.digests, 'digest')} compared with GitHub" if digests else ""
    if result.broken:
        head, ending = f"The archive is NOT what was archived: {len(result.broken)} broken", Exit.PROVEN_BAD
    elif result.unknown:
        head, ending = f"Nothing is broken, but {len(result.unknown)} could not be found out", Exit.NOT_FOUND_OUT
    elif not result.manifests:
        head, ending = "There is no evidence here", Exit.NOT_FOUND_OUT
    else:
        head, ending = "Everything is as it was archived", Exit.DONE
    listed = table(["", "what"], [[one.weight, inline(one.what)] for one in result.findings]) if result.findings else ""
    return Answer(page=f"**{head}** ({looked}{told}).\n\n{listed}", data=result, exit=ending)


def bundled(
    which: Which,
    desk: Desk,
    *,
    room: Callable[[int], Any],
    hash_of: Callable[[Bytes], str],
    write: Callable[[Iterable[Item]], int],
    output: str,
) -> Answer:
    """Write everything about one run into one file, with the page that explains it."""
    evidence, digest = _one(which, desk)
    remarks = list(showing.doubts(evidence, brief=_BRIEF))
    page = statement.page(evidence, digest, store=desk.store.name, remarks=remarks, made_at=desk.clock.now()).encode()
    manifest = InMemory(must_read(desk.store, evidence.key).body)
    first = [
        Item(STATEMENT, InMemory(page), sha256(page)),
        Item(MANIFEST, manifest, sha256(manifest.body)),
    ]
    written = write([*first, *items(desk.store, evidence, room, hash_of)])
    return Answer(
        page=f"Wrote {output} ({size(written)}): open {STATEMENT} in it.\n", data={"path": output, "bytes": written}
    )


def blamed(suspect: Suspect, desk: Desk) -> Answer:
    """Say which side changed since the last proof."""
    others = list(_newest(desk, suspect.environment))
    if not others:
        return Answer(page=f"No evidence of {inline(suspect.environment)} is kept.\n", exit=Exit.NOT_FOUND_OUT)
    meant = [one for one in others if suspect.run_id in {None, one.source.id}]
    if not meant:
        raise BadCall([Fault("--run-id", f"is none of the last {len(others)} runs of {suspect.environment}")])
    wrong = max(meant, key=lambda one: (one.source.started_at, one.created_at))
    proof = blaming.last_proof(wrong, others)
    if wrong.verdict == "passed":
        return Answer(page=f"Run {wrong.source.id} is proven: there is nobody to blame.\n", data={"side": ""})
    if proof is None:
        return Answer(page="There is no earlier proof to compare with.\n", exit=Exit.NOT_FOUND_OUT)
    result = blaming.blame(proof, wrong)
    rows = [[change.what, change.side, code(change.before[:40]), code(change.after[:40])] for change in result.changes]
    page = f"**{inline(result.sentence)}**\n\n" + (table(["changed", "side", "proven", "now"], rows) if rows else "")
    data = {"side": result.side, "sentence": result.sentence, "changes": result.changes, "unknown": result.unknown}
    return Answer(page=page, data=data, exit=Exit.DONE if result.side else Exit.NOT_FOUND_OUT)


def covered(wanted: Coverage, desk: Desk, commits: Sequence[Commit]) -> Answer:
    """Say which commits have a proof, and list those that have none."""
    if not commits:  # a path that is misspelt must not read as one of which every commit is proven
        about = f"touched {', '.join(wanted.paths)}" if wanted.paths else "was made"
        page = f"No commit of {wanted.repository} {inline(about)} since {wanted.since}.\n"
        return Answer(page=page, data={"proven": 0, "commits": 0, "rest": []}, exit=Exit.NOT_FOUND_OUT)
    result = covering.coverage(desk.store, commits)
    missing = [one for one in result if one.state != "proven"]
    rows = [
        [
            one.state,
            code(one.commit.sha.short),
            f"{one.commit.at:%Y-%m-%d}",
            inline(one.commit.title),
            inline(one.commit.author),
        ]
        for one in missing[:_SHOWN]
    ]
    about = f" touching {inline(', '.join(wanted.paths))}" if wanted.paths else ""
    page = f"**{covering.sentence(result)}** ({wanted.repository}{about}, since {wanted.since})\n\n"
    data = {
        "proven": len(result) - len(missing),
        "commits": len(result),
        "rest": [{"sha": str(one.commit.sha), "state": one.state, "title": one.commit.title} for one in missing],
    }
    ending = Exit.DONE if not missing else Exit.NOT_FOUND_OUT
    return Answer(
        page=page + (table(["", "commit", "day", "title", "author"], rows) if rows else ""), data=data, exit=ending
    )


def used(desk: Desk) -> Answer:
    """Add up what is kept, how it grows, and what it costs."""
    objects = list(desk.store.walk(""))
    rows = [
        [one.storage_class, str(one.objects), size(one.bytes), f"{dollars(one.dollars_a_month)} a month"]
        for one in usage(objects)
    ]
    months: dict[str, list[int]] = {}
    for one in objects:
        room, _, rest = one.key.partition("/v1/")
        if room == "evidence":
            months.setdefault(rest[:7], []).append(one.size)
    growth = [[month, str(len(sizes)), size(sum(sizes))] for month, sizes in sorted(months.items())][-24:]
    page = (
        f"{table(['class', 'objects', 'size', 'us-east-1 list price'], rows, right=(1, 2))}\n"
        f"{table(['month of the run', 'objects', 'size'], growth, right=(1, 2))}"
    )
    return Answer(page=page, data=usage(objects))


def reindexed(desk: Desk) -> Answer:
    """Rebuild every index, and links that are missing."""
    count = 0
    for key in reindex(desk.store, latest_when="passed", pause=desk.clock.sleep):
        count += 1
        desk.say(f"  {key}")
    return Answer(page=f"{counted(count, 'manifest')} listed again.\n", data={"manifests": count})


def _entries(which: Which, desk: Desk) -> Sequence[Entry]:
    question = Question(
        repository=which.repository,
        run_id=which.run_id or 0,
        commits=_commits(which.commit, desk) if which.commit else (),
        day=which.date,
        deployment=(which.tealium_profile, which.tealium_version) if which.tealium_profile else None,
        latest=which.latest,
        branch=which.branch,
        environment=which.environment,
    )
    if which.commit and not question.commits:
        return ()
    return find(desk.store, question).entries


def _commits(named: str, desk: Desk) -> Sequence[Sha]:
    """Resolve a short id by the commits that the archive knows."""
    if len(named) == _WHOLE_COMMIT:
        return [Sha.parse(named)]
    base = f"{layout.INDEX}/commit/"
    names = [stored.key.removeprefix(base).removesuffix(".json") for stored in desk.store.walk(base)]
    fitting = sorted(name for name in names if name.startswith(named))
    if len(fitting) > 1:
        raise BadCall([Fault("--commit", f"{named} begins {len(fitting)} commits: {', '.join(fitting[:5])}")])
    return [Sha.parse(name) for name in fitting]


def _one(which: Which, desk: Desk) -> tuple[Evidence, str]:
    """Open the one piece of evidence that is meant: the newest that fits, or the very manifest."""
    if which.manifest:
        body = must_read(desk.store, which.manifest).body
        return read(body, Evidence, which.manifest), sha256(body)
    entries = _entries(which, desk)
    if not entries:
        raise BadCall([Fault("--commit", f"or what else was given fits nothing in {desk.store.name}")])
    return opened(desk.store, entries[0], desk.clock.now()), entries[0].manifest_sha256


def _newest(desk: Desk, environment: str) -> Iterable[Evidence]:
    """Give the newest evidence of an environment, by its chain."""
    last = chain.last_number(desk.store, environment)
    for number in range(last, max(0, last - _LINKS_LOOKED_AT), -1):
        link = read(must_read(desk.store, layout.chain(environment, number)).body, chain.Link, f"link {number}")
        body = must_read(desk.store, link.manifest).body
        yield read(body, Evidence, link.manifest)
