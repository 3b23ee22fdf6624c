"""A small complex of two firms with a morning of readings, and the app that shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyarrow as pa
import pytest
import shapely
from bs4 import BeautifulSoup, Tag
from fastapi import FastAPI

from sandan.access import OUTSIDER, Actor, Role
from sandan.app import build_app
from sandan.clock import SEOUL
from sandan.complex.plugin import domain as complex_domain
from sandan.domain import Domain
from sandan.settings import Settings
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES
from sandan.words import Text

QUARTER = timedelta(minutes=15)
DAY = datetime(2026, 3, 4, tzinfo=SEOUL)
PEOPLE = {
    "admin": Actor("admin", "관리자", frozenset({Role.ADMIN})),
    "operator": Actor("operator", "관제사", frozenset({Role.OPERATOR})),
    "energy": Actor("energy", "에너지", frozenset({Role.ENERGY})),
    "firm-a": Actor("kim", "가람 담당", frozenset({Role.FIRM}), "firm-a"),
    "firm-b": Actor("lee", "나래 담당", frozenset({Role.FIRM}), "firm-b"),
    "viewer": Actor("viewer", "열람자", frozenset({Role.VIEWER}), OUTSIDER),
}


class Badges:
    """Lets in whoever says a name as a bearer token."""

    def of_session(self, token: str) -> Actor | None:
        return PEOPLE.get(token)

    def of_bearer(self, token: str) -> Actor | None:
        return PEOPLE.get(token)


def square(lon: float, lat: float, half: float = 0.001) -> shapely.Polygon:
    return shapely.box(lon - half, lat - half, lon + half, lat + half)


THINGS = [
    Thing("complex", "complex", "새빛 산단", geometry=square(126.7, 37.3, 0.01)),
    Thing("zone-1", "zone", "기계 구역", "complex", geometry=square(126.7, 37.3, 0.004)),
    Thing(
        "bldg-1",
        "building",
        "가람 1동",
        "zone-1",
        geometry=square(126.7, 37.3),
        attributes={"height": 12.5, "floors": 2, "built": 1998},
    ),
    Thing(
        "firm-a",
        "firm",
        "가람정밀",
        "bldg-1",
        "firm-a",
        shapely.Point(126.7, 37.3),
        {"ksic": "C25924", "employees": 42, "building": "bldg-1"},
    ),
    Thing("firm-b", "firm", "나래화학", "zone-1", "firm-b", shapely.Point(126.702, 37.301)),
    Thing("meter-a", "meter", "가람 계량기", "firm-a", "firm-a", attributes={"contract_power": 500.0}),
    Thing("pv-a", "pv", "가람 태양광", "firm-a", "firm-a", simulated=True),
    Thing("meter-b", "meter", "나래 계량기", "firm-b", "firm-b"),
    Thing("weather", "weather_station", "기상측정소", "complex", geometry=shapely.Point(126.701, 37.302)),
]
POINTS = [
    Point("meter-a.energy", "meter-a", "active_energy", QUARTER, "firm-a"),
    Point("pv-a.power", "pv-a", "generation_power", QUARTER, "firm-a", simulated=True),
    Point("meter-b.energy", "meter-b", "active_energy", QUARTER, "firm-b"),
    Point("weather.temperature", "weather", "air_temperature", QUARTER, high=5.0),
    Point("weather.gust", "weather", "wind_speed", None),
]


@dataclass(frozen=True)
class Complex:
    """The store, and a way to put samples in."""

    store: Store

    def point(self, id: str) -> Point:
        with self.store.registry.read() as conn:
            return self.store.points.get(conn, id)

    def tell(
        self,
        point: str,
        rows: list[tuple[datetime, float]],
        known_at: datetime | None = None,
        quality: int = 0,
    ) -> None:
        """Samples of one point; known when they end unless said otherwise."""
        with self.store.registry.write() as conn:
            source = self.store.sources.number(conn, "test")
        number = self.point(point).number
        columns = [
            [number] * len(rows),
            [start.astimezone(UTC) for start, _ in rows],
            [(known_at or start + QUARTER).astimezone(UTC) for start, _ in rows],
            [source] * len(rows),
            [value for _, value in rows],
            [quality] * len(rows),
        ]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, SAMPLES, strict=True)]
        self.store.historian.append(pa.Table.from_arrays(arrays, schema=SAMPLES))


def quarters(start: datetime, values: list[float | None]) -> list[tuple[datetime, float]]:
    """A value every quarter-hour from `start`; None leaves one out."""
    return [(start + i * QUARTER, value) for i, value in enumerate(values) if value is not None]


@pytest.fixture
def site(store: Store) -> Complex:
    """Things, points, and readings from midnight to nine, with an hour missing from firm A's meter."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        store.points.put(conn, POINTS)
    site = Complex(store)
    site.tell("meter-a.energy", quarters(DAY, [10.0] * 12 + [None] * 4 + [20.0] * 20))
    site.tell("meter-a.energy", quarters(DAY - timedelta(days=1), [5.0] * 96))
    site.tell("meter-b.energy", quarters(DAY, [7.0] * 36))
    site.tell("weather.temperature", quarters(DAY, [3.0] * 35 + [8.0]))
    site.tell("pv-a.power", quarters(DAY, [1.0] * 8))
    return site


@dataclass(frozen=True)
class Page:
    """An answer, and what a reader finds in it."""

    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    def all(self, css: str) -> list[Tag]:
        assert self.status in (200, 422), self.response.text[:2000]
        return list(BeautifulSoup(self.response.text, "html.parser").select(css))

    def one(self, css: str) -> Tag:
        (found,) = self.all(css)
        return found

    def words(self, css: str) -> list[str]:
        """The text of each piece, its blanks folded."""
        return [" ".join(tag.get_text(" ").split()) for tag in self.all(css)]

    def word(self, css: str) -> str:
        (found,) = self.words(css)
        return found

    def json(self) -> Any:
        assert self.status == 200, self.response.text[:2000]
        return self.response.json()


@dataclass(frozen=True)
class Browser:
    """One person's way into the app."""

    app: FastAPI
    person: str
    language: str = "ko"

    def get(self, path: str, **headers: str) -> Page:
        return self._ask("GET", path, headers=headers)

    def post(self, path: str, **more: Any) -> Page:
        return self._ask("POST", path, **more)

    def _ask(self, method: str, path: str, **more: Any) -> Page:
        async def asking() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self.app),
                base_url="http://sandan.test",
                headers={"authorization": f"Bearer {self.person}"},
                cookies={"language": self.language},
            ) as client:
                return await client.request(method, path, **more)

        return Page(asyncio.run(asking()))


@pytest.fixture
def app(
    site: Complex,
    clock: FixedClock,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> FastAPI:
    """The complex's own pages; the built assets are not needed to read them."""
    assets = tmp_path_factory.mktemp("assets")
    (assets / "manifest.json").write_text('{"files": {}}')
    monkeypatch.setattr("sandan.web.render.ASSETS", assets)
    monkeypatch.setattr("sandan.web.server.ASSETS", assets)
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges())
    return build_app(Settings(), site.store, clock, domains=(complex_domain, badges))


@pytest.fixture
def browse(app: FastAPI) -> Callable[..., Browser]:
    """A browser of the person named."""
    return lambda person, language="ko": Browser(app, person, language)
