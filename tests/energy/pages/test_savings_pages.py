"""Savings from readings to a statement: a year before, a measure, sixty days after; a firm its own only."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from tests.energy.pages.test_plan_pages import CONTRACT, PEOPLE
from tests.energy.service.works import ENGINEER, HERE
from tests.visitors import Badges, Browser

from sandan.app import build_app
from sandan.clock import DAY_MS, QUARTER_HOUR, SEOUL, midnight, milliseconds
from sandan.domain import Domain
from sandan.energy.model.agreements import Agreement
from sandan.energy.plugin import domain as energy_domain
from sandan.energy.records.contracts import put_contracts
from sandan.energy.service.savings import STATEMENTS, WHOLE_PERIOD, meter_savings
from sandan.settings import Settings
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES
from sandan.words import Text

BEFORE, AFTER = 380, 60
SAVED = 0.10
THINGS = [
    Thing("firm-1", "firm", "가나화학", tenant="firm-1"),
    Thing("firm-2", "firm", "다라정밀", tenant="firm-2"),
    Thing("m-1", "meter", "가나 계량기", tenant="firm-1", geometry=HERE),
    Thing("m-2", "meter", "다라 계량기", tenant="firm-2", geometry=HERE),
]
POINTS = [Point("m-1.active_energy", "m-1", "active_energy", QUARTER_HOUR, "firm-1")]


def works(store, now):
    """A works whose use follows its tonnes; from its measure on it uses a tenth less. Gives the sheet."""
    end = midnight(milliseconds(now))
    chance = np.random.default_rng(3)
    n = BEFORE + AFTER
    tonnes = chance.uniform(20, 60, n)
    noise = chance.normal(0, 25, n)
    use = (400 + 30 * tonnes + noise) * np.where(np.arange(n) >= BEFORE, 1 - SAVED, 1.0)
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        store.points.put(conn, POINTS)
        number = store.points.all(conn)[0].number
        source = store.sources.number(conn, "test")
        put_contracts(conn, [Agreement("m-1", date(2020, 1, 1), CONTRACT)])
    start = end - n * DAY_MS + 900_000 * np.arange(n * 96)
    table = {
        "point": np.full(len(start), number),
        "start": start,
        "known_at": start + 900_000,
        "source": np.full(len(start), source),
        "value": np.repeat(use / 96, 96),
        "quality": np.zeros(len(start)),
    }
    store.historian.append(
        pa.table({f.name: pa.array(table[f.name]).cast(f.type) for f in SAMPLES}, schema=SAMPLES)
    )
    first = (now.astimezone(SEOUL) - timedelta(days=n)).date()
    days = [f"{first + timedelta(days=k)},강판,t,{tonnes[k]:.2f}" for k in range(n)]
    return first + timedelta(days=BEFORE), "\n".join(["date,name,unit,quantity", *days])


@pytest.fixture
async def browse(sqlite_store, clock, bare_assets):
    """The app over an empty store; the works are filled in by the test."""
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
    app = build_app(Settings(), sqlite_store, clock, domains=(energy_domain, badges))
    async with app.router.lifespan_context(app):
        yield lambda person="energy", language="ko": Browser(app, person, language)


async def test_a_tenth_saved_is_found_believed_and_stated(browse, sqlite_store, clock):
    """The truth lies within the interval, which production makes narrow."""
    since, sheet = works(sqlite_store, clock.now())
    firm, staff, path = browse("firm"), browse("energy"), "/energy/savings/meters/m-1"
    page = await firm.soup("/energy/savings")
    assert page.select_one("progress")["value"] == "330"
    await firm.send(f"{path}/measures", name="압축기 인버터", since=since.isoformat(), what="2대")
    with sqlite_store.registry.read() as conn:
        assert not STATEMENTS.versions(conn, "m-1", WHOLE_PERIOD)
    loose = meter_savings(sqlite_store, ENGINEER, "m-1", clock.now()).saving
    await firm.send(f"{path}/production", files={"file": ("days.csv", sheet.encode("cp949"), "text/csv")})
    page = await firm.soup(path)
    assert page.select_one(".note .badge.good"), page.select_one("main").text
    assert "강판" in page.select_one("#base-title").find_parent("section").text
    assert "kWh/t" in page.text
    await firm.send(f"{path}/statement", 403, seen="0")
    await staff.send(f"{path}/statement", seen="0")
    await staff.send(f"{path}/statement", 409, seen="0")
    await staff.send(f"{path}/statement", 409, seen="1", reason="다시")
    with sqlite_store.registry.read() as conn:
        [paper] = STATEMENTS.versions(conn, "m-1", WHOLE_PERIOD)
    said = paper.body
    truth = SAVED * said.baseline_kwh
    assert said.low < truth < said.high
    assert said.high - said.low < 0.5 * (loose.high - loose.low)
    assert said.believable
    assert said.won is not None
    assert paper.tenant == "firm-1"
    assert (await firm.client.get(f"{path}/statements.csv")).text.count(paper.hash) == 1
    listed = await staff.soup("/energy/savings")
    assert "압축기 인버터" in listed.select_one("tbody").text


async def test_a_firm_sees_and_writes_its_own_savings_only(browse, sqlite_store, clock):
    """Another firm is told there is no such meter; a guest sees no page."""
    works(sqlite_store, clock.now())
    other, path = browse("other", "en"), "/energy/savings/meters/m-1"
    await other.soup(path, 404)
    await other.send(f"{path}/measures", 404, name="x", since="2025-01-01")
    assert (await other.client.get(f"{path}/statements.csv")).status_code == 404
    await browse("viewer").soup("/energy/savings", 403)
    assert "No whole day" in (await other.soup("/energy/savings")).select_one(".empty h2").text


async def test_a_sheet_that_is_wrong_is_refused_whole_with_every_row(browse, sqlite_store, clock):
    """Row, column and remedy of each fault; nothing of it is kept."""
    works(sqlite_store, clock.now())
    wrong = "날짜,생산량\n2026-01-01,12\n2026-13-01,12\n2026-01-02,많음\n2026-01-01,13\n2999-01-01,1\n"
    answer = await browse("firm").send(
        "/energy/savings/meters/m-1/production", 422, files={"file": ("a.csv", wrong.encode(), "text/csv")}
    )
    for where in ("3행/line 3: date", "4행/line 4: quantity", "5행/line 5: date", "6행/line 6: date"):
        assert where in answer.text
    page = await browse("firm").soup("/energy/savings/meters/m-1")
    assert "2026-01-01" not in page.select_one("main").text
