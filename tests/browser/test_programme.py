"""A quarter of a pledge: read, confirmed, checked, published, corrected, and readable as it was."""

from __future__ import annotations

import re
from datetime import datetime

from playwright.sync_api import FilePayload, Page, expect
from tests.browser.conftest import OpenPage

from sandan.clock import SEOUL
from sandan.programme.model.vocabulary import Quarter

CARD = """9-1 새마루 산단 통합물류센터 조성

사업기간\t2025년~2027년\t추진상황(%)\t추진 중(20%)
추진부서\t물류정책과 (홍길동 ☎000-0000)\t협조부서\t산업과

□ 사업개요
- 산단 공동 물류센터 1개소 구축

□ 연차별 투자계획
(단위 : 백만원)

구분\t계\t2025년\t2026년\t2027년
계\t12,000\t2,000\t6,000\t4,000
국비\t6,000\t1,000\t3,000\t2,000
시비\t6,000\t1,000\t3,000\t2,000
"""


def test_a_quarter_is_walked_from_the_document_to_the_citizen(open_page: OpenPage):
    """Import, confirm, ledger, check, approve, publish, correct, publish again; both stay readable."""
    page = import_card(open_page)
    plan = re.search(r"/programme/plans/([^/?]+)", page.url)
    assert plan is not None
    home = f"/programme/plans/{plan[1]}"
    expect(page.locator("h1")).to_contain_text("통합물류센터")
    page.goto(f"{home}/money")
    expect(page.locator("main")).to_contain_text("120억 원")
    check_quarter(open_page, page, home)
    chief = open_page(f"{home}/changes", role="officer2")
    publish(chief)
    citizen = open_page(f"/open/plans/{plan[1]}", role=None)
    expect(citizen.locator("main")).to_contain_text("120억 원")
    expect(citizen.locator("body")).not_to_contain_text("홍길동")
    correct_total(page, chief, home)
    citizen.reload()
    expect(citizen.locator("main")).to_contain_text("130억 원")
    citizen.goto(f"/open/plans/{plan[1]}/versions/2")
    expect(citizen.locator("main")).to_contain_text("120억 원")
    page.goto(f"{home}?version=1")
    expect(page.locator("main")).to_contain_text("통합물류센터")


def import_card(open_page: OpenPage) -> Page:
    """The officer uploads the card, confirms what was read, and brings it into a plan."""
    page = open_page("/programme/documents", role="officer")
    given: FilePayload = {"name": "새마루 공약 9-1.txt", "mimeType": "text/plain", "buffer": CARD.encode()}
    page.set_input_files("input[type=file]", given)
    page.get_by_role("button", name="올려서 읽기").click()
    page.wait_for_url("**/programme/drafts/*")
    expect(page.locator("main")).not_to_contain_text("홍길동")
    expect(page.locator("ol.lines li[data-used]").first).to_be_visible()
    page.get_by_role("button", name="확실한 행 모두 확인").click()
    expect(page.locator("main [role=status]").first).to_be_visible()
    page.get_by_role("button", name="계획에 반영").first.click()
    page.fill("dialog[open] input[name=reason]", "공약 카드 반영")
    page.get_by_role("button", name="반영", exact=True).click()
    page.locator("main ul a").first.click()
    return page


def check_quarter(open_page: OpenPage, page: Page, home: str) -> None:
    """The second officer opens the check, the first fills it, the second approves."""
    now = datetime.now(SEOUL)
    quarter = str(Quarter.at(Quarter(now.year, (now.month + 2) // 3).ordinal - 1))
    chief = open_page(f"{home}/checks", role="officer2")
    chief.fill("#quarter", quarter)
    chief.get_by_role("button", name="분기 점검 시작").click()
    page.goto(f"{home}/checks")
    page.locator("main table a.button").first.click()
    page.fill("#progress", "35")
    page.fill("#achievement", "기본설계를 마쳤다")
    page.get_by_role("button", name="제출").click()
    chief.goto(f"{home}/checks")
    chief.locator("main table a.button").first.click()
    chief.get_by_role("button", name="승인하고 계획에 반영").click()
    page.goto(home)
    expect(page.locator("main")).to_contain_text("35.0 %")


def publish(chief: Page) -> None:
    chief.reload()
    chief.get_by_role("button", name="이 판을 시민에게 공개").click()
    expect(chief.locator("main .badge.good", has_text="공개").first).to_be_visible()


def correct_total(page: Page, chief: Page, home: str) -> None:
    """The officer asks for another total; the second officer reviews, accepts and publishes it."""
    page.goto(home)
    page.locator("main table a", has_text="통합물류센터").first.click()
    page.locator("summary", has_text="틀린 값 바로잡기").click()
    choice = page.locator("#statement option", has_text="120억 원").first.get_attribute("value")
    page.select_option("#statement", choice)
    page.fill("#value", "13,000백만원")
    page.locator("form:has(#statement) [name=reason]").fill("총액 오기")
    page.get_by_role("button", name="정정 요청").click()
    chief.goto(f"{home}/changes")
    chief.get_by_role("link", name="총액 오기").click()
    chief.fill("#review", "원문과 대조함")
    chief.get_by_role("button", name="의견 남기기").click()
    chief.fill("#decision", "승인함")
    chief.get_by_role("button", name="승인", exact=True).click()
    chief.goto(f"{home}/changes")
    publish(chief)
