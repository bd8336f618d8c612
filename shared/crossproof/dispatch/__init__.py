"""Starts a run elsewhere, finds exactly that run, follows it, and says what it proved. The world is behind ports."""
