"""Bills against those worked by hand, and what must hold of every bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.energy.engine.tariff.cases import CASES, case_names, quarter_hours, read_case

from sandan.energy.engine.tariff import (
    Calendar,
    Fleet,
    bill_many,
    bill_month,
    classify,
    cost,
    default_rounding,
    explain,
    levies,
    rates,
    schedule,
    tariff,
    tariffs,
)
from sandan.energy.engine.tariff.book import read_levies
from sandan.energy.engine.tariff.rounding import rounded
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import Band
from sandan.energy.model.tariff import (
    Contract,
    History,
    Kind,
    Option,
    Round,
    Schedule,
    Source,
    Tariff,
    Voltage,
)
from sandan.errors import InvalidInput

JULY = quarter_hours(date(2026, 7, 1), date(2026, 8, 1))
CALENDAR = Calendar.of([date(2026, 7, 17), date(2026, 5, 5)])
LEVIES = levies(date(2026, 7, 1), fuel=5.0)
CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 1000)
NEW = tariff(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, "2026-04-16")


@pytest.mark.parametrize("name", case_names())
def test_a_bill_is_the_one_worked_by_hand(name: str) -> None:
    """Every line and the total agree to the won."""
    case = read_case(name)
    bill = bill_month(case.meter, case.contract, case.tariff, case.levies, case.calendar, case.history)
    got = {line.id: line.won for line in bill.lines} | {"total": bill.total}
    assert {id: won for id, won in got.items() if won or id in case.expected} == case.expected


def test_every_case_shows_its_working() -> None:
    """A folder without a README could not be checked by anybody."""
    folders = [path for path in CASES.iterdir() if path.is_dir()]
    assert len(folders) >= 25
    assert all("| 합계 |" in (folder / "README.md").read_text(encoding="utf-8") for folder in folders)


def test_the_worked_case_of_the_reference_comes_out() -> None:
    """Energy of the 400 kW case less its weekend discount is 38,268,000 − 781,200 won (REFERENCE.md B1)."""
    case = read_case("b1-400kw-april-2023")
    bill = bill_month(case.meter, case.contract, case.tariff, case.levies, case.calendar)
    energy = sum(line.won for line in bill.lines if line.id.startswith("energy."))
    discount = sum(line.won for line in bill.lines if line.id.startswith("discount."))
    assert (energy, discount) == (38_268_000, -781_200)


def test_tax_and_fund_are_rounded_as_in_a_printed_bill() -> None:
    """Charges of 24,957 won make tax 2,496, fund 920 and total 28,370 (ajunews, 2016)."""
    rule = default_rounding()
    vat = rounded(Decimal("2495.7"), rule["vat"])
    fund = rounded(Decimal(24957) * Decimal("0.037"), rule["fund"])
    assert (vat, fund, rounded(24957 + vat + fund, rule["total"])) == (2496, 920, 28370)


@st.composite
def loads(draw: st.DrawFn) -> NDArray[np.float64]:
    """Nine days of quarter-hours of any size, with gaps and with hours of nothing [kWh]."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kwh = random.random(96 * 9) * draw(st.floats(0, 500))
    for share, value in ((draw(st.floats(0, 1)), np.nan), (draw(st.floats(0, 1)), 0.0)):
        kwh[random.random(len(kwh)) < share] = value
    return kwh


@given(loads(), st.sampled_from(list(Option)[1:]))
@settings(max_examples=40, deadline=None)
def test_lines_add_up_to_the_total(kwh: NDArray[np.float64], option: Option) -> None:
    """The total is the sum of the lines, whatever was used."""
    contract = replace(CONTRACT, option=option)
    bill = bill_month(Meter(JULY[: len(kwh)], kwh), contract, None, LEVIES, CALENDAR)
    assert sum(line.won for line in bill.lines) == bill.total


@given(loads(), st.sampled_from(tariffs()), st.integers(0, 360))
@settings(max_examples=40, deadline=None)
def test_splitting_by_band_conserves_energy(kwh: NDArray[np.float64], one: Tariff, day: int) -> None:
    """The lines of energy add up to what was metered, missing quarter-hours aside."""
    contract = Contract(one.kind, one.voltage, one.option, 800)
    start = quarter_hours(date(2026, 1, 1), date(2026, 1, 10)) + day * 86_400_000
    bill = bill_month(Meter(start, kwh), contract, one, LEVIES, CALENDAR)
    split = sum(line.measured for line in bill.lines if line.id.startswith("energy."))
    assert split == pytest.approx(np.nansum(kwh), rel=1e-12, abs=1e-9)


