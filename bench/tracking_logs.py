"""How fast logs are judged, and what it takes: rates beside peers, two processes, a gigabyte, hostile files, start-up.

Every side is a process of its own in a bare environment; rates and times are CPU seconds (user and system), medians.
"""

import gzip
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from backports import zstd

from bench import Row
from bench import _tracking_data as data
from bench._processes import Took, free_cores, took

PEERS = Path(__file__).parent / "tracking_peers"
TURNS, STARTS = 5, 15
SIZES = (100_000_000, 300_000_000, 1_000_000_000)
RATED = SIZES[1]  # on less, ajv is measured while V8 still compiles it
TITLE = f"Judging logs of 1.6 kB a line (CPU seconds, medians of {TURNS})"


def rows() -> Iterator[Row]:
    """Measure all that is promised of judging."""
    with _place() as folder:
        place = Path(folder)
        (place / "plan.json").write_text(data.plan(), encoding="utf-8")
        shutil.copytree(PEERS, place / "peers")
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=place / "peers", check=True)
        _own(place, "schemas", place / "schemas.json")
        yield from _starts(place)
        yield from _hostile(place)
        data.write(place / "2 % bad.jsonl", RATED, bad=0.02)
        yield from _rates(place, "2 % bad")
        (place / "2 % bad.jsonl").unlink()
        data.write(place / "whole.jsonl", SIZES[-1])
        for size in SIZES[:-1]:
            _cut(place / "whole.jsonl", place / f"{size}.jsonl", size)
        (place / "whole.jsonl").rename(place / f"{SIZES[-1]}.jsonl")
        (place / "clean.jsonl").symlink_to(place / f"{RATED}.jsonl")
        yield from _rates(place, "clean")
        yield from _two_processes(place)
        yield from _growth(place)


def _rates(place: Path, name: str) -> Iterator[Row]:
    log = place / f"{name}.jsonl"
    sides: dict[str, Callable[[], str]] = {
        "ours": lambda: _own(place, "ours", log),
        "ajv": lambda: _right(took(["node", "peers/ajv.mjs", "schemas.json", log], at=place)).said,
        "jsonschema": lambda: _own(place, "jsonschema", log),
    }
    said: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for _ in range(TURNS):
        for side, run in sides.items():
            said[side].append(json.loads(run()))
    if len({each["events"] for side in ("ours", "ajv") for each in said[side]}) != 1:
        raise SystemExit(f"the sides do not agree on how many events there are: {said}")
    rate = {side: statistics.median(one["events"] / one["cpu"] for one in each) for side, each in said.items()}
    yield Row(what=f"{name}: events a second", figure=", ".join(f"{who} {of / 1000:.1f} k" for who, of in rate.items()))
    for peer, least in (("ajv", 1.1), ("jsonschema", 20)):
        ratio = rate["ours"] / rate[peer]
        yield Row(
            what=f"{name}: ours / {peer}, which does the schema alone",
            figure=f"{ratio:.2f}",
            bar=f"≥ {least}",
            holds=ratio >= least,
        )


def _two_processes(place: Path) -> Iterator[Row]:
    walls: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(TURNS):
        for cores, wall in walls.items():
            wall.append(_right(_judged(place, "clean.jsonl", cores=cores)).wall)
    ratio = statistics.median(walls[1]) / statistics.median(walls[2])
    free = free_cores()
    told = "" if free > 1.9 else f" ({free:.1f} cores are free: not judged)"
    yield Row(
        what="two cores / one, whole action, by the clock on the wall",
        figure=f"{ratio:.2f}{told}",
        bar="" if told else "≥ 1.7",
        holds=bool(told) or ratio >= 1.7,
    )


def _growth(place: Path) -> Iterator[Row]:
    start = statistics.median(_small(place).cpu for _ in range(TURNS))
    taken = {size: [_right(_judged(place, f"{size}.jsonl")) for _ in range(TURNS)] for size in SIZES}
    cpu = {size: statistics.median(one.cpu for one in each) - start for size, each in taken.items()}
    for size in SIZES:
        share = cpu[size] / cpu[SIZES[-1]] * SIZES[-1] / size
        peak = max(one.megabytes for one in taken[size])
        name = f"{size / 1e9:g} GB, whole action"
        yield Row(
            what=f"{name}: CPU beyond the start's, of proportional",
            figure=f"{cpu[size]:.2f} s, {share:.2f}",
            bar="0.85 to 1.15" if size < SIZES[-1] else "",
            holds=0.85 <= share <= 1.15,
        )
        yield Row(what=f"{name}: peak of a process", figure=f"{peak:.0f} MB", bar="≤ 200 MB", holds=peak <= 200)


