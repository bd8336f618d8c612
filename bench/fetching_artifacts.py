"""fetch-artifacts against the official action's flow (its HTTP client and its extractor, in Node) on the same zips.

Both are whole processes: they list, ask for addresses, download, hash and unpack; ours also judges each archive before
it is unpacked, checks every CRC, hashes every file and writes the manifest.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import Row

TITLE = "Fetching artifacts against the official flow"
ROOT = Path(__file__).parents[1]
OFFICIAL = Path(__file__).parent / "official_download"
RUNS = 3
LINK = 50_000_000.0  # bytes a second that storage gives one connection, as measured on hosted runners
MOST_MEMORY = 110  # MB


@dataclass(frozen=True)
class Set:
    """Some artifacts, and what was promised for them."""

    name: str
    make: Callable[[Path], None]
    bar: float
    shaped_bar: float = 0.0


@dataclass(frozen=True)
class Taken:
    """What a process took."""

    seconds: float
    cpu: float  # tells the truth also where others use the machine
    megabytes: float


def rows() -> Iterator[Row]:
    """Measure every set, both sides in turns, the best of three each."""
    with _temporary() as place:
        official = _official(place)
        for one in SETS:
            zips = place / "zips"
            zips.mkdir()
            # By a process of its own: what this one had in memory would count as its children's.
            subprocess.run([sys.executable, "-m", "bench.fetching_artifacts", one.name, zips], cwd=ROOT, check=True)
            yield from _compared(one.name, zips, official, 0.0, one.bar)
            if one.shaped_bar:
                yield from _compared(f"{one.name}, 50 MB/s a connection", zips, official, LINK, one.shaped_bar)
            shutil.rmtree(zips)


def _made(name: str, zips: Path) -> None:
    next(one for one in SETS if one.name == name).make(zips)


def _compared(name: str, zips: Path, official: Path, rate: float, bar: float) -> Iterator[Row]:
    with _serving(zips, rate) as url:
        ours, theirs = [], []
        for _ in range(RUNS):
            theirs.append(_run(lambda out: ["node", official / "fetch.mjs", url, "acme/ios-app", "7", out], zips))
            ours.append(_run(lambda _: [sys.executable, "-m", "crossproof", "fetch-artifacts"], zips, _inputs(url)))
    best, rival = (min(taken, key=lambda one: one.seconds) for taken in (ours, theirs))
    ratio, peak = best.seconds / rival.seconds, max(one.megabytes for one in ours)
    told = f"{best.seconds:.2f} s / {rival.seconds:.2f} s = {ratio:.2f}"
    yield Row(what=f"{name}: ours / official", figure=told, bar=f"≤ {bar:.2f}", holds=ratio <= bar)
    cpu, rival_cpu = (min(one.cpu for one in taken) for taken in (ours, theirs))
    yield Row(what=f"{name}: CPU", figure=f"{cpu:.2f} s / {rival_cpu:.2f} s = {cpu / rival_cpu:.2f}")
    rival_peak = max(one.megabytes for one in theirs)
    yield Row(
        what=f"{name}: peak memory",
        figure=f"{peak:.0f} MB (official {rival_peak:.0f})",
        bar=f"≤ {MOST_MEMORY} MB",
        holds=peak <= MOST_MEMORY,
    )


def _run(command: Callable[[Path], list[object]], zips: Path, env: dict[str, str] | None = None) -> Taken:
    out = zips.parent / "out"
    out.mkdir()
    try:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command(out)],
            cwd=out,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "shared"), **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = process.stdout.read() if process.stdout else b""
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"a side of the bench failed:\n{said.decode(errors='replace')[-3000:]}")
        found = sum(1 for path in out.rglob("*") if path.is_file() and ".crossproof" not in path.parts)
        if found != _files_in(zips):
            raise SystemExit(f"{found} files were unpacked, and there are {_files_in(zips)}")
        return Taken(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)
    finally:
        shutil.rmtree(out)


def _files_in(zips: Path) -> int:
    return sum(len(zipfile.ZipFile(path).namelist()) for path in zips.glob("*.zip"))


def _inputs(url: str) -> dict[str, str]:
    return {
        "INPUT_API_URL": url,
        "INPUT_TOKEN": "made-up",
        "INPUT_REPOSITORY": "acme/ios-app",
        "INPUT_RUN_ID": "7",
        "PYTHONDONTWRITEBYTECODE": "",
    }


@contextmanager
def _serving(zips: Path, rate: float) -> Iterator[str]:
    command = [sys.executable, "-m", "bench._artifact_host", str(zips), str(rate)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.kill()


@contextmanager
def _temporary() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - a disk's speed would be measured instead of ours
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as path:
        yield Path(path)


def _official(place: Path) -> Path:
    target = place / "official"
    shutil.copytree(OFFICIAL, target)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=target, check=True)
    return target


def _big(zips: Path) -> None:
    """Four members of a video and a log each: 450 MB that unpack to 820."""
    dice = random.Random(1)
    log = _log(dice, 105_000_000)
    with zipfile.ZipFile(zips / "big.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(4):
            with archive.open(f"part-{number}.bin", "w") as file:
                for _ in range(10):
                    file.write(dice.randbytes(10_500_000))
                file.write(log)


def _many(zips: Path) -> None:
    dice = random.Random(2)
    with zipfile.ZipFile(zips / "many.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20_000):
            archive.writestr(f"logs/{number % 100:02}/event-{number:05}.jsonl", _log(dice, 1_900))


def _several(count: int, size: int) -> Callable[[Path], None]:
    def make(zips: Path) -> None:
        dice = random.Random(3)
        for number in range(count):
            with zipfile.ZipFile(zips / f"part-{number:03}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("log.jsonl", _log(dice, size))
                archive.writestr("video.bin", dice.randbytes(size * 9 // 10))

    return make


def _log(dice: random.Random, size: int) -> bytes:
    """Make tracking events: the same params again and again, a few values of which differ."""
    params = ",".join(f'"param_{number}":"a value that does not change {number}"' for number in range(8))
    form = f'{{"timestamp":%d,"name":"home","params":{{{params},"page":"%08x","tracking_id":"%016x"}}}}\n'.encode()
    count = -(-size // (len(form) + 25))
    return b"".join(form % (dice.getrandbits(31), dice.getrandbits(32), dice.getrandbits(64)) for _ in range(count))


SETS = (
    Set("1 x 450 MB", _big, 0.30, shaped_bar=0.30),
    Set("1 zip of 20,000 files", _many, 0.20),
    Set("50 x 5.5 MB", _several(50, 5_500_000), 0.55),
    Set("500 x 16 KB", _several(500, 16_000), 0.70),
)

if __name__ == "__main__":
    _made(sys.argv[1], Path(sys.argv[2]))
