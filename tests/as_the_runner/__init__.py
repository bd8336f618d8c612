"""Runs an action exactly as GitHub's runner does: its command lines, mounts, variables, file commands and signals.

job = Job(work=tmp_path, github={"api_url": sandbox.url}, secrets={"TOKEN": "…"})
result = Step(job=job, action="doctor", inputs={"token": "${{ secrets.TOKEN }}"}).run()
assert result.outputs["verdict"] == "passed"
"""

from tests.as_the_runner.action_yml import ActionYml
from tests.as_the_runner.job import OWNER, Job
from tests.as_the_runner.places import AsProcess, InContainer, Place
from tests.as_the_runner.step import Result, Running, Step

__all__ = ["OWNER", "ActionYml", "AsProcess", "InContainer", "Job", "Place", "Result", "Running", "Step"]
