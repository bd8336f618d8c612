"""Decides whether a name that came from outside may become a path below a directory of ours."""

import re
import unicodedata

from crossproof.artifacts.refusal import UnsafeArchive
from crossproof.units import clip

_LONGEST_PART = 255  # NAME_MAX of every file system a runner has
_LONGEST_PATH = 3072  # PATH_MAX is 4096, and the workspace stands before it
_DEEPEST = 100
# C0 and C1 controls (a line feed in a name is a forged log line), and the characters that reorder what a reader sees.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_DRIVE = re.compile(r"[A-Za-z]:")
# What git itself takes for `.git`: HFS+ ignores these characters, NTFS trailing dots, spaces and a short name.
_IGNORED_BY_HFS = re.compile("[\u200c\u200d\u200e\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_GIT = re.compile(r"(?:\.git|git~\d+)[. ]*(?::.*)?", re.IGNORECASE)


def safe_path(name: str) -> str:
    """Give the path, with `.` and empty parts dropped, or refuse it; an empty result names the directory itself."""
    if found := _UNPRINTABLE.search(name):
        raise UnsafeArchive("printable-names", f"{clip(name)} contains the character U+{ord(found.group()):04X}.")
    if "\\" in name:
        raise UnsafeArchive("one-separator", f"{clip(name)} contains a backslash: some systems take it for a slash.")
    if name.startswith("/") or _DRIVE.match(name):
        raise UnsafeArchive("relative-names", f"{clip(name)} is an absolute path.")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    for part in parts:
        _check_part(part, name)
    path = "/".join(parts)
    if len(parts) > _DEEPEST or len(path.encode()) > _LONGEST_PATH:
        raise UnsafeArchive("short-names", f"{clip(name)} is deeper than {_DEEPEST} or longer than {_LONGEST_PATH}.")
    return path


def safe_part(name: str, *, called: str) -> str:
    """Accept a name as one directory or file, such as an artifact's; `called` says what it is the name of."""
    if not name or "/" in name or name in {".", ".."}:
        raise UnsafeArchive("one-part", f"{called} {clip(name)} cannot be the name of one file or directory.")
    return safe_path(name)


def collision_key(path: str) -> str:
    """Give two paths the same key when some file system of a developer would take them for the same file."""
    return (
        path.lower() if path.isascii() else unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    )


def _check_part(part: str, name: str) -> None:
    if part == "..":
        raise UnsafeArchive("inside-only", f"{clip(name)} leads out of its directory.")
    if len(part) * 4 > _LONGEST_PART and len(part.encode()) > _LONGEST_PART:
        raise UnsafeArchive("short-names", f"a part of {clip(name)} is longer than {_LONGEST_PART} bytes.")
    if "g" in part or "G" in part:
        plain = part if part.isascii() else _IGNORED_BY_HFS.sub("", part)
        if _GIT.fullmatch(plain):
            raise UnsafeArchive("no-git", f"{clip(name)} would change a git repository: its hooks are run by git.")
