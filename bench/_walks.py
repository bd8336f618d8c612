"""Made-up walks through made-up apps: what a UI test records of them, with all that varies although nothing changed."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

Params = dict[str, Any]


@dataclass
class Line:
    """One line of a log."""

    name: str
    type: str
    time: float
    params: Params


Walk = list[Line]
App = Callable[[random.Random, int], Walk]

_HEADLINES = [
    "Minister tritt zurück",
    "Bayern gewinnt spät",
    "So wird das Wetter",
    "Streik bei der Bahn",
    "Was die Rente bringt",
    "Der große Vergleich",
]
_CHANNELS = ["politik", "sport", "wetter", "geld", "unterhaltung", "regional"]


def _hex(dice: random.Random, digits: int) -> str:
    return f"{dice.getrandbits(4 * digits):0{digits}x}"


def _uuid(dice: random.Random) -> str:
    h = _hex(dice, 32).upper()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def _token(dice: random.Random) -> str:
    return "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=20))


def news(dice: random.Random, run: int) -> Walk:
    """Thirteen events of a news app: live content, jitter, an optional param, a race, three to five repeats."""
    start = 1_770_370_000 + run * 43_200 + dice.uniform(0, 3000)
    asset, page_id, channel, session = _hex(dice, 24), _token(dice), dice.choice(_CHANNELS), _uuid(dice)
    build = str(2600 + run // 2 + dice.randrange(2))
    clock = [start]

    def common(page: str, document: str, kind: str) -> Params:
        return {
            "page_name": f"stage : {page}",
            "page_document_type": document,
            "event_type": kind,
            "user_is_logged_in": "false",
            "user_has_plus": "false",
            "dark_mode": "false",
            "tracking_id": _uuid(dice),
            "session_id": session,
            "app_name": "news",
            "app_version": "9.4.1",
            "app_build": build,
            "platform": "ios",
            "os_version": "17.5",
            "device_model": "iPhone15,2",
            "consent": "all",
            "screen_width": 393,
            "network": "wifi",
            "event_timestamp": int(clock[0] * 1000),
        }

    def at(name: str, kind: str, seconds: tuple[float, float], page: str, document: str, **own: Any) -> Line:
        clock[0] += dice.uniform(*seconds)
        return Line(name, kind, round(clock[0], 6), {**common(page, document, kind), **own})

    article = {
        "assetid": asset,
        "page_headline": dice.choice(_HEADLINES) + f" {dice.randrange(100)}",
        "page_channel1": channel,
        "article_is_premium": "false",
    }
    if dice.random() < 0.6:
        article["page_channel2"] = dice.choice(_CHANNELS) + "-ticker"
    media = {
        "media_id": _hex(dice, 12),
        "media_title": dice.choice(_HEADLINES),
        "media_duration": dice.randrange(30, 300),
        "media_autoplay": "true",
    }
    page, quick, slow = page_id, (0.05, 0.3), (0.5, 2.5)
    walk = [
        at("app_start", "link", quick, "start", "start", start_reason="cold"),
        at("consent_given", "link", slow, "consent", "consent", consent_layer="first"),
        at("home", "view", slow, page, "home", teaser_count=dice.randrange(80, 120)),
        at("teaser_click", "link", slow, page, "home", teaser_position=dice.randrange(1, 12)),
        at("article", "view", quick, page, "article", **article),
        at("ad_impression", "link", (0.0, 0.02), page, "article", ad_slot="mrec", ad_filled="true"),
        at("media_ready", "media", slow, page, "article", **media),
        at("media_play", "media", slow, page, "article", **media),
    ]
    walk += [
        at("media_time_changed", "media", (4.8, 5.4), page, "article", **media, media_position=5 * (i + 1))
        for i in range(dice.randint(3, 5))
    ]
    walk += [
        at("media_pause", "media", quick, page, "article", **media),
        at("media_finished", "media", slow, page, "article", **media),
        at("back", "link", slow, page, "article"),
        at("refresh", "link", slow, page, "home"),
    ]
    if dice.random() < 0.3:  # the ad answers before the page is through
        walk[4], walk[5] = walk[5], walk[4]
        walk[4].time, walk[5].time = walk[5].time, walk[4].time
    return walk


def shop(dice: random.Random, run: int) -> Walk:
    """Ten events of a shop: numbers, real booleans, prices, slugs, a null, a promotion that comes and goes, a race."""
    clock = [1_790_000_000 + run * 86_400 + dice.uniform(0, 9000)]
    visit = dice.randrange(10**9, 10**10)
    slug = dice.choice(["red-shoes", "blue-hat-xl", "socks", "rain-coat-2", "belt"])
    price, items = round(dice.uniform(5, 90), 2), dice.randint(1, 3)
    promotion = dice.random() < 0.5

    def line(name: str, wait: tuple[float, float], **own: Any) -> Line:
        clock[0] += dice.uniform(*wait)
        base = {
            "visit": visit,
            "visitor_new": True,
            "country": "DE",
            "currency": "EUR",
            "locale": "de_DE",
            "release_version": f"2026.{run // 3 + 20}",
            "ab_group": "control",
            "view_id": _hex(dice, 16),
            "sent_at": f"2026-07-{1 + run % 28:02}T10:{dice.randrange(60):02}:{dice.randrange(60):02}Z",
            "page_section": own.pop("section"),
            "load_ms": dice.randrange(90, 900),
            "logged_in": name in {"order", "thanks"},
        }
        return Line(name, "event", clock[0], base | own)

    product = {"product_slug": slug, "product_price": price, "product_in_stock": True}
    walk = [
        line("landing", (0, 1), section="start", campaign="none"),
        line("search", (1, 4), section="search", search_term=slug, search_hits=dice.randrange(1, 60)),
        line("listing", (0.2, 0.9), section="category", listing_sort="relevance"),
        line("product", (1, 3), section="product", **product),
    ]
    if promotion:
        walk.append(line("promotion_seen", (0.0, 0.3), section="product", promotion_name="summer"))
    walk += [line("scroll", (0.3, 2), section="product", scroll_depth=25 * (i + 1)) for i in range(dice.randint(2, 4))]
    walk += [
        line("add_to_cart", (0.5, 2), section="product", **product, quantity=items),
        line("cart", (0.3, 1), section="cart", cart_value=round(price * items, 2), cart_items=items, voucher=None),
        line("order", (2, 6), section="checkout", payment="invoice", shipping="standard"),
        line(
            "thanks",
            (0.4, 2),
            section="checkout",
            order_id=f"DE-{dice.randrange(10**6, 10**7)}",
            order_value=round(price * items, 2),
        ),
    ]
    if dice.random() < 0.3:
        walk[1].time, walk[2].time = walk[2].time, walk[1].time
    return sorted(walk, key=lambda each: each.time)


APPS: dict[str, App] = {"news": news, "shop": shop}


def runs(app: App, seed: str) -> Iterator[Walk]:
    """Give run after run of an app, each with dice of its own."""
    return (app(random.Random(f"{seed}/{run}"), run) for run in count())
