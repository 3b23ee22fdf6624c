"""Work permits through their pages: asked for by a firm, held against everything around, decided."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
import shapely
from tests import visitors
from tests.visitors import Badges

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.control.model.alarms import Alarm, Priority
from sandan.control.model.contacts import Channel, ChannelKind, Circle, Contact
from sandan.control.model.incidents import Place, Source
from sandan.control.plugin import domain as control_domain
from sandan.control.records.alarms import put_alarms
from sandan.control.records.notices import contact_book, messages, unanswered
from sandan.control.records.safety import read_permit
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.incidents.opening import open_in
from sandan.control.service.notices.running import TellingDesk
from sandan.control.service.notices.telling import escalate_due
from sandan.control.service.permits import watch
from sandan.control.service.permits.checking import PermitDesk
from sandan.control.service.permits.settings import permit_params
from sandan.domain import Domain
from sandan.errors import InvalidInput
from sandan.settings import Settings
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES, Stream
from sandan.words import Text

PEOPLE = {
    "op": Actor("op", "관제사", frozenset({Role.OPERATOR})),
    "officer": Actor("officer", "담당관", frozenset({Role.OFFICER})),
    "firm": Actor("firm", "기업", frozenset({Role.FIRM}), "firm-1"),
    "other": Actor("other", "다른 기업", frozenset({Role.FIRM}), "firm-2"),
}
MINUTE = timedelta(minutes=1)
HALL = shapely.box(126.700, 37.400, 126.701, 37.401)
THINGS = [
    Thing("hall", "building", "가람동", geometry=HALL),
    Thing("firm-1", "firm", "가나화학", "hall", "firm-1"),
    Thing("firm-2", "firm", "다라정밀", "hall", "firm-2"),
    Thing("tank-2", "tank", "다라 톨루엔 탱크", "hall", "firm-2", shapely.Point(126.7050, 37.4050)),
    Thing("leak", "leak_sensor", "나래 감지기", "hall", "firm-2", shapely.Point(126.7005, 37.4005)),
    Thing("sky", "weather_station", "기상측정소", geometry=shapely.Point(126.70, 37.40)),
    Thing("gate", "gateway", "게이트웨이"),
]
FIRST, SECOND, THIRD = (f"/control/permits/WP-20260304-00{n}" for n in (1, 2, 3))
HOT = {"kind": "hot_work", "name": "3라인 배관 용접", "place": "가람동",
       "provision": ["fire_watch", "extinguisher"], "air": ["0"],
       "start": "2026-03-04T09:30", "end": "2026-03-04T12:00"}  # fmt: skip
TANK = {"kind": "confined_space", "name": "폐수조 청소", "place": "가람동",
        "provision": ["attendant", "ventilation", "head_count", "rescue", "isolation"],
        "start": "2026-03-04T10:00", "end": "2026-03-04T11:00",
        "air": ["20.9", "0", "0", "0.1"]}  # fmt: skip


class Browser(visitors.Browser):
    """One person's way into the open app."""

    async def ask(self, given, status=303, **changed):
        return await self.post("/control/permits", status, **given | changed)


@pytest.fixture
def entered(sqlite_store, clock, bare_assets, monkeypatch):
    """The app open over a building with two firms, a tank of one and a weather station."""
    monkeypatch.setattr(watch, "LOOK_EVERY", 3600)  # tests look themselves
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, THINGS)
        points = [
            Point("sky.wind", "sky", "wind_speed", MINUTE),
            Point("leak.nh3", "leak", "nh3", MINUTE, "firm-2", high=25),
        ]
        sqlite_store.points.put(conn, points)
        sqlite_store.sources.number(conn, "gate")

    @asynccontextmanager
    async def entering(**control):
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        app = build_app(
            Settings(rest={"control": control}), sqlite_store, clock, domains=(control_domain, badges)
        )
        async with app.router.lifespan_context(app):

            def browser(person="op", language="ko"):
                return Browser(app, person, language)

            house = app.state.house
            looking = watch.PermitWatch(house.part(PermitDesk), house.part(TellingDesk).desk)
            browser.look = lambda: looking.step(clock.now())
            browser.part = house.part
            yield browser

    return entering


