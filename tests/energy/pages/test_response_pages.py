"""The desk for demand response in the browser's words: who opens what, and what a form keeps."""

import csv
import io
from contextlib import asynccontextmanager
from datetime import datetime

import numpy as np
import pytest
from tests.energy.service import responders as dr
from tests.visitors import Badges, Browser

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.clock import SEOUL, milliseconds
from sandan.domain import Domain
from sandan.energy.plugin import domain as energy_domain
from sandan.settings import Settings
from sandan.testing import FixedClock
from sandan.words import Text

VIEWER = Actor("viewer", "손님", frozenset({Role.VIEWER}))
PEOPLE = {"energy": dr.ENERGY, "officer": dr.OFFICER, "firm": dr.FIRM, "other": dr.OTHER, "viewer": VIEWER}
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
RUNNING = datetime(2026, 3, 3, 14, 30, tzinfo=SEOUL)
EVENT = f"/energy/dr/events/{dr.ID}"


@pytest.fixture
def entered(sqlite_store, bare_assets):
    """The app over twelve firms; `made` says whether there is a resource and an event."""
    store = sqlite_store

    @asynccontextmanager
    async def entering(now=NOW, *, made=True, called=True):
        dr.fill(store, now)
        if made:
            dr.register(store)
        if made and called:
            dr.call(store)
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        app = build_app(Settings(), store, FixedClock(now), domains=(energy_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda person="energy", language="ko": Browser(app, person, language)

    return entering


async def test_the_desk_settles_an_event_and_restating_needs_a_reason(entered):
    """Measured, priced, final: versions stand on the page with their hash; unchanged there is no new one."""
    async with entered() as browse:
        staff = browse("energy", "en")
        page = await staff.soup("/energy/dr")
        assert page.select_one("main table a")["href"] == EVENT
        page = await staff.soup(EVENT)
        assert "252,000" in page.select_one(".figures").text
        assert '"series"' in page.select_one("[data-island=chart] script").text
        answer = await staff.send(f"{EVENT}/final", seen="0", reason="")
        page = await staff.soup(answer.headers["location"])
        assert page.select_one("[role=status]").text == "The settlement is final."
        assert "unchanged" in page.select_one("main details[open]").text
        assert not page.select(f"form[action='{EVENT}/final']")
        page = await staff.post(f"{EVENT}/final", 422, seen="0")
        assert page.select_one(".findings")
        prices = {"price": ["100", "x"], "source": "", "seen": "2"}
        page = await staff.post(f"{EVENT}/prices", 422, **prices)
        assert len(page.select(".findings li")) == 2
        await staff.send(f"{EVENT}/prices", price=["100", "120"], source="공시", seen="2")
        page = await staff.soup(EVENT)
        assert page.select(f"form[action='{EVENT}/final'] input[name=reason][required]")
        await staff.send(f"{EVENT}/final", seen="1", reason="가격 정정")
        page = await staff.soup(EVENT)
        assert "price at 15:00" in page.select_one("main").text


async def test_the_lines_of_a_settlement_are_a_sheet(entered):
    """A row for each customer and hour; what a customer gets stands once."""
    async with entered() as browse:
        answer = await browse("energy").client.get(f"{EVENT}/lines.csv")
        assert answer.text.count("\ufeff") == 1
        rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
        assert len(rows) == 24
        assert sum(int(row["won"]) for row in rows if row["won"]) == 252_000 - 252_000 // 5
        assert float(rows[0]["left_kwh"]) == 100
        assert (await browse("firm").client.get(f"{EVENT}/lines.csv")).status_code == 403


async def test_a_firm_sees_what_it_was_asked_left_and_gets(entered):
    """Its own figures and the days of its baseline; no other firm is named; another firm is told of none."""
    async with entered() as browse:
        firm = browse("firm")
        page = await firm.soup("/energy/dr")
        assert "기업 02" not in page.text
        assert page.select_one("main table a")["href"] == f"{EVENT}/m-01"
        for path in (EVENT, f"{EVENT}/m-01"):
            page = await firm.soup(path)
            assert "16,800" in page.select_one(".figures").text
            assert page.select("#days-title")
            assert page.select("svg path")
            assert "기업 02" not in page.text
            assert "1,200" not in page.select_one("main").text
        await firm.soup(f"{EVENT}/m-02", 404)
        assert "기업 02" not in (await firm.client.get(f"{EVENT}/now")).text
        other = browse("other", "en")
        assert (await other.soup("/energy/dr")).select_one(".empty h2")
        await other.soup(EVENT, 404)
        for path in ("/energy/dr/register", "/energy/dr/bid", "/energy/dr/call", "/energy/dr/customers/m-01"):
            await firm.soup(path, 403)
        await browse("viewer").soup("/energy/dr", 403)
        officer = await browse("officer").soup("/energy/dr")
        assert not officer.select("main form")
        assert not (await browse("officer").soup(EVENT)).select("main form")


async def test_a_running_event_is_answered_shared_and_watched(entered, sqlite_store):
    """The firm says what it will do and the desk sees it; the part that is asked again says how it goes."""
    async with entered(RUNNING) as browse:
        firm, staff, store = browse("firm", "en"), browse("energy", "en"), sqlite_store
        page = await firm.soup(f"{EVENT}/m-01")
        assert page.select_one(".countdown time")["data-due"].startswith("2026-03-03T16:00")
        answer = await firm.send(f"{EVENT}/answer", meter="m-01", answer="no")
        page = await firm.soup(answer.headers["location"])
        assert page.select_one("[role=status]").text == "Your answer was passed on."
        await firm.post(f"{EVENT}/answer", 404, meter="m-02", answer="yes")
        page = await staff.soup("/energy/dr")
        assert page.select_one(".state").text == "running"
        page = await staff.soup(EVENT)
        assert "cannot" in page.select_one("table").text
        page = await staff.soup(f"{EVENT}/now")
        assert "No live power" in page.text
        assert '"series"' in (await staff.soup(f"{EVENT}/course")).select_one("script").text
        page = await firm.soup(f"{EVENT}/course?meter=m-01")
        assert "300" in page.select_one("script").text
        await firm.soup(f"{EVENT}/course?meter=m-02", 404)
        at = np.array([milliseconds(RUNNING) - 10_000])
        for meter in dr.METERS[:2]:
            dr.tell(store, f"{meter}.p", at, np.array([dr.LOADS[meter] - 25.0]), RUNNING)
        page = await firm.soup(f"{EVENT}/now")
        assert "25 kW left / asked 100 kW" in " ".join(page.text.split())
        assert "1,200" not in page.text
        page = await staff.soup(f"{EVENT}/now")
        assert [link["href"] for link in page.select("a")] == [f"{EVENT}/m-01", f"{EVENT}/m-02"]
        page = await staff.post(f"{EVENT}/share", 422, seen="3", without="m-01")
        assert page.select_one(".findings")


async def test_an_instruction_is_looked_at_before_it_is_recorded(entered):
    """The shares are shown first; against the rules it is refused with a way on; then it has its page."""
    async with entered(dr.CALLED, called=False) as browse:
        staff = browse("energy", "en")
        page = await staff.soup("/energy/dr/call")
        assert page.select_one("#day")["value"] == "2026-03-03"
        assert page.select_one("#hour")["value"] == "10"
        page = await staff.post("/energy/dr/call/shares", 200, **(dr.ROW | {"kw": "600"}), without="m-12")
        assert page.select("tbody tr")[0].select("td")[-1].text.split()[0] in ("54", "55")
        page = await staff.post("/energy/dr/call", 422, **(dr.ROW | {"day": "2026-03-07"}))
        assert page.select_one("input[name=anyway]")
        answer = await staff.send("/energy/dr/call", **dr.ROW)
        assert answer.headers["location"].startswith(EVENT)
        page = await staff.soup(EVENT)
        assert page.select_one("#share-title")
        answer = await staff.send(f"{EVENT}/cancel", seen="1", reason="시장이 거둠")
        page = await staff.soup(answer.headers["location"])
        assert page.select_one("[role=status]").text == "The instruction was taken back."
        await staff.post("/energy/dr/call", 422, **dict.fromkeys(dr.ROW, ""))


async def test_a_bid_is_recorded_and_its_result_becomes_an_instruction(entered):
    """What could count is shown with why not; a bid with faults says all; an award leads to the event."""
    async with entered(called=False) as browse:
        staff = browse("energy", "en")
        page = await staff.soup("/energy/dr/bid?day=2026-03-05&price=120")
        assert "not forecast" in page.select_one("table").text
        assert "Work out" in page.text
        page = await staff.soup("/energy/dr/bid?price=cheap", 422)
        fields = {"day": "2026-03-05", "hour": "14", "hours": "2"}
        page = await staff.post("/energy/dr/bid", 422, **fields, mw="0.5")
        assert page.select_one(".findings")
        await staff.send("/energy/dr/bid", **fields, mw="1")
        page = await staff.soup("/energy/dr")
        form = page.select_one("form[action='/energy/dr/bid/2026-03-05T14/award']")
        assert form.select_one("[name=seen]")["value"] == "1"
        page = await staff.post("/energy/dr/bid/2026-03-05T14/award", 422, kw="2000", seen="1")
        assert page.select_one(".findings")
        answer = await staff.send("/energy/dr/bid/2026-03-05T14/award", kw="800", seen="1")
        assert answer.headers["location"] == "/energy/dr/events/2026-03-05T14"
        await staff.soup("/energy/dr/events/2026-03-05T14")


async def test_the_register_is_filled_from_empty(entered):
    """Terms, then customers found by their firm's name, with their baselines beside each other."""
    async with entered(made=False) as browse:
        staff = browse("energy", "en")
        page = await staff.soup("/energy/dr")
        assert page.select_one(".empty a")["href"] == "/energy/dr/register"
        assert (await staff.soup("/energy/dr/call")).select_one(".empty")
        page = await staff.post("/energy/dr/register", 422, base="0", reason="서류")
        assert page.select_one(".findings")
        terms = {"base": "0", "programme_economic": "1", "day_from": "9", "day_to": "20", "reason": "서류"}
        await staff.send("/energy/dr/register", **terms)
        page = await staff.soup("/energy/dr/register?done=saved")
        assert page.select_one("#day_from")["value"] == "9"
        await staff.post("/energy/dr/register", 409, **terms)
        answer = await staff.client.get("/energy/dr/customers?q=기업 04")
        assert answer.headers["location"] == "/energy/dr/customers/m-04"
        page = await staff.soup("/energy/dr/customers?q=기업")
        assert len(page.select("footer.card-foot li a")) == 12
        page = await staff.soup("/energy/dr/customers/m-04")
        assert page.select_one("#trial-title")
        assert page.select("table tbody tr")
        tried = {"adjust": "add", "adjust_hours": "3", "adjust_gap": "1", "adjust_most": "0.2"}
        entry = {"base": "1", "meter": "m-04", "pledged": "50", "baseline": "mid_6_10", "reason": "계약"}
        page = await staff.post("/energy/dr/customers/compare", 200, **entry, **tried)
        assert len(page.select("table tbody tr")) == 4
        assert page.select_one("#adjust_hours")["value"] == "3"
        await staff.post("/energy/dr/customers", 422, **(entry | {"pledged": "많이"}))
        await staff.send("/energy/dr/customers", **entry)
        page = await staff.soup("/energy/dr")
        assert "a resource needs 10" in page.select_one("main").text
        await staff.send("/energy/dr/customers/leave", base="2", meter="m-04", reason="탈퇴")
        assert not (await staff.soup("/energy/dr/register")).select("main table")
