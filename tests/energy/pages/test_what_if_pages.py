"""The pages of what if: a firm drags and sees its own year, staff have the complex's reckoned."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from tests.energy.service.test_what_if import prepare
from tests.energy.service.works import ENGINEER, FIRM, OTHER
from tests.visitors import Badges, Browser

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.domain import Domain
from sandan.energy.plugin import domain as energy_domain
from sandan.settings import Settings
from sandan.words import Text

VIEWER = Actor("viewer", "손님", frozenset({Role.VIEWER}))
NOBODY = Actor("nobody", "빈 기업", frozenset({Role.FIRM}), "firm-9")
PEOPLE = {"energy": ENGINEER, "firm": FIRM, "other": OTHER, "viewer": VIEWER, "nobody": NOBODY}


@pytest.fixture
def entered(sqlite_store, clock, bare_assets, monkeypatch):
    """The app over two firms; `made` says whether they are there."""
    monkeypatch.setattr("sandan.energy.service.wishes.LOOK_EVERY", 0.05)

    @asynccontextmanager
    async def entering(*, made=True):
        if made:
            prepare(sqlite_store, clock.now())
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        app = build_app(Settings(), sqlite_store, clock, domains=(energy_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda person="energy", language="ko": Browser(app, person, language)

    return entering


def figures(page):
    return [" ".join(one.text.split()) for one in page.select(".figure-value")]


async def test_a_firm_sees_its_own_year_as_it_drags(entered):
    """The page is its own meter's; a slider's answer is another year, a typed word is told."""
    async with entered() as browse:
        firm = browse("firm", "en")
        page = await firm.soup("/energy/what-if")
        assert "가나화학" in page.h1.text
        form = page.select_one("form[hx-get]")
        assert form["hx-get"] == "/energy/what-if/m-1/year"
        for dial in page.select(".dial"):
            slider, number = dial.select("input")
            assert (slider["data-pair"], number["data-pair"]) == (number["id"], slider["id"])
            assert not slider.get("name")
        assert "Nothing is added yet" in page.select_one("#year").text
        assert "were metered" in page.select_one("#year .note.warn").text
        before = figures(page)
        part = await firm.soup("/energy/what-if/m-1/year?power=50&energy=200&roof=80&investment=90000000")
        assert part.select_one("#year")
        assert figures(part)[0] != before[0]
        assert "years" in part.select_one(".figures").text
        assert "13.8 million" in part.text
        assert part.select_one("[data-island=chart] script")
        part = await firm.soup("/energy/what-if/m-1/year?power=50")
        assert "once both power and capacity are set" in part.text
        part = await firm.soup("/energy/what-if/m-1/year?power=much")
        assert "is no number" in part.select_one("[role=alert]").text
        whole = await firm.soup("/energy/what-if/m-1?power=50&energy=200&hold=1")
        assert whole.select_one("#power")["value"] == "50"
        assert whole.select_one("details.fold[open] #investment")


async def test_nobody_sees_anothers(entered):
    """Another firm's meter is not there, the complex is the staff's, a guest sees no page."""
    async with entered() as browse:
        await browse("other").soup("/energy/what-if/m-1", 404)
        await browse("other").soup("/energy/what-if/m-1/year", 404)
        await browse("firm").send("/energy/what-if", 403, roofs="30", batteries="1", hours="4")
        await browse("firm").soup("/energy/what-if/runs/any", 403)
        await browse("viewer").soup("/energy/what-if", 403)
        assert (await browse("nobody").soup("/energy/what-if")).select_one(".empty h2")
        await browse("energy").soup("/energy/what-if/runs/any", 404)


async def test_the_complex_is_reckoned_in_the_background_and_kept(entered):
    """Asking leads to a page that waits, then to the outcome; asking the same again is the same page."""
    async with entered() as browse:
        staff = browse("energy", "en")
        page = await staff.soup("/energy/what-if")
        assert page.select_one("form[action='/energy/what-if'] #roofs")["value"] == "30"
        assert "None yet" in page.text
        wish = {"roofs": "30", "batteries": "0.2", "hours": "4"}
        answer = await staff.send("/energy/what-if", **wish)
        where = answer.headers["location"]
        for _ in range(400):
            part = await staff.soup(f"{where}/part")
            if not part.select("#run[hx-get]"):
                break
            assert part.select_one("progress")
            await asyncio.sleep(0.05)
        assert len(part.select(".figure")) == 6
        assert "동부 선로" in part.text
        page = await browse("energy").soup(where)
        assert page.select_one("#batteries")["value"] == "0.2"
        assert page.select_one("#asked-title")
        assert "자급률" in page.select_one("#run .figures").text
        assert (await staff.send("/energy/what-if", **wish)).headers["location"] == where
        refused = await staff.post("/energy/what-if", 422, roofs="many", batteries="", hours="99")
        assert len(refused.select("[role=alert] li")) == 2


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_an_empty_complex_says_what_to_do(entered, language):
    """Without meters there is nothing to run again, and the page says what is missing."""
    async with entered(made=False) as browse:
        page = await browse("energy", language).soup("/energy/what-if")
        assert page.select_one(".empty p").text
        assert not page.select("main form")