def blow(store, now, speed):
    """Ten minutes of wind."""
    with store.registry.read() as conn:
        number = store.points.get(conn, "sky.wind").number
    at = [now - n * MINUTE for n in range(1, 9)]
    size = len(at)
    columns = {
        "point": [number] * size, "start": at, "duration": [60_000] * size, "known_at": at,
        "value": [speed] * size, "quality": [0] * size, "stream": [0] * size, "source": [1] * size,
    }  # fmt: skip
    store.historian.append(
        pa.table({f.name: pa.array(columns[f.name], f.type) for f in SAMPLES}, schema=SAMPLES)
    )


def kept(store, path):
    with store.registry.read() as conn:
        return read_permit(conn, path.rpartition("/")[2])


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_firm_asks_and_an_operator_grants(entered, sqlite_store, language):
    """A request without conflicts is granted by one press, and its firm sees so."""
    async with entered() as browser:
        firm = browser("firm", language)
        assert (await firm.soup("/control/permits/new?kind=hot_work")).select_one("[name=provision]")
        await firm.ask(HOT)
        await firm.post(f"{FIRST}/grant", 403)
        await browser("op").post(f"{FIRST}/grant")
        assert "3라인 배관 용접" in (await firm.soup(FIRST)).text
        assert (await firm.soup("/control/permits")).select_one("tbody .badge.good")
        points = (await firm.client.get("/control/permits/permits.geojson")).json()["features"]
        assert [one["geometry"]["coordinates"] for one in points] == [[126.7005, 37.4005]]
    work = kept(sqlite_store, FIRST)
    assert (work.tenant, work.thing, work.overridden) == ("firm-1", "hall", "")


async def test_a_firm_never_sees_another_firms_permit(entered):
    """Not in the list, on the map, by its number, by acting on it; of a conflict it learns kind and hours."""
    async with entered() as browser:
        await browser("firm").ask(HOT)
        other = browser("other")
        await other.ask(TANK)
        for path in (FIRST, f"{FIRST}/map.geojson"):
            assert (await other.client.get(path)).status_code == 404
        for step in ("withdraw", "air"):
            await other.post(f"{FIRST}/{step}", 404, reason="x")
        seen = [str(await other.soup(path)) for path in ("/control/permits", SECOND)]
        assert not any("3라인" in page or "가나화학" in page or "WP-20260304-001" in page for page in seen)
        assert "다른 기업의 작업" in seen[1]
        assert "화기작업" in seen[1]
        points = (await other.client.get("/control/permits/permits.geojson")).json()["features"]
        assert len(points) == 1
        assert "3라인 배관 용접" in (await browser("op").soup(SECOND)).text


async def test_what_excludes_a_granted_work_is_granted_with_a_reason_only(entered, sqlite_store):
    """The conflict blocks once the other is granted; the reason and the rules are an event."""
    async with entered() as browser:
        op = browser("op")
        await browser("firm").ask(HOT)
        await browser("other").ask(TANK)
        assert "상대 작업은 허가 전" in (await op.soup(SECOND)).text
        await op.post(f"{FIRST}/grant")
        refused = await op.post(f"{SECOND}/grant", 409)
        assert "불티" in refused.select_one(".findings").text
        assert kept(sqlite_store, SECOND).state == "asked"
        await op.post(f"{SECOND}/grant", reason="불티 방지포를 치고 감시자를 더 둠")
    work = kept(sqlite_store, SECOND)
    assert work.overridden == "불티 방지포를 치고 감시자를 더 둠"
    with sqlite_store.registry.read() as conn:
        told = list(sqlite_store.events.find(conn, subject=work.id))
    assert [one.kind for one in told] == ["PermitGrantedDespite", "PermitAsked"]
    assert told[0].payload["rules"] == ["hot_confined"]