def _hostile(place: Path) -> Iterator[Row]:
    for name, make in HOSTILE.items():
        made = place / "hostile"
        make(made)
        # A symbolic link would be no test: what a file is wrapped in is told by its bytes alone.
        one = _judged(place, made.name)
        if one.code not in {1, 3} or "Traceback" in one.said:
            raise SystemExit(f"{name}: ended with {one.code}\n{one.said[-2000:]}")
        yield Row(
            what=f"{name}: peak of a process, {one.cpu:.1f} s",
            figure=f"{one.megabytes:.0f} MB",
            bar="< 700 MB",
            holds=one.megabytes < 700,
        )
        made.unlink()


def _starts(place: Path) -> Iterator[Row]:
    pool = data.lines()
    (place / "small.jsonl").write_bytes(b"".join(next(pool) + b"\n" for _ in range(32)))
    (place / "required.json").write_text(
        json.dumps({name: data.params_of(kind)[:3] for kind, name in enumerate(data.KINDS)}), encoding="utf-8"
    )
    ours, node = [], []
    for turn in range(STARTS + 1):
        one = _small(place)
        other = _right(took(["node", "peers/spike.cjs", "required.json", "small.jsonl"], at=place))
        if turn:  # the first writes the bytecode
            ours.append(one.cpu)
            node.append(other.cpu)
    mine, theirs = statistics.median(ours), statistics.median(node)
    yield Row(
        what="32 events, whole action / a script under Node",
        figure=f"{mine * 1000:.0f} ms / {theirs * 1000:.0f} ms = {mine / theirs:.2f}",
        bar="≤ 2.5",
        holds=mine / theirs <= 2.5,
    )
    yield Row(what="32 events, whole action", figure=f"{mine * 1000:.0f} ms", bar="≤ 140 ms", holds=mine <= 0.14)


def _small(place: Path) -> Took:
    return _right(_judged(place, "small.jsonl"))


def _judged(place: Path, log: str, cores: int | None = None) -> Took:
    """Run the action as a user does."""
    shutil.rmtree(place / ".crossproof", ignore_errors=True)
    env = {"INPUT_LOGS": log, "INPUT_PLAN": "plan.json", "GITHUB_WORKSPACE": str(place)}
    return took([sys.executable, "-m", "crossproof", "validate-tracking-logs"], env, at=place, cores=cores)


def _own(place: Path, who: str, log: Path) -> str:
    return _right(took([sys.executable, "-m", "bench._judging", who, place / "plan.json", log])).said


def _right(one: Took) -> Took:
    if one.code:
        raise SystemExit(f"a side of the bench failed:\n{one.said[-3000:]}")
    return one


def _cut(whole: Path, part: Path, size: int) -> None:
    """Copy the lines that begin within the first bytes."""
    with whole.open("rb") as source, part.open("wb") as target:
        while target.tell() < size and (block := source.read(min(1 << 20, size - target.tell()))):
            target.write(block)
        target.write(source.readline())


def _place() -> tempfile.TemporaryDirectory[str]:
    memory = Path("/dev/shm")  # noqa: S108 - a disk's speed would be measured instead of ours
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


def _of(*parts: bytes | tuple[bytes, int]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            _write(file.write, parts)

    return make


def _gzip(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        _write(file.write, [(b"\n" * 1_000_000, 1000)])


def _zstd(path: Path) -> None:
    with zstd.open(path, "wb") as file:
        _write(file.write, [b'{"name":"', (b"x" * 1_000_000, 1000)])


def _write(write: Callable[[bytes], object], parts: Sequence[bytes | tuple[bytes, int]]) -> None:
    for part in parts:
        block, times = part if isinstance(part, tuple) else (part, 1)
        for _ in range(times):
            write(block)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "a line of 100 MB": _of(b'{"name":"home","params":{', (b'"key":"value",' * 1000, 7150), b'"a":"b"}}\n'),
    "a line of 16 MB that is 5 M objects": _of(b'{"name":"home","params":{"a":[', (b"{}," * 1000, 5300), b"{}]}}\n"),
    "an array of 60 MB that is 20 M objects": _of(b'[{"a":[', (b"{}," * 1000, 20_000), b"{}]}]\n"),
    "a line 10^5 deep": _of((b'{"a":' * 1000, 100), b"1", (b"}" * 1000, 100), b"\n"),
    "a gzip bomb of 1 GB of line ends": _gzip,
    "a zstd bomb that is one line of 1 GB": _zstd,
}
