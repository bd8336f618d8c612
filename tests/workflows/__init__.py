"""Whole workflows, run offline by nektos/act: our actions from this tree, a GitHub on loopback, official ones as stand-ins."""

from tests.workflows.act import Act, Played, missing

__all__ = ["Act", "Played", "missing"]