async def test_a_provision_or_a_test_of_air_that_is_missing_blocks_until_it_is_there(entered, sqlite_store):
    """Air measured afterwards takes its conflicts away; too little oxygen keeps one."""
    async with entered() as browser:
        op = browser("op")
        await browser("firm").ask(TANK, air=["", "", "", ""])
        assert len((await op.soup(FIRST)).select("article")) == 4
        await browser("firm").post(f"{FIRST}/air", air=["16", "0", "0", "0.1"])
        assert [a.text.count("산소 16") for a in (await op.soup(FIRST)).select("article")] == [1]
        await op.post(f"{FIRST}/grant", 409)
        await browser("firm").post(f"{FIRST}/air", 422, air=["많음", "", "", ""])
        await browser("firm").post(f"{FIRST}/air", air=["20.8", "", "", ""])
        await op.post(f"{FIRST}/grant")
    assert kept(sqlite_store, FIRST).state == "granted"


async def test_an_entry_that_is_only_asked_for_lets_no_contractor_in(entered):
    """The contractor's work waits for the entry to be granted."""
    async with entered() as browser:
        op, firm = browser("op"), browser("firm")
        entry = {
            "kind": "contractor_entry",
            "name": "출입",
            "contractor": "한빛용접",
            "provision": "briefing",
        }
        await firm.ask(HOT, **entry)
        await firm.ask(HOT, contractor="한빛용접")
        await op.post(f"{SECOND}/grant", 409)
        await op.post(f"{FIRST}/grant")
        await op.post(f"{SECOND}/grant")


async def test_wind_that_is_measured_stops_work_at_height(entered, sqlite_store, clock):
    """Work going on is shown to the operator as to be stopped, unless that very wind was accepted."""
    height = {"kind": "height", "name": "지붕 보수", "provision": "fall_protection",
              "start": "2026-03-04T09:00"}  # fmt: skip
    async with entered() as browser:
        op = browser("op")
        await browser("firm").ask(HOT, **height)
        await browser("firm").ask(HOT, **height)
        await op.post(f"{FIRST}/grant")
        clock.advance(20 * MINUTE)
        blow(sqlite_store, clock.now(), 12.0)
        assert "측정 12 m/s (3월 4일 09:20 현재), 기준 10 m/s" in (await op.soup(FIRST)).text
        assert "작업 중지 필요" in (await op.soup("/control/attention")).text
        await op.post(f"{FIRST}/stop", 422, reason="")
        await op.post(f"{FIRST}/stop", reason="강풍")
        await op.post(f"{SECOND}/grant", reason="안쪽 면만 작업")
        assert "작업 중지 필요" not in (await op.soup("/control/attention")).text
        assert "강풍" in (await browser("firm").soup("/control/attention")).text
        await op.post(f"{FIRST}/grant", 409)


def foretell(store, known, wind):
    """Wind by the hour from the beginning of this one, as a forecast that came at `known`."""
    with store.registry.write() as conn:
        number = store.points.get(conn, "sky.wind").number
        source = store.sources.number(conn, "kma", Stream.FORECAST)
    first, size = known.replace(minute=0, second=0, microsecond=0), len(wind)
    columns = {
        "point": [number] * size, "start": [first + 60 * n * MINUTE for n in range(size)],
        "known_at": [known] * size, "value": wind, "quality": [0] * size, "source": [source] * size,
    }  # fmt: skip
    store.historian.append(
        pa.table({f.name: pa.array(columns[f.name], f.type) for f in SAMPLES}, schema=SAMPLES)
    )


async def test_wind_that_is_forecast_holds_work_of_those_hours(entered, sqlite_store, clock):
    """The page says it is a forecast and since when; who accepts it is told when the wind itself comes."""
    height = {"kind": "height", "name": "지붕 보수", "provision": "fall_protection",
              "start": "2026-03-04T09:00"}  # fmt: skip
    foretell(sqlite_store, clock.now(), [3.0, 11.0, 12.5, 4.0])
    async with entered() as browser:
        op = browser("op")
        await browser("firm").ask(HOT, **height)
        page = (await op.soup(FIRST)).text
        assert "예보 12.5 m/s (3월 4일 09:00 수신), 기준 10 m/s" in page
        assert "조치 후 진행" in page
        assert "10:00" in page
        assert "forecast" in (await browser("op", "en").soup(FIRST)).text.lower()
        await op.post(f"{FIRST}/grant", 409)
        await op.post(f"{FIRST}/grant", reason="10시 전에 내려옴")
        clock.advance(70 * MINUTE)
        assert "작업 중지 필요" not in (await op.soup("/control/attention")).text
        blow(sqlite_store, clock.now(), 12.0)
        assert "작업 중지 필요" in (await op.soup("/control/attention")).text