@given(loads(), st.integers(0, 360), st.floats(0, 500), st.floats(0.5, 1.0))
@settings(max_examples=40, deadline=None)
def test_a_bill_is_the_rates_added_up(
    energy: NDArray[np.float64], day: int, carried: float, factor: float
) -> None:
    """What the plan minimises is the bill before tax and rounding, to the won."""
    start = quarter_hours(date(2026, 4, 20), date(2026, 4, 29)) + day * 86_400_000
    meter = Meter(start, energy, energy * np.tan(np.arccos(factor)), np.zeros(len(energy)))
    contract = replace(CONTRACT, power=2000)
    history = History(peaks={(2026, 2): carried}, power_factor_warned=True)
    bill = bill_month(meter, contract, NEW, LEVIES, CALENDAR, history)
    share = bill.power_factor.lagging_share + bill.power_factor.leading_share
    price = rates(contract, NEW, LEVIES, start, CALENDAR, history, power_factor=share)
    assert cost(price, energy) == pytest.approx(bill.before_tax, abs=0.5)


def test_without_rounding_the_bill_is_the_rates_times_tax() -> None:
    """With every rounding off, the total is the rates' cost with tax on its charges."""
    whole = {what: Round(Decimal(1), "exact", Source("D", "none")) for what in default_rounding()}
    levy = replace(LEVIES, rounding=whole, fund=0.0)
    energy = np.abs(np.sin(np.arange(len(JULY)))) * 100
    bill = bill_month(Meter(JULY, energy), CONTRACT, NEW, levy, CALENDAR)
    price = rates(CONTRACT, NEW, levy, JULY, CALENDAR)
    assert bill.before_tax * 1.1 == pytest.approx(cost(price, energy) * 1.1, abs=1e-3)


def test_many_are_billed_as_each_alone() -> None:
    """A fleet of different contracts gives the very bills that each customer gets alone."""
    random = np.random.default_rng(5)
    kinds = [
        CONTRACT,
        replace(CONTRACT, option=Option.III, deferred_until=date(2026, 9, 30)),
        Contract(Kind.INDUSTRIAL_A2, Voltage.HIGH_A, Option.I, 200),
        Contract(Kind.INDUSTRIAL_A1, Voltage.LOW, Option.SINGLE, 50, demand_meter=False),
    ]
    contracts = [kinds[i % 4] for i in range(12)]
    energy = random.uniform(0, 60, (12, len(JULY)))
    energy[3, 7:20] = np.nan
    lagging, leading = energy * 0.3, random.uniform(0, 5, energy.shape)
    estimated = random.random(energy.shape) < 0.01
    many = bill_many(Fleet(JULY, energy, lagging, leading, estimated), contracts, LEVIES, CALENDAR)
    alone = [
        bill_month(
            Meter(JULY, energy[i], lagging[i], leading[i], estimated[i]), contracts[i], None, LEVIES, CALENDAR
        )
        for i in range(12)
    ]
    assert many == alone


def test_missing_quarter_hours_make_a_bill_provisional() -> None:
    """What is missing is neither zero nor guessed: the bill says how much of the month it stands on."""
    energy = np.full(len(JULY), 50.0)
    energy[100:196] = np.nan
    bill = bill_month(Meter(JULY, energy), CONTRACT, None, LEVIES, CALENDAR)
    assert bill.provisional
    assert bill.completeness.missing == 96
    assert bill.completeness.share == pytest.approx(1 - 96 / len(JULY))
    assert any("2,976" in note.ko for note in bill.notes)


def test_a_month_without_any_reading_owes_its_floor() -> None:
    """With nothing metered the base charge of the floor remains, and nothing is invented."""
    bill = bill_month(Meter(JULY, np.full(len(JULY), np.nan)), CONTRACT, None, LEVIES, CALENDAR)
    base = bill.line("base")
    assert base is not None
    assert base.won == 300 * 8320
    assert bill.completeness.share == 0


def test_estimates_are_marked_on_the_bill() -> None:
    """An estimate counts for the money but not as measured."""
    marked = np.zeros(len(JULY), dtype=np.bool_)
    marked[:10] = True
    meter = Meter(JULY, np.full(len(JULY), 50.0), estimated=marked)
    bill = bill_month(meter, CONTRACT, None, LEVIES, CALENDAR)
    assert (bill.completeness.estimated, bill.completeness.missing) == (10, 0)
    assert bill.provisional


def test_a_restated_bill_is_explained_line_by_line() -> None:
    """Late data make a new version; the differences of the lines add up to that of the totals."""
    late = np.full(len(JULY), 50.0)
    late[60:70] = 90.0
    early = late.copy()
    early[40:140] = np.nan
    old = bill_month(Meter(JULY, early), CONTRACT, None, LEVIES, CALENDAR)
    new = bill_month(Meter(JULY, late), CONTRACT, None, LEVIES, CALENDAR, version=2)
    told = explain(old, new)
    assert new.version == 2
    assert sum(change.difference for change in told.changes) == told.difference == new.total - old.total
    assert told.measured == (len(JULY) - 100, len(JULY))
    assert "base" in {change.id for change in told.changes}
    assert not explain(new, new).changes


