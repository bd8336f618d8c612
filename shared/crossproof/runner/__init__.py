"""The Actions runner's protocol, ours and complete: the one place that reads INPUT_* and writes workflow commands."""
