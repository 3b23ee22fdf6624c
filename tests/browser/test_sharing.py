"""A day of sharing made final and read by a member, and a stream of heat changed, in a real browser."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage
from tests.browser.tour import LAPTOP, PHONE, clipped, fitted, overflow, settled, violations

from sandan.clock import SEOUL

SOON = 120_000


def look(page: Page) -> None:
    """Nothing runs over the edge, is cut off or offends axe-core, at a desk and on a phone."""
    for viewport in (LAPTOP, PHONE):
        page.set_viewport_size(viewport)
        page.evaluate("scrollTo(0, 0)")
        fitted(page)
        found = {"wider by": overflow(page), "clipped": clipped(page), "axe": violations(page)}
        assert not {what: finding for what, finding in found.items() if finding}
    page.set_viewport_size(LAPTOP)


def test_a_day_is_compared_made_final_and_read_by_a_member(open_page: OpenPage) -> None:
    """The comparison of rules comes by itself; the paper checks against the data of then."""
    day = (datetime.now(SEOUL) - timedelta(days=1)).date().isoformat()
    page = open_page(f"/energy/sharing?period={day}", role="energy")
    table = page.locator("[aria-labelledby=rules-title] table").first
    expect(table.locator("tbody tr")).to_have_count(4, timeout=SOON)
    settled(page)
    look(page)
    page.locator("#papers form button").click()
    page.wait_for_url(re.compile(r"/energy/sharing/papers/"))
    look(page)
    page.locator("main .actions a", has_text="다시 확인").click()
    expect(page.locator("main [role=status]")).to_contain_text("같은 입력")
    firm = open_page("/energy/sharing", role="firm")
    firm.locator("#papers a").first.click()
    expect(firm.locator("main tbody").first.locator("tr")).to_have_count(1)
    look(firm)


def test_a_stream_of_heat_is_changed_by_hand(open_page: OpenPage) -> None:
    """One power between two hours stands for the day; the edition before it is refused."""
    page = open_page("/energy/heat", role="energy")
    page.locator("main a[href^='/energy/heat/streams/edit']").first.click()
    look(page)
    address = page.url
    page.fill("#power", "77")
    page.fill("#reason", "현장 조사")
    page.locator("main button.primary").click()
    page.wait_for_url(re.compile(r"done=saved"))
    page.goto(address)
    page.locator("details.fold[open]").wait_for()
    expect(page.locator("#h12")).to_have_value("77")
