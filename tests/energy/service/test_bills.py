"""Bills out of a real store: drafts, closing, restating, and who may see them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from sandan.access import Actor, Role
from sandan.clock import SEOUL
from sandan.energy.engine.months import period_of
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.records import bills as kept
from sandan.energy.records.contracts import put_contracts
from sandan.energy.service import bills, contracts, tariffs
from sandan.energy.service.mine import my_month, options_of, quarter_now
from sandan.energy.service.readings import read_meter
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES, Stream

ENERGY = Actor("energy", "에너지 담당", frozenset({Role.ENERGY}))
FIRM = Actor("firm", "가나", frozenset({Role.FIRM}), "firm-a")
OTHER = Actor("other", "다라", frozenset({Role.FIRM}), "firm-b")
MONTH = (2026, 2)
QUARTER = timedelta(minutes=15)
BEGIN, END = period_of(MONTH).start, period_of(MONTH).end
N = 28 * 96
THINGS = [
    Thing("firm-a", "firm", "가나화학", tenant="firm-a"),
    Thing("firm-b", "firm", "다라정밀", tenant="firm-b"),
    Thing("m-a", "meter", "가나 전력량계", tenant="firm-a", attributes={"contract_power": 500.0}),
    Thing("m-b", "meter", "다라 전력량계", tenant="firm-b", attributes={"contract_power": 50.0}),
]
POINTS = [
    Point("m-a.e", "m-a", "active_energy", QUARTER, "firm-a"),
    Point("m-a.lag", "m-a", "reactive_energy_lagging", QUARTER, "firm-a"),
    Point("m-a.p", "m-a", "active_power", timedelta(seconds=10), "firm-a"),
    Point("m-b.e", "m-b", "active_energy", QUARTER, "firm-b"),
]
CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 500.0)


@pytest.fixture
def metered(store):
    """Two firms' meters; the first has a contract and a February of 100 kW with one hour missing."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        store.points.put(conn, POINTS)
        put_contracts(conn, [Agreement("m-a", date(2025, 1, 1), CONTRACT)])
        store.sources.number(conn, "test", Stream.ACTUAL)
    tell(store, "m-a.e", BEGIN, [25.0] * (N - 4), known=END)
    return store


def tell(store, point, begin, values, *, known, step=QUARTER):
    with store.registry.write() as conn:
        number = store.points.get(conn, point).number
        source = store.sources.number(conn, "test", Stream.ACTUAL)
    n = len(values)
    columns = {
        "point": [number] * n,
        "start": [begin + i * step for i in range(n)],
        "known_at": [known] * n,
        "source": [source] * n,
        "value": values,
        "quality": [0] * n,
    }
    store.historian.append(
        pa.table({f.name: pa.array(columns[f.name], f.type) for f in SAMPLES}, schema=SAMPLES)
    )


def test_readings_that_did_not_come_are_missing_and_not_zero(metered):
    """The last hour of the month was never told."""
    with metered.registry.read() as conn:
        meter = read_meter(metered, conn, "m-a", period_of(MONTH), END)
    assert len(meter.start) == N
    assert np.isnan(meter.energy[-4:]).all()
    assert np.nansum(meter.energy) == 25.0 * (N - 4)


def test_a_closed_bill_estimates_what_is_missing_and_says_so(metered):
    """Four quarter-hours were filled from like days, and the bill is provisional."""
    made = bills.close_bill(metered, ENERGY, "m-a", MONTH, END + QUARTER).kept
    assert made.bill.completeness.estimated == 4
    assert made.bill.provisional
    assert made.bill.total == sum(line.won for line in made.bill.lines)
    assert len(made.hash) == 64
    with metered.registry.read() as conn:
        [again] = kept.bill_versions(conn, "m-a", MONTH)
        assert again == made
        assert kept.is_whole(conn, again)
        [event] = metered.events.find(conn, kind="BillClosed")
    assert event.tenant == "firm-a"
    assert event.payload["hash"] == made.hash


def test_late_data_restate_a_bill_as_a_new_version_line_by_line(metered):
    """The first version stays as it was; the differences of the lines are the difference of the totals."""
    first = bills.close_bill(metered, ENERGY, "m-a", MONTH, END + QUARTER).kept
    with pytest.raises(Conflict):
        bills.close_bill(metered, ENERGY, "m-a", MONTH, END + 2 * QUARTER)
    later = END + timedelta(days=1)
    tell(metered, "m-a.e", END - 4 * QUARTER, [30.0] * 4, known=later)
    restated = bills.close_bill(metered, ENERGY, "m-a", MONTH, later + QUARTER, "늦은 검침")
    assert restated.kept.bill.version == 2
    assert restated.kept.bill.completeness.measured == N
    changes = restated.explanation.changes
    assert sum(one.difference for one in changes) == restated.explanation.difference != 0
    with metered.registry.read() as conn:
        draft, *_ = bills.draft_bill(metered, conn, "m-a", MONTH, END + QUARTER, estimate=True)
    assert draft.total == first.bill.total  # as it was known then


