"""The workspace's files: what is read from it, and what is placed into it whole or not at all."""
