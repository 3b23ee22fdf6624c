"""A drill from start to report in a real browser: by keyboard, live, on a laptop and on a telephone."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.browser.conftest import OpenPage
from tests.browser.tour import LAPTOP, PHONE, clipped, map_ready, overflow, violations


def test_a_drill_is_run_by_keyboard_and_scored(open_page: OpenPage) -> None:
    """d ticks the next task, n writes; the clock counts down; a colleague's page follows; a score comes."""
    page = open_page("/control/drills", **LAPTOP)
    page.locator("section", has_text="암모니아 누출").get_by_role("button", name="훈련 시작").click()
    expect(page.locator(".drill-band")).to_be_visible()
    workspace = page.url
    map_ready(page)
    clock = page.locator(".countdown.big time")
    first = clock.text_content()
    assert re.fullmatch(r"1[45]:\d\d", first or "")
    expect(clock).not_to_have_text(first or "")
    other = open_page(re.sub(r"^https?://[^/]+", "", workspace), **LAPTOP)
    page.keyboard.press("d")
    expect(page.locator(".checklist li.done")).to_have_count(1)
    expect(other.locator(".checklist li.done")).to_have_count(1)
    page.keyboard.press("n")
    page.keyboard.type("119 도착")
    page.keyboard.press("Enter")
    expect(page.locator("#live ol.timeline")).to_contain_text("119 도착")
    expect(page.locator("#note")).to_have_value("")
    page.locator("summary", has_text="신고·예외 적기").click()
    page.locator("#text-chemical_immediate").fill("접수 7")
    page.locator(".drill-band").click()
    page.wait_for_timeout(5_500)  # a redraw in between must not fold it or lose what was typed
    expect(page.locator("#text-chemical_immediate")).to_have_value("접수 7")
    page.get_by_role("button", name="신고했음").click()
    expect(page.locator(".countdown.big")).to_have_attribute("data-standing", "met")
    with page.expect_download() as given:
        page.get_by_role("link", name="사후 보고서").click()
    assert given.value.suggested_filename.startswith("DRL-")
    page.get_by_role("button", name="훈련 마치기").click()
    expect(page.locator(".drill .figure-value")).to_contain_text("/ 100")
    map_ready(page)
    assert violations(page) == []
    assert clipped(page) == []


def test_what_is_drawn_on_the_map_is_kept(open_page: OpenPage) -> None:
    """A point with a name, drawn with the mouse, is there when the page is opened again."""
    page = open_page("/control/incidents/new", **LAPTOP)
    page.get_by_text("화재", exact=True).click()
    page.locator("#place").fill(page.locator("#places option").first.get_attribute("value") or "")
    page.get_by_role("button", name="열기").click()
    map_ready(page)
    page.get_by_label("그릴 것의 이름").fill("지휘소")
    page.get_by_role("button", name="점", exact=True).click()
    box = page.locator(".map canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 - 40)
    with page.expect_response(re.compile("/sketch$")) as answer:
        page.get_by_role("button", name="그림 저장").click()
    assert answer.value.ok
    page.reload()
    expect(page.locator("#live ol.timeline")).to_contain_text("도형 1개")
    phone = open_page(re.sub(r"^https?://[^/]+", "", page.url), language="en", **PHONE)
    expect(phone.locator("h1")).to_contain_text("Fire")
    assert overflow(phone) == 0
    assert violations(phone) == []
