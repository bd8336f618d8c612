"""A pytest plugin that writes down each test before, while and after it runs, so that a crash hides nothing.

It is put into the tests' own container: nothing but the standard library and pytest, nothing newer than Python 3.8.
JUnit XML is written at the end only: nothing of it is left after `os._exit`, SIGTERM or SIGKILL.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from typing import Any

LONGEST = 20000  # characters of one failure's text


class Journal:
    """One file per pytest process; each line is whole when the call returns."""

    def __init__(self, folder: str) -> None:
        """Open a file that no other process has."""
        path = os.path.join(folder, "%d-%s.jsonl" % (os.getpid(), uuid.uuid4().hex[:8]))
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._write = os.write  # kept: a test may put another `os` in its place

    def write(self, event: str, **more: Any) -> None:
        """Append one line by one write, which the kernel keeps even if this process dies now."""
        line = json.dumps(dict(more, e=event), ensure_ascii=True, default=str)
        self._write(self._file, line.encode() + b"\n")


def _last(hook: Any) -> Any:
    """Be called after everybody else; what `pytest.hookimpl` does, without importing pytest."""
    hook.pytest_impl = {"trylast": True}
    return hook


def _of_xdist(hook: Any) -> Any:
    """Be called if there is such a hook."""
    hook.pytest_impl = {"optionalhook": True}
    return hook


class Reporter:
    """Listens to pytest."""

    def __init__(self, journal: Journal) -> None:
        """Write to a journal."""
        self._journal = journal
        self._own: list[str] = []

    def pytest_sessionstart(self, session: Any) -> None:
        """Say who reports."""
        import pytest  # noqa: PLC0415 - it is there when this is called, and this file is also read where it is not

        self._journal.write("start", pytest=pytest.__version__, root=str(session.config.rootpath), at=time.time())

    def pytest_collectreport(self, report: Any) -> None:
        """Keep what could not be collected: those tests exist and were not run."""
        if report.failed:
            self._journal.write("uncollected", id=report.nodeid, text=_text(report))

    @_last
    def pytest_collection_modifyitems(self, session: Any, config: Any, items: Any) -> None:
        """Tell all tests, and leave to this shard what is its own."""
        self._own = _choose(self._journal, config, items)

    @_last
    def pytest_collection_finish(self, session: Any) -> None:
        """Tell which tests are left, where another plugin took out some after us."""
        _finish(self._journal, self._own, session)

    @_of_xdist
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Any) -> None:
        """Tell all tests where xdist's workers collect them; where these leave some to other shards, they tell."""
        if _shard()[1] == 1:
            self._journal.write("collected", all=list(ids), mine=list(ids))

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        """Say which test is about to run."""
        file, line, _ = location
        self._journal.write("test", id=nodeid, file=file, line=(line or 0) + 1, at=time.time())

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep how a phase of a test ended; a plugin's rerun shows here and in no XML."""
        self._journal.write(
            "phase",
            id=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            seconds=round(report.duration, 4),
            xfail=getattr(report, "wasxfail", None),
            text="" if report.passed else _text(report),
        )

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        """Say that a test is over."""
        self._journal.write("done", id=nodeid)

    def pytest_sessionfinish(self, session: Any, exitstatus: Any) -> None:
        """Say how pytest ends."""
        self._journal.write("end", exit=int(exitstatus))


def _text(report: Any) -> str:
    if isinstance(report.longrepr, tuple):  # (file, line, "Skipped: why")
        return str(report.longrepr[2])
    text = getattr(report, "longreprtext", None) or str(report.longrepr or "")
    for name, content in getattr(report, "sections", ()):
        text += "\n---- %s ----\n%s" % (name, content)
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + "\n[...]\n" + text[-LONGEST // 2 :]


def _choose(journal: Journal, config: Any, items: Any) -> list[str]:
    every = [item.nodeid for item in items]
    shard, shards = _shard()
    if shards > 1:
        import tier_sharding  # type: ignore[import-not-found]  # noqa: PLC0415 - lies beside this file in the tests' container

        with open(os.environ["TIER_DURATIONS"], encoding="utf-8") as file:
            owner = tier_sharding.assigned(every, shards, json.load(file))
        others = [item for item in items if owner[tier_sharding.file_of(item.nodeid)] != shard]
        items[:] = [item for item in items if owner[tier_sharding.file_of(item.nodeid)] == shard]
        if others:
            config.hook.pytest_deselected(items=others)
    mine = [item.nodeid for item in items]
    journal.write("collected", all=every, mine=mine)
    return mine


def _finish(journal: Journal, own: list[str], session: Any) -> None:
    left = [item.nodeid for item in session.items]
    if left != own:
        journal.write("left", ids=left)


def _shard() -> tuple[int, int]:
    shard, shards = os.environ.get("TIER_SHARD_OF", "1/1").split("/")
    return int(shard), int(shards)


class Shard:
    """In a worker of xdist: leaves to this shard what is its own, and tells what all is; the controller cannot."""

    @_last
    def pytest_collection_modifyitems(self, session: Any, config: Any, items: Any) -> None:
        """Choose as the controller would."""
        self._journal = Journal(os.environ["TIER_RESULTS_OF_WORKERS"])
        self._own = _choose(self._journal, config, items)

    @_last
    def pytest_collection_finish(self, session: Any) -> None:
        """Tell which tests are left, as the controller would."""
        _finish(self._journal, self._own, session)


def pytest_configure(config: Any) -> None:
    """Report, unless this is a worker of xdist (its controller hears everything) or pytest was started by a test."""
    folder = os.environ.get("TIER_RESULTS")
    if hasattr(config, "workerinput"):
        if os.environ.get("TIER_RESULTS_OF_WORKERS") and _shard()[1] > 1:
            config.pluginmanager.register(Shard(), "crossproof-tiers")
    elif folder:
        os.environ["TIER_RESULTS_OF_WORKERS"] = os.environ.pop("TIER_RESULTS")
        config.pluginmanager.register(Reporter(Journal(folder)), "crossproof-tiers")
