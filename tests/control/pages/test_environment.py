"""The pages of the environment, as people of each role see them."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest
import shapely
from bs4 import BeautifulSoup

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.clock import SEOUL
from sandan.control.engine.hazard.plume import disperse_plume
from sandan.control.model.hazard import Stability
from sandan.control.plugin import domain as control_domain
from sandan.domain import Domain
from sandan.settings import Settings
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.geometry import LocalMetres
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES
from sandan.words import Text

PEOPLE = {
    "op": Actor("op", "관제사", frozenset({Role.OPERATOR})),
    "firm": Actor("firm", "기업", frozenset({Role.FIRM}), "firm-a"),
}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PLANE = LocalMetres((126.73, 37.33))
SPOTS = [(x, y) for x in (-300.0, 0.0, 300.0) for y in (-300.0, 0.0, 300.0)]
both = pytest.mark.parametrize("language", ["ko", "en"])


class Badges:
    """Lets in whoever says a name as a bearer token."""

    def of_session(self, token: str) -> Actor | None:
        return PEOPLE.get(token)

    of_bearer = of_session


def at(x: float, y: float) -> shapely.Point:
    """A place so many metres east and north."""
    lon, lat = PLANE.to_degrees([x], [y])
    return shapely.Point(float(lon[0]), float(lat[0]))


@pytest.fixture
def place(
    sqlite_store: Store, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Store:
    """An air station, nine odour stations, a wind, and a stack each of two firms."""
    assets = tmp_path_factory.mktemp("assets")
    (assets / "manifest.json").write_text('{"files": {}}')
    monkeypatch.setattr("sandan.web.render.ASSETS", assets)
    monkeypatch.setattr("sandan.web.server.ASSETS", assets)
    things = [
        Thing("air-1", "air_station", "대기측정소 1", geometry=at(0, 0)),
        Thing("wind-1", "weather_station", "기상측정소", geometry=at(0, 0)),
        *(
            Thing(f"smell-{n}", "odour_station", f"악취측정소 {n}", geometry=at(*s))
            for n, s in enumerate(SPOTS)
        ),
    ]
    points = [
        *(Point(f"air-1.{name}", "air-1", name, HOUR) for name in ("pm10", "pm25", "no2", "o3")),
        Point("wind-1.speed", "wind-1", "wind_speed", MINUTE),
        Point("wind-1.direction", "wind-1", "wind_direction", MINUTE),
        *(Point(f"smell-{n}.odour", f"smell-{n}", "odour", MINUTE) for n in range(len(SPOTS))),
    ]
    for firm, name, x in (("firm-a", "가람", -200.0), ("firm-b", "나래", 250.0)):
        things += [
            Thing(firm, "firm", name, tenant=firm, geometry=at(x, 40), attributes={"site_area": 2500.0}),
            Thing(f"stack-{firm}", "stack", f"{name} 굴뚝", tenant=firm, geometry=at(x, 40)),
        ]
        points.append(Point(f"{firm}.nox", f"stack-{firm}", "stack_nox", 5 * MINUTE, firm, high=100))
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, things)
        sqlite_store.points.put(conn, points)
        sqlite_store.sources.number(conn, "gate")
    return sqlite_store


def tell(store: Store, clock: FixedClock) -> None:
    """A day of air, a stack over its limit, and a smell from 가람 in the last hour."""
    now = clock.now()
    rows = [
        (f"air-1.{name}", now - n * HOUR, value)
        for name, value in (("pm10", 90.0), ("pm25", 20.0), ("no2", 0.02), ("o3", 0.04))
        for n in range(1, 31)
    ]
    midnight = now.replace(hour=0)
    rows += [("firm-a.nox", midnight + n * 5 * MINUTE, 150.0) for n in range(6)]
    rows += [(f"smell-{n}.odour", now - h * HOUR, 2.0) for n in range(len(SPOTS)) for h in range(2, 25)]
    for window in range(12):
        when, turn = now - HOUR + window * 5 * MINUTE, 240.0 + 6.0 * window
        rows += [("wind-1.speed", when, 3.0), ("wind-1.direction", when, turn)]
        toward = np.radians(turn) + np.pi
        for n, (sx, sy) in enumerate(SPOTS):
            dx, dy = sx + 200, sy - 40
            along = np.array([np.sin(toward) * dx + np.cos(toward) * dy])
            across = np.array([np.cos(toward) * dx - np.sin(toward) * dy])
            plume = disperse_plume(4e5, 3.0, Stability.D, "briggs_urban", along, across, 1.5, 2.0)
            rows.append((f"smell-{n}.odour", when, 2.0 + float(plume[0])))
    with store.registry.read() as conn:
        number = {point.id: point.number for point in store.points.all(conn)}
    columns = {
        "point": [number[id] for id, _, _ in rows],
        "start": [when for _, when, _ in rows],
        "known_at": [when for _, when, _ in rows],
        "source": [1] * len(rows),
        "value": [value for _, _, value in rows],
        "quality": [0] * len(rows),
    }
    store.historian.append(pa.table(columns, schema=SAMPLES))


@asynccontextmanager
async def entering(
    store: Store, clock: FixedClock, person: str = "op", language: str = "ko", **control: Any
) -> AsyncIterator[httpx.AsyncClient]:
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges())
    app = build_app(Settings(rest={"control": control}), store, clock, domains=(control_domain, badges))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://sandan.test",
            headers={"accept": "text/html", "authorization": f"Bearer {person}"},
            cookies={"language": language},
        ) as client,
    ):
        yield client


async def soup(client: httpx.AsyncClient, path: str, status: int = 200) -> BeautifulSoup:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


@both
async def test_an_empty_complex_says_what_is_missing(place: Store, clock: FixedClock, language: str) -> None:
    """No value yet: no index, no verdict, and the settings that are missing are named."""
    async with entering(place, clock, language=language) as client:
        page = await soup(client, "/control/environment")
        assert {"ko": "산정 불가", "en": "No index"}[language] in page.text
        assert "stack_half_hour_share" in page.text
        assert "air_hour_share" in page.text
        assert page.select_one(".badge.good, .badge.bad") is None
        odour = await soup(client, "/control/environment/odour")
        assert odour.select_one(".empty") is not None
        assert odour.select_one("[data-zones]") is None


@both
async def test_the_page_gives_grade_word_and_number(place: Store, clock: FixedClock, language: str) -> None:
    """The index never by colour alone; a stack over its limit is at the top; the map has values."""
    tell(place, clock)
    async with entering(place, clock, language=language) as client:
        page = await soup(client, "/control/environment?station=air-1&hours=24&stack=firm-a.nox")
        card = page.select_one("[aria-labelledby=air-1]")
        assert card is not None
        badge = card.select_one(".card-head .badge")
        assert badge is not None
        assert {"ko": "보통 ", "en": "Moderate "}[language] in badge.text
        assert any(char.isdigit() for char in badge.text)
        history = page.select_one("#history")
        assert history is not None
        assert len(history.select("tbody tr")) == 24
        assert history.select_one("[data-island=chart] script") is not None
        stacks = page.select("#stacks tbody tr")
        assert "가람 굴뚝" in stacks[0].text
        assert stacks[0].select_one(".badge.bad") is not None
        assert stacks[0].select("td")[-1].text == "1 / 18"
        assert page.select_one("#stacks [data-island=chart]") is not None


@both
async def test_every_quantity_is_a_layer_of_the_map_hour_by_hour(
    place: Store, clock: FixedClock, language: str
) -> None:
    """Air, smells and stacks are layers; an hour has values in words, a legend and its own wind."""
    tell(place, clock)
    path = "/control/environment/layers.geojson"
    async with entering(place, clock, language=language) as client:
        page = await soup(client, "/control/environment?layer=odour")
        offered = [str(one["value"]) for one in page.select("#layer option")]
        assert offered == ["cai", "o3", "no2", "pm10", "pm10_day", "pm25", "pm25_day", "odour", "stack_nox"]
        assert len(page.select("#history tbody tr")) == len(SPOTS)
        assert page.select_one("#at[type=range]") is not None
        found = (await client.get(f"{path}?layer=odour&back=0")).json()
        assert len(found["features"]) == len(SPOTS)
        worst = max(found["features"], key=lambda one: one["properties"]["level"])["properties"]
        assert worst["level"] == 4
        assert {"ko": "기준 초과", "en": "over the limit"}[language] in worst["label"]
        assert found["wind"]["speed"] == pytest.approx(3)
        assert {row["level"] for row in found["legend"]} == {-1, 2, 3, 4}
        before = (await client.get(f"{path}?layer=odour&back=1")).json()
        assert before["wind"] == {}
        assert before["hour"] != found["hour"]
        air = (await client.get(f"{path}?layer=cai&back=0")).json()
        assert air["features"][0]["properties"]["level"] == 2
        for query, status in (("layer=gold", 404), ("layer=cai&back=99", 422), ("layer=cai&back=-1", 422)):
            assert (await client.get(f"{path}?{query}")).status_code == status


@both
async def test_the_22_substances_stand_with_their_limits(
    place: Store, clock: FixedClock, language: str
) -> None:
    """The smell and 22 substances, both kinds of area, and the ordinance's limit where one is set."""
    async with entering(place, clock, language=language, odour_strict={"h2s": 0.03}) as client:
        page = await soup(client, "/control/environment")
        rows = page.select("[aria-labelledby=smell-title] details tbody tr")
        assert len(rows) == 23
        h2s = next(row for row in rows if {"ko": "황화수소", "en": "Hydrogen sulphide"}[language] in row.text)
        cells = [" ".join(cell.text.split()) for cell in h2s.select("td")[1:]]
        assert cells == ["0.060 ppm", "0.020 ppm", "0.020–0.060", "0.030 ppm"]


