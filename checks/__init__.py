"""What `make check` runs: every tool that can say something is wrong without running the suite."""
