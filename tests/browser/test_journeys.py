"""From one page to the next: looking something up, letting readings in, changing who one is."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.conftest import OpenPage, SignedIn
from tests.browser.gateways import Gateway
from tests.browser.tour import PHONE, STOPS, Stop, clipped, overflow, settled, violations

from sandan.clock import SEOUL

QUARTER = timedelta(minutes=15)
METER = "meter-0002.active_energy"
BARS = """(n) => {
  const fills = [...document.querySelectorAll('.chart svg path')].map((path) => path.getAttribute('fill'))
  return fills.some((fill) => fill !== 'none' && fills.filter((other) => other === fill).length === n)
}"""


def test_from_the_list_to_a_thing_to_its_chart(open_page: OpenPage):
    """Search, open, explore: three clicks from a firm's name to its curve."""
    page = open_page("/things")
    firm = page.request.get("/api/things/firm-0002").json()["name"]
    page.fill("#q", firm)
    page.locator("#q").press("Enter")
    page.locator("main table a[href='/things/firm-0002']").first.click()
    expect(page.locator("h1")).to_contain_text(firm)
    expect(page.locator("h1 .badge-simulated")).to_have_text("모의")
    expect(page.locator("#latest tbody tr").first).to_be_visible()
    page.locator("a.button", has_text="탐색에서 보기").click()
    expect(page.locator("h1")).to_have_text("탐색")
    page.locator(".chart[data-ready] svg path").first.wait_for(state="attached")
    assert page.locator("#chosen .chip").count() >= 1