async def test_a_firm_sees_its_own_stack_and_not_another(place: Store, clock: FixedClock) -> None:
    """Public stations are everybody's; the search for a source is the staff's."""
    tell(place, clock)
    async with entering(place, clock, "firm") as client:
        page = await soup(client, "/control/environment?stack=firm-b.nox")
        assert "가람 굴뚝" in page.text
        assert "나래" not in page.text
        assert page.select_one("#stacks [data-island=chart]") is None
        layer = (await client.get("/control/environment/layers.geojson?layer=stack_nox")).json()
        assert [one["properties"]["name"] for one in layer["features"]] == ["가람 굴뚝"]
        assert "나래" not in (await soup(client, "/control/environment?layer=stack_nox")).text
        assert page.select_one("a[href$='/odour']") is None
        for path in ("odour", "odour/zones.geojson", "odour/sensors.geojson"):
            assert (await client.get(f"/control/environment/{path}")).status_code == 403


@both
async def test_a_smell_has_a_map_candidates_and_honest_notes(
    place: Store, clock: FixedClock, language: str
) -> None:
    """The firm upwind leads; regions and sensors are on the map; what was assumed is said."""
    tell(place, clock)
    async with entering(place, clock, language=language) as client:
        page = await soup(client, "/control/environment/odour?hours=1")
        rows = page.select("[aria-labelledby=firm-title-1] tbody tr")
        assert "가람" in rows[0].text
        assert page.select_one("[aria-labelledby=sampler-title] tbody tr") is not None
        notes = page.select_one("[aria-labelledby=note-title]")
        assert notes is not None
        assert "wind_error_direction" in notes.text
        island = page.select_one("[data-zones]")
        assert island is not None
        zones = (await client.get(str(island["data-zones"]))).json()["features"]
        assert [one["properties"]["rank"] for one in zones] == [2, 1, 0]
        sensors = (await client.get(str(island["data-sketch"]))).json()["features"]
        assert len(sensors) == len(SPOTS) + 1
        assert sensors[-1]["properties"]["place"] is True
        quiet = await soup(client, "/control/environment/odour?of=tvoc&hours=3")
        assert quiet.select_one(".empty") is not None


