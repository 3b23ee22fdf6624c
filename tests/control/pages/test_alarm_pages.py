"""The pages around alarms: their performance, their rules, a rule tried on history."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyarrow as pa
import pytest
from bs4 import BeautifulSoup

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.control.engine.alarms.table import COLUMNS, built_in_rules, rule_rows
from sandan.control.model.alarms import Alarm, Priority, RuleKind
from sandan.control.plugin import domain as control_domain
from sandan.control.records.alarms import Occurrence, put_alarms, put_occurrences
from sandan.control.service.alarms.rules import rules_in_force
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


async def test_every_figure_of_performance_opens_its_evidence(
    entered: Enter, sqlite_store: Store, clock: FixedClock
) -> None:
    """Each number leads to the alarms that made it, on a page and as a file; an unknown one to nothing."""
    burst(sqlite_store, clock)
    async with entered() as browse:
        page = await browse().soup("/control/performance?span=7d")
        links = {str(one["href"]) for one in page.select("a[href*='/performance/evidence']")}
        shown = {}
        for link in sorted(links):
            evidence = await browse(language="en").soup(link)
            of = link.partition("of=")[2].partition("&")[0]
            shown[of] = len(evidence.select("tbody tr"))
            assert evidence.select("tbody tr") or evidence.select_one(".empty"), link
        assert len(page.select("[aria-labelledby=measures-title] tbody td b")) == 12
        assert shown["peak"] == shown["chattering"] == shown["flood-0"] == shown["priority-1"] == 14
        assert shown["day"] == 15
        assert shown["standing"] == shown["stale"] == 1
        assert shown["late_answers"] == 1, "the hot spot, which nobody has acknowledged for two days"
        table = await browse().client.get("/control/performance/evidence?of=peak&span=7d&as=csv")
        assert table.text.count("leak-nh3@b.nh3") == 14
        await browse().soup("/control/performance/evidence?of=nothing", 404)


@both
async def test_the_list_and_its_alarm_tell_what_is_behind(
    entered: Enter, sqlite_store: Store, clock: FixedClock, language: str
) -> None:
    """Repeats, what a dead gateway explains, a shelf that ends soon, who set aside and why; late data."""
    now = clock.now()
    with sqlite_store.registry.write() as conn:
        lost = [Point(f"g{i}", "leak-b", "nh3", MINUTE, high=25) for i in range(3)]
        sqlite_store.points.put(conn, lost)
        rows = [
            Alarm("stale", f"g{i}", None, Priority(4), active=True, occurrence=1, shown=1, raised=now,
                  suppressed_by="stale@g0" if i else None)
            for i in range(3)
        ]  # fmt: skip
        shelf = now + timedelta(minutes=5)
        bell = Alarm("leak-nh3", "b.nh3", None, Priority(1), active=True, occurrence=4, shown=4, raised=now)
        hot = replace(bell, rule="overheating", point="b.heat", shelved_until=shelf)
        put_alarms(conn, [(one, True) for one in (*rows, bell, hot)])
        told = [now - n * timedelta(seconds=15) for n in range(4)]
        put_occurrences(
            conn,
            [
                Occurrence(LEAK, 4 - n, None, 1, at, at, None, None, None, 60.0, n == 1, False)
                for n, at in enumerate(told)
            ],
        )
        events = sqlite_store.events
        shelved = {"reason": "정비 중", "until": shelf.isoformat()}
        events.append(conn, "AlarmShelved", actor=PEOPLE["op"], subject=HOT, payload=shelved, at=now)
        revisited = {"began": now.isoformat(), "before": 30.0, "after": 12.0}
        events.append(conn, "AlarmRevisited", actor=PEOPLE["op"], subject=LEAK, payload=revisited, at=now)
    said = {
        "ko": ("채터링", "1시간 4회", "억제된 경보 2건", "곧 보류가 끝납니다"),
        "en": ("chattering", "4 times in an hour", "explains 2 more", "Off the shelf soon"),
    }[language]
    async with entered() as browse:
        page = (await browse(language=language).soup("/control/alarms")).text
        assert all(word in page for word in said)
        aside = (await browse(language=language).soup("/control/alarms?view=aside")).text
        assert "정비 중" in aside
        lead = await browse(language=language).soup("/control/alarms/stale%40g0")
        assert len(lead.select("[aria-labelledby=behind-title] li")) == 2
        leak = await browse(language=language).soup("/control/alarms/leak-nh3%40b.nh3")
        assert "30" in leak.select_one("[aria-labelledby=log-title]").text  # type: ignore[union-attr]
        assert len(leak.select("[aria-labelledby=times-title] .badge.warn")) == 1


async def test_performance_is_for_staff(entered: Enter) -> None:
    """An officer reads it, a firm does not."""
    async with entered() as browse:
        await browse("firm").soup("/control/performance/evidence", 403)
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
        drawn = [json.loads(one.text) for one in part.select("[data-island=chart] script")]
        course = next(one for one in drawn if "bands" in one)
        assert course["series"][1]["data"][0][1] == 25
        assert len(course["bands"][0]["low"]) == 3 * 5
        link = part.select_one("tbody a")
        assert link is not None
        assert link["href"] == "/explore?point=b.nh3&range=30d"
        assert part.select_one("html") is None
        kept = await browse(language=language).try_rule()
        assert {"ko": "경보 0건", "en": "raised 0 alarm(s)"}[language] in kept.text
        assert len(kept.select("[data-island]")) == 1, "only the point's course: there is nothing to count"
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
        kinds = await browse().soup("/control/rules/new")
        assert len(kinds.select("main a[href^='/control/rules/new?kind=']")) == len(RuleKind)
        assert (await browse().soup("/control/rules/new?kind=high")).select_one("#r-history") is not None
        part = await browse().try_rule(id="", ko="", en="", on_delay="", off_delay="", enabled="no")
        assert "경보 5건" in part.text


@both
async def test_a_trial_that_cannot_say_anything_says_that(
    entered: Enter, sqlite_store: Store, clock: FixedClock, language: str
) -> None:
    """No point, no value, no forecast: each is told apart from a quiet rule."""
    async with entered() as browse:
        nobody = await browse(language=language).try_rule(tenants="nobody")
        assert {"ko": "측정점이 없습니다", "en": "about no point"}[language] in nobody.text
        silent = await browse(language=language).try_rule()
        assert {"ko": "받은 값이 없어", "en": "No value came"}[language] in silent.text
        leak(sqlite_store, clock)
        ahead = await browse(language=language).try_rule(kind="forecast", limit="5", level="")
        assert {"ko": "예측이 없어", "en": "No forecast"}[language] in ahead.text


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


FILLED = {
    "kind": "high", "limit": "30", "quantities": "nh3", "ko": "암모니아 주의", "priority": "3",
    "response_ko": "확인하십시오.", "consequence_ko": "번질 수 있습니다.", "response_time": "10분",
    "on_delay": "1 min", "things": "가람동",
}  # fmt: skip


async def _save(browser: Browser, **fields: str) -> httpx.Response:
    return await browser.client.post("/control/rules/save", data=fields)


async def test_a_rule_is_made_by_choosing(entered: Enter, sqlite_store: Store) -> None:
    """Words of one language, lengths with their unit and names of places will do; the id makes itself."""
    async with entered() as browse:
        saved = await _save(browse(), base="0", was="", reason="시험", **FILLED)
        assert saved.status_code == 303, saved.text[:3000]
        with sqlite_store.registry.read() as conn:
            made = rules_in_force(sqlite_store, conn, datetime.now(UTC)).rules[-1]
        assert made.id == "high-nh3"
        assert (made.name.en, made.response.en) == ("암모니아 주의", "확인하십시오.")
        assert (made.on_delay, made.response_time) == (MINUTE, 10 * MINUTE)
        assert made.scope.things == {"hall"}
        form = await browse().soup("/control/rules/edit/high-nh3")
        shown = {one["name"]: one["value"] for one in form.select("input[name][value]")}
        assert (shown["things"], shown["on_delay"], shown["response_time"]) == ("가람동", "1분", "10분")
        page = await browse("officer", "en").soup("/control/rules")
        assert "added 1" in page.text.replace("\n", " ")
        assert "the point's own upper bound" in page.text


async def test_no_rule_goes_live_without_its_response(entered: Enter) -> None:
    """Consequence, response and its time, and places that there are: all that is missing at once."""
    async with entered() as browse:
        bare = FILLED | {"response_ko": "", "consequence_ko": "", "response_time": "", "things": "없는 곳"}
        refused = await _save(browse(), base="0", was="", **bare)
        assert refused.status_code == 422
        found = BeautifulSoup(refused.text, "html.parser").select(".note.bad .findings b")
        assert {one.text for one in found} == {"things", "consequence", "response", "response_time"}


async def test_two_people_edit_rules_at_once(entered: Enter, sqlite_store: Store) -> None:
    """Two rules do not meet; of one rule the second writer sees what the first did, and decides."""
    rows = {row["id"]: row for row in rule_rows(built_in_rules().rules)}
    async with entered() as browse:
        first = await _save(browse(), base="0", was="overheating", **rows["overheating"] | {"on_delay": "30"})
        assert first.status_code == 303
        other = await _save(browse(), base="0", was="leak-nh3", **LEAK_RULE | {"on_delay": "20"})
        assert other.status_code == 303, "a colleague changed another rule"
        stale = await _save(browse(), base="0", was="overheating", **rows["overheating"] | {"priority": "1"})
        assert stale.status_code == 409
        page = BeautifulSoup(stale.text, "html.parser")
        assert "'on_delay'" in page.select_one(".note.warn").text  # type: ignore[union-attr]
        assert page.select_one("#r-priority option[selected]")["value"] == "1"  # type: ignore[index]
        base = page.select_one("#rule-form [name=base]")["value"]  # type: ignore[index]
        again = rows["overheating"] | {"priority": "1"}
        assert (await _save(browse(), base=str(base), was="overheating", **again)).status_code == 303
    with sqlite_store.registry.read() as conn:
        now = {rule.id: rule for rule in rules_in_force(sqlite_store, conn, datetime.now(UTC)).rules}
    assert now["overheating"].priority == 1
    assert now["leak-nh3"].on_delay == timedelta(seconds=20)


async def test_a_table_goes_out_and_comes_back(entered: Enter, sqlite_store: Store) -> None:
    """As a Korean office saves it, in CP949; a half-wrong one tells of every row and changes nothing."""
    async with entered() as browse:
        text = (await browse().client.get("/control/rules.csv")).text.removeprefix("\ufeff")

        async def give(content: bytes, base: str) -> httpx.Response:
            return await browse().client.post(
                "/control/rules/import", data={"base": base}, files={"file": ("rules.csv", content)}
            )

        same = await give(text.replace("㎍/㎥", "ug/m3").encode("cp949"), "0")
        assert same.headers["location"].endswith("done=saved")
        wrong = text.replace("leak-h2s,", "leak-nh3,").replace(",tank_level,tank,", ",tank_levl,tank,", 1)
        wrong = wrong.replace(",0.05,20,120,2,", ",0.05,twenty,120,9,")
        answer = await give(wrong.encode(), "1")
        assert answer.status_code == 422
        found = [one.text for one in BeautifulSoup(answer.text, "html.parser").select(".findings b")]
        assert [one.split(" · ")[-1] for one in found] == ["on_delay", "priority", "leak-nh3", "quantities"]
    with sqlite_store.registry.read() as conn:
        assert sqlite_store.rules.count(conn, "control.alarms") == 1
