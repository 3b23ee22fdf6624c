"""The pages of sharing and of waste heat: journeys of staff and firms, and what each is not shown."""

from contextlib import asynccontextmanager

import pytest
from tests.energy.service.neighbours import OFFICER, OUTSIDER, TRADER, VIEWER, A, B, settle_in
from tests.visitors import Badges, Browser

from sandan.app import build_app
from sandan.domain import Domain
from sandan.energy.engine.sharing import COLUMNS, HOUR_COLUMNS
from sandan.energy.plugin import domain as energy_domain
from sandan.settings import Settings
from sandan.words import Text

PEOPLE = {"energy": TRADER, "officer": OFFICER, "viewer": VIEWER, "a": A, "b": B, "z": OUTSIDER}
HOME, HEAT = "/energy/sharing", "/energy/heat"
DAY = f"{HOME}?period=2026-03-03"


@pytest.fixture
def entered(sqlite_store, clock, bare_assets):
    """The app over three neighbours; `agreed` says whether they have an agreement."""

    @asynccontextmanager
    async def entering(*, agreed=True):
        settle_in(sqlite_store, clock.now(), agreed=agreed)
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        app = build_app(Settings(), sqlite_store, clock, domains=(energy_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda person="energy", language="ko": Browser(app, person, language)

    return entering


async def test_a_day_is_seen_compared_made_final_and_opened_again(entered):
    """The staff's journey; an officer looks, and may not settle."""
    async with entered() as browse:
        staff, officer = browse("energy"), browse("officer")
        page = await staff.soup(DAY)
        assert "0원" in page.select_one(".note.good").text
        assert len(page.select("#lines-title")) == 1
        rules = await staff.soup(f"{HOME}/rules?period=2026-03-03")
        assert len(rules.select("table")[0].select("tbody tr")) == 4
        assert len(rules.select("table")[1].select("tbody tr")) == 3
        await officer.send(f"{HOME}/final", 403, period="2026-03-03")
        assert not (await officer.soup(DAY)).select("#papers form")
        answer = await staff.send(f"{HOME}/final", period="2026-03-03")
        page = await staff.soup(answer.headers["location"])
        assert page.select_one("[role=status]")
        assert len(page.select("[aria-labelledby=lines-title] tbody tr")) == 3
        assert len(page.select("[aria-labelledby=feeders-title] tbody tr")) == 2
        page = await staff.soup(f"{HOME}/papers/2026-03-03?again=true")
        assert "같은 입력" in page.select_one("[role=status]").text
        page = await staff.post(f"{HOME}/final", 409, period="2026-03-03", seen="1", reason="다시")
        assert page.select_one("[role=alert]")
        sheet = await staff.client.get(f"{HOME}/papers/2026-03-03/lines.csv")
        assert "m-c" in sheet.text


async def test_a_firm_sees_its_own_part_and_nobody_elses(entered):
    """Neither on the pages nor in the sheets."""
    async with entered() as browse:
        await browse("energy").send(f"{HOME}/final", period="2026-03-03")
        firm = browse("a")
        for path in (HOME, DAY, f"{HOME}/papers/2026-03-03", f"{HOME}/papers/2026-03-03/lines.csv"):
            text = (await firm.client.get(path)).text
            assert "m-a" in text
            assert not [word for word in ("m-b", "m-c", "다라기계", "마바섬유", "서부 선로") if word in text]
        assert "m-b" not in (await firm.client.get(f"{HOME}/lines.csv?period=2026-03-03")).text
        await firm.soup(f"{HOME}/rules?period=2026-03-03", 403)
        await firm.soup(f"{HOME}/agreement", 403)
        page = await browse("z", "en").soup(DAY)
        assert page.select_one(".empty h2").text == "We are not in the sharing agreement"
        await browse("z").soup(f"{HOME}/papers/2026-03-03", 404)
        await browse("viewer").soup(HOME, 403)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_without_an_agreement_the_page_leads_to_it(entered, language):
    """And the agreement's form tells every fault, keeping what was written."""
    async with entered(agreed=False) as browse:
        staff = browse("energy", language)
        page = await staff.soup(HOME)
        assert page.select_one(".empty a")["href"] == f"{HOME}/agreement"
        page = await staff.post(
            f"{HOME}/agreement", 422, base="0", rule="price", price="비쌈", since="", reason="x"
        )
        assert len(page.select("[role=alert] li")) == 2
        assert page.select_one("#terms-price")["value"] == "비쌈"
        told = {"rule": "feeder_first", "price": "120", "export": "85", "loss_within": "1"}
        told |= {"loss_between": "", "since": "2026-03-01", "reason": "총회"}
        await staff.send(f"{HOME}/agreement", base="0", **told)
        joining = {"meter": "m-a", "wiring": "beside", "since": "2026-03-01", "reason": "가입"}
        await staff.send(f"{HOME}/agreement/members", base="1", **joining)
        page = await staff.soup(f"{HOME}/agreement")
        assert len(page.select(".note.warn li")) == 1
        page = await staff.soup(DAY)
        assert page.select_one("main [role=alert]")
        assert not page.select("#papers form")
        await browse("a", language).soup(DAY)
        leaving = {"meter": "m-a", "since": "2026-03-01", "reason": "탈퇴"}
        await staff.send(f"{HOME}/agreement/leave", base="2", **leaving)


async def test_a_period_that_cannot_be_read_is_refused_and_a_later_one_is_this_month(entered):
    """Neither breaks the page."""
    async with entered() as browse:
        await browse().soup(f"{HOME}?period=2026-13", 422)
        page = await browse("energy", "en").soup(f"{HOME}?period=2031-01")
        assert "March 2026" in page.h1.text
        assert (await browse().soup(f"{HOME}?period=2026-02")).select(".empty")


async def test_heat_is_entered_matched_and_drawn(entered):
    """By form and by sheet; the map has a line for what fits together."""
    async with entered() as browse:
        staff = browse()
        assert (await staff.soup(HEAT)).select(".empty")
        one = {"id": "furnace", "firm": "firm-a", "name": "가열로", "way": "gives", "temperature": "180"}
        one |= {"base": "40", "power": "500", "from": "0", "to": "24", "reason": "조사"}
        page = await staff.post(f"{HEAT}/streams", 422, edition="0", **one | {"to": "99"})
        assert page.select_one("#name")["value"] == "가열로"
        await staff.send(f"{HEAT}/streams", edition="0", **one)
        row = "dryer,firm-b,건조기,wants,120,60,lng,0.9,no" + ",300" * 24
        sheet = ",".join(COLUMNS) + "\n" + row
        wrong = sheet.replace("firm-b", "firm-q").encode()
        page = await staff.post(
            f"{HEAT}/import", 422, edition="1", reason="조사", files={"file": ("heat.csv", wrong)}
        )
        assert page.select_one(".findings b").text == "2: firm"
        await staff.send(
            f"{HEAT}/import", edition="1", reason="조사", files={"file": ("heat.csv", sheet.encode())}
        )
        told = {"pinch": "10", "decay": "0.1", "ground": "13", "reach": "900", "days": "250", "least": "0"}
        await staff.send(f"{HEAT}/terms", edition="0", reason="설계", **told)
        page = await staff.soup(HEAT)
        assert len(page.select(".day-hours")) == 1
        drawn = (await staff.client.get(f"{HEAT}/matches.geojson")).json()["features"]
        assert [one["geometry"]["type"] for one in drawn] == [*["LineString"] * 2, *["Point"] * 2]
        assert (await staff.soup(f"{HEAT}/streams/edit?id=dryer")).select_one("#id")["value"] == "dryer"
        await staff.soup(f"{HEAT}/streams/edit?id=none", 404)
        assert len((await staff.soup(f"{HEAT}/streams/new")).select(".hour-boxes input")) == len(HOUR_COLUMNS)
        mine = browse("a")
        text = (await mine.soup(HEAT)).select_one("main").text
        assert "이름을 밝히지 않은 이웃" in text
        assert "다라기계" not in text
        assert not (await mine.soup(HEAT)).select("main form")
        drawn = (await mine.client.get(f"{HEAT}/matches.geojson")).json()["features"]
        assert [one["geometry"]["type"] for one in drawn] == ["Point"]
        await mine.send(f"{HEAT}/streams", 403, edition="2", **one)
        await staff.send(f"{HEAT}/streams/remove", edition="2", id="dryer", reason="철거")
        assert (await browse("z", "en").soup(HEAT)).select_one(".empty p")