def test_gap_is_drawn_as_a_gap_and_downloaded_as_one(open_page: OpenPage, gateway: Gateway):
    """Two hours without a reading: no bars, a coverage that says so, and no such rows in the file."""
    day = (datetime.now(SEOUL) - timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
    times = [day + i * QUARTER for i in range(48) if not 16 <= i < 24]
    told = gateway.send([(METER, at, 20.0 + at.hour, "kWh") for at in times])
    assert (told["kept"], told["quarantined"]) == (40, 0)
    noon = day + timedelta(hours=12)
    page = open_page(f"/explore?point={METER}&from={day:%Y-%m-%dT%H:%M}&to={noon:%Y-%m-%dT%H:%M}&every=15min")
    settled(page)
    page.wait_for_function(BARS, arg=40)
    expect(page.locator("#summary .coverage")).to_contain_text("48")
    expect(page.locator("#summary .coverage")).to_contain_text("40")
    with page.expect_download() as coming:
        page.locator("main .actions a", has_text="CSV").click()
    text = Path(coming.value.path()).read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 40
    assert sum(float(row["값"]) for row in rows) == pytest.approx(sum(20.0 + at.hour for at in times))


def test_range_is_narrowed_and_the_choice_is_in_the_address(open_page: OpenPage):
    """What one sees can be sent to a colleague: everything chosen stands in the address."""
    page = open_page(f"/explore?point={METER}&range=24h")
    page.locator("nav.chips a", has_text="7일").click()
    expect(page.locator("nav.chips a[aria-current=true]")).to_have_text("7일")
    assert METER in page.url
    page.select_option("#every", "1h")
    page.click("#range button")
    page.wait_for_url("**every=1h**")
    page.fill("#q", "풍속")
    page.locator("#found a, #found button", has_text="풍속").first.wait_for()


def test_unknown_point_is_held_mended_released_and_on_record(open_page: OpenPage, gateway: Gateway):
    """Nothing a device says is lost: a person tells which point was meant, and the value counts."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)
    told = gateway.send([("line-9/kw", at, 77.5, "kWh")])
    assert (told["kept"], told["quarantined"]) == (0, 1)
    assert told["findings"][0]["remedy"]
    page = open_page("/ingest")
    expect(page.locator(".figure", has_text="격리 중")).to_have_attribute("data-state", "3")
    page.locator("a", has_text="격리").first.click()
    page.goto("/ingest/quarantine")
    row = page.locator("tbody tr", has_text="line-9/kw")
    expect(row).to_contain_text("77.50 kWh")
    row.locator("summary", has_text="고치기").click()
    assert not violations(page)
    row.get_by_label("측정점 또는 주소").fill(METER)
    row.locator("button", has_text="고쳐서 승인").click()
    expect(page.locator(".note.good")).to_contain_text("1건")
    page.goto("/ingest/quarantine")
    expect(page.locator("tbody tr", has_text="line-9/kw")).to_have_count(0)
    page.select_option("#state", label="승인함")
    expect(page.locator("tbody tr", has_text="line-9/kw")).to_have_count(1)
    end = at + QUARTER
    span = f"from={at.astimezone(SEOUL):%Y-%m-%dT%H:%M}&to={end.astimezone(SEOUL):%Y-%m-%dT%H:%M}"
    page.goto(f"/explore?point={METER}&{span}&every=raw")
    expect(page.locator("#values")).to_contain_text("77.5")


def test_record_of_events_tells_and_is_verified(open_page: OpenPage, gateway: Gateway):
    """The registration of a device is on record in words, and the whole chain checks out."""
    page = open_page("/audit?kind=DeviceRegistered", role="admin")
    expect(page.locator("#events")).to_contain_text("admin-demo 님이 장치 gw-east-01")
    page.locator("button", has_text="기록 검증").click()
    expect(page.locator("#verified .note.good")).to_contain_text("온전합니다")
    assert not violations(page)


def test_import_shows_every_finding_before_anything_is_written(open_page: OpenPage, tmp_path: Path):
    """A list of firms with mistakes: the preview names row, field and remedy, at any width."""
    path = tmp_path / "firms.csv"
    path.write_text(
        "회사명,업종코드,종업원수,대표주소\n"
        "다온정밀,29,약 30,새빛로 1\n,29,12,새빛로 2\n라온소재,24,45,새빛로 3\n",
        encoding="utf-8",
    )
    page = open_page("/import", role="admin")
    page.set_input_files("input[type=file]", path)
    page.locator("button", has_text="올려서 미리 보기").click()
    page.wait_for_url(re.compile(r"/import/[\w-]+$"))
    expect(page.locator("#findings li").first).to_be_visible()
    expect(page.locator("#findings")).to_contain_text("약 30")
    assert not violations(page)
    page.set_viewport_size(PHONE)
    assert overflow(page) == 0
    assert not clipped(page)
    page.locator("button", has_text="버리기").click()
    page.wait_for_url("**/import")
    assert page.request.get("/api/things?q=라온소재").json()["items"] == []


def test_firm_sees_its_own_and_what_is_public(open_page: OpenPage):
    """Through the demo's role switch: another firm's page, points and menu are not there."""
    # The stream of the session that ends may ask once more, and is told 401.
    page = open_page("/sign-in?next=/demo/role", role=None, expected="401")
    page.locator("button[value='firm-demo']").click()
    page.wait_for_url("**/control")
    own = page.request.get("/api/me").json()["tenant"]
    others = "firm-0001" if own != "firm-0001" else "firm-0002"
    page.goto("/things?kind=firm")
    expect(page.locator("main tbody tr")).to_have_count(1)
    tenants = {point["tenant"] for point in page.request.get("/api/points?limit=500").json()["items"]}
    assert tenants <= {own, None}
    mapped = page.request.get("/control/map.geojson").json()["features"]
    assert page.request.get(f"/things/{others}").status == 404
    assert all(page.request.get(path).status == 403 for path in ("/audit", "/users", "/ingest/connections"))
    assert not page.locator("#nav a[href='/audit'], #nav a[href='/users']").count()
    operator = open_page("/things?kind=firm")
    assert len(operator.request.get("/control/map.geojson").json()["features"]) >= len(mapped)
    expect(operator.locator("main tbody tr").nth(2)).to_be_visible()


def test_signing_in_fails_in_words_and_leads_on(open_page: OpenPage):
    """A wrong password says so and keeps the login; the demo's door needs none; signing out works."""
    page = open_page("/sign-in?ask=1&next=/things", role=None, expected="422")
    page.fill("#login", "nobody")
    page.fill("#password", "definitely-wrong")
    page.locator("form button.primary").click()
    expect(page.locator("[role=alert]")).to_contain_text("맞지 않습니다")
    assert page.input_value("#login") == "nobody"
    page.locator("a.button", has_text="모의 관제사로 들어가기").click()
    page.wait_for_url("**/things")
    page.locator("details.menu summary").click()
    page.locator("button", has_text="로그아웃").click()
    page.wait_for_url("**/sign-in?ask=1")


OPEN = [stop for stop in STOPS if stop.path.startswith("/open")]
"""The citizens' site says its language in the address and sets no cookie."""


@pytest.mark.parametrize("stop", OPEN, ids=lambda stop: stop.path)
def test_citizens_switch_the_language_in_place(chromium: Browser, site: str, stop: Stop):
    """The link leads to the same page in the other language, and no cookie is set."""
    context = chromium.new_context(base_url=site)
    here = context.request.get(f"{stop.path}?lang=ko")
    assert '<html lang="ko"' in here.text()
    assert re.search(r'href="[^"]*\?lang=en[^"]*"', here.text())
    english = context.request.get(f"{stop.path}?lang=en")
    assert '<html lang="en"' in english.text()
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("stop", [stop for stop in STOPS if stop not in OPEN], ids=lambda stop: stop.path)
def test_language_is_switched_in_place(chromium: Browser, site: str, signed_in: SignedIn, stop: Stop):
    """On every page the switch leads back to the same page, address and all, in the other language."""
    state = signed_in(stop.role) if stop.role else None
    context = chromium.new_context(base_url=site, storage_state=state)
    here = context.request.get(stop.path)
    there = re.search(r'href="(/language/en\?next=[^"]+)"', here.text())
    assert there is not None
    english = context.request.get(there[1].replace("&amp;", "&"))
    assert english.url == here.url
    assert '<html lang="en"' in english.text()
    assert "/language/ko?next=" in english.text()
    context.close()


def test_language_switch_is_one_click(open_page: OpenPage):
    """Korean to English and back, staying where one is."""
    page = open_page("/explore?range=7d")
    page.click(".top-link")
    expect(page.locator("h1")).to_have_text("Explore")
    assert page.url.endswith("/explore?range=7d")
    page.click(".top-link")
    expect(page.locator("h1")).to_have_text("탐색")
