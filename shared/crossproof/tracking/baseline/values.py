"""How a value is remembered: short words as they are, everything else by its shape and a hash that leads nowhere.

A profile lies in a repository, so it must hold nobody's data. Texts that are no plain word and long numbers are kept
as 16 bits of their SHA-256: enough to tell that a value changed (a change is missed once in 65,536), and too little to
find it, since each of the 65,536 stands for 150,000 of all telephone numbers. What is personal is not kept at all.
"""

import hashlib
import json
import re
from functools import lru_cache
from itertools import groupby, pairwise

HIDDEN = "(hidden)"
# Made anew each time by their nature: that they differ says nothing.
MADE_ANEW = frozenset({"uuid", "time", "id", "ip", "e-mail"})
# What programs write where they have no value: a type of its own, so that it is found wherever it never was.
STAND_IN = "stand-in"
_STAND_INS = frozenset({"undefined", "null", "nil", "NaN", "None", "(null)", "Optional(nil)", "[object Object]"})

_LOOKED_AT = 200  # no longer text has a shape
_LONGEST_WORD = 48
_LONG_ID = 12
_LONGEST_SHAPE = 32
_MOST_HUMPS = 3  # of a word inCamelCaseLikeThis
_MOST_DIGITS = 6  # of a number that is written out
_FORMATS = (
    ("uuid", re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)),
    (
        "time",
        re.compile(
            r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.{0,24})?|\d\d?[./]\d\d?[./](?:19|20)\d\d|1\d{9}(?:\d{3})?(?:\.\d{1,9})?",
            re.ASCII,
        ),
    ),
    ("ip", re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){3,7}", re.ASCII)),
    ("url", re.compile(r"[a-z][a-z0-9+.-]{1,20}://.*", re.ASCII | re.DOTALL)),
    ("e-mail", re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}", re.ASCII)),
    ("id", re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]{12,}={0,2}", re.ASCII)),
)
_WORD = re.compile(r"[A-Za-z0-9 _.:/|+-]{1,%d}" % _LONGEST_WORD, re.ASCII)  # noqa: UP031 - braces of the pattern
_LONG_PART = re.compile(r"\d{%d,}|[A-Za-z0-9]*\d[A-Za-z0-9]{11,}" % (_MOST_DIGITS + 1), re.ASCII)  # noqa: UP031 - as above
_FULL_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z.]*)* [A-Z][a-z]+", re.ASCII)
_PERSONAL = re.compile(
    r"e?_?mail|(?:^|_|tele)phone|msisdn|(?:first|last|full|user|sur|nick|given|family)_?name|birth|street|address|iban"
    r"|latitude|longitude|(?:^|_)(?:lat|lon|lng|ip|zip|postal)(?:$|_)",
    re.IGNORECASE,
)


@lru_cache(2048)
def personal(param: str) -> bool:
    """Tell by its name that a param holds what is about a person."""
    return _PERSONAL.search(param) is not None


def type_of(value: object) -> str:
    """Name the JSON type, apart from texts that are none: `empty`, and `stand-in` such as "undefined"."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "empty" if not value else STAND_IN if value in _STAND_INS else "string"
        case int() | float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"


def read(value: object) -> tuple[str, str]:
    """Give the shape of a value, and the words by which it is remembered."""
    if isinstance(value, str):
        return _read_text(value) if len(value) <= _LOOKED_AT else _read(value)
    return _read(value)


def _read(value: object) -> tuple[str, str]:
    looks = _shape(value)
    return looks, _remembered(value, looks)


_read_text = lru_cache(2048)(_read)  # most values come again; only texts, since 1 and true are equal as keys


def _shape(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case str():
            return _shape_of_text(value)
        case int() | float():
            return "time" if _FORMATS[1][1].fullmatch(_number(value)) else "number"
        case list():
            return "array"
        case _:
            return "object"


def _remembered(value: object, looks: str) -> str:
    match value:
        case bool():
            return "(true)" if value else "(false)"
        case str() if _is_plain(value, looks):
            return value
        case str():
            return _hashed(looks, value)
        case int() | float() if len(_number(value)) <= _MOST_DIGITS:
            return f"({_number(value)})"
        case _:
            return _hashed(looks, json.dumps(value, sort_keys=True))


def _is_plain(text: str, looks: str) -> bool:
    """Tell a word that somebody wrote into the app from what may be about a person or an article."""
    if looks in MADE_ANEW or looks == "text" or _FULL_NAME.fullmatch(text):
        return False
    return _WORD.fullmatch(text) is not None and not _LONG_PART.search(text)


def shown(key: str) -> str:
    """Say for a reader by what a value is remembered."""
    return f"a certain {looks_of(key)}" if "#" in key else key.strip("()")


def looks_of(key: str) -> str:
    """Give back the shape of a value that was remembered by it; a word has none."""
    return key.rpartition("#")[0]


def _hashed(looks: str, text: str) -> str:
    return f"{looks}#{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:4]}"


def _number(value: object) -> str:
    """Write a number; one that is too long for any use is not written out (Python stops at 4300 digits)."""
    return "9" * 20 if isinstance(value, int) and abs(value) >= 1 << 63 else repr(value)


def _shape_of_text(text: str) -> str:
    """Say what a text looks like: `uuid`, `a : 9`, `9-9`; `text` where it is prose."""
    if len(text) > _LOOKED_AT:
        return "text"
    found = next((name for name, pattern in _FORMATS if pattern.fullmatch(text)), None)
    if found:
        return found
    if len(text) >= _LONG_ID and _is_scrambled(text) and text.isalnum():
        return "id"
    classes = "".join(_part(kind, "".join(chars)) for kind, chars in groupby(text, _class))
    prose = re.sub(r"(?:a[ ,;'-]+){2,}[ax9]?", "text", classes)
    return prose if len(prose) <= _LONGEST_SHAPE and "text" not in prose else "text"


def _class(char: str) -> str:
    return "x" if char.isalnum() else char


def _part(kind: str, chars: str) -> str:
    if kind != "x":
        return " " if kind.isspace() else kind
    if chars.isascii() and chars.isdigit():
        return "9"
    return "a" if chars.isalpha() and not _is_scrambled(chars) else "x"


def _is_scrambled(letters: str) -> bool:
    """Tell a random id that happens to hold no digit from a word, by how often its case goes up."""
    return sum(one.islower() and other.isupper() for one, other in pairwise(letters)) > _MOST_HUMPS