async def test_an_alarm_near_by_stops_work_and_its_place_is_not_told_to_others(entered, sqlite_store, clock):
    """Ammonia at the sensor of another firm: both learn that it is there, its owner alone where."""
    raised = Alarm(
        "leak-nh3", "leak.nh3", "firm-2", Priority(1), active=True, occurrence=1, raised=clock.now()
    )
    with sqlite_store.registry.write() as conn:
        put_alarms(conn, [(raised, True)])
    async with entered(permit_alarm_reach={"*": 100}) as browser:
        await browser("firm").ask(HOT)
        page = (await browser("firm").soup(FIRST)).text
        assert "독성가스" in page
        assert "나래 감지기" not in page
        assert "나래 감지기" in (await browser("op").soup(FIRST)).text


def gas(clock):
    return Alarm("leak-nh3", "leak.nh3", "firm-2", Priority(1), active=True, occurrence=1, raised=clock.now())


async def test_an_alarm_stops_work_by_itself_and_its_holder_is_told(entered, sqlite_store, clock):
    """Only the work in its reach; the firm's contact reads why without another firm's name; once."""
    safety = Contact("safety-1", "가나화학", "안전관리 당직", Circle.FIRM, tenant="firm-1",
                     channels=(Channel(ChannelKind.SMS, "000-0000-0000"),))  # fmt: skip
    with sqlite_store.registry.write() as conn:
        contact_book.put_contacts(conn, [safety, replace(safety, id="safety-2", tenant="firm-2")])
    far = {"place": "", "lon": "126.72", "lat": "37.42"}
    async with entered(permit_alarm_reach={"*": 100}) as browser:
        op, firm = browser("op"), browser("firm")
        for where in ({}, far, {"start": "2026-03-04T11:00"}):
            await firm.ask(HOT, **where)
        for path in (FIRST, SECOND, THIRD):
            await op.post(f"{path}/grant")
        clock.advance(40 * MINUTE)
        assert browser.look() == 0
        with sqlite_store.registry.write() as conn:
            put_alarms(conn, [(gas(clock), True)])
        browser.part(AlarmDesk).reload(clock.now())
        assert browser.look() == 2, "one stopped, one told of for later"
        assert browser.look() == 0, "each once"
        assert [kept(sqlite_store, path).state for path in (FIRST, SECOND, THIRD)] == [
            "stopped", "granted", "granted",
        ]  # fmt: skip
        assert "작업 중지됨" in (await op.soup("/control/attention")).text
        mine = (await firm.soup("/control/attention")).text
        assert "작업 중지됨" in mine
        assert "허가 뒤 바뀜" in mine
        page = (await firm.soup(FIRST)).text
        assert "저절로 중지되었습니다" in page
        assert "독성가스" in page
        assert "안전관리 당직" in (await op.soup(FIRST)).select_one("[aria-labelledby=told]").text
        assert (await op.soup("/control/notices")).select_one(f"a[href='{FIRST}']")
        await op.post(f"{FIRST}/grant", 409)
    with sqlite_store.registry.read() as conn:
        told = messages.recent_notices(conn, None, 10)
        events = list(sqlite_store.events.find(conn, subject=FIRST.rpartition("/")[2], limit=5))
    assert {one.tenant for one in told} == {"firm-1"}
    assert {one.incident[-3:] for one in told} == {"001", "003"}
    stopped = next(one for one in told if one.incident.endswith("001"))
    assert "작업을 멈추고 나오십시오" in stopped.text
    assert "독성가스" in stopped.text
    assert "나래" not in stopped.text
    assert {"PermitSuspended", "PeopleTold"} <= {one.kind for one in events}


