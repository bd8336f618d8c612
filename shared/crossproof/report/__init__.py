"""Text makers: Markdown, troubles, crash reports. Pure: a value goes in, a text comes out."""
