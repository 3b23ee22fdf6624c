"""The pages of dispatch: who may open, arm, stop and take over what, and what they say, of nothing too."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from tests.energy.service.test_dispatch import REASON, TOPIC, cells, measure, plan
from tests.energy.service.test_outlets import Inverter
from tests.energy.service.works import ENGINEER, FIRM, OTHER, fill
from tests.ingest.brokers import Broker
from tests.visitors import Badges, Browser

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.domain import Domain
from sandan.energy.plugin import attention
from sandan.energy.plugin import domain as energy_domain
from sandan.energy.service.dispatch import dispatch_attention
from sandan.energy.service.dispatching import Dispatcher
from sandan.settings import Settings
from sandan.words import Text

OFFICER = Actor("officer", "담당관", frozenset({Role.OFFICER}))
VIEWER = Actor("viewer", "손님", frozenset({Role.VIEWER}))
PEOPLE = {"energy": ENGINEER, "firm": FIRM, "other": OTHER, "officer": OFFICER, "viewer": VIEWER}
HERE = "/energy/dispatch"
ESS = f"{HERE}/ess-1"


@pytest.fixture
def broker(tmp_path):
    """A broker of this test's own."""
    started = Broker(tmp_path / "mosquitto").start()
    yield started
    started.stop()


@pytest.fixture
def entered(sqlite_store, clock, bare_assets):
    """The app over the small works with a plan, and its clock at this moment."""
    clock.set(datetime.now(UTC))

    @asynccontextmanager
    async def entering(*, full=True):
        if full:
            fill(sqlite_store, clock.now(), days=1)
            measure(sqlite_store, clock.now())
            plan(sqlite_store, clock.now(), 20.0)
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        app = build_app(Settings(), sqlite_store, clock, domains=(energy_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda person="energy", language="ko": Browser(app, person, language)

    return entering


async def set_up(browser, broker):
    """The battery's entry, filled in on its page."""
    page = await browser.soup(f"{ESS}/entry")
    row = {field["name"]: field.get("value", "") for field in page.select("main form input[name]")}
    row |= {"via": "mqtt", "settings": cells(broker.port)["settings"], "import_cap": ""}
    await browser.send(f"{ESS}/entry", **row)


async def armed(browser, broker):
    """The battery set up and armed through the pages."""
    await set_up(browser, broker)
    page = await browser.soup(f"{ESS}/arm")
    version = page.select_one("input[name=version]")["value"]
    await browser.send(f"{ESS}/arm", version=version, reason=REASON, agreed="1")


def page_badge(page):
    """What the plan's first line says of the firm's devices."""
    return page.select_one("main table .badge").text


async def test_from_advice_to_armed_and_back_by_one_click(entered, broker, sqlite_store, clock):
    """Set up, look at what arming means, arm, see what went out, stop all."""
    async with entered() as browse:
        staff = browse("energy", "en")
        page = await staff.soup(HERE)
        assert page.select_one(".empty h2").text == "Nothing is sent to any device"
        assert page.select_one("main table a")["href"] == f"{ESS}/entry"
        plans = (await staff.soup("/energy/plan")).select_one(".lead").text
        assert "nothing is sent to any device" in plans

        await set_up(staff, broker)
        page = await staff.soup(HERE)
        assert page.select_one("main table .badge").text == "advice"
        page = await staff.soup(f"{ESS}/arm")
        said = page.select_one("main").text
        assert "within 90 s" in said
        assert "answers" in said
        page = await staff.post(f"{ESS}/arm", 422, version="1", reason="")
        assert len(page.select(".findings li")) == 2
        await staff.send(f"{ESS}/arm", version="1", reason=REASON, agreed="1")
        assert await Dispatcher(sqlite_store, clock).beat() == 1

        page = await staff.soup(HERE)
        assert "charge 20.0" in page.select_one("main table").text
        page = await staff.soup(ESS)
        assert REASON in page.select_one("main").text
        assert len(page.select("#log-title, main .table-wrap tbody tr")) >= 2
        plans = (await staff.soup("/energy/plan")).select_one(".lead").text
        assert "sent to the batteries of one firm" in plans
        assert "sent" in page_badge(await staff.soup("/energy/plan"))
        assert "sent to the device" in (await staff.soup("/energy/plan/m-1")).select_one(".lead").text

        answer = await staff.send(f"{HERE}/stop")
        page = await staff.soup(answer.headers["location"])
        assert "Nothing more is sent" in page.select_one("[role=status]").text
        assert page.select_one("main table .badge").text == "advice"


async def test_a_firm_sees_stops_and_takes_over_its_own(entered, broker, sqlite_store, clock):
    """Not another's, and it neither sets up nor arms."""
    async with entered() as browse:
        await armed(browse("energy"), broker)
        firm, other = browse("firm"), browse("other", "en")
        page = await firm.soup(HERE)
        assert "가나 ESS" in page.select_one("main table").text
        assert not page.select(f"a[href='{ESS}/entry']")
        assert (await other.soup(HERE)).select_one(".empty")
        for path in (ESS, f"{ESS}/stop"):
            await (other.soup(path, 404) if path == ESS else other.send(path, 404))
        await firm.soup(f"{ESS}/entry", 403)
        await firm.soup(f"{ESS}/arm", 403)
        await firm.send(f"{ESS}/arm", 403, version="2", reason="x", agreed="1")

        page = await firm.post(f"{ESS}/override", 422, what="charge", minutes="60", power="", reason="")
        assert page.select(".findings li")
        await firm.send(f"{ESS}/override", what="discharge", minutes="60", power="30", reason="용접 시험")
        assert page_badge(await browse("energy").soup("/energy/plan")) == "수동"
        page = await firm.soup(ESS)
        assert "용접 시험" in page.select_one(".note.warn").text
        assert "수동" in (await browse("energy").soup(HERE)).select_one("main table").text
        titles = [one.title.ko for one in dispatch_attention(sqlite_store, FIRM, clock.now())]
        assert titles == ["가나 ESS: 수동 운전 중"]
        assert dispatch_attention(sqlite_store, OTHER, clock.now()) == []
        await firm.send(f"{ESS}/release")
        assert not (await firm.soup(ESS)).select(".note.warn")
        await firm.send(f"{ESS}/stop")
        assert (await firm.soup(HERE)).select_one("main table .badge").text == "권고"


async def test_a_fault_is_told_where_people_look(entered, broker, sqlite_store, clock):
    """A stale state: on the page, on the device's page, and in the list of what needs a look."""
    async with entered() as browse:
        await armed(browse("energy"), broker)
        clock.set(clock.now().replace(microsecond=0))
        dispatcher = Dispatcher(sqlite_store, clock)
        later = clock.now().timestamp() + 400
        clock.set(datetime.fromtimestamp(later, UTC))
        assert await dispatcher.beat() == 0
        page = await browse("energy", "en").soup(ESS)
        assert "measured" in page.select_one(".note.bad").text
        (notice,) = dispatch_attention(sqlite_store, ENGINEER, clock.now())
        assert (notice.priority, notice.href, notice.tenant) == (2, ESS, "firm-1")
        assert "falls back to 0 kW within 90 s" in notice.detail.en


async def test_a_battery_that_does_something_else_is_told_of(entered, broker, sqlite_store, clock):
    """Told to charge 20 kW by several heartbeats and still at rest after a minute."""
    async with entered() as browse:
        await armed(browse("energy"), broker)
        dispatcher = Dispatcher(sqlite_store, clock)
        async with Inverter(broker.port):
            for _ in range(4):
                await dispatcher.beat()
                clock.advance(timedelta(seconds=30))
                measure(sqlite_store, clock.now())
        (notice,) = dispatch_attention(sqlite_store, ENGINEER, clock.now())
        assert notice.priority == 3
        assert "told 20 kW, does 0 kW" in notice.detail.en
        assert "does not follow" in (await browse("energy", "en").soup(HERE)).select_one("main table").text
        measure(sqlite_store, clock.advance(timedelta(seconds=1)), power=19.0)
        assert dispatch_attention(sqlite_store, ENGINEER, clock.now()) == []


async def test_a_dispatcher_that_stands_still_is_told_of_by_the_pages(entered, broker, sqlite_store, clock):
    """Nobody dispatches here: after a lease and a heartbeat the page says so by itself."""
    async with entered() as browse:
        await armed(browse("energy"), broker)
        assert dispatch_attention(sqlite_store, ENGINEER, clock.now()) == []
        clock.set(datetime.fromtimestamp(clock.now().timestamp() + 130, UTC))
        (notice,) = dispatch_attention(sqlite_store, ENGINEER, clock.now())
        assert "stands still" in notice.detail.en
        assert "stands still" in (await browse("energy", "en").soup(ESS)).select_one(".note.bad").text


async def test_who_may_not(entered, broker):
    """A guest sees no page; an officer sees it and stops nothing."""
    async with entered() as browse:
        await armed(browse("energy"), broker)
        await browse("viewer").soup(HERE, 403)
        officer = browse("officer")
        page = await officer.soup(ESS)
        assert not page.select("main form")
        await officer.send(f"{HERE}/stop", 403)
        await officer.send(f"{ESS}/override", 403, what="rest", minutes="60", reason="x")


async def test_an_entry_that_is_wrong_comes_back_with_its_findings(entered, broker):
    """All of them, and what was typed; a stale version is a conflict."""
    async with entered() as browse:
        staff = browse("energy", "en")
        page = await staff.post(f"{ESS}/entry", 422, **cells(charge="90", lease="1"), version="0")
        assert len(page.select(".findings li")) >= 2
        assert page.select_one("#charge")["value"] == "90"
        assert TOPIC in page.select_one("#settings").text
        await set_up(staff, broker)
        await staff.send(f"{ESS}/entry", 409, **cells(broker.port), version="0")
        page = await staff.soup(f"{ESS}/entry")
        await staff.send(f"{ESS}/remove", version=page.select_one("input[name=version]")["value"])
        await staff.soup(ESS, 404)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_an_empty_complex_says_what_to_do(entered, language):
    """No batteries: no table, and what is missing, for staff and firm."""
    async with entered(full=False) as browse:
        for person in ("energy", "firm"):
            page = await browse(person, language).soup(HERE)
            assert page.select_one(".empty p").text
            assert not page.select("main table")


def test_the_control_room_asks_through_the_domain():
    """The domain hands both kinds of notice on."""
    assert energy_domain.attention is attention
