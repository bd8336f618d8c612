"""The front door: reads the call, runs one action in the real world, and says how it ended."""


def entry() -> None:
    """Placeholder replaced before the first landing."""