def test_a_kept_bill_that_was_tampered_with_no_longer_matches_its_hash(metered):
    """The database refuses; the hash covers the body as well as who closed it and when."""
    bills.close_bill(metered, ENERGY, "m-a", MONTH, END + QUARTER)
    with pytest.raises(Conflict), metered.registry.write() as conn:
        conn.execute(sa.update(kept.bill).values(reason="달리"))
    with metered.registry.write() as conn:
        on_sqlite = conn.dialect.name == "sqlite"
        guard = "DROP TRIGGER energy_bill_no_update"
        conn.exec_driver_sql(guard if on_sqlite else "ALTER TABLE energy_bill DISABLE TRIGGER USER")
        conn.execute(sa.update(kept.bill).values(reason="달리"))
        [found] = kept.bill_versions(conn, "m-a", MONTH)
        assert not kept.is_whole(conn, found)


def test_a_month_that_runs_is_not_closed_and_needs_the_right(metered):
    """Nor may a firm close its own."""
    with pytest.raises(Conflict):
        bills.close_bill(metered, ENERGY, "m-a", MONTH, END - QUARTER)
    with pytest.raises(NotAllowed):
        bills.close_bill(metered, FIRM, "m-a", MONTH, END + QUARTER)


def test_a_firm_is_told_that_another_firms_meter_does_not_exist(metered):
    """Neither its month nor its quarter-hour nor its options."""
    for ask in (
        lambda: my_month(metered, OTHER, "m-a", MONTH, END),
        lambda: quarter_now(metered, OTHER, "m-a", 100.0, END),
        lambda: options_of(metered, OTHER, "m-a", END),
        lambda: bills.kept_versions(metered, OTHER, "m-a", MONTH),
    ):
        with pytest.raises(NotFound):
            ask()
    assert [one.meter for one in contracts.list_contracts(metered, OTHER)[0]] == []


def test_the_month_so_far_projects_the_rest_and_prices_each_hour(metered):
    """By the 15th half of a constant load is billed, and the projection is about twice its energy."""
    now = BEGIN + timedelta(days=14)
    tell(metered, "m-a.e", BEGIN, [25.0] * (14 * 96), known=BEGIN)
    found = my_month(metered, FIRM, "m-a", MONTH, now)
    assert not found.findings
    assert found.bill.completeness.measured == 14 * 96
    used = sum(line.quantity for line in found.bill.lines if line.id.startswith("energy"))
    whole = sum(line.quantity for line in found.projected.lines if line.id.startswith("energy"))
    assert whole == pytest.approx(2 * used, rel=0.01)
    assert found.peak.so_far == 100.0
    assert found.won.shape == (28, 24)
    assert float(np.nansum(found.won)) + found.hours.demand_won == pytest.approx(found.bill.before_tax)


def test_a_month_without_a_contract_is_a_finding_and_no_bill(metered):
    """Nothing is assumed of a firm nobody entered a contract for."""
    found = my_month(metered, OTHER, "m-b", MONTH, END)
    assert found.bill is None
    assert [one.where for one in found.findings] == ["contract"]


def test_a_fuel_price_nobody_knows_is_asked_for_and_then_used(metered):
    """After the last known quarter the operator's edition says it, for every bill from then on."""
    may = (2026, 5)
    now = period_of(may).start + timedelta(days=2)
    tell(metered, "m-a.e", period_of(may).start, [25.0] * 96, known=now)
    assert [one.where for one in my_month(metered, FIRM, "m-a", may, now).findings] == ["levies.fuel"]
    with pytest.raises(InvalidInput) as raised:
        tariffs.add_levy(metered, ENERGY, 0, "sun", "soon", "much", "", now)
    assert [one.where for one in raised.value.findings] == ["line", "since", "value", "source"]
    made = tariffs.add_levy(metered, ENERGY, 0, "fuel", "2026-04-01", "5", "고지서 2026-05", now)
    assert made.version == 1
    with pytest.raises(Conflict):
        tariffs.add_levy(metered, ENERGY, 0, "fuel", "2026-07-01", "4", "고지서", now)
    found = my_month(metered, FIRM, "m-a", may, now)
    assert found.bill.line("fuel").price == 5.0
    assert found.bill.line("fuel").source.where == "고지서 2026-05"


