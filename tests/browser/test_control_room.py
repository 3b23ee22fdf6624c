"""The control room, as the operator on shift uses it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect
from tests.browser.conftest import FIRMS, OpenPage
from tests.browser.gateways import Gateway
from tests.browser.tour import map_ready, violations

DRAWN = """() => {
  const drawn = document.querySelector('.map').island.map.queryRenderedFeatures({ layers: ['building'] })
  return new Set(drawn.map(({ id }) => id)).size
}"""
FEATURE = """(id) => {
  const { byNumber } = document.querySelector('.map').island.sorted
  return [...byNumber.values()].map(({ properties }) => properties).find((one) => one.id === id)
}"""
COUNT_TONES = """() => {
  window.tones = 0
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when) }
}"""
SMALLEST = """Math.min(...[...document.querySelectorAll('body *')]
  .filter((e) => e.checkVisibility() && e.offsetWidth > 1)
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .map((e) => parseFloat(getComputedStyle(e).fontSize) || Infinity))"""
BESIDE_A_FIRM = """() => {
  const { island } = document.querySelector('.map')
  const { map, sorted } = island
  const { width, height } = map.getCanvas().getBoundingClientRect()
  for (let y = height / 3; y < height - 80; y += 6)
    for (let x = 60; x < width - 60; x += 6) {
      const found = island.at({ x, y }) // what a click would meet first
      const thing = found && sorted.byNumber.get(found.properties.n).properties
      if (thing?.id === 'building-0001') return { x, y, name: thing.name }
    }
}"""


def leak(page: Page, gateway: Gateway, sensor: str) -> str:
    """Let a leak sensor see well more than its bound for longer than the rule waits; the alarm's id."""
    points = page.request.get(f"/api/points?thing={sensor}").json()["items"]
    point = next(one for one in points if one["high"] is not None)
    times = [datetime.now(UTC) - timedelta(seconds=seconds) for seconds in (30, 15, 0)]
    told = gateway.send([(point["id"], at, point["high"] * 4, point["unit"]) for at in times])
    assert told["kept"] == 3
    return f"leak-{point['quantity']}@{point['id']}"


def name_of(page: Page, thing: str) -> str:
    return str(page.request.get(f"/api/things/{thing}").json()["name"])


def test_map_draws_the_complex_and_colours_what_is_abnormal(open_page: OpenPage, gateway: Gateway):
    """Every building stands; an alarm changes its thing's state on the map and in the list."""
    page = open_page("/control")
    map_ready(page)
    assert page.evaluate(DRAWN) >= FIRMS
    sensor = page.evaluate(FEATURE, "leak_sensor-0002")
    leak(page, gateway, "leak_sensor-0002")
    page.wait_for_function(
        "(n) => document.querySelector('.map').island.states.get(n) === 1", arg=sensor["n"]
    )
    row = page.locator("#attention tr", has_text=sensor["name"]).first
    expect(row).to_be_visible()
    expect(row.locator(".state")).to_have_attribute("data-state", "1")
    count = page.locator(".figure", has=page.locator("[data-figure=alarms]"))
    expect(count).to_have_attribute("data-state", "1")


def test_building_is_coloured_by_what_is_measured_in_it(open_page: OpenPage, gateway: Gateway):
    """From afar the building around a leaking sensor takes its state."""
    page = open_page("/control")
    map_ready(page)
    around = page.request.get("/api/things/leak_sensor-0003").json()["parent"]
    building = page.evaluate(FEATURE, around)
    leak(page, gateway, "leak_sensor-0003")
    page.wait_for_function(
        """(id) => document.querySelector('.map').island.map.getFeatureState({ source: 'buildings', id }).s
             === 1""",
        arg=building["n"],
    )


def test_key_figures_and_clock_go_on_by_themselves(open_page: OpenPage):
    """Nobody reloads a control room: figures change and the clock ticks by the stream."""
    page = open_page("/control")
    page.wait_for_selector("html[data-stream=open]")
    before = page.locator(".room-figures .figure-value").all_inner_texts()
    clock = page.locator("[data-clock]").inner_text()
    page.wait_for_function(
        """(before) => [...document.querySelectorAll('.room-figures .figure-value')]
             .some((value, i) => value.textContent !== before[i])""",
        arg=before,
    )
    expect(page.locator("[data-clock]")).not_to_have_text(clock)
    expect(page.locator("[data-live]")).to_have_text("실시간")


