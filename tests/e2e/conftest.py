"""What end-to-end tests start from: an engine, a job on a runner, and the two places a step can run in."""

from collections.abc import Iterator

import pytest
from tests.as_the_runner import AsProcess, InContainer, Job, engine


@pytest.fixture(scope="session")
def in_container() -> InContainer:
    """Run steps in the image that the runner would build; skipped where no engine is."""
    if why := engine.missing():
        pytest.skip(why)
    return InContainer()


@pytest.fixture(params=["as a process", "in the container"])
def place(request: pytest.FixtureRequest):
    """Run the same test in both places."""
    return AsProcess() if request.param == "as a process" else request.getfixturevalue("in_container")


@pytest.fixture
def job(tmp_path) -> Iterator[Job]:
    """A job of acme/app with nothing checked out; what a test leaves running ends with it."""
    job = Job(work=tmp_path / "work")
    with job.at_end:
        yield job