def test_the_peak_of_an_earlier_month_sets_the_billing_demand(metered):
    """January's 240 kW are carried into February, whether or not its bill was closed."""
    january = period_of((2026, 1)).start
    tell(metered, "m-a.e", january + timedelta(days=5, hours=10), [60.0], known=END)
    found = my_month(metered, FIRM, "m-a", MONTH, END)
    assert found.bill.demand.kw == 240.0
    assert found.bill.demand.by == "earlier_month"


def test_options_are_compared_over_months_that_were_metered_whole(metered):
    """The contract's own option differs by nothing from itself, and the cheapest comes first."""
    months, costs = options_of(metered, FIRM, "m-a", END + QUARTER)
    assert months == [MONTH]
    assert {one.option for one in costs} == {Option.I, Option.II, Option.III}
    assert next(one for one in costs if one.option is Option.II).difference == 0
    assert costs[0].total == min(one.total for one in costs)


def test_the_running_quarter_hour_is_projected_from_the_power_of_now(metered):
    """Ten minutes at 120 kW go above a limit of 100 kW, and the firm is told how much to switch off."""
    begin = datetime(2026, 2, 10, 5, 0, tzinfo=UTC)
    now = begin + timedelta(minutes=10)
    tell(metered, "m-a.p", begin, [120.0] * 60, known=now, step=timedelta(seconds=10))
    warning = quarter_now(metered, FIRM, "m-a", 100.0, now)
    assert warning.exceeds
    assert warning.projected == pytest.approx(120.0)
    assert warning.shed == pytest.approx(60.0)
    assert quarter_now(metered, FIRM, "m-a", 100.0, now + timedelta(hours=2)) is None


def test_contracts_come_and_go_as_a_file_with_every_fault_named(metered):
    """A faulty file changes nothing; a good one is known again when it comes back."""
    now = END
    head = "meter,since,kind,voltage,option,power\n"
    with pytest.raises(InvalidInput) as raised:
        contracts.import_contracts(
            metered, ENERGY, f"{head}nix,2026-13-01,industrial_b,low,II,-3\n".encode(), now
        )
    assert {one.where for one in raised.value.findings} == {"2: meter", "2: since", "2: option", "2: power"}
    good = f"{head}m-b,2025-01-01,industrial_a_1,low,single,50\n".encode()
    assert contracts.import_contracts(metered, ENERGY, good, now) == (1, 0, 0)
    assert contracts.import_contracts(metered, ENERGY, good, now) == (0, 0, 1)
    out = contracts.export_contracts(metered, ENERGY)
    assert contracts.import_contracts(metered, ENERGY, out.encode(), now) == (0, 0, 2)
    with pytest.raises(NotAllowed):
        contracts.import_contracts(metered, FIRM, good, now)


def test_a_changed_contract_leaves_its_trace(metered):
    """The event says what it was before; a removed one is gone from the list."""
    row = {
        "meter": "m-a",
        "since": "2025-01-01",
        "kind": "industrial_b",
        "voltage": "high_a",
        "option": "III",
    }
    contracts.save_contract(metered, ENERGY, row | {"power": "600"}, END)
    [event] = contracts.contract_events(metered, ENERGY, "m-a")
    assert event.kind == "PowerContractChanged"
    assert event.payload["before"]["power"] == "500"
    contracts.remove_contract(metered, ENERGY, "m-a", "2025-01-01", END)
    assert contracts.list_contracts(metered, ENERGY)[0] == []


def test_demo_contracts_follow_the_contract_power_and_say_they_are_invented(metered):
    """Only a store without contracts gets them."""
    with metered.registry.write() as conn:
        conn.execute(sa.text("DELETE FROM energy_contract"))
    contracts.load_demo_contracts(metered, END)
    contracts.load_demo_contracts(metered, END)
    found, _ = contracts.list_contracts(metered, ENERGY)
    assert [(one.meter, one.contract.kind, one.simulated) for one in found] == [
        ("m-a", Kind.INDUSTRIAL_B, True),
        ("m-b", Kind.INDUSTRIAL_A1, True),
    ]
    assert replace(found[0], simulated=False).contract.power == 500.0


def test_months_begin_at_midnight_in_seoul():
    """A period of a month is that of its bill."""
    assert datetime(2026, 2, 1, tzinfo=SEOUL) == BEGIN
