"""The pages of contracts, tariffs and bills: who opens them, what they say, what they refuse."""

from contextlib import asynccontextmanager
from datetime import date, timedelta

import pyarrow as pa
import pytest
from tests.visitors import Badges, Browser

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.domain import Domain
from sandan.energy.engine.months import period_of
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.plugin import domain as energy_domain
from sandan.energy.records.contracts import put_contracts
from sandan.settings import Settings
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES, Stream
from sandan.words import Text

PEOPLE = {
    "energy": Actor("energy", "에너지 담당", frozenset({Role.ENERGY})),
    "officer": Actor("officer", "담당관", frozenset({Role.OFFICER})),
    "firm": Actor("firm", "가나", frozenset({Role.FIRM}), "firm-a"),
    "other": Actor("other", "다라", frozenset({Role.FIRM}), "firm-b"),
    "bare": Actor("bare", "마바", frozenset({Role.FIRM}), "firm-c"),
    "viewer": Actor("viewer", "손님", frozenset({Role.VIEWER})),
}
QUARTER = timedelta(minutes=15)
THINGS = [
    Thing("firm-a", "firm", "가나", tenant="firm-a"),
    Thing("firm-b", "firm", "다라", tenant="firm-b"),
    Thing("firm-c", "firm", "마바", tenant="firm-c"),
    Thing("m-a", "meter", "가나 전력량계", tenant="firm-a"),
    Thing("m-b", "meter", "다라 전력량계", tenant="firm-b"),
]
METER = "/energy/meters/m-a"


@pytest.fixture
def entered(sqlite_store, clock, bare_assets):
    """The app open on 4 March over two metered firms; February at 100 kW, and March so far."""
    store = sqlite_store
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        store.points.put(
            conn, [Point(f"m-{x}.e", f"m-{x}", "active_energy", QUARTER, f"firm-{x}") for x in "ab"]
        )
        contract = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 500.0)
        put_contracts(conn, [Agreement("m-a", date(2025, 1, 1), contract)])
        number = store.points.get(conn, "m-a.e").number
        source = store.sources.number(conn, "test", Stream.ACTUAL)
    begin = period_of((2026, 2)).start
    n = (clock.now() - begin) // QUARTER
    columns = {
        "point": [number] * n, "start": [begin + i * QUARTER for i in range(n)],
        "known_at": [clock.now()] * n, "source": [source] * n, "value": [25.0] * n, "quality": [0] * n,
    }  # fmt: skip
    store.historian.append(
        pa.table({f.name: pa.array(columns[f.name], f.type) for f in SAMPLES}, schema=SAMPLES)
    )

    @asynccontextmanager
    async def entering():
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        app = build_app(Settings(), store, clock, domains=(energy_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda person="energy", language="ko": Browser(app, person, language)

    return entering


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_firm_comes_to_its_own_bill_at_once(entered, language):
    """With the heat map, the lines, the projection, and nothing of another's."""
    async with entered() as browser:
        page = await browser("firm", language).soup("/energy")
        assert page.select(".heat rect.heat-cell")
        assert len(page.select(".figure")) == 5
        assert "다라" not in page.text
        assert not page.select("form[action$=close]")


async def test_a_firm_finds_no_other_firms_meter(entered):
    """Neither the page nor its parts; and a guest may not enter at all."""
    async with entered() as browser:
        for path in (METER, f"{METER}/quarter", f"{METER}/options"):
            await browser("other").soup(path, 404)
            await browser("viewer").soup(path, 403)
        assert "가나" not in (await browser("other").soup("/energy/contracts")).text
        assert "가나" not in (await browser("other").client.get("/energy/contracts/export.csv")).text


async def test_what_is_missing_is_said_in_words(entered):
    """A firm without a contract, and one without a meter."""
    async with entered() as browser:
        assert "계약" in (await browser("other").soup("/energy")).select_one(".findings").text
        assert (await browser("bare").soup("/energy")).select_one(".empty")


async def test_staff_see_the_complex_and_any_firm(entered):
    """The list leads to each firm's bill; an officer sees but does not close."""
    async with entered() as browser:
        page = await browser("officer").soup("/energy")
        assert page.select_one(f"a[href='{METER}']")
        assert not (await browser("officer").soup(f"{METER}?month=2026-02")).select("form[action$=close]")
        await browser("officer").post(f"{METER}/close", 403, month="2026-02")


async def test_a_month_is_closed_once_and_then_only_restated(entered):
    """The second press changes nothing and says so; a month under way cannot be closed."""
    async with entered() as browser:
        staff = browser()
        assert (await staff.soup(f"{METER}?month=2026-02")).select_one("form[action$=close]")
        await staff.post(f"{METER}/close", month="2026-02", reason="월 마감")
        page = await staff.soup(f"{METER}?month=2026-02&done=closed")
        assert "월 마감" in page.text
        assert "확정했습니다" in page.select_one(".note.good").text
        await staff.post(f"{METER}/close", 409, month="2026-02")
        await staff.post(f"{METER}/close", 409, month="2026-03")
        await staff.post(f"{METER}/close", 422, month="March")


async def test_options_are_billed_again_from_whole_months(entered):
    """February alone is whole, so it is said to be an indication."""
    async with entered() as browser:
        page = await browser("firm").soup(f"{METER}/options")
        assert len(page.select("tbody tr")) == 3
        assert "참고용" in page.text


async def test_contracts_are_entered_changed_imported_and_removed(entered):
    """Each fault is named on the form; a firm may look only."""
    async with entered() as browser:
        staff = browser()
        row = {"meter": "m-b", "since": "2026-01-01", "kind": "industrial_a_1", "voltage": "low"}
        wrong = await staff.post("/energy/contracts", 422, **row, option="II", power="viel")
        assert len(wrong.select(".findings li")) == 2
        await staff.post("/energy/contracts", **row, option="single", power="50", remote="1")
        edit = "/energy/contracts/edit?meter=m-b&since=2026-01-01"
        page = await staff.soup(edit)
        assert page.select_one("#power")["value"] == "50"
        assert "추가" in page.text
        file = {"file": ("c.csv", b"meter,since\nm-b,2026-01-01\n", "text/csv")}
        assert (await staff.client.post("/energy/contracts/import", files=file)).status_code == 422
        await browser("firm").soup(edit, 403)
        await staff.post("/energy/contracts/remove", meter="m-b", since="2026-01-01")
        await staff.soup(edit, 404)


async def test_the_tariff_page_shows_the_day_as_a_clock_with_its_sources(entered):
    """Nine rows of 24 hours; an unknown choice falls back; a levy makes a new edition."""
    async with entered() as browser:
        page = await browser("firm").soup("/energy/tariffs?kind=industrial_b&version=nothing")
        assert len(page.select(".band-clock tbody tr")) == 9
        assert all(len(row.select("[class^=band-]")) == 24 for row in page.select(".band-clock tbody tr"))
        assert not page.select("form[method=post][action='/energy/tariffs']")
        staff = browser()
        levy = {"base": 0, "line": "fuel", "since": "2026-04-01", "value": "5"}
        await staff.post("/energy/tariffs", 422, **levy, source="")
        await staff.post("/energy/tariffs", **levy, source="고지서")
        await staff.post("/energy/tariffs", 409, **levy, source="고지서")
        assert "고지서" in (await staff.soup("/energy/tariffs")).text
