"""Proves a change in one repository against the repositories it affects."""

__version__ = "1.0.0"

# The one place where the suite's address stands; a fork changes it and runs `make gen`.
HOME = "crossproof/crossproof"
