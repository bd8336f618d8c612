"""What a test may touch, how far properties are explored, and what a run says about the tests it could not run."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket
from hypothesis import HealthCheck, settings

CI = os.environ.get("CI") == "true"
LAYERS = ("unit", "contract", "e2e", "conformance")
# Time never decides a test: no deadlines, and a slow machine is no finding.
SLOW_IS_FINE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "database": None}
settings.register_profile("quick", derandomize=True, max_examples=100, **SLOW_IS_FINE)
settings.register_profile("soak", derandomize=False, max_examples=5000, print_blob=True, **SLOW_IS_FINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="repeat races and properties for long (make soak)")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("soak" if config.getoption("--soak") else "quick")


@pytest.fixture
def times(request: pytest.FixtureRequest):
    """Choose how often a race is run: `times(few=3, many=300)`; `make soak` takes the many."""
    soak = request.config.getoption("--soak")
    return lambda *, few, many: many if soak else few


@pytest.fixture(autouse=True)
def only_this_machine() -> Iterator[None]:
    """Let no test speak to another machine; tests/unit closes even this one."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    pytest_socket._remove_restrictions()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    return _no_skip_in_ci(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    report = yield
    return _no_skip_in_ci(report)


def _no_skip_in_ci(report):
    if CI and report.skipped:
        report.outcome, report.longrepr = "failed", f"CI=true, and this was not run: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport) -> str:
    """Read why a test was skipped from (file, line, "Skipped: why"), or from an expected failure."""
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else getattr(report, "wasxfail", "")
    return why.removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ran = [r for how in ("passed", "failed") for r in terminalreporter.getreports(how) if r.when == "call"]
    by_layer = Counter("".join(Path(report.nodeid).parts[1:2]) for report in ran)
    shown = " · ".join(f"{layer} {by_layer[layer]}" for layer in LAYERS)
    why = Counter(_reason(report) for report in terminalreporter.getreports("skipped"))
    not_run = "; ".join(f"{count} of them, {reason}" for reason, count in sorted(why.items()))
    terminalreporter.write_line(f"Ran: {shown}. Could not run here: {not_run or 'nothing'}.")
