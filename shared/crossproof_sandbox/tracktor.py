"""An app whose tests record what it sends: what the tracking repository's extension, at a commit, makes of events."""

import json
import random
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from crossproof_sandbox.life import Job, Life, Step, Trigger, Upload
from crossproof_sandbox.repository import Repository

EVENT = "run-tracktor-from-tracking-team"
EXTENSION = "extensions/doPlugins/doPlugins_bild_apps.js"
PLAN = "tracking/bild-apps.plan.yaml"
BASELINE = "tracking/baselines/ios.json"
WORKFLOW = """\
name: TRACKTOR E2E Tests
run-name: "TRACKTOR [${{ github.event.client_payload.dispatch.id || inputs.correlation_id }}]"
on:
  repository_dispatch:
    types: [run-tracktor-from-tracking-team]
  workflow_dispatch:
    inputs:
      commit_sha: {type: string}
      environment: {type: choice, options: [dev, qa, stage, prod], default: stage}
      triggered_by: {type: string}
      correlation_id: {type: string}
  schedule:
    - cron: "0 8 * * 1,4"
jobs:
  run-tracktor-tests:
    runs-on: macos-latest
    steps: [{run: make e2e}]
"""
GOOD = """\
// What the apps send with each event. Names are those of the tracking plan.
export function doPlugins(a, b) {
  b.page_name = `${a.environment} : ${a.page_id}`;
  b.page_document_type = a.document_type;
  b.user_is_logged_in = String(a.user.loggedIn);
  b.tracking_id = a.uuid;
  if (a.event === "article") {
    b.assetid = a.article.id;
    b.page_headline = a.article.headline;
  }
  if (a.media) {
    b.media_id = a.media.id;
    b.media_position = Math.floor(a.media.seconds);
  }
}
"""
BROKEN = GOOD.replace("b.page_headline", "b.headline")
PLAN_TEXT = """\
# yaml-language-server: $schema=https://raw.githubusercontent.com/crossproof/crossproof/v1/schemas/tracking-plan.json
plan: 1
name: bild-apps
version: "2026.11"
owner: tracking team
policy: {unknown_event: error, unknown_param: error}

bundles:
  page:
    page_name: {type: string, pattern: "^(dev|qa|stage|prod) : [A-Za-z0-9]{20}$"}
    page_document_type: {enum: [home, article]}
    user_is_logged_in: {enum: ["true", "false"]}
    tracking_id: {type: string, format: uuid}
  media:
    media_id: {type: string, minLength: 4}
    media_position: {type: integer, minimum: 0}

events:
  home:
    description: The user sees the home page.
    match: {name: home, type: view}
    use: [page]
    count: 1..3
  article:
    description: The user reads an article.
    match: {name: article, type: view}
    owner: editorial tracking
    use: [page]
    params:
      assetid: {type: string, pattern: "^[0-9a-f]{24}$"}
      page_headline: {type: string, minLength: 3}
    count: 1..5
  media_ready: {match: {name: media_ready}, use: [page, media], count: 1}
  media_play: {match: {name: media_play}, use: [page, media], count: 1..2}
  media_pause: {match: {name: media_pause}, use: [page, media], count: 1}
  media_finished: {match: {name: media_finished}, use: [page, media], count: 1}

flows:
  - id: watch_a_video
    steps: [media_ready, media_play, media_pause, media_play, media_finished]
unique:
  - {key: /params/tracking_id}
timing:
  window: {from: run_start, to: run_end, skew: 2m}
baseline:
  volatile: [tracking_id, page_name, assetid, page_headline, media_id]
"""
_WALK = (  # what the tests do: a tap on home, two articles, a video to its end
    ("home", "view", "home", None),
    ("article", "view", "article", None),
    ("home", "view", "home", None),
    ("article", "view", "article", None),
    ("media_ready", "event", "article", 0),
    ("media_play", "event", "article", 0),
    ("media_pause", "event", "article", 7),
    ("media_play", "event", "article", 7),
    ("media_finished", "event", "article", 31),
)
_HEADLINES = ("Das Wetter am Wochenende", "So wird der Spieltag", "Rezept: Kartoffelsuppe", "Neue Züge ab Dezember")
_SET = re.compile(r"\bb\.(\w+) = ")


def life(trigger: Trigger, tracking: Repository, now: datetime, *, seconds: float = 6) -> Life:
    """Run the tests for the commit that the trigger names: the app sends what the extension there says."""
    told: Mapping[str, Any] = trigger.client_payload or trigger.inputs
    commit = tracking.history.commits.get(str(told.get("commit_sha", "")), tracking.head)
    queued = 1.0
    began = now + timedelta(seconds=queued)
    log = record(commit.files[EXTENSION].decode(), str(told.get("environment", "stage")), began, seed=commit.sha)
    return Life(
        phases=(("queued", queued), ("in_progress", seconds)),
        jobs=(Job(name="run-tracktor-tests", steps=(Step(name="make e2e", takes=seconds),)),),
        artifacts=(Upload(name=f"tracktor-logs-{commit.sha}", content={"BILDNews/tracking.jsonl": log}),),
    )


def record(extension: str, environment: str, began: datetime, *, seed: str) -> str:
    """Write the log of one walk through the app, an event a line."""
    dice = random.Random(seed)  # noqa: S311 - the same walk sends the same
    params = [_params(extension, environment, each, dice) for each in _WALK]
    lines = [
        {
            "timestamp": (began + timedelta(seconds=0.4 * (number + 1) + dice.random() / 10)).timestamp(),
            "params": said,
            "vendor": {"tealium": {}},
            "name": name,
            "type": kind,
        }
        for number, ((name, kind, _, _), said) in enumerate(zip(_WALK, params, strict=True))
    ]
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def _params(
    extension: str, environment: str, step: tuple[str, str, str, int | None], dice: random.Random
) -> dict[str, Any]:
    """Say what the extension makes of one event: each `b.<name> = …` of a block that applies is a param."""
    name, _, document, seconds = step
    values = {
        "page_name": f"{environment} : {''.join(dice.choices('ABCDEFGHJKLMNPQRSTUVWXYZ0123456789', k=20))}",
        "page_document_type": document,
        "user_is_logged_in": "false",
        "tracking_id": str(uuid.UUID(int=dice.getrandbits(128), version=4)).upper(),
        "assetid": f"{dice.getrandbits(96):024x}",
        "media_id": f"clip-{dice.randrange(10**6):06}",
        "media_position": seconds,
    }
    headline = dice.choice(_HEADLINES)
    return {param: values.get(param, headline) for param in _set(extension, name, media=seconds is not None)}


def _set(extension: str, event: str, *, media: bool) -> Iterator[str]:
    applies = True
    for line in extension.splitlines():
        if "if (" in line:
            applies = media if "a.media" in line else f'"{event}"' in line
        elif line.strip() == "}":
            applies = True
        elif (found := _SET.search(line)) and applies:
            yield found[1]
