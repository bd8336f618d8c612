"""Docker, Compose, git and processes: everything that run-tiered-tests does outside its own process."""
