"""The complex's balance, its indicators, and what the control room hears of energy."""

from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from sandan.access import Actor, Role
from sandan.clock import SEOUL, Period
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.records.contracts import put_contracts
from sandan.energy.service.complex import complex_balance, complex_month
from sandan.energy.service.indicators import INDICATORS
from sandan.energy.service.news import EnergyNews
from sandan.errors import NotAllowed
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES, Stream

STAFF = Actor("energy", "에너지 담당", frozenset({Role.ENERGY}))
FIRM = Actor("firm", "가나", frozenset({Role.FIRM}), "firm-a")
OTHER = Actor("other", "다라", frozenset({Role.FIRM}), "firm-b")
GUEST = Actor("guest", "손님", frozenset({Role.VIEWER}))
QUARTER, MINUTE = timedelta(minutes=15), timedelta(minutes=1)
BEGIN = datetime(2026, 2, 1, tzinfo=SEOUL)
NOW = BEGIN + timedelta(hours=12)
N = 48
THINGS = [
    Thing("firm-a", "firm", "가나화학", tenant="firm-a"),
    Thing("firm-b", "firm", "다라정밀", tenant="firm-b"),
    Thing("sub", "substation", "변전소"),
    Thing("m-a", "meter", "가나 전력량계", tenant="firm-a"),
    Thing("m-b", "meter", "다라 전력량계", tenant="firm-b"),
    Thing("pv", "pv", "지붕 태양광", tenant="firm-a"),
]
POINTS = [
    Point("sub.p", "sub", "active_power", MINUTE),
    Point("m-a.e", "m-a", "active_energy", QUARTER, "firm-a"),
    Point("m-b.e", "m-b", "active_energy", QUARTER, "firm-b"),
    Point("m-a.p", "m-a", "active_power", MINUTE, "firm-a"),
    Point("pv.e", "pv", "generation_energy", QUARTER, "firm-a"),
]


@pytest.fixture
def running(store):
    """Half a day: 150 kW in, 40 kW made behind a meter, 130 kW read; one quarter-hour of a meter missing."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        store.points.put(conn, POINTS)
        contract = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 300.0)
        put_contracts(conn, [Agreement("m-a", date(2025, 1, 1), contract)])
    tell(store, "sub.p", [150.0] * (N * 15), MINUTE)
    tell(store, "m-a.e", [25.0] * N, QUARTER)
    tell(store, "m-b.e", [7.5] * (N - 1), QUARTER)
    tell(store, "pv.e", [10.0] * N, QUARTER)
    tell(store, "m-a.p", [150.0] * (N * 15), MINUTE)
    return store


def tell(store, point, values, step):
    with store.registry.write() as conn:
        number = store.points.get(conn, point).number
        source = store.sources.number(conn, "test", Stream.ACTUAL)
    n = len(values)
    columns = {
        "point": [number] * n,
        "start": [BEGIN + i * step for i in range(n)],
        "known_at": [NOW] * n,
        "source": [source] * n,
        "value": values,
        "quality": [0] * n,
    }
    table = pa.table({f.name: pa.array(columns[f.name], f.type) for f in SAMPLES}, schema=SAMPLES)
    store.historian.append(table)


def test_the_balance_leaves_out_what_was_not_wholly_metered(running):
    """Of 48 quarter-hours 47 count; what comes in and what is made is what is used and lost."""
    with running.registry.read() as conn:
        found, why = complex_balance(running, conn, Period(BEGIN, NOW), NOW)
    assert why is None
    assert (found.used_slots, found.slots) == (47, 48)
    assert found.imported == pytest.approx(47 * 37.5)
    assert found.imported + found.generated == pytest.approx(
        found.metered_use + found.losses + found.exported
    )
    assert found.rates["self_sufficiency"].value == pytest.approx(10 / 47.5)


def test_without_a_substation_import_is_what_the_meters_read_and_losses_are_not_known(running):
    """Nor does a complex without meters have a balance; it is told why."""
    later = Period(BEGIN - timedelta(days=30), BEGIN)
    with running.registry.write() as conn:
        running.things.put(conn, [Thing("sub", "feeder", "선로")])
        found, note = complex_balance(running, conn, Period(BEGIN, NOW), NOW)
        nothing, why = complex_balance(running, conn, later, NOW)
    assert "손실" in note.ko
    assert found.imported == pytest.approx(47 * 32.5)
    assert found.rates["self_sufficiency"].value == pytest.approx(10 / 42.5)
    assert nothing is None
    assert why is not None


def test_the_month_lists_firms_by_use_with_bills_where_there_is_a_contract(running):
    """The dearest first; who has no contract has no bill; a search narrows."""
    found = complex_month(running, STAFF, NOW)
    assert [one.meter.id for one in found.firms] == ["m-a", "m-b"]
    assert found.firms[0].bill.total > 0
    assert found.firms[1].bill is None
    assert found.firms[0].risk == pytest.approx(150 / found.firms[0].limit)
    assert [one.meter.id for one in complex_month(running, STAFF, NOW, "다라").firms] == ["m-b"]
    with pytest.raises(NotAllowed):
        complex_month(running, GUEST, NOW)


def test_before_the_first_quarter_hour_of_a_month_there_is_nothing_to_show(running):
    """The very beginning of a month is an empty state and no fault."""
    found = complex_month(running, STAFF, BEGIN + MINUTE)
    assert found.balance is None
    assert found.why_none is not None


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.id)
def test_an_indicator_knows_nothing_before_its_period(running, indicator):
    """Its coverage is zero then, and within it less than one where something was missing."""
    period = Period(BEGIN, BEGIN + timedelta(days=1))
    assert indicator.compute(running, period, BEGIN - MINUTE).coverage == 0.0
    found = indicator.compute(running, Period(BEGIN, NOW), NOW)
    assert found.coverage == pytest.approx(47 / 48)
    assert found.numerator > 0


def test_the_control_room_hears_of_a_peak_about_to_be_set_and_only_those_it_concerns(running):
    """The firm itself and the staff of energy; neither another firm nor a guest."""
    news = EnergyNews()
    assert not news.attention(STAFF)
    assert not news.figures(STAFF)
    news.look(running, NOW)
    assert [one.tenant for one in news.attention(STAFF)] == ["firm-a"]
    assert [one.place for one in news.attention(FIRM)] == ["m-a"]
    assert not news.attention(OTHER)
    assert not news.attention(GUEST)
    figures = {one.id: one for one in news.figures(STAFF)}
    assert figures["self_sufficiency"].value == pytest.approx(100 * 10 / 47.5)
    assert figures["peak_risk"].priority
    assert not news.figures(FIRM)
