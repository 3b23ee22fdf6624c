"""The pages of forecasts and plans: who opens them, and what they say, of nothing too."""

from contextlib import asynccontextmanager
from datetime import date

import pytest
from tests.energy.service.works import ENGINEER, FIRM, OTHER, fill
from tests.visitors import Badges, Browser

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.domain import Domain
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.plugin import domain as energy_domain
from sandan.energy.records.contracts import put_contracts
from sandan.energy.service.outlook import Outlook
from sandan.energy.service.planning import Planner
from sandan.energy.service.track import review
from sandan.settings import Settings
from sandan.words import Text

VIEWER = Actor("viewer", "손님", frozenset({Role.VIEWER}))
OFFICER = Actor("officer", "담당관", frozenset({Role.OFFICER}))
PEOPLE = {"energy": ENGINEER, "firm": FIRM, "other": OTHER, "viewer": VIEWER, "officer": OFFICER}
CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 500.0)


@pytest.fixture
def entered(sqlite_store, clock, bare_assets):
    """The app over the small works; `made` says whether it was forecast and planned before."""
    store = sqlite_store

    @asynccontextmanager
    async def entering(*, made=True):
        if made:
            fill(store, clock.now())
            with store.registry.write() as conn:
                put_contracts(conn, [Agreement("m-1", date(2025, 1, 1), CONTRACT)])
            outlook = Outlook(store)
            outlook.tell(clock.now())
            review(store, outlook, clock.now())
            Planner(store).plan(clock.now())
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        app = build_app(Settings(), store, clock, domains=(energy_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda person="energy", language="ko": Browser(app, person, language)

    return entering


async def test_forecasts_and_plans_as_everybody_may_see_them(entered):
    """Staff see all, a firm its own, another firm nothing of it, and a guest not even the page."""
    async with entered() as browse:
        staff, firm, other = browse("energy"), browse("firm"), browse("other", "en")
        page = await staff.soup("/energy/forecasts")
        links = {link["href"] for link in page.select("main table a")}
        assert links >= {"/energy/forecasts/m-1.active_energy", "/energy/forecasts/m-2.active_energy"}
        assert "14일" not in page.select_one("main").text
        page = await staff.soup("/energy/forecasts/m-1.active_energy")
        chart = page.select_one("[data-island=chart] script").text
        assert '"bands":[{' in chart
        assert "14일" in page.select_one(".figures").text
        assert len(page.select("details tbody tr")) == 48
        assert "m-2" not in (await firm.soup("/energy/forecasts")).select_one("main").decode()
        await firm.soup("/energy/forecasts/m-2.active_energy", 404)

        page = await staff.soup("/energy/plan")
        assert page.select_one("main table a")["href"] == "/energy/plan/m-1"
        assert "동부 선로" in page.select_one("main").text
        assert page.select_one("form[action='/energy/plan']")
        page = await firm.soup("/energy/plan")
        assert "가나화학" in page.h1.text
        assert page.select("#steps-title")
        assert page.select("main tbody tr")
        assert "동부 선로" not in page.text
        assert (await other.soup("/energy/plan")).select_one(
            ".empty h2"
        ).text == "There is no battery to plan"
        await other.soup("/energy/plan/m-1", 404)
        await browse("viewer").soup("/energy/plan", 403)
        await browse("viewer").soup("/energy/forecasts", 403)


async def test_planning_at_once_is_for_those_who_plan(entered):
    """The button makes a plan and says so; an officer sees no button, and may not press it."""
    async with entered() as browse:
        answer = await browse("energy").send("/energy/plan")
        page = await browse("energy", "en").soup(answer.headers["location"])
        assert page.select_one("[role=status]").text == "The plan was made again."
        officer = browse("officer")
        assert not (await officer.soup("/energy/plan")).select("main form")
        await officer.post("/energy/plan", 403)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_an_empty_complex_says_what_to_do(entered, language):
    """No meters, no batteries: what is missing, instead of an empty table."""
    async with entered(made=False) as browse:
        for path in ("/energy/forecasts", "/energy/plan"):
            page = await browse("energy", language).soup(path)
            assert page.select_one(".empty p").text
            assert not page.select("main table")