def test_bills_of_different_months_are_not_compared() -> None:
    """Two periods have no difference to explain."""
    june = quarter_hours(date(2026, 6, 1), date(2026, 7, 1))
    old = bill_month(Meter(june, np.ones(len(june))), CONTRACT, None, LEVIES, CALENDAR)
    new = bill_month(Meter(JULY, np.ones(len(JULY))), CONTRACT, None, LEVIES, CALENDAR)
    with pytest.raises(InvalidInput):
        explain(old, new)


def test_a_day_before_all_known_tariffs_is_refused() -> None:
    """There is no price to guess for 2018; the remedy says to name a tariff."""
    start = quarter_hours(date(2018, 1, 1), date(2018, 1, 2))
    with pytest.raises(InvalidInput) as error:
        bill_month(Meter(start, np.ones(96)), CONTRACT, None, LEVIES, CALENDAR)
    assert "2023-05-16" in error.value.findings[0].problem.ko


def test_a_tariff_of_another_kind_is_refused() -> None:
    """Kind and voltage of tariff and contract must agree; both are told."""
    other = Contract(Kind.INDUSTRIAL_A2, Voltage.HIGH_B, Option.I, 100)
    with pytest.raises(InvalidInput) as error:
        bill_month(Meter(JULY, np.ones(len(JULY))), other, NEW, LEVIES, CALENDAR)
    assert {finding.where for finding in error.value.findings} == {"contract.kind", "contract.voltage"}


def test_levies_that_are_not_known_are_asked_for() -> None:
    """The fuel adjustment after the first quarter of 2026 is a setting without a default."""
    with pytest.raises(InvalidInput) as error:
        levies(date(2026, 7, 1))
    assert [finding.where for finding in error.value.findings] == ["levies.fuel"]
    assert LEVIES.sources["fuel"].mark == "U"
    assert levies(date(2026, 3, 1)).fuel == 5.0


def test_every_tariff_has_a_source_and_whole_hours() -> None:
    """Prices and hours say where they were read, and a day has 24 bands."""
    assert len(tariffs()) == 111
    for one in tariffs():
        assert one.price_source.mark in "SFD"
        assert one.price_source.where
        assert all(len(hours) == 24 for hours in one.hours)
        assert min(min(row) for row in one.prices) > 0
    assert all(row["source"] for row in read_levies())


def test_hours_before_and_after_the_change() -> None:
    """On a summer weekday the peak moves from 11–12 and 13–18 to 15–21."""
    day = quarter_hours(date(2026, 7, 1), date(2026, 7, 2))
    old = tariff(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, "2024-10-24")
    for one, hours in ((old, [11, 13, 14, 15, 16, 17]), (NEW, [15, 16, 17, 18, 19, 20])):
        band = classify(Schedule.always(one), day, CALENDAR).band[::4]
        assert list(np.flatnonzero(band == Band.PEAK)) == hours


def test_who_deferred_meets_the_old_tariff_longer() -> None:
    """Which version holds is a matter of the customer as well as of the date."""
    late = replace(CONTRACT, deferred_until=date(2026, 9, 30))
    autumn = (date(2026, 9, 1), date(2026, 10, 31))
    assert [(str(day), one.version) for day, one in schedule(late, *autumn).parts] == [
        ("2024-10-24", "2024-10-24"),
        ("2026-10-01", "2026-04-16"),
    ]
    assert [one.version for _, one in schedule(CONTRACT, *autumn).parts] == ["2026-04-16"]


def test_peaks_may_come_from_numpy() -> None:
    """A history read from arrays bills like one that was typed in."""
    energy = np.full(len(JULY), 50.0)
    typed, read = (
        bill_month(Meter(JULY, energy), CONTRACT, None, LEVIES, CALENDAR, History(peaks={(2026, 1): kw}))
        for kw in (412.5, np.float64(412.5))
    )
    assert typed == read
    assert typed.demand.kw == 412.5


def test_demand_of_the_night_above_the_contract_is_noted() -> None:
    """Whether the surcharge applies there is not known, so the bill says it and charges nothing."""
    energy = np.full(len(JULY), 50.0)
    energy[:8] = 300.0
    history = History(excess_warned=True)
    bill = bill_month(Meter(JULY, energy), CONTRACT, None, LEVIES, CALENDAR, history)
    assert bill.line("excess") is None
    assert any("초과사용부가금" in note.ko for note in bill.notes)


def test_a_holiday_on_saturday_is_a_holiday() -> None:
    """별표 3 speaks of Saturdays that are no holidays."""
    saturday = quarter_hours(date(2026, 8, 15), date(2026, 8, 16))
    for days, bands in (([], {Band.LIGHT, Band.MID}), ([date(2026, 8, 15)], {Band.LIGHT})):
        slots = classify(Schedule.always(NEW), saturday, Calendar.of(days))
        assert set(slots.band.tolist()) == bands
        assert slots.counts.any() == (Band.MID in bands)
