"""Writes every file that says again what the actions' modules declare: metadata, tables, catalog and schemas."""
