"""Judges what an app really sent: against a tracking plan, and against the app's own past."""
