"""The log of an app: how bytes from anywhere become lines, and lines events, without trusting a single one."""
