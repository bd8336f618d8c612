"""The steps of a release, as release.yml runs them; each finds what an earlier run did and does the rest.

python -m crossproof_docs.release check               may it be released? prints tag=…, and sha=… if its commit is there
python -m crossproof_docs.release commit NAME=IMAGE…  pushes the release commit, of images built from NAME; prints sha=…
python -m crossproof_docs.release tag                 tags the release commit that is checked out, signed
python -m crossproof_docs.release series              moves the series to it, forward only
python -m crossproof_docs.release notes               prints the changelog's section of this version
python -m crossproof_docs.release images              prints a name for people, and the image that it is to name
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from crossproof import __version__
from crossproof_docs import releasing
from crossproof_docs.release_texts import NotReleasable, notes, refusals

ROOT = Path(__file__).parents[2]
TAG = f"v{__version__}"


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Do one step."""
    try:
        said = _said(arguments, root)
    except NotReleasable as why:
        print(why, file=sys.stderr)
        return 1
    print(said or __doc__, file=sys.stdout if said else sys.stderr)
    return 0 if said else 2


def _said(arguments: Sequence[str], root: Path) -> str:
    match arguments:
        case ["commit", *named] if named:
            return f"sha={releasing.commit(root, TAG, dict(pair.partition('=')[::2] for pair in named))}"
        case [step] if step in _STEPS:
            return _STEPS[step](root)
        case _:
            return ""


def _checked(root: Path) -> str:
    if found := refusals(__version__, _changelog(root)):
        raise NotReleasable("\n".join(found))
    return f"tag={TAG}\nsha={releasing.found(root, TAG, releasing.Refs.read(root))}"


def _named(root: Path) -> str:
    built = releasing.images(root).items()
    return "\n".join(
        f"{__version__}{file.removeprefix('Dockerfile').replace('.', '-')} {image}" for file, image in built
    )


def _changelog(root: Path) -> str:
    return (root / "CHANGELOG.md").read_text(encoding="utf-8")


_STEPS: Mapping[str, Callable[[Path], str]] = {
    "check": _checked,
    "tag": lambda root: releasing.tag_it(root, TAG),
    "series": lambda root: releasing.move_series(root, TAG),
    "notes": lambda root: notes(__version__, _changelog(root)),
    "images": _named,
}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
