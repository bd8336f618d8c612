"""Tells a judgement: to the run's page, to a colleague, to a machine, and to somebody who doubts it months later."""
