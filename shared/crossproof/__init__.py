"""Proves a change in one repository against the repositories it affects."""

__version__ = "0.1.0"
