"""Fills the generated parts of a page that people write, and leaves every other line as it is."""

import re
from collections.abc import Mapping

_SECTION = re.compile(r"<!-- begin (?P<name>[a-z]+) -->\n(?P<body>.*?)<!-- end (?P=name) -->", re.DOTALL)
_MARK = re.compile(r"<!-- (?:begin|end) [a-z]+ -->")


def fill(page: str, sections: Mapping[str, str], where: str) -> str:
    """Put each section between its two marks; a section without marks, or marks without a section, is an error."""
    found = marked(page)
    if len(_MARK.findall(page)) != 2 * len(found):
        raise ValueError(f"{where}: a `<!-- begin … -->` or `<!-- end … -->` has no partner")
    if sorted(found) != sorted(sections):
        raise ValueError(f"{where}: has marks for {sorted(found)}, but what is written there is {sorted(sections)}")
    return _SECTION.sub(lambda match: _marked(match["name"], sections[match["name"]]), page)


def marked(page: str) -> list[str]:
    """Name the sections that a page marks."""
    return [match["name"] for match in _SECTION.finditer(page)]


def skeleton(title: str, lead: str, sections: Mapping[str, str]) -> str:
    """Start a page that has no prose yet: everything on it is generated, and true."""
    parts = [f"## {name.capitalize()}\n\n{_marked(name, body)}" for name, body in sections.items()]
    return "\n\n".join([f"# {title}", lead, *parts]) + "\n"


def _marked(name: str, body: str) -> str:
    return f"<!-- begin {name} -->\n{body}\n<!-- end {name} -->"
