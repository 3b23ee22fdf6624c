"""A battery set up, armed with its limits in view, run by hand and stopped, at a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage
from tests.browser.tour import LAPTOP, PHONE, clipped, overflow, settled, violations

HERE = "/energy/dispatch/battery-0001"
NOWHERE = 'host = "127.0.0.1"\nport = 9\ntopic = "plant/ess/setpoint"'
"""A broker that is not there: whatever is armed here tells nobody anything."""


def look(page: Page) -> None:
    """Nothing runs over the edge, is cut off or offends axe-core."""
    settled(page)
    found = {"wider by": overflow(page), "clipped": clipped(page), "axe": violations(page)}
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(150)
    found |= {"phone wider by": overflow(page), "phone axe": violations(page)}
    page.set_viewport_size(LAPTOP)
    assert not {what: finding for what, finding in found.items() if finding}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_battery_is_armed_and_stopped(open_page: OpenPage, language: str):
    """From its entry over the page that says what arming means to one click that stops all."""
    page = open_page(f"{HERE}/entry", role="energy", language=language, **LAPTOP)
    page.fill("#settings", NOWHERE)
    page.locator("main button.primary").click()
    expect(page.locator(".note.good")).to_be_visible()
    look(page)

    page.goto(f"{HERE}/arm")
    expect(page.locator(".badge.bad")).to_be_visible()  # it does not answer, and says so
    look(page)
    page.fill("#reason", "합의서 2026-7")
    page.check("[name=agreed]")
    page.locator("main button.primary").click()
    expect(page.locator("#hand-title")).to_be_visible()
    page.select_option("#what", "hands_off")
    page.fill("#reason", "점검")
    page.locator("[aria-labelledby=hand-title] button.primary").click()
    expect(page.locator(".note.warn")).to_contain_text("점검")
    look(page)

    page.goto("/energy/dispatch")
    page.locator(".page-head button.danger").click()
    expect(page.locator(".note.good")).to_be_visible()
    expect(page.locator(".page-head button.danger")).to_have_count(0)
    page.goto(f"{HERE}/entry")
    page.locator("main button.danger").click()
    expect(page.locator(".note.good")).to_be_visible()
