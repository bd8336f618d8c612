"""The baseline: what an app's earlier runs have in common, learned from them and held against a new run."""
