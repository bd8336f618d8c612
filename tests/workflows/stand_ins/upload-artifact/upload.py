"""Chooses files as actions/upload-artifact does: lines of globs, `!` takes away, hidden ones only where asked for."""

import json
import os
import shutil
import sys
from itertools import takewhile
from pathlib import Path

chosen: set[Path] = set()
searched: set[Path] = set()  # paths in the artifact are below what these share
for line in filter(None, map(str.strip, os.environ["FILES"].splitlines())):
    found: set[Path] = set()
    for path in Path().glob(line.removeprefix("!").rstrip("/")):
        found |= {file for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()}
    if not line.startswith("!"):
        fixed = [*takewhile(lambda part: not set(part) & set("*?["), Path(line).parts)]
        searched.add(Path(*fixed) if Path(*fixed).is_dir() else Path(*fixed).parent)
    chosen = chosen - found if line.startswith("!") else chosen | found
if os.environ["HIDDEN"] != "true":
    chosen = {path for path in chosen if not any(part.startswith(".") for part in path.parts)}
if not chosen:
    said = f"No files were found with the provided path: {os.environ['FILES']}"
    sys.exit(said if os.environ["NONE"] == "error" else 0)
target = Path(os.environ["ARTIFACTS_IN"]) / os.environ["NAME"]
shutil.rmtree(target, ignore_errors=True)
root = Path(os.path.commonpath(searched))
for path in sorted(chosen):
    place = target / "files" / path.relative_to(root)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, place)
(target / "kept.json").write_text(json.dumps({"days": os.environ["DAYS"]}))
