"""GitHub's operations, one module for each family of resources."""
