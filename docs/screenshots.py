"""Takes the pictures in `docs/screenshots/` from demos that really run: `make screenshots`.

Every page once, in the language and at the width its reader has. Some rows for the quarantine and some
findings for the import are sent through the same doors a gateway and an administrator use. The control
centre is shown at work in a demo of its own, in which ammonia leaks and somebody answers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import click
from playwright.sync_api import Browser, FilePayload, Page
from tests.browser import stage
from tests.browser.gateways import Gateway
from tests.browser.test_programme import CARD
from tests.browser.tour import ANSAN, BUSAN, SAHA, map_ready, settled

FOLDER = Path(__file__).parent / "screenshots"
FIRMS = 300
DAYS = 3
LARGEST = 300_000
"""Bytes of one picture."""
DESK = (1440, 900)
WALL = (1600, 900)
PHONE = (390, 844)
ENERGY_FIRMS, ENERGY_DAYS = 120, 9
PLAN_SECONDS = 420
"""How long the first forecasts and plans of the demo may take."""
LEAK_FIRMS = 60
LEAK_SECONDS = 120
"""How long the leak of the demo may take to be an alarm."""
FIRM_LIST = """\
회사명,업종코드,종업원수,대표주소
다온정밀,29294,48,경기도 새빛시 새빛동 21-4
라온소재,24,약 30,경기도 새빛시 새빛동 22-1
,20119,12,경기도 새빛시 새빛동 23-8
마루케미칼,99999,75,경기도 새빛시 새빛동 24-2
바른전자,26221,-5,경기도 새빛시 새빛동 25
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: what it is called, where it is, and how it is looked at."""

    name: str
    path: str
    role: str | None = "operator"
    language: str = "ko"
    theme: str = "light"
    size: tuple[int, int] = DESK
    at: str = ""
    """What is scrolled to the top, as a selector; empty for the top of the page."""


def pictures(
    firm: str = "", preview: str = "", explored: str = "", draft: str = "", permit: str = "", site: str = ""
) -> list[Picture]:
    """Every page, some twice."""
    return [
        Picture("control-room", "/control"),
        Picture("control-room-dark", "/control", theme="dark"),
        Picture("control-room-en", "/control", language="en"),
        Picture("control-room-wall", "/control?wall=1", theme="dark", size=WALL),
        Picture("control-room-phone", "/control", size=PHONE),
        Picture("control-environment", "/control/environment?layer=odour&hours=72", at="#history"),
        Picture(
            "control-environment-phone",
            "/control/environment?layer=odour&hours=72",
            size=PHONE,
            at="#history",
        ),
        Picture("control-permits", "/control/permits"),
        Picture("control-permits-en", "/control/permits", language="en"),
        Picture("control-permit", permit),
        Picture("control-permit-phone", permit, size=PHONE),
        Picture("control-permit-site", site, None, size=PHONE),
        Picture("control-permit-new", "/control/permits/new?kind=hot_work", "firm"),
        Picture("control-reports", "/control/reports"),
        Picture("firm", f"/things/{firm}"),
        Picture("firm-phone", f"/things/{firm}", size=PHONE),
        Picture("things", "/things"),
        Picture("explore", explored),
        Picture("explore-en", explored, language="en"),
        Picture("explore-phone", explored, size=PHONE),
        Picture("export", "/export"),
        Picture("import", "/import", "admin"),
        Picture("import-preview", preview, "admin"),
        Picture("ingest", "/ingest"),
        Picture("quarantine", "/ingest/quarantine"),
        Picture("quarantine-en", "/ingest/quarantine", language="en"),
        Picture("connections", "/ingest/connections", "admin"),
        Picture("audit", "/audit", "admin"),
        Picture("settings", "/settings", "admin"),
        Picture("users", "/users", "admin"),
        Picture("user", "/users/firm-demo", "admin"),
        Picture("account", "/account"),
        Picture("roles", "/demo/role"),
        Picture("sign-in", "/sign-in?ask=1", None),
        Picture("programme", "/programme", "officer"),
        Picture("programme-en", "/programme", "officer", language="en"),
        Picture("programme-plan", f"/programme/plans/{ANSAN}", "officer"),
        Picture("programme-card", f"/programme/plans/{ANSAN}/projects/{ANSAN}-p2585c07020", "officer"),
        Picture("programme-money", f"/programme/plans/{ANSAN}/money", "officer"),
        Picture("programme-schedule", f"/programme/plans/{SAHA}/schedule", "officer"),
        Picture("programme-indicators", f"/programme/plans/{SAHA}/indicators", "officer"),
        Picture("programme-findings", f"/programme/plans/{ANSAN}/findings", "officer"),
        Picture("programme-conflicts", f"/programme/plans/{BUSAN}/conflicts", "officer"),
        Picture("programme-draft", draft, "officer"),
        Picture("programme-changes", f"/programme/plans/{SAHA}/changes", "officer2"),
        Picture("programme-evaluation", "/programme/evaluations", "officer"),
        Picture("citizen", f"/open/plans/{ANSAN}", None),
        Picture("citizen-en", f"/open/plans/{ANSAN}?lang=en", None, language="en"),
        Picture("citizen-phone", f"/open/plans/{BUSAN}", None, size=PHONE),
    ]


class Photographer:
    """Opens pages as different people; signs each in once."""

    def __init__(self, browser: Browser, site: str) -> None:
        self._browser, self._site = browser, site
        self._cookies: dict[str, Any] = {}

    def open(self, picture: Picture) -> Page:
        width, height = picture.size
        role = picture.role
        if role and role not in self._cookies:
            self._cookies[role] = stage.sign_in(self._browser, self._site, role)
        context = self._browser.new_context(
            base_url=self._site,
            locale="ko-KR",
            timezone_id="Asia/Seoul",
            viewport={"width": width, "height": height},
            storage_state=self._cookies[role] if role else None,
        )
        context.add_cookies(
            [
                {"name": "language", "value": picture.language, "url": self._site},
                {"name": "theme", "value": picture.theme, "url": self._site},
            ]
        )
        page = context.new_page()
        page.goto(picture.path)
        return page

    def take(self, picture: Picture) -> int:
        """Take the picture; how many bytes it has."""
        page = self.open(picture)
        settled(page)
        if page.locator("[data-island=map]").count():
            map_ready(page)
        page.wait_for_timeout(2_500)  # figures arrive once a second, and fonts and charts settle
        if picture.at:
            page.locator(picture.at).evaluate("e => scrollTo(0, e.getBoundingClientRect().top - 70)")
        path = FOLDER / f"{picture.name}.png"
        page.screenshot(path=path)
        page.context.close()
        return path.stat().st_size


def send_doubtful_readings(gateway: Gateway) -> None:
    """What a gateway with mistakes in its set-up sends: each row is held for another reason."""
    now = datetime.now(UTC).replace(microsecond=0)
    hour = timedelta(hours=1)
    told = gateway.send(
        [
            ("line-9/kw", now - hour, 77.5, "kWh"),
            ("line-9/kw", now - 2 * hour, 78.25, "kWh"),
            ("air_station-0001.pm10", now - hour, 99_999.0, "㎍/㎥"),
            ("weather_station-0001.air_temperature", now - hour, 12.5, "kWh"),
            ("meter-0001.active_power", now + 26 * hour, 40.0, "kW"),
            ("meter-0002.active_power", now - 500 * 24 * hour, 35.0, "kW"),
            ("air_station-0002.pm10", now, 480.0, "㎍/㎥"),
            ("odour_station-0001.odour", now, 28.0, "OU"),
        ]
    )
    assert told["quarantined"] == 6, told


def preview_import(photographer: Photographer) -> str:
    """The address of the preview of a list with mistakes in it."""
    file: FilePayload = {"name": "입주기업_명부.csv", "mimeType": "text/csv", "buffer": FIRM_LIST.encode()}
    page = photographer.open(Picture("", "/import", "admin"))
    page.set_input_files("input[type=file]", file)
    page.click("form[data-upload] button.primary")
    page.wait_for_selector("#findings")
    address = page.url
    page.context.close()
    return address


def read_card(photographer: Photographer) -> str:
    """The address of the draft of a pledge card, some of its rows confirmed."""
    file: FilePayload = {"name": "새마루 공약 9-1.txt", "mimeType": "text/plain", "buffer": CARD.encode()}
    page = photographer.open(Picture("", "/programme/documents", "officer"))
    page.set_input_files("input[type=file]", file)
    page.click("form[data-upload] button.primary")
    page.wait_for_url("**/programme/drafts/*")
    address = page.url
    page.context.close()
    return f"{address}?show=all"


def answer_leak(photographer: Photographer) -> str:
    """The address of an incident that an operator opened of the leak; its area is known, some are told."""
    page = photographer.open(Picture("", "/control/alarms"))
    page.locator("tbody a", has_text="암모니아 누출").first.click()
    page.locator("[data-key=a]").click()
    page.locator("[data-key=i]").click()
    page.get_by_role("button", name="열기").click()
    page.wait_for_url("**/control/incidents/INC-*")
    page.fill("#hz-amount", "1000")
    page.get_by_role("button", name="위험구역 계산").click()
    page.wait_for_selector("#hazard-result .figures")
    page.get_by_role("button", name="보낼 글 보기").click()
    page.get_by_role("button", name="지금 알리기").click()
    page.wait_for_selector("#told-list ul.told")
    address = page.url
    page.context.close()
    return address


def begin_drill(photographer: Photographer) -> str:
    """The address of the first drill of the list, under way."""
    page = photographer.open(Picture("", "/control/drills"))
    page.get_by_role("button", name="훈련 시작").first.click()
    page.wait_for_url("**/control/incidents/DRL-*")
    address = page.url
    page.context.close()
    return address


def leak_pictures(incident: str, drill: str) -> list[Picture]:
    """The control centre at work."""
    return [
        Picture("control-incident", incident),
        Picture("control-incident-en", incident, language="en"),
        Picture("control-incident-phone", incident, size=PHONE),
        Picture("control-hazard", incident, at="#hazard-result"),
        Picture("control-told", incident, at="#told"),
        Picture("control-drill", drill),
        Picture("control-rules", "/control/rules"),
        Picture("control-rule", "/control/rules/edit/odour"),
        Picture("control-procedures", "/control/procedures"),
        Picture("control-contacts", "/control/contacts"),
        Picture("control-performance", "/control/performance"),
        Picture("control-report", "/report", None, size=PHONE),
    ]


def take_all(photographer: Photographer, wanted: list[Picture], only: Collection[str] = ()) -> None:
    for picture in wanted:
        if only and picture.name not in only:
            continue
        size = photographer.take(picture)
        click.echo(f"{picture.name:<22} {size // 1000:>4} kB{' too large' if size > LARGEST else ''}")


def permit_in_conflict(photographer: Photographer) -> tuple[str, str]:
    """The address of the work in a confined space that hot work stands against, and of the paper of that."""
    page = photographer.open(Picture("", "/control/permits"))
    address = page.get_by_role("link", name="밀폐공간").first.get_attribute("href") or ""
    page.get_by_role("link", name="화기작업").first.click()
    site = page.locator("a[href^='/permit/']").get_attribute("href") or ""
    page.context.close()
    return address, site


def take_phone_location(photographer: Photographer) -> None:
    """The form on a phone that was asked where it is."""
    page = photographer.open(Picture("", "/report", None, size=PHONE))
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 37.2001, "longitude": 126.6012, "accuracy": 14})
    page.check("[value=hazard]")
    page.fill("#text", "맨홀 뚜껑이 깨져 발이 빠질 뻔했습니다.")
    page.locator("[data-locate=find]").click()
    page.wait_for_selector("[data-locate=drop]:visible")
    page.screenshot(path=FOLDER / "control-report-location.png", full_page=True)
    page.context.close()


def show_leak() -> None:
    """The pictures of a leak, from the first alarm on."""
    with (
        tempfile.TemporaryDirectory() as made,
        stage.demo(Path(made), firms=LEAK_FIRMS, days=1, accident=20) as (site, _),
        stage.chromium("ko-KR") as browser,
    ):
        photographer = Photographer(browser, site)
        page = photographer.open(Picture("", "/control/alarms"))
        leak = page.locator("tbody a", has_text="암모니아 누출").first
        leak.wait_for(timeout=LEAK_SECONDS * 1000)
        alarm = leak.get_attribute("href") or ""
        page.context.close()
        take_all(
            photographer, [Picture("control-alarm", "/control"), Picture("control-alarms", "/control/alarms")]
        )
        incident, drill = answer_leak(photographer), begin_drill(photographer)
        take_all(photographer, [Picture("control-alarm-page", alarm), *leak_pictures(incident, drill)])


def energy_pictures(meter: str, run: str) -> list[Picture]:
    """Energy, of a firm with a battery on `meter` and of a year run again."""
    return [
        Picture("energy", "/energy", "energy"),
        Picture("energy-en", "/energy", "energy", language="en"),
        Picture("energy-bill", "/energy", "firm"),
        Picture("energy-bill-phone", "/energy", "firm", size=PHONE),
        Picture("energy-plan", "/energy/plan", "energy"),
        Picture("energy-plan-site", f"/energy/plan/{meter}", "energy"),
        Picture("energy-dispatch", "/energy/dispatch", "energy"),
        Picture("energy-network", "/energy/network", "energy", at="#loads-form"),
        Picture("energy-forecasts", "/energy/forecasts", "energy"),
        Picture("energy-forecast", f"/energy/forecasts/{meter}.active_energy", "energy"),
        Picture("energy-vpp", "/energy/vpp", "energy"),
        Picture("energy-vpp-phone", "/energy/vpp", "energy", size=PHONE),
        Picture("energy-dr", "/energy/dr", "energy"),
        Picture("energy-sharing", "/energy/sharing", "energy"),
        Picture("energy-heat", "/energy/heat", "energy"),
        Picture("energy-carbon", "/energy/carbon", "energy"),
        Picture("energy-savings", f"/energy/savings/meters/{meter}", "energy"),
        Picture("energy-what-if", run, "energy"),
        Picture("energy-what-if-site", f"/energy/what-if/{meter}?power=50&energy=200&roof=50", "energy"),
        Picture("energy-tariffs", "/energy/tariffs", "energy"),
    ]


def wait_for_plan(photographer: Photographer) -> str:
    """The meter of the first site that is planned."""
    page = photographer.open(Picture("", "/energy/plan", "energy"))
    link = page.locator("#sites-title").locator("xpath=ancestor::section").locator("tbody a").first
    until = monotonic() + PLAN_SECONDS
    while not link.count():
        assert monotonic() < until, "nothing was planned"
        page.wait_for_timeout(5_000)
        page.reload()
    meter = (link.get_attribute("href") or "").rsplit("/", 1)[1]
    page.context.close()
    return meter


def run_year(photographer: Photographer) -> str:
    """The address of a year run again with more roofs and batteries."""
    page = photographer.open(Picture("", "/energy/what-if", "energy"))
    page.locator("main form[method=post] button.primary").click()
    page.wait_for_url("**/energy/what-if/runs/*")
    page.locator("main .figures").first.wait_for(timeout=PLAN_SECONDS * 1000)
    address = page.url
    page.context.close()
    return address


def show_energy(only: Collection[str] = ()) -> None:
    """The pictures of energy, once batteries are planned."""
    with (
        tempfile.TemporaryDirectory() as made,
        stage.demo(Path(made), firms=ENERGY_FIRMS, days=ENERGY_DAYS) as (site, _),
        stage.chromium("ko-KR") as browser,
    ):
        photographer = Photographer(browser, site)
        meter = wait_for_plan(photographer)
        take_all(photographer, energy_pictures(meter, run_year(photographer)), only)


def show_safety(photographer: Photographer, only: Collection[str]) -> None:
    """Pictures that need nothing but the demo as it begins."""
    permit, site = permit_in_conflict(photographer)
    take_all(photographer, pictures(permit=permit, site=site), only)
    if "control-report-location" in only:
        take_phone_location(photographer)


@click.command()
@click.argument("only", nargs=-1)
def main(only: tuple[str, ...]) -> None:
    """All of them, or ONLY those named, in a small demo; their pages need nothing sent or answered first.

    The name energy-all takes every one of energy.
    """
    FOLDER.mkdir(exist_ok=True)
    if only and all(name.startswith("energy") for name in only):
        show_energy(only if only != ("energy-all",) else ())
        return
    if only:
        with (
            tempfile.TemporaryDirectory() as made,
            stage.demo(Path(made), firms=LEAK_FIRMS, days=1) as (site, _),
            stage.chromium("ko-KR") as browser,
        ):
            show_safety(Photographer(browser, site), only)
        return
    show_leak()
    show_energy()
    with (
        tempfile.TemporaryDirectory() as made,
        stage.demo(Path(made), firms=FIRMS, days=DAYS) as (site, _),
        stage.chromium("ko-KR") as browser,
    ):
        photographer = Photographer(browser, site)
        page = photographer.open(Picture("", "/control", "admin"))
        send_doubtful_readings(Gateway.register(page, "gw-east-01", "동쪽 게이트웨이"))
        preview = preview_import(photographer)
        draft = read_card(photographer)
        met = page.request.get("/api/points?quantity=active_energy&limit=2").json()["items"]
        explored = "/explore?range=24h&" + "&".join(f"point={point['id']}" for point in met)
        firm = met[0]["tenant"]
        take_all(photographer, pictures(firm, preview, explored, draft, *permit_in_conflict(photographer)))
        take_phone_location(photographer)


if __name__ == "__main__":
    main()
