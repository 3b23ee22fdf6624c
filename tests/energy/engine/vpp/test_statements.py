"""Statements of the pool add up to the won; offers add up too; rows are read with every fault."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.clock import HOUR_MS
from sandan.energy.engine.vpp import bands, bands_for
from sandan.energy.engine.vpp.books import (
    MEMBER_COLUMNS,
    member_rows,
    price_rows,
    read_members,
    read_prices,
    read_rows,
    read_terms,
)
from sandan.energy.engine.vpp.offers import make_offer
from sandan.energy.engine.vpp.statements import PoolDay, Terms, differences, state_pool
from sandan.energy.engine.vpp.submissions import midnight
from sandan.energy.model.pool import Cut, Member, OwnBands, PoolBook, RevenueLine, Strategy
from sandan.energy.model.vpp import Area, Place, PlantKind
from sandan.errors import InvalidInput
from sandan.sheets import sheet_text

DAY = date(2026, 10, 14)
START = midnight(DAY) + HOUR_MS * np.arange(24, dtype=np.int64)
MEMBERS = (Member("a", 100.0), Member("b", 50.0, weight=Decimal("1.2")))
NAMES = {"a": ("가", "firm-1"), "b": ("나", None)}
CUTS = (
    Cut("", Decimal("0.5"), Decimal("0.2"), Decimal("0.3")),
    Cut("forecast", Decimal("0.4"), Decimal("0.6"), Decimal(0)),
)
AT = datetime(2026, 10, 13, 0, tzinfo=UTC)
LEVELS = np.array([0.1, 0.5, 0.9])


def terms(smp=None, certificate=None, carried=None, cuts=CUTS, area=Area.MAINLAND, bands=()):
    """By what these tests settle."""
    book = PoolBook(MEMBERS, cuts=cuts)
    prices = dict.fromkeys(START.tolist(), 100.5) if smp is None else smp
    return Terms(3, area, bands, "truncate", book.contract(), prices, certificate, carried or {}, DAY)


def noon(a, b):
    """A day with output at noon alone."""
    made = np.zeros((2, 24))
    made[:, 12] = a, b
    return made


def test_a_day_worked_by_hand():
    """90 of 150 kW at noon, told 95: an error of 3.33 %, so 4 won for each kWh; a plant alone may miss it."""
    day = PoolDay(DAY, MEMBERS, START, noon(70, 25), noon(60, 30))
    made = state_pool([day], terms(certificate=70_000.0, carried={"a": Decimal("0.95")}), NAMES)
    assert made.bands == ("2025-06",)
    hour = made.hours[12]
    assert (hour.told, hour.made, round(hour.error, 2), hour.price, hour.won) == (95, 90, 3.33, 4, 360)
    a, b = made.plants
    # 60 kWh × 100.5; (60/1000 × 1.5 + 0.95) = 1.04 certificates, 0.04 left; 240 of 360 won.
    assert (a.energy, a.issued, a.carried, a.certificates, a.forecast) == (
        6030, 1, Decimal("0.04"), 70_000, 240,
    )  # fmt: skip
    assert (b.energy, b.issued, b.carried, b.forecast) == (3015, 0, Decimal("0.036"), 120)
    assert (a.alone, b.alone) == (0, 0)  # 10 % off each, the other way round
    assert [one.won for one in made.lines] == [9045, 70_000, 360]
    # Half of energy and certificates, four tenths of what the forecast earned.
    assert (a.roof_owner, a.operator, a.investor) == (3015 + 35_000 + 96, 1206 + 14_000 + 144, 1809 + 21_000)
    assert made.total == sum(one.total for one in made.plants)


@given(
    st.lists(st.floats(0, 100), min_size=48, max_size=48),
    st.lists(st.floats(0, 100), min_size=48, max_size=48),
    st.floats(-50, 300),
    st.floats(0, 200_000),
    st.sets(st.integers(0, 47), max_size=5),
)
def test_every_line_adds_up_over_roofs_and_over_parties(told, made, smp, certificate, missing):
    """Whatever was made, told, priced or not metered, no won appears or is lost."""
    told, made = np.array(told).reshape(2, 24), np.array(made).reshape(2, 24)
    for at in missing:
        made[at // 24, at % 24] = np.nan
    found = state_pool(
        [PoolDay(DAY, MEMBERS, START, told, made)],
        terms(smp={int(at): smp for at in START[::2]}, certificate=certificate),
        NAMES,
    )
    for line in found.lines:
        each = [getattr(one, line.line) for one in found.plants]
        if line.won is None:
            assert not any(each)
            continue
        assert line.won == sum(one or 0 for one in each)
        assert line.won == line.roof_owner + line.operator + line.investor
    assert found.total == sum(one.total for one in found.plants)
    for one in found.plants:
        assert one.total == one.roof_owner + one.operator + one.investor
    assert sum(one.won for one in found.hours) == found.lines[2].won
    whole = sum(Decimal(str(one.kwh)) / 1000 * weight for one, weight in zip(
        found.plants, (Decimal("1.5"), Decimal("1.2")), strict=True
    ))  # fmt: skip
    assert sum(one.issued + one.carried for one in found.plants) == whole


def test_what_is_not_known_is_none_and_never_zero():
    """No price, no weight, no contract, no bands: each leaves its own figure out."""
    day = PoolDay(DAY, (Member("a", 100.0, Place.GROUND),), START, noon(70, 0)[:1], noon(60, 0)[:1])
    found = state_pool([day], terms(smp={}, cuts=(), area=Area.JEJU), NAMES)
    one = found.plants[0]
    assert (one.energy, one.issued, one.certificates, one.forecast, one.roof_owner) == (None,) * 5
    assert (one.unpriced, found.outside, found.bands) == (60, (DAY,), ())
    assert [line.won for line in found.lines] == [None, None, None]


def test_a_late_value_is_told_line_by_line():
    """The pool first, then the roofs, the largest change first."""
    day = PoolDay(DAY, MEMBERS, START, noon(70, 25), noon(60, 30))
    late = PoolDay(DAY, MEMBERS, START, noon(70, 25), noon(66, 30))
    before, after = (state_pool([one], terms(), NAMES) for one in (day, late))
    found = differences(before, after)
    assert [(one.plant, one.line) for one in found] == [
        ("", RevenueLine.ENERGY),
        ("", RevenueLine.FORECAST),
        ("a", RevenueLine.ENERGY),
        ("a", RevenueLine.FORECAST),
    ]
    assert (found[2].before, found[2].after) == (6030, 6633)
    assert differences(after, after) == ()


def quantiles(*middles):
    """Plants with a hump of a width of their own at noon."""
    rows = np.zeros((len(middles), 24, 3))
    for row, middle in enumerate(middles):
        rows[row, 10:15] = np.array([0.5, 1.0, 1.3]) * middle
    return rows


@pytest.mark.parametrize("strategy", list(Strategy))
def test_an_offer_adds_up_and_fills_what_is_not_told(strategy):
    """A roof without a forecast is taken to give as much a kW as the others; energy is never below zero."""
    rule = bands(DAY, PlantKind.SOLAR)
    told = quantiles(60, 1)
    told[1] = np.nan
    found = make_offer(DAY, MEMBERS, LEVELS, told, rule, strategy, AT)
    assert found.filled == ("b",)
    assert found.median[12] == pytest.approx(90)
    wanted = found.median if strategy is Strategy.MEDIAN else found.best
    np.testing.assert_allclose(found.energy.sum(axis=0), wanted, atol=0.002)
    np.testing.assert_allclose(found.energy[1], found.energy[0] / 2, atol=0.001)
    assert found.expected >= found.median_expected > 0
    assert (found.low <= found.median).all()
    assert (found.median <= found.high).all()


def test_an_offer_without_any_forecast_is_none():
    """It says when to look again."""
    with pytest.raises(InvalidInput) as error:
        make_offer(DAY, MEMBERS, LEVELS, np.full((2, 24, 3), np.nan), None, Strategy.MEDIAN, AT)
    assert error.value.findings[0].where == "forecast"


def test_terms_are_read_with_every_fault():
    """Shares that do not add up, words that are none: all at once."""
    good = {
        "area": "mainland", "strategy": "best", "rounding": "half_up", "automatic": "yes",
        "cut.all.roof_owner": "50", "cut.all.operator": "20.5", "cut.all.investor": "29.5",
    }  # fmt: skip
    book = read_terms(PoolBook(MEMBERS, simulated=True), good)
    assert (book.members, book.strategy, book.automatic, book.simulated) == (
        MEMBERS, Strategy.BEST, True, False,
    )  # fmt: skip
    assert book.cuts == (Cut("", Decimal("0.5"), Decimal("0.205"), Decimal("0.295")),)
    bad = good | {"area": "moon", "cut.all.investor": "x", "cut.forecast.operator": "90"}
    with pytest.raises(InvalidInput) as error:
        read_terms(PoolBook(), bad)
    assert [one.where for one in error.value.findings] == ["area", "cut.all.investor", "cut.forecast"]
    with pytest.raises(InvalidInput):
        read_terms(PoolBook(), {"area": "mainland", "strategy": "median", "cut.forecast.operator": "100"})


def test_members_and_prices_are_read_as_they_are_written():
    """A sheet goes out and comes in again; every faulty cell is named with its row."""
    text = sheet_text(member_rows(MEMBERS))
    assert read_members(read_rows(text, MEMBER_COLUMNS), {"a", "b"}) == MEMBERS
    rows = [
        {"plant": "a", "capacity": "0", "place": "roof", "weight": "x"},
        {"plant": "c", "capacity": "5", "place": "sea", "weight": ""},
    ]
    with pytest.raises(InvalidInput) as error:
        read_members(rows, {"a", "b"})
    assert [one.where for one in error.value.findings] == [
        "2: capacity", "2: weight", "3: plant", "3: place",
    ]  # fmt: skip
    prices = read_prices(
        [
            {"line": "smp", "from": "2026-10-14 13:00", "price": "98.5", "source": "거래소"},
            {"line": "smp", "from": "2026-10", "price": "100", "source": "거래소"},
            {"line": "rec", "from": "2026-10", "price": "71,000", "source": "계약"},
        ]
    )
    assert [(one.line, one.monthly, one.value) for one in prices] == [
        ("energy", False, 98.5), ("energy", True, 100), ("certificates", True, 71_000),
    ]  # fmt: skip
    assert prices[0].start == START[13]
    again = read_rows(sheet_text(price_rows(prices)), ("line", "from", "price", "source"))
    assert read_prices(again) == prices
    with pytest.raises(InvalidInput) as error:
        read_prices([{"line": "rec", "from": "2026-10-14 13:00", "price": "", "source": ""}])
    assert [one.where for one in error.value.findings] == ["2: from", "2: price", "2: source"]
    with pytest.raises(InvalidInput):
        read_rows("plant\n", MEMBER_COLUMNS)


def test_bands_of_the_operators_own_go_before_older_ones_of_the_tables():
    """From their day on; a newer version of the tables goes before them again; a faulty row is named."""
    fields = {"area": "mainland", "strategy": "median"} | {
        f"bands.0.{name}": value
        for name, value in {
            "from": "2025-06-01", "upto1": "4", "won1": "3", "upto2": "6", "won2": "2", "least": "10",
            "source": "별표2",
        }.items()
    }  # fmt: skip
    own = read_terms(PoolBook(), fields).bands
    assert own == (OwnBands(date(2025, 6, 1), ((4, 3), (6, 2)), 0.1, "별표2"),)
    found = bands_for(DAY, PlantKind.SOLAR, Area.MAINLAND, own)
    assert (found.version, found.steps) == ("own 2025-06-01", ((4, 3), (6, 2)))
    assert bands_for(date(2025, 5, 31), PlantKind.SOLAR, Area.MAINLAND, own).version == "2024-02"
    older = (OwnBands(date(2024, 6, 1), ((4, 3), (6, 2)), 0.1, "별표2"),)
    assert bands_for(DAY, PlantKind.SOLAR, Area.MAINLAND, older).version == "2025-06"
    assert bands_for(DAY, PlantKind.SOLAR, Area.JEJU, own).version == "own 2025-06-01"
    day = PoolDay(DAY, MEMBERS, START, noon(70, 25), noon(60, 30))
    assert state_pool([day], terms(bands=own), NAMES).hours[12].won == 270
    with pytest.raises(InvalidInput) as error:
        read_terms(PoolBook(), fields | {"bands.0.upto2": "3", "bands.1.from": "soon"})
    assert [one.where for one in error.value.findings] == ["bands.0", "bands.1"]