async def test_nobody_who_answers_is_asked_for_until_the_stopped_work_is_closed(entered, sqlite_store, clock):
    """A stop that the firm did not answer stands among what needs a person, and leads to the permit."""
    safety = Contact("safety-1", "가나화학", "안전관리 당직", Circle.FIRM, tenant="firm-1", answer_minutes=5)
    with sqlite_store.registry.write() as conn:
        contact_book.put_contacts(conn, [safety])
    async with entered() as browser:
        op = browser("op")
        await browser("firm").ask(TANK, start="2026-03-04T09:00")
        await op.post(f"{FIRST}/grant")
        await browser("firm").post(f"{FIRST}/air", air=["17.5", "", "", ""])
        assert browser.look() == 1
        desk = browser.part(TellingDesk).desk
        clock.advance(6 * MINUTE)
        assert escalate_due(sqlite_store, desk, clock.now()) == 1
        with sqlite_store.registry.read() as conn:
            assert [one.page for one in unanswered.unmet(conn)] == [FIRST]
        await op.post(f"{FIRST}/close", reason="확인", check=["out_count", "everybody_out"])
        with sqlite_store.registry.read() as conn:
            assert unanswered.unmet(conn) == []


async def test_bad_air_and_a_fire_stop_work_but_a_drill_does_not(entered, sqlite_store, clock):
    """What is measured during the work counts at once; an incident under way within reach, a drill never."""
    tank = {"start": "2026-03-04T09:00", "end": "2026-03-04T11:00"}
    async with entered() as browser:
        op, firm = browser("op"), browser("firm")
        await firm.ask(TANK, **tank)
        await op.post(f"{FIRST}/grant")
        await firm.post(f"{FIRST}/air", air=["17.5", "", "", ""])
        assert browser.look() == 1
        assert kept(sqlite_store, FIRST).state == "stopped"
        await firm.post(f"{FIRST}/air", air=["20.9", "", "", ""])
        await op.post(f"{FIRST}/grant")
        for drill in (True, False):
            with sqlite_store.registry.write() as conn:
                open_in(sqlite_store, conn, PEOPLE["op"], "fire", clock.now(), source=Source.CALL, title="불",
                        level=1, place=Place("hall", "가람동"), alarms=(), detected=clock.now(),
                        drill=drill)  # fmt: skip
            assert browser.look() == (0 if drill else 1)
        assert "'화재' 사건" in (await firm.soup(FIRST)).text


async def test_two_works_in_each_other_s_way_are_told_and_left_to_people(entered, sqlite_store, clock):
    """The holder of the first is told once when the second is granted despite it; nothing stops by itself."""
    async with entered() as browser:
        op = browser("op")
        await browser("firm").ask(HOT)
        await browser("other").ask(TANK)
        await op.post(f"{FIRST}/grant")
        await op.post(f"{SECOND}/grant", reason="방지포")
        clock.advance(70 * MINUTE)
        assert (browser.look(), browser.look()) == (1, 0)
        assert kept(sqlite_store, FIRST).state == "granted"
        assert "허가 뒤 조건이 바뀌었습니다" in (await browser("firm").soup(FIRST)).text


async def test_work_is_extended_unless_something_stands_against_the_longer_time(entered, sqlite_store, clock):
    """A later work that excludes it, and a limit on hours, are in the way; only an operator extends."""
    async with entered(permit_longest_hours={"hot_work": 4}) as browser:
        op, firm = browser("op"), browser("firm")
        await firm.ask(HOT)
        await firm.ask(TANK, start="2026-03-04T14:00", end="2026-03-04T15:00")
        for path in (FIRST, SECOND):
            await op.post(f"{path}/grant")
        await firm.post(f"{FIRST}/extend", 403, end="2026-03-04T13:00", reason="x")
        for end in ("", "2026-03-04T11:00"):
            await op.post(f"{FIRST}/extend", 422, end=end, reason="배관이 늦음")
        await op.post(f"{FIRST}/extend", 409, end="2026-03-04T14:30", reason="배관이 늦음")
        assert kept(sqlite_store, FIRST).end.hour == 3, "12:00 in Seoul still"
        await op.post(f"{FIRST}/extend", end="2026-03-04T13:00", reason="배관이 늦음")
        assert "03-04 12:00에서 03-04 13:00으로 연장" in (await op.soup(FIRST)).select_one(".timeline").text
    assert kept(sqlite_store, FIRST).end.hour == 4


