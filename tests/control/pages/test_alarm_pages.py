"""The pages around alarms: their performance, their rules, a rule tried on history."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pyarrow as pa
import pytest
from bs4 import BeautifulSoup

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.control.engine.alarms.table import COLUMNS, built_in_rules, rule_rows
from sandan.control.model.alarms import Alarm, Priority
from sandan.control.plugin import domain as control_domain
from sandan.control.records.alarms import Occurrence, put_alarms, put_occurrences
from sandan.domain import Domain, installed_domains
from sandan.settings import Settings
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES
from sandan.words import Text

PEOPLE = {
    "op": Actor("op", "관제사", frozenset({Role.OPERATOR})),
    "officer": Actor("officer", "담당관", frozenset({Role.OFFICER})),
    "firm": Actor("firm", "기업", frozenset({Role.FIRM}), "firm-1"),
}
MINUTE = timedelta(minutes=1)
LEAK, HOT = "leak-nh3@b.nh3", "overheating@b.heat"
LEAK_RULE = next(row for row in rule_rows(built_in_rules().rules) if row["id"] == "leak-nh3")
both = pytest.mark.parametrize("language", ["ko", "en"])


class Badges:
    """Lets in whoever says a name as a bearer token."""

    def of_session(self, token: str) -> Actor | None:
        return PEOPLE.get(token)

    of_bearer = of_session


class Browser:
    """One person's way into the open app."""

    def __init__(self, app: Any, person: str, language: str) -> None:
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://sandan.test",
            headers={"accept": "text/html", "authorization": f"Bearer {person}"},
            cookies={"language": language},
        )

    async def soup(self, path: str, status: int = 200) -> BeautifulSoup:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text[:2000]
        return BeautifulSoup(answer.text, "html.parser")

    async def try_rule(self, status: int = 200, **changed: str) -> BeautifulSoup:
        """Press the button of a rule's form, with these fields filled in."""
        fields = {name: LEAK_RULE[name] for name in COLUMNS} | changed
        answer = await self.client.post("/control/rules/try", data=fields, headers={"hx-request": "true"})
        assert answer.status_code == status, answer.text[:2000]
        return BeautifulSoup(answer.text, "html.parser")


Enter = Callable[..., AbstractAsyncContextManager[Callable[..., Browser]]]