@both
async def test_the_order_goes_into_a_case_and_onto_paper(
    place: Store, clock: FixedClock, language: str
) -> None:
    """One press makes an incident with the work as its checklist; the paper is a PDF; a firm gets neither."""
    tell(place, clock)
    async with entering(place, clock, language=language) as client:
        page = await soup(client, "/control/environment/odour?hours=1")
        form = page.select_one("form[action$='/odour/orders']")
        assert form is not None
        given = {str(one["name"]): str(one["value"]) for one in form.select("input")}
        sent = await client.post("/control/environment/odour/orders", data=given)
        assert sent.status_code == 303
        again = await client.post("/control/environment/odour/orders", data=given)
        assert again.headers["location"] == sent.headers["location"], "pressed twice is one act"
        case = await soup(client, sent.headers["location"])
        assert "가람" in case.select_one(".checklist").text  # type: ignore[union-attr]
        page = await soup(client, "/control/environment/odour?hours=1")
        assert len(page.select("#into option")) == 2
        paper = await client.get("/control/environment/odour/order.pdf?hours=1")
        assert paper.content.startswith(b"%PDF")
        done = case.select_one("details[id^=found-] form")
        assert done is not None
        found = {"text": "세기 3, 덮개 열림"}
        assert (await client.post(str(done["action"]), data=found)).status_code == 303
        assert "덮개 열림" in (await soup(client, sent.headers["location"])).select_one(".checklist").text  # type: ignore[union-attr]
        given["hours"], given["at"], given["press"] = "1", "2020-01-01T00:00", "other"
        assert (await client.post("/control/environment/odour/orders", data=given)).status_code == 422
        assert (await client.get("/control/environment/odour/order.pdf?of=tvoc")).status_code == 503
    async with entering(place, clock, "firm") as client:
        assert (await client.get("/control/environment/odour/order.pdf")).status_code == 403