async def test_a_provision_that_is_made_later_is_written_on_the_permit(entered):
    """The reason not to grant it goes; what does not belong to the work is refused."""
    async with entered() as browser:
        op, firm = browser("op"), browser("firm")
        await firm.ask(HOT, provision="fire_watch")
        await op.post(f"{FIRST}/grant", 409)
        await browser("other").post(f"{FIRST}/provisions", 404, provision="extinguisher")
        await firm.post(f"{FIRST}/provisions", 422, provision="magic")
        await firm.post(f"{FIRST}/provisions", provision=["fire_watch", "extinguisher"])
        await op.post(f"{FIRST}/grant")


async def test_a_paper_leads_whoever_holds_it_to_how_the_permit_stands(entered, sqlite_store, clock):
    """Without an account: signed on the spot, told to stop, answered; a wrong mark shows nothing."""
    async with entered() as browser:
        op, firm, phone = browser("op"), browser("firm"), browser("")
        await firm.ask(HOT)
        answer = await firm.client.get(f"{FIRST}/paper.pdf")
        assert answer.content.startswith(b"%PDF")
        assert (await browser("other").client.get(f"{FIRST}/paper.pdf")).status_code == 404
        path = (await op.soup(FIRST)).select_one("a[href^='/permit/']")["href"]
        assert (await phone.client.get(path[:-1] + "x")).status_code == 404
        page = await phone.soup(path)
        assert "허가되지 않았습니다" in page.text
        csrf = page.select_one("input[name=csrf]")["value"]
        await phone.post(f"{path}/sign", 403, role="supervisor", post="소장")
        await phone.post(f"{path}/sign", 422, csrf=csrf, role="safety", post=" ")
        await phone.post(f"{path}/sign", csrf=csrf, role="supervisor", post="한빛기공 현장소장")
        assert "한빛기공 현장소장" in (await op.soup(FIRST)).text
        await firm.post(f"{FIRST}/sign", role="safety", post="안전팀")
        await op.post(f"{FIRST}/grant")
        clock.advance(40 * MINUTE)
        assert "지금 작업할 수 있습니다" in (await phone.soup(path)).text
        await phone.post(f"{path}/stopped", 409, csrf=csrf, post="소장")
        await op.post(f"{FIRST}/stop", reason="강풍")
        assert "작업을 멈추고 나오십시오" in (await phone.soup(path)).text
        assert "전화로 확인하십시오" in (await op.soup(FIRST)).text
        await phone.post(f"{path}/stopped", csrf=csrf, post="한빛기공 현장소장")
        assert "전화로 확인하십시오" not in (await op.soup(FIRST)).text


async def test_works_at_one_place_share_a_mark_on_the_map(entered):
    """Two works in one building are one numbered mark, and one entry of the list that leads to both."""
    async with entered() as browser:
        firm = browser("firm")
        await firm.ask(HOT)
        await firm.ask(TANK)
        await firm.ask(HOT, place="마당", lon="126.72", lat="37.42")
        marks = (await firm.client.get("/control/permits/permits.geojson")).json()["features"]
        assert [one["properties"]["number"] for one in marks] == ["1", "2"]
        entries = (await firm.soup("/control/permits")).select(".places li")
        assert [(one["id"], len(one.select("a"))) for one in entries] == [("place-1", 2), ("place-2", 1)]


async def test_a_neighbour_learns_of_granted_work_near_its_tank_and_no_more(entered):
    """Hot work 5 m from its tank, though shielded: kind, distance, hours; not whose or what."""
    shielded = [*HOT["provision"], "shielding"]
    by_tank = {"place": "담장", "lon": "126.7050", "lat": "37.40505", "provision": shielded}
    async with entered() as browser:
        other = browser("other")
        await browser("firm").ask(HOT, **by_tank)
        assert "이웃의 작업" not in (await other.soup("/control/permits")).text
        await browser("op").post(f"{FIRST}/grant")
        told = (await other.soup("/control/permits")).text
        assert "다른 기업의 화기작업" in told
        assert "다라 톨루엔 탱크" in told
        assert not any(word in told for word in ("가나화학", "3라인", "WP-2026"))
        assert "이웃의 작업" not in (await browser("firm").soup("/control/permits")).text


