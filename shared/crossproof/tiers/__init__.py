"""Decides which tiers of tests to run, on what, whether they could run at all, and what their results prove."""