def test_click_on_a_building_opens_its_firm_and_points(open_page: OpenPage):
    """The panel names the firm, what is measured there, and leads to its page."""
    page = open_page("/control")
    map_ready(page)
    spot = page.evaluate(BESIDE_A_FIRM)
    assert spot is not None
    page.locator(".map canvas").first.click(position={"x": spot["x"], "y": spot["y"]})
    panel = page.locator("#panel")
    expect(panel.locator("h2")).to_contain_text(spot["name"])
    expect(panel.locator("h2 .badge-simulated")).to_have_text("모의")
    firm = page.request.get("/api/things/firm-0001").json()["name"]
    expect(panel.locator(".chip", has_text=firm)).to_be_visible()
    assert panel.locator("tbody tr").count() >= 2
    panel.locator(".chart[data-ready] svg path").first.wait_for(state="attached")
    assert not violations(page)
    panel.locator("a.button", has_text="자세히").click()
    expect(page.locator("h1")).to_contain_text(spot["name"])


def test_attention_is_worked_through_by_keyboard(open_page: OpenPage, gateway: Gateway):
    """The list says in words what the map shows in colours; what comes in meanwhile takes nobody's place."""
    page = open_page("/control")
    first = leak(page, gateway, "leak_sensor-0004")
    map_ready(page)
    page.locator(f"[id='attend-{first}']").wait_for()
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == f"attend-{first}":
            break
    second = leak(page, gateway, "leak_sensor-0005")
    page.locator(f"[id='attend-{second}']").wait_for()
    assert page.evaluate("document.activeElement.id") == f"attend-{first}"
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel.locator("h2")).to_contain_text(name_of(page, "leak_sensor-0004"))
    panel.locator("a.button", has_text="자세히").press("Enter")
    page.wait_for_url("**/things/leak_sensor-0004")


def state_of(page: Page, alarm: str) -> str:
    """The state of an open alarm."""
    standing = page.request.get("/api/control/alarms").json()["alarms"]
    return next(str(one["state"]) for one in standing if one["id"] == alarm)


def test_a_new_urgent_alarm_is_heard_and_acknowledged_without_leaving(open_page: OpenPage, gateway: Gateway):
    """The title counts it; one key acknowledges it in place; the sound, once turned off, stays off."""
    page = open_page("/control")
    page.evaluate(COUNT_TONES)
    sound = page.locator("[data-sound]")
    expect(sound).to_be_visible()
    if sound.get_attribute("data-sound") != "on":
        sound.click()
    expect(sound).to_have_attribute("data-sound", "on")
    heard = page.evaluate("window.tones")
    alarm = leak(page, gateway, "leak_sensor-0003")
    page.wait_for_function("(n) => window.tones >= n + 3", arg=heard)
    expect(page).to_have_title(re.compile(r"^\(\d+\) "))
    page.evaluate("window.stayed = true")
    while state_of(page, alarm) == "unacknowledged":  # what earlier tests left may come first
        first = page.locator("#next").inner_text()
        page.keyboard.press("a")
        page.wait_for_function("(was) => document.querySelector('#next').innerText !== was", arg=first)
    assert state_of(page, alarm) == "acknowledged"
    assert page.evaluate("window.stayed")
    sound.click()
    expect(sound).to_have_attribute("data-sound", "off")
    page.reload()
    expect(sound).to_have_attribute("data-sound", "off")


def test_dark_theme_stays_and_keeps_its_contrast(open_page: OpenPage):
    """The choice is remembered, and the server sends the next page dark at once."""
    page = open_page("/things")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click(".menu > summary")
    page.click("[data-theme-toggle]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    for path in ("/things/firm-0001", "/ingest", "/control"):
        page.goto(path)
        assert 'data-theme="dark"' in page.request.get(path).text()[:200]
        page.wait_for_selector("html[data-stream=open]")
        assert not violations(page)


def test_wall_mode_drops_the_menu_and_is_read_from_three_metres(open_page: OpenPage):
    """No type is below 25 px of 1920: 15 mm on a panel of 55 inches, 17 minutes of arc from three metres."""
    page = open_page("/control?wall=1", width=1920, height=1080)
    expect(page.locator("html")).to_have_attribute("data-wall", "")
    expect(page.locator("#nav")).to_be_hidden()
    assert page.evaluate(SMALLEST) >= 25
    map_ready(page)