async def test_the_last_month_is_counted_by_kind(entered, clock):
    """A firm counts its own alone; the time to a decision is the middle one."""
    async with entered() as browser:
        op = browser("op")
        await browser("firm").ask(HOT)
        await browser("other").ask(TANK)
        clock.advance(20 * MINUTE)
        await op.post(f"{FIRST}/grant")
        page = await op.soup("/control/permits")
        rows = page.select("[aria-labelledby=figures-title] tbody tr")
        assert [[cell.text for cell in row.select("td")][:2] for row in rows] == [["1", "1"], ["1", "–"]]
        assert "20" in page.select_one("[aria-labelledby=figures-title] p").text
        mine = await browser("firm").soup("/control/permits")
        assert len(mine.select("[aria-labelledby=figures-title] tbody tr")) == 1


async def test_a_firm_cannot_place_work_by_anothers_tank_and_reads_no_name_of_it(entered, sqlite_store):
    """Another's tank is no place to them; work near it is warned without its name."""
    async with entered() as browser:
        await browser("firm").ask(HOT, 422, place="다라 톨루엔 탱크")
        await browser("firm").ask(HOT, place="탱크 옆", lon="126.7050", lat="37.4050", radius="5")
        page = (await browser("firm").soup(FIRST)).text
        assert "다른 기업의 시설" in page
        assert "톨루엔" not in page
        await browser("op").ask(HOT, place="다라 톨루엔 탱크")
    assert kept(sqlite_store, SECOND).tenant == "firm-2"


async def test_the_form_comes_back_with_everything_that_is_wrong(entered):
    """All findings at once; what was written stays."""
    async with entered() as browser:
        soup = await browser("firm").ask(HOT, 422, name=" ", end="2026-03-04T09:00", radius="x", place="")
        assert [li.b.text for li in soup.select(".findings li")] == ["radius"]
        soup = await browser("firm").ask(
            HOT, 422, name=" ", end="2026-03-04T09:00", place="", provision="magic"
        )
        where = [li.b.text for li in soup.select(".findings li")]
        assert where == ["name", "start · end", "provisions", "place"]
        await browser("officer").ask(HOT, 403)


async def test_a_permit_goes_its_way_once(entered, clock):
    """Refused, withdrawn and closed are ends; work that began is closed with all its checks."""
    async with entered() as browser:
        op, firm = browser("op"), browser("firm")
        for _ in range(3):
            await firm.ask(HOT, watchers="화재감시자 1")
        await op.post(f"{FIRST}/refuse", reason="도면 없음")
        await firm.post(f"{SECOND}/withdraw", reason="다음 주로")
        await op.post(f"{THIRD}/grant")
        await firm.post(f"{THIRD}/withdraw", 409, reason="늦음")
        clock.advance(60 * MINUTE)
        refused = await op.post(f"{THIRD}/close", 422, reason="현장 확인", check="embers")
        assert "사람이 모두 나오고" in refused.select_one(".findings").text
        await op.post(f"{THIRD}/close", reason="현장 확인", check=["embers", "everybody_out"])
        for path in (FIRST, SECOND, THIRD):
            await op.post(f"{path}/grant", 409)
        assert "도면 없음" in (await firm.soup(FIRST)).text


def test_settings_of_permits_are_read_or_refused_with_all_that_is_wrong():
    """No default where no source gives one."""
    read = permit_params({"permit_alarm_reach": {"*": 50}, "permit_after_minutes": {"hot_work": 30}})
    assert (read.alarm_reach, read.after) == ({"*": 50.0}, {"hot_work": timedelta(minutes=30)})
    assert permit_params({}).test_age is None
    wrong = {
        "permit_alarm_reach": {"nh4": 50}, "permit_after_minutes": 30,
        "permit_weather_limits": {"hot_wind": -1},
        "permit_air_test_minutes": "soon", "permit_air_limits": {"oxygen": 5},
    }  # fmt: skip
    with pytest.raises(InvalidInput) as caught:
        permit_params(wrong)
    assert len(caught.value.findings) == 5
