"""The page of a report, in a real browser: it can be read, filtered and kept, complains of nothing and asks for nothing."""

import json
from itertools import count

import pytest
from tests import chromium
from tests.tracking import Step

PLAN = """plan: 1
name: news
version: "2026.6"
events:
  home_pv: {match: {name: home}, params: {id: {type: string, pattern: "^[0-9]+$"}}}
  article_pv: {match: {name: article}, params: {id: {type: string}, headline: {type: string}}}
  an_event_with_a_name_that_is_longer_than_what_fits_beside_its_lane: {match: {name: long}, unknown_param: warning}
timing: {gaps: [{from: home_pv, to: article_pv, max: 10s}]}
ignore: [{rule: param/missing, event: article_pv, param: headline, until: 2099-01-31, reason: it comes later}]
"""
HOSTILE = "<img src=http://evil.example/x onerror=alert(1)><script>alert(2)</script>"


def lines():
    second = count(1770370000)
    for number in range(20):
        yield "home", {"id": "x" if number % 4 == 0 else str(number)}, next(second)
        yield "article", {"id": HOSTILE, "headline" if number % 2 else HOSTILE: "y"}, next(second)
        yield "long", {"an_unplanned_param_with_a_long_name": "v" * 500}, next(second)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    log = "\n".join(json.dumps({"name": name, "timestamp": at, "params": params}) for name, params, at in lines())
    step = Step({"plan.yaml": PLAN})
    step.run({f"logs/{'a-long-directory/' * 4}app.jsonl": log + "\n{broken"})
    page = tmp_path_factory.mktemp("report") / "index.html"
    page.write_bytes(step.report.files["index.html"])
    return page


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if why := chromium.missing():
        pytest.skip(why)
    with chromium.page(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
def page(browser, file):
    browser.open(file)
    return browser


def shown(page) -> list[tuple[str, str]]:
    """Read level and event of the rows that can be seen."""
    rows = "[...document.querySelectorAll('tr[data-level]')].filter(row => row.offsetParent)"
    return [tuple(row) for row in page.ask(f"{rows}.map(row => [row.dataset.level, row.dataset.event])")]


def test_the_page_complains_of_nothing_and_asks_for_nothing_but_itself(page, file):
    page.complaints.clear()
    page.asked.clear()
    page.open(file)
    assert page.complaints == []
    assert page.asked == [file.as_uri()]
    assert page.ask("document.querySelectorAll('img, table script, iframe').length") == 0


def test_every_level_can_be_picked_and_the_rest_goes_away(page):
    every = shown(page)
    assert {"error", "warning", "accepted"} <= {level for level, _ in every}
    for level in page.ask("[...document.getElementById('level').options].map(option => option.value)"):
        page.choose("#level", level)
        assert shown(page) == [row for row in every if level in {"", row[0]}]
        assert page.ask("document.getElementById('shown').textContent") == f"{len(shown(page))} of {len(every)}"


def test_every_event_can_be_picked_and_its_lane_of_the_timeline_stands_out(page):
    every = shown(page)
    for event in page.ask("[...document.getElementById('event').options].map(option => option.value)"):
        page.choose("#event", event)
        assert shown(page) == [row for row in every if event in {"", row[1]}]
        lanes = "[...document.querySelectorAll('g[data-event]')]"
        bright = page.ask(f"{lanes}.filter(lane => lane.style.opacity != 0.15).map(lane => lane.dataset.event)")
        assert bright == ([event] if event else page.ask(f"{lanes}.map(lane => lane.dataset.event)"))


def test_words_are_looked_for_as_they_are_written(page):
    every = shown(page)
    page.click("#words")
    page.write("PARAM/pattern")
    assert shown(page) == [("error", "home_pv")]
    page.write(" nowhere")
    assert shown(page) == []
    page.ask("document.getElementById('words').select()")
    page.write(" ")
    assert shown(page) == every


@pytest.mark.parametrize("width", [1300, 800, 400])
def test_no_part_of_the_page_is_cut_off(page, file, width):
    """What is wider than its place can be scrolled there, never the page; and on a desk nothing needs it."""
    page.open(file, width=width)
    assert page.ask("document.documentElement.scrollWidth") <= width
    if width == 1300:
        places = page.ask("[...document.querySelectorAll('.scroll')].map(each => [each.scrollWidth, each.clientWidth])")
        assert [wide <= there for wide, there in places] == [True] * len(places)


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_stands_out_from_what_is_behind_it(page, file, dark, tmp_path):
    """Contrast as WCAG 2 measures it: 4.5 to 1."""
    page.open(file, dark=dark)
    weak = page.ask(CONTRAST)
    page.picture(tmp_path / "page.png")
    assert weak == [], f"see {tmp_path / 'page.png'}"


CONTRAST = """
(() => {
  const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = colour => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const behind = each => { for (; each; each = each.parentElement) {
    const colour = rgb(getComputedStyle(each).backgroundColor); if (colour[3] === 255) return colour; }
    return rgb('white'); };
  const weak = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const each = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !each.getClientRects().length) continue;
    const style = getComputedStyle(each);
    const text = rgb(each.closest('svg') ? style.fill : style.color), back = behind(each);
    const [high, low] = [light(text), light(back)].sort((a, b) => b - a);
    if ((high + 0.05) / (low + 0.05) < 4.5)
      weak.add(each.tagName + '.' + (each.className.baseVal ?? each.className) + ' ' + text + ' on ' + back);
  }
  return [...weak];
})()
"""
