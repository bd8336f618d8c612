"""Makes the logs and the plan that the benches of tracking share: in the shape of TRACKTOR's, 1.6 kB a line."""

import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path

KINDS = ("home", "article", "ready", "play", "pause", "finished", "time_changed", "replay", "order")
_PATTERNS = {
    "page_name": "^(stage|qa|prod) : ",
    "assetid": "^[0-9]+$",
    "app_version": r"^[0-9]+\.[0-9]+\.[0-9]+$",
    "page_path": "^/",
    "consent_string": "^[A-Z0-9]{8}$",
    "user_hash": "^[0-9a-f]{32}$",
    "session_id": "^[0-9a-f-]{36}$",
    "os_version": r"^[0-9]+(\.[0-9]+)*$",
    "device": "^[A-Za-z0-9, ]+$",
    "language": "^[a-z]{2}-[A-Z]{2}$",
    "ad_id": "^[0-9A-F-]{36}$",
    "build": "^[0-9]{4,6}$",
    "screen": "^[0-9]+x[0-9]+$",
    "page_channel1": "^[A-Z][a-z]+",
    "page_ressort": "^[a-z/]+$",
}
_ENUMS = {
    "user_is_logged_in": ["true", "false"],
    "page_is_premium": ["true", "false"],
    "network": ["wifi", "cell", "offline"],
    "orientation": ["portrait", "landscape"],
}


def params_of(kind: int) -> list[str]:
    """Name the 41 to 49 params of a kind."""
    return [*_PATTERNS, *_ENUMS, "tracking_id", *(f"page_attr_{n:02}" for n in range(21 + kind))]


def plan() -> str:
    """Write the plan, as JSON (which YAML is)."""
    types = {
        **{name: {"type": "string", "pattern": pattern} for name, pattern in _PATTERNS.items()},
        **{name: {"enum": values} for name, values in _ENUMS.items()},
        "tracking_id": {"type": "string", "format": "uuid"},
    }
    events = {
        name: {
            "match": {"name": name, "type": "view"},
            "params": {param: types.get(param, {"type": "string"}) for param in params_of(kind)},
            "unknown_param": "error",
        }
        for kind, name in enumerate(KINDS)
    }
    written = {
        "plan": 1,
        "name": "bench",
        "version": "1",
        "events": events,
        "flows": [
            {
                "id": "media",
                "scope": "session",
                "steps": ["ready", "play", {"event": "time_changed", "repeat": "0..*"}, "finished"],
            },
            {"before": ["home", "article"]},
        ],
        "unique": [{"key": "/params/tracking_id"}],
        "timing": {
            "monotonic": "warning",
            "gaps": [{"event": "time_changed", "scope": "session", "p95": "60s", "max": "10m"}],
        },
    }
    return json.dumps(written)


def lines(*, bad: float = 0.0, seed: int = 7) -> Iterator[bytes]:
    """Write events without end; a share of them broken in one of four ways."""
    chance = random.Random(seed)
    words = [
        f"{chance.choice(['Politik', 'Sport', 'Unterhaltung', 'Regional'])} {n} {'x' * chance.randint(0, 5)}"
        for n in range(400)
    ]
    time, session, made = 1770370997.0, "", 0
    while True:
        if made % 32 == 0:
            session = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        kind = (0, 1, 2, 3, 6, 6, 6, 4, 3, 6, 6, 5, 7, 8)[made % 14]
        time += chance.random()
        params = {
            "page_name": f"stage : {chance.choice(words)}",
            "assetid": str(chance.randint(10**6, 10**9)),
            "app_version": "9.14.2",
            "page_path": f"/ressort/{chance.randint(1, 999)}",
            "consent_string": "ABCD1234",
            "user_hash": f"{chance.getrandbits(128):032x}",
            "session_id": session,
            "os_version": "26.1",
            "device": "iPhone15,4",
            "language": "de-DE",
            "ad_id": "00000000-0000-0000-0000-000000000000",
            "build": "202606",
            "screen": "1179x2556",
            "page_channel1": chance.choice(words),
            "page_ressort": "politik/inland",
            **{name: chance.choice(values) for name, values in _ENUMS.items()},
            "tracking_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)).upper(),
            **{name: chance.choice(words) for name in params_of(kind)[len(_PATTERNS) + len(_ENUMS) + 1 :]},
        }
        if bad and chance.random() < bad:
            match chance.randrange(4):
                case 0:
                    del params["app_version"]
                case 1:
                    params["network"] = "5g"
                case 2:
                    params["assetid"] = "not a number"
                case _:
                    params["surplus"] = "?"
        event = {
            "timestamp": round(time, 6),
            "params": params,
            "vendor": {"tealium": {}},
            "name": KINDS[kind],
            "type": "view",
        }
        yield json.dumps(event, separators=(",", ":")).encode()
        made += 1


def write(path: Path, size: int, *, bad: float = 0.0) -> int:
    """Fill a file up to so many bytes; answers the number of events."""
    pool = lines(bad=bad)
    written = events = 0
    with path.open("wb") as file:
        while written < size:
            line = next(pool) + b"\n"
            file.write(line)
            written += len(line)
            events += 1
    return events
