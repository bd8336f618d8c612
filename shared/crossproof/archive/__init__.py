"""Evidence that is kept: where each piece lies, what proves it, how it is found again, what it costs."""
