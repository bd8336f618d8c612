"""GitHub's own REST description, cut down to the operations that the sandbox speaks."""
