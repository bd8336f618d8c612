"""`python -m crossproof_docs [--check]`: writes the generated files, or says which are not as they would be written."""

import sys
from pathlib import Path

from crossproof_docs import written

ROOT = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Write, or only compare."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m crossproof_docs [--check]", file=sys.stderr)
        return 2
    try:
        texts = written.files(ROOT)
    except ValueError as fault:  # a page without its marks, an example without a title: the words say which
        print(fault, file=sys.stderr)
        return 2
    differing, stale = written.differing(texts), written.stale(ROOT, texts)
    if not arguments:
        _write({path: texts[path] for path in differing}, stale)
        return 0
    for path in differing:
        print(f"{path.relative_to(ROOT)} is not what its source says; run `make gen`")
    for path in stale:
        print(f"{path.relative_to(ROOT)} has no action behind it; run `make gen`")
    return 1 if differing or stale else 0


def _write(texts: dict[Path, str], stale: list[Path]) -> None:
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    for path in stale:
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