@pytest.fixture
def entered(
    sqlite_store: Store,
    clock: FixedClock,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Enter:
    """The app open over a building with two sensors; gives browsers."""
    assets = tmp_path_factory.mktemp("assets")
    (assets / "manifest.json").write_text('{"files": {}}')
    monkeypatch.setattr("sandan.web.render.ASSETS", assets)
    monkeypatch.setattr("sandan.web.server.ASSETS", assets)
    with sqlite_store.registry.write() as conn:
        things = [Thing("hall", "building", "가람동"), Thing("leak-b", "leak_sensor", "나래 감지기", "hall")]
        sqlite_store.things.put(conn, things)
        nh3 = Point("b.nh3", "leak-b", "nh3", MINUTE, high=25)
        heat = Point("b.heat", "leak-b", "surface_temperature", MINUTE, high=80)
        sqlite_store.points.put(conn, [nh3, heat])
        sqlite_store.sources.number(conn, "gate")

    @asynccontextmanager
    async def entering(**control: object) -> AsyncIterator[Callable[..., Browser]]:
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges())
        settings = Settings(rest={"control": control})
        app = build_app(settings, sqlite_store, clock, domains=(control_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda person="op", language="ko": Browser(app, person, language)

    return entering


def burst(store: Store, clock: FixedClock, times: int = 14) -> None:
    """A leak alarm that chatters into a flood, and a hot spot that has stood for two days."""
    now = clock.now()
    with store.registry.write() as conn:
        old = now - timedelta(days=2)
        put_alarms(
            conn,
            [
                (
                    Alarm(LEAK.partition("@")[0], "b.nh3", None, Priority(1), occurrence=times, raised=now),
                    True,
                ),
                (
                    Alarm("overheating", "b.heat", None, Priority(2), active=True, occurrence=1, raised=old),
                    True,
                ),
            ],
        )
        told = [now - timedelta(hours=3) + n * timedelta(seconds=15) for n in range(times)]
        rows = [
            Occurrence(
                LEAK, n, None, 1, at, at, at + MINUTE, "op", at + timedelta(seconds=5), 60.0, False, False
            )
            for n, at in enumerate(told, 1)
        ]
        hot = Occurrence(HOT, 1, None, 2, old, old, None, None, None, 90.0, False, False)
        put_occurrences(conn, [*rows, hot])


@both
async def test_performance_shows_measures_with_verdict_and_source(
    entered: Enter, sqlite_store: Store, clock: FixedClock, language: str
) -> None:
    """A chattering flood is too much by the figures; the alarms behind it have names and addresses."""
    burst(sqlite_store, clock)
    async with entered() as browse:
        page = await browse(language=language).soup("/control/performance")
    rows = page.select("[aria-labelledby=measures-title] tbody tr")
    assert len(rows) == 12
    assert all(any(word in row.text for word in ("ISA", "EEMUA", "설정", "setting")) for row in rows)
    peak = next(row for row in rows if {"ko": "10분 최다", "en": "Most alarms in 10"}[language] in row.text)
    assert "14" in peak.text
    assert peak.select_one(".badge.bad") is not None
    assert page.select_one("[data-island=chart] script") is not None
    top = page.select_one("[aria-labelledby=top-title]")
    assert top is not None
    link = top.select_one("a")
    assert link is not None
    assert link["href"] == "/control/alarms/leak-nh3%40b.nh3"
    assert link.text == {"ko": "암모니아 누출", "en": "Ammonia leak"}[language]
    standing = page.select_one("[aria-labelledby=standing-title]")
    assert standing is not None
    assert standing.select_one(".badge.bad") is not None
    floods = page.select("[aria-labelledby=floods-title] tbody tr")
    assert len(floods) == 1
    answers = page.select("[aria-labelledby=priority-title] tbody tr")
    assert {"ko": "1분 0초", "en": "1 min 0 s"}[language] in answers[0].text


@both
async def test_performance_without_alarms_says_so(entered: Enter, language: str) -> None:
    """An empty centre has a page without a chart, and no measure is called bad."""
    async with entered() as browse:
        for span in ("24h", "today", "7d", "30d", "nonsense"):
            page = await browse(language=language).soup(f"/control/performance?span={span}")
            assert page.select_one(".empty") is not None
            assert page.select_one("[data-island]") is None
            assert not page.select(".badge.bad, .badge.warn")


async def test_operators_come_from_the_settings_until_somebody_says(
    entered: Enter, sqlite_store: Store, clock: FixedClock
) -> None:
    """The number stays in the form, and rates are each one's share."""
    burst(sqlite_store, clock)
    async with entered(operators=2) as browse:
        field = (await browse().soup("/control/performance")).select_one("#operators")
        assert field is not None
        assert field["value"] == "2"
        page = await browse().soup("/control/performance?span=7d&operators=7")
        chosen = page.select_one("#span option[selected]")
        assert chosen is not None
        assert chosen["value"] == "7d"
        field = page.select_one("#operators")
        assert field is not None
        assert field["value"] == "7"
        peak = next(r for r in page.select("[aria-labelledby=measures-title] tr") if "10분 최다" in r.text)
        assert peak.select_one(".badge.good") is not None
        for odd in ("", "0", "-3", "100000", "둘"):
            await browse().soup(f"/control/performance?operators={odd}")


async def test_performance_is_for_staff(entered: Enter) -> None:
    """An officer reads it, a firm does not."""
    async with entered() as browse:
        await browse("officer").soup("/control/performance")
        await browse("firm").soup("/control/performance", 403)


def leak(store: Store, clock: FixedClock) -> None:
    """Ammonia five times above its bound within a minute, this morning."""
    with store.registry.read() as conn:
        number = next(point.number for point in store.points.all(conn) if point.id == "b.nh3")
    values = [0.0, 60.0] * 5 + [0.0]
    at = [clock.now() - timedelta(hours=2) + n * timedelta(seconds=5) for n in range(len(values))]
    columns = {"point": [number] * len(at), "start": at, "known_at": at, "source": [1] * len(at)}
    columns |= {"value": values, "quality": [0] * len(at)}
    store.historian.append(pa.table(columns, schema=SAMPLES))


@both
async def test_a_rule_is_tried_as_it_is_filled_in(
    entered: Enter, sqlite_store: Store, clock: FixedClock, language: str
) -> None:
    """The sentence, the chattering, the busiest point and a chart; and nothing becomes a version."""
    leak(sqlite_store, clock)
    async with entered() as browse:
        form = await browse(language=language).soup("/control/rules/edit/leak-nh3")
        assert [one["value"] for one in form.select("#r-history option")] == ["1", "7", "30"]
        quick = {"on_delay": "", "off_delay": "", "deadband": ""}
        part = await browse(language=language).try_rule(history="30", **quick)
        said = {"ko": "경보 5건이 발생했을 것이고, 그중 5건은 채터링", "en": "raised 5 alarm(s), 5 of them"}
        assert said[language] in part.text
        assert part.select_one("[data-island=chart] script") is not None
        link = part.select_one("tbody a")
        assert link is not None
        assert link["href"] == "/explore?point=b.nh3&range=30d"
        assert part.select_one("html") is None
        kept = await browse(language=language).try_rule()
        assert {"ko": "경보 0건", "en": "raised 0 alarm(s)"}[language] in kept.text
        assert kept.select_one("[data-island]") is None
    with sqlite_store.registry.read() as conn:
        assert sqlite_store.rules.count(conn, "control.alarms") == 0


@both
async def test_a_faulty_rule_is_not_tried_but_explained(entered: Enter, language: str) -> None:
    """All its faults, as the form tells them; the rest of the page stays."""
    async with entered() as browse:
        part = await browse(language=language).try_rule(422, kind="rate", limit="", deadband="-1")
        found = part.select(".findings li")
        assert [one.b.text for one in found if one.b] == ["limit", "level", "deadband"]
        assert all(one.select_one(".remedy") for one in found)
        part = await browse(language=language).try_rule(422, expression="nh3 -", limit="5")
        assert part.select(".findings li")


async def test_a_new_rule_needs_no_name_to_be_tried(
    entered: Enter, sqlite_store: Store, clock: FixedClock
) -> None:
    """First one looks whether it is any good."""
    leak(sqlite_store, clock)
    async with entered() as browse:
        assert (await browse().soup("/control/rules/new")).select_one("#r-history") is not None
        part = await browse().try_rule(id="", ko="", en="", on_delay="", off_delay="", enabled="no")
        assert "경보 5건" in part.text


@both
async def test_a_trial_that_cannot_say_anything_says_that(entered: Enter, language: str) -> None:
    """No point, no value, no forecast: each is told apart from a quiet rule."""
    async with entered() as browse:
        nobody = await browse(language=language).try_rule(tenants="nobody")
        assert {"ko": "측정점이 없습니다", "en": "about no point"}[language] in nobody.text
        silent = await browse(language=language).try_rule()
        assert {"ko": "받은 값이 없어", "en": "No value came"}[language] in silent.text
        ahead = await browse(language=language).try_rule(kind="forecast", limit="5", level="")
        assert {"ko": "예측값은 넣지 않습니다", "en": "no forecasts"}[language] in ahead.text


async def test_who_does_not_make_rules_does_not_try_them(entered: Enter) -> None:
    """An officer reads the form, without the button."""
    async with entered() as browse:
        assert (await browse("officer").soup("/control/rules/edit/leak-nh3")).select_one("#r-history") is None
        await browse("officer").try_rule(403)


def test_no_two_keys_of_the_menu_mean_the_same() -> None:
    """Keys of every domain's menu are one another's."""
    keys = [item.key for domain in installed_domains() for item in domain.nav if item.key]
    assert sorted(keys) == sorted(set(keys))


async def test_ten_thousand_alarms_leave_the_page_usable(
    entered: Enter, sqlite_store: Store, clock: FixedClock
) -> None:
    """The most urgent are on it, the rest are counted, and none is lost."""
    now = clock.now()
    with sqlite_store.registry.write() as conn:
        points = [Point(f"p{i}", "leak-b", "nh3", MINUTE, high=25) for i in range(10_000)]
        sqlite_store.points.put(conn, points)
        found = [
            Alarm(f"r{i}", f"p{i}", None, Priority(1 + i % 4), active=True, occurrence=1, raised=now)
            for i in range(10_000)
        ]
        put_alarms(conn, [(alarm, True) for alarm in found])
    async with entered() as browse:
        visitor = browse()
        page = await visitor.soup("/control/alarms")
        rows = page.select("tbody tr")
        assert 0 < len(rows) <= 100
        assert {row["data-state"] for row in rows} == {"1"}
        assert len(str(page)) < 1_000_000
        answer = await visitor.client.get("/api/control/alarms")
        assert len(answer.json()["alarms"]) == 10_000
