"""What other repositories' runs recorded: which of it is meant, whether it is whole, and where it may be put."""
