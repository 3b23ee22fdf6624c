"""A battery dragged by keyboard, and the complex run again, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import stage
from tests.browser.tour import LAPTOP, PHONE, clipped, fitted, overflow, violations

SOON = 120_000


@pytest.fixture
def engineer(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """The energy engineer of a demo with two days behind it, so that one of them is whole."""
    with stage.demo(tmp_path, firms=50, days=2) as (address, _):
        cookies = stage.sign_in(chromium, address, "energy")
        context = chromium.new_context(
            base_url=address, storage_state=cookies, locale="ko-KR", viewport=LAPTOP
        )
        context.add_cookies([{"name": "language", "value": "ko", "url": address}])
        yield context.new_page()
        context.close()


def look(page: Page) -> None:
    """Nothing runs over the edge, is cut off or offends axe-core, at a desk and on a phone."""
    for viewport in (LAPTOP, PHONE):
        page.set_viewport_size(viewport)
        page.evaluate("scrollTo(0, 0)")
        fitted(page)
        found = {"wider by": overflow(page), "clipped": clipped(page), "axe": violations(page)}
        assert not {what: finding for what, finding in found.items() if finding}
    page.set_viewport_size(LAPTOP)


def test_a_year_is_dragged_and_a_complex_run_again(engineer: Page) -> None:
    """Arrow keys on a slider change the number beside it and the year; the complex is reckoned meanwhile."""
    page = engineer
    page.goto("/energy/what-if")
    page.fill("#batteries", "2")
    page.get_by_role("button", name="한 해 다시 돌리기").click()
    page.wait_for_url(re.compile(r"/energy/what-if/runs/"))
    run = page.url
    page.goto("/energy/what-if/meter-0002")
    saved = page.locator(".figure", has_text="덜 내는 돈").locator(".figure-value")
    expect(saved).to_have_text(re.compile(r"^0\s"))
    for name in ("power", "energy"):
        slider = page.locator(f"#{name}-slider")
        slider.focus()
        for _ in range(30):
            page.keyboard.press("ArrowRight")
        expect(page.locator(f"#{name}")).to_have_value(slider.input_value())
    expect(saved).not_to_have_text(re.compile(r"^0\s"), timeout=SOON)
    expect(page.locator("#year")).to_contain_text("되풀이했습니다")
    look(page)
    page.goto(run)
    expect(page.locator("#run .figures")).to_be_visible(timeout=SOON)
    expect(page.locator("#asked-title")).to_be_visible()
    expect(page.locator("#run")).not_to_have_attribute("hx-get", re.compile("."))
    look(page)
