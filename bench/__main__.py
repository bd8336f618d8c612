"""`python -m bench [name …]`: measures, prints a table per bench, and ends red if a bar does not hold."""

import pkgutil
import sys
from importlib import import_module

import bench
from bench import Row


def main(asked: list[str]) -> int:
    """Run the named benches, or all of them."""
    there = [module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_")]
    if unknown := set(asked) - set(there):
        print(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(there)}", file=sys.stderr)
        return 2
    broken = 0
    for name in asked or there:
        module = import_module(f"bench.{name}")
        rows = list(module.rows())
        print(f"\n### {module.TITLE} ({name})\n\n{table(rows)}", flush=True)
        broken += sum(not row.holds for row in rows)
    print(f"\n{broken} of the bars above do not hold" if broken else "\nevery bar holds")
    return 1 if broken else 0


def table(rows: list[Row]) -> str:
    """Write rows as a Markdown table that is also readable as it stands."""
    cells = [("what", "measured", "promised", "")]
    cells += [(row.what, row.figure, row.bar, "" if not row.bar else "✓" if row.holds else "✗") for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in cells]
    return "\n".join([lines[0], f"|{'|'.join('-' * (width + 2) for width in widths)}|", *lines[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
