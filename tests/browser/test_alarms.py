"""An alarm from the sensor to the desk, and a rule tried before it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage
from tests.browser.gateways import Gateway
from tests.browser.tour import LAPTOP, PHONE, clipped, overflow, settled, violations

in_both = pytest.mark.parametrize("language", ["ko", "en"])


def gas_point(page: Page, sensor: str = "leak_sensor-0001") -> dict[str, Any]:
    """A point of a leak sensor of the demo that a rule watches by its own bound."""
    points = page.request.get(f"/api/points?thing={sensor}").json()["items"]
    return next(one for one in points if one["high"] is not None)


def leak(page: Page, gateway: Gateway) -> None:
    """Well above its bound for longer than the rule waits."""
    point = gas_point(page)
    now = datetime.now(UTC)
    times = (now - timedelta(seconds=30), now - timedelta(seconds=15), now)
    gateway.send([(point["id"], at, point["high"] * 4, point["unit"]) for at in times])


@in_both
def test_an_alarm_can_be_opened_read_and_acknowledged(open_page: OpenPage, gateway: Gateway, language: str):
    """It comes onto the list by itself; its page fits a desk and a phone, and says what to do."""
    page = open_page("/control/alarms", language=language, **LAPTOP)
    leak(page, gateway)
    name = {"ko": "누출", "en": "leak"}[language]  # in the name of every rule about leaks
    link = page.locator("#alarms table a", has_text=name).first
    expect(link).to_be_visible(timeout=30_000)
    link.click()
    page.wait_for_url("**/control/alarms/*")
    settled(page)
    expect(page.locator("#todo-title")).to_be_visible()
    found = {"wider by": overflow(page), "clipped": clipped(page), "axe": violations(page)}
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(150)
    found |= {"phone wider by": overflow(page), "phone axe": violations(page)}
    assert not {what: finding for what, finding in found.items() if finding}
    acknowledge = page.locator("form button.primary[data-key=a]")
    if acknowledge.count():  # whoever came first with the other language has done it
        acknowledge.click()
        expect(page.locator("#log-title").locator("xpath=../..")).to_contain_text(
            {"ko": "확인", "en": "Acknowledged"}[language]
        )
    page.goto("/control/performance")
    expect(page.locator("[aria-labelledby=top-title] a", has_text=name).first).to_be_visible()


@in_both
def test_a_rule_is_tried_before_it_is_kept(open_page: OpenPage, language: str):
    """One press on the form shows what the rule would have raised, or what is wrong with it."""
    page = open_page("/control/rules/new", language=language, expected="422", **LAPTOP)
    page.click("a[href='/control/rules/new?kind=high']")
    page.check("[name=quantities][value=active_power]")
    page.check("[name=kinds][value=meter]")
    page.fill("#r-limit", "1")
    page.select_option("#r-history", "1")
    button = page.get_by_role("button", name={"ko": "지난 자료로 시험", "en": "Try on history"}[language])
    button.click()
    expect(page.locator("#trial .chart[data-ready]")).to_have_count(2, timeout=60_000)
    assert page.locator("#trial tbody tr").count() > 0
    page.evaluate("scrollTo(0, 0)")  # nothing half under the bar at the top
    found = {"wider by": overflow(page), "clipped": clipped(page), "axe": violations(page)}
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(150)
    found |= {"phone wider by": overflow(page), "phone axe": violations(page)}
    assert not {what: finding for what, finding in found.items() if finding}
    page.fill("#r-on_delay", "soon")
    page.fill("#r-limit", "much")
    button.click()
    expect(page.locator("#trial .findings li")).to_have_count(2)
    assert page.url.endswith("/control/rules/new?kind=high")
