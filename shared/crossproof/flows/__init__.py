"""Strings several actions together, where a person would otherwise call them one after the other."""
