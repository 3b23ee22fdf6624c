"""The hazard area of a workspace and the page of thresholds, over HTTP."""

from contextlib import asynccontextmanager

import pytest
import shapely
from tests.visitors import Badges, Browser

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.control.model.incidents import Place
from sandan.control.model.substances import COLUMNS
from sandan.control.plugin import domain as control_domain
from sandan.control.service.incidents.opening import open_incident
from sandan.domain import Domain
from sandan.settings import Settings
from sandan.twin.geometry import LocalMetres
from sandan.twin.model import Thing
from sandan.words import Text

PEOPLE = {
    "op": Actor("op", "관제사", frozenset({Role.OPERATOR})),
    "officer": Actor("officer", "담당관", frozenset({Role.OFFICER})),
    "firm": Actor("firm", "기업", frozenset({Role.FIRM}), "firm-1"),
}
SPOT = (126.70, 37.40)
NEAR = LocalMetres(SPOT).unflatten(shapely.box(-60, -10, -40, 10))
FIRM = Thing("firm-1", "firm", "가나정밀", None, "firm-1", NEAR, {"employees": 9})
TABLE = f"{','.join(COLUMNS)}\nUN1017,AEGL,2,10,2.5,ppm,2030,2030-01-01,S,a table of a test,,\n"

pytestmark = pytest.mark.usefixtures("bare_assets")


@asynccontextmanager
async def opened(store, clock):
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
    app = build_app(Settings(), store, clock, domains=(control_domain, badges))
    async with app.router.lifespan_context(app):
        yield lambda person="op", language="ko": Browser(app, person, language)


async def load(page, text, status=303, base=0, **more):
    given = {"base": base, "reason": "시험", "files": {"file": ("t.csv", text.encode(), "text/csv")}} | more
    return await page.post("/control/thresholds/import", status, **given)


async def test_a_table_is_loaded_told_and_taken_back(sqlite_store, clock):
    """Its rows stand instead of those of Sandan for their scale; a fault changes nothing; nobody else may."""
    async with opened(sqlite_store, clock) as browser:
        page = browser()
        seen = await page.soup("/control/thresholds?substance=Cl2")
        assert "염소" in seen.h2.text
        assert "2.8 ppm" in seen.select_one("table.cards").text
        row = next(one for one in seen.select("tr") if one.th and one.th.text == "AEGL-2")
        assert [cell.text for cell in row.select("td")] == ["2.8", "2.8", "2", "1", "0.7* / 0.71"]
        bad = await load(page, TABLE.replace("2.5", "-1").replace("UN1017", "물"), 422)
        assert len(bad.select(".findings li")) == 2
        await load(page, TABLE)
        shown = (await page.soup("/control/thresholds?substance=7782-50-5")).select_one("table.cards").text
        assert "직접 올린 값" in shown
        assert "2.5 ppm" in shown
        assert "2.8 ppm" not in shown
        assert "ERPG" in shown
        await load(page, TABLE, 409)
        file = await page.client.get("/control/thresholds.csv")
        again = await load(page, file.text, base=1)
        assert again is not None
        await page.post("/control/thresholds/restore", base=2, version=0)
        text = (await page.soup("/control/thresholds?substance=염소")).select_one("table.cards").text
        assert "2.8 ppm" in text
        await load(browser("officer"), TABLE, 403, base=3)
        await browser("firm").soup("/control/thresholds", 403)
        english = await browser("op", "en").soup("/control/thresholds?substance=nothing")
        assert "not known" in english.text


async def test_a_release_is_stated_by_any_name_and_any_wind(sqlite_store, clock):
    """What is not known is refused with what to write; the area says whose wind it is."""
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, [FIRM])
    spot = Place(words="저장소", lon=SPOT[0], lat=SPOT[1])
    incident = open_incident(
        sqlite_store, PEOPLE["op"], "leak", clock.now(), place=spot, title="톨루엔 200L 드럼이 넘어짐"
    )
    vague = open_incident(sqlite_store, PEOPLE["op"], "leak", clock.now(), place=spot, title="냄새가 남")
    url = f"/control/incidents/{incident.id}/hazard"
    async with opened(sqlite_store, clock) as browser:
        page = browser()
        empty = (await page.soup(f"/control/incidents/{vague.id}/hazard")).select_one("form")
        assert empty.select_one("[name=substance]")["value"] == ""
        form = (await page.soup(url)).select_one("form")
        assert form.select_one("[name=substance]")["value"] == "톨루엔"
        assert form.select_one("[name=amount]")["value"] == "174"
        assert form.select_one("[name=spilled]").has_attr("checked")
        assert "200 L" in form.text
        said = {"amount": "500", "minutes": "10"}
        wrong = await page.post(url, 422, substance="모르는 것", **said)
        assert "모르는 것" in wrong.select_one(".findings").text
        assert wrong.select_one("[name=substance]")["value"] == "모르는 것"
        assert wrong.select_one("[name=amount]")["value"] == "500"
        await page.post(url, 422, substance="NH3", wind_from="동쪽", **said)
        silent = await page.post(url, 200, script=True, substance="NH3", **said)
        assert "바람을 적으면" in silent.select_one(".note.warn").text
        told = await page.post(url, 200, script=True, substance="NH3", wind_from="90", wind_speed="3", **said)
        result = told.select_one("#hazard-result").text
        assert "가나정밀" in result
        assert "사람이 적은 것" in result
        assert "모르는 것" in result
        for end in (".kml", ".geojson?file=true"):
            file = await page.client.get(url + end)
            assert "attachment" in file.headers["content-disposition"]
            assert "가나정밀" in file.text
        clicked = await page.soup(f"{url}/at?lon={SPOT[0] - 0.001}&lat={SPOT[1]}")
        assert clicked.select_one("form [name=lon]")["value"] == str(SPOT[0] - 0.001)
        await browser("firm").soup(url, 403)
