"""From the decision to tell to the answer on a telephone, in a real browser."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage
from tests.browser.tour import LAPTOP, PHONE, clipped, overflow, violations

PICTURES = os.environ.get("SANDAN_PICTURES")


def look(page: Page, name: str) -> None:
    """Nothing runs over the edge or offends axe-core; a picture where somebody wants one."""
    assert {"wider by": overflow(page), "clipped": clipped(page), "axe": violations(page)} == {
        "wider by": 0,
        "clipped": [],
        "axe": [],
    }
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_an_operator_tells_and_somebody_answers(open_page: OpenPage):
    """Three presses from the incident to the message; the answer comes back into the open page."""
    page = open_page("/control/incidents/new", **LAPTOP)
    page.check("[name=kind][value=leak]")
    page.fill("[name=place]", page.locator("datalist option").first.get_attribute("value") or "")
    page.fill("[name=title]", "암모니아 냄새")
    page.locator("main form button.primary").click()
    told = page.locator("#told")
    told.get_by_role("button", name="보낼 글 보기").click()
    expect(told.locator("#notice-preview .told li").first).to_be_visible()
    look(page, "preview")
    told.get_by_role("button", name="지금 알리기").click()
    expect(told.locator("[role=status]")).to_contain_text("알렸습니다")
    expect(told.locator("#told-list")).to_contain_text("밖으로 나가지 않음", timeout=20_000)
    row = told.locator("#told-list .told li", has_text="119").first
    row.locator("summary").click()
    link = re.search(r"/n/[A-Za-z0-9_-]+", row.inner_text())
    assert link
    look(page, "told")
    ring = told.locator("#told-list ol.told li", has_text="119").first
    ring.get_by_role("button", name="받지 않음").click()
    expect(told.locator("#told-list ol.told li", has_text="받지 않음").last).to_be_visible()
    expect(told.locator("#told-list .timeline")).to_contain_text("받지 않음")

    telephone = open_page(link[0], role=None, **PHONE)
    expect(telephone.locator("h1")).to_contain_text("화학")
    look(telephone, "notice")
    telephone.get_by_role("button", name="확인했습니다").click()
    expect(telephone.locator("[role=status]")).to_contain_text("관제센터에 전해졌습니다")
    look(telephone, "answered")
    expect(row).to_contain_text("확인함", timeout=20_000)
    page.set_viewport_size(PHONE)
    look(page, "told-on-a-phone")
