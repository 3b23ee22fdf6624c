"""A leak of ammonia in the demo, from the sensor to the after-action report, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import stage
from tests.browser.tour import LAPTOP, clipped, map_ready, violations

MARKS = ("최초 감지", "경보 발생", "경보 확인", "사건 열기", "최초 전파", "법정 신고", "통제", "종결")
SOON = 90_000


@pytest.fixture
def operator(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """The operator of a demo in which ammonia is about to leak."""
    with stage.demo(tmp_path, firms=50, accident=1) as (address, _):
        cookies = stage.sign_in(chromium, address, "operator")
        context = chromium.new_context(
            base_url=address, storage_state=cookies, locale="ko-KR", viewport=LAPTOP
        )
        context.add_cookies([{"name": "language", "value": "ko", "url": address}])
        yield context.new_page()
        context.close()


def test_a_leak_is_answered_from_the_sensor_to_the_report(operator: Page, tmp_path: Path) -> None:
    """Every moment is measured, shown in the workspace and printed in the report."""
    page = operator
    page.goto("/control")
    expect(page.locator("#attention")).to_contain_text("암모니아 누출", timeout=SOON)
    expect(page).to_have_title(re.compile(r"^\(\d+\) "))
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/control/alarms")
    alarm = page.locator("tbody a", has_text="암모니아 누출")
    page.keyboard.press("a")
    expect(page.locator("tbody tr", has_text="암모니아 누출")).to_contain_text("확인")
    alarm.click()
    expect(page.locator("ol.timeline")).to_contain_text("확인")
    page.keyboard.press("i")
    expect(page.locator("[name=kind][value=leak]")).to_be_checked()
    page.get_by_role("button", name="열기").click()
    page.wait_for_url(re.compile(r"/control/incidents/INC-"))
    see_area(page)
    tell_people(page)
    report_to_the_law(page)
    close_case(page)
    text = read_report(page, tmp_path)
    for mark in MARKS:
        assert mark in text, mark


def see_area(page: Page) -> None:
    """A hundred kilograms within ten minutes: an area with firms, people and a model named."""
    hazard = page.locator("#hazard")
    hazard.locator("#hz-amount").fill("100")
    hazard.get_by_role("button", name="위험구역 계산").click()
    expect(hazard.locator("#hazard-result .figures")).to_be_visible(timeout=SOON)
    expect(hazard).to_contain_text("IDLH")
    expect(hazard).to_contain_text("모형")
    expect(hazard.locator("tbody tr").first).to_be_visible()
    map_ready(page)
    assert violations(page) == []
    assert clipped(page) == []


def tell_people(page: Page) -> None:
    """In test mode nothing leaves the house, and the page says so."""
    told = page.locator("#told")
    told.get_by_role("button", name="보낼 글 보기").click()
    told.get_by_role("button", name="지금 알리기").click()
    expect(told.locator("#told-list")).to_contain_text("밖으로 나가지 않음", timeout=SOON)


def report_to_the_law(page: Page) -> None:
    """The clock of fifteen minutes stops with the report."""
    expect(page.locator(".countdown.big time")).to_have_text(re.compile(r"^1[0-4]:\d\d$"))
    page.locator("summary", has_text="신고·예외 적기").click()
    page.get_by_role("button", name="신고했음").click()
    expect(page.locator(".countdown.big")).to_have_attribute("data-standing", "met")


def close_case(page: Page) -> None:
    """Under control, then closed with cause and measures; then every moment is on the page."""
    page.locator("summary", has_text="통제·종결").click()
    press(page, "통제됨", "contain")
    page.locator("#cause").fill("밸브 패킹 손상")
    page.locator("#measures").fill("패킹 교체, 분기마다 점검")
    page.locator("[name=release]").check()
    press(page, "종결", "close")
    page.reload()
    rows = page.locator("section", has=page.locator("h2", has_text="시각")).locator("tbody tr")
    for mark in MARKS:
        row = rows.filter(has_text=mark).first
        expect(row).to_contain_text(re.compile(r"\d{2}:\d{2}:\d{2}"))


def press(page: Page, name: str, path: str) -> None:
    """Press a button and wait until the server has done what it asks: a reload in between would cancel it."""
    with page.expect_response(lambda answer: answer.url.endswith(f"/{path}")) as answer:
        page.get_by_role("button", name=name, exact=True).click()
    assert answer.value.ok, answer.value.status


def read_report(page: Page, folder: Path) -> str:
    """The text of the after-action report."""
    with page.expect_download() as given:
        page.get_by_role("link", name="사후 보고서").click()
    path = folder / "report.pdf"
    given.value.save_as(path)
    with pypdfium2.PdfDocument(path) as document:
        return "".join(sheet.get_textpage().get_text_range() for sheet in document)