@both
async def test_a_day_or_a_month_can_be_handed_in(place: Store, clock: FixedClock, language: str) -> None:
    """As rows and on paper: what was over, what was too little; a firm's own stacks only."""
    tell(place, clock)
    path = "/control/environment/statement"
    day = f"{clock.now().astimezone(SEOUL):%Y-%m-%d}"
    async with entering(place, clock, language=language) as client:
        answer = await client.get(f"{path}.csv?of={day}")
        rows = list(csv.reader(answer.text.lstrip("\ufeff").splitlines()))
        mine = next(row for row in rows if "가람 굴뚝" in row)
        assert mine[4:7] == ["100", "150", "150"]
        assert mine[8:10] == ["1", "1"]
        assert len([row for row in rows if any("악취측정소" in cell for cell in row)]) == len(SPOTS)
        halves = (await client.get(f"{path}/half-hours.csv?of={day[:7]}")).text
        assert {"ko": "기준 초과", "en": "Over the limit"}[language] in halves
        assert (await client.get(f"{path}.pdf?of={day[:7]}")).content.startswith(b"%PDF")
        for wrong in ("2999-01", "gestern", "2026-13", "0000-00"):
            assert (await client.get(f"{path}.csv?of={wrong}")).status_code == 422
    async with entering(place, clock, "firm", language) as client:
        own = (await client.get(f"{path}.csv")).text
        assert "가람 굴뚝" in own
        assert "나래" not in own


async def test_odd_addresses_do_no_harm(place: Store, clock: FixedClock) -> None:
    """What cannot be read is said on the form; what is unknown is left out."""
    async with entering(place, clock) as client:
        page = await soup(client, "/control/environment/odour?at=gestern", 422)
        assert page.select_one(".findings") is not None
        for query in ("hours=9999", "hours=둘", "of=gold", "at=2999-01-01T00:00", "at=2020-02-02T02:02"):
            await soup(client, f"/control/environment/odour?{query}")
        for query in ("hours=-1", "hours=²", "station=nowhere", "stack=nowhere"):
            await soup(client, f"/control/environment?{query}")
