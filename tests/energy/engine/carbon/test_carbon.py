"""A year's inventory: factors, scopes, levels, locking, restating and sharing among products."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st
from tests.energy.engine.carbon.cases import (
    BEGIN,
    BOILER,
    END,
    GAS,
    MONTH,
    OFFICE,
    PRESS,
    given,
    use,
)

from sandan.energy.engine.carbon import (
    asked,
    book,
    by_level,
    check_countable,
    explain,
    factors,
    make_inventory,
    pick,
    product_shares,
    standings,
    unchanged,
)
from sandan.energy.model.carbon import (
    Basis,
    Instrument,
    Inventory,
    Level,
    Part,
    Product,
    Purpose,
)
from sandan.errors import InvalidInput
from sandan.words import Text

NOW = date(2026, 3, 1)
BOOK = book(NOW, GAS)


def inventory(*activities: object, **more: object) -> Inventory:
    return make_inventory(activities, BOOK, Purpose.ESG, 2023, **more)  # type: ignore[arg-type]


def test_the_daejeon_firm_emitted_what_its_electricity_says() -> None:
    """93,732 kWh at the mean of 2020–2022 are 42.6 t and not the 216 t that were published (C2)."""
    known = book(date(2025, 6, 1))
    made = make_inventory([replace(use(PRESS, 93_732))], known, Purpose.ESG, 2023)
    assert made.indirect == round(93.732 * 0.4541 * 1e6) == 42_563_701
    assert made.lines[0].factors[0].version == "2020-2022"


@pytest.mark.parametrize(
    ("as_of", "year", "version"),
    [
        ("2025-06-01", 2021, "2020-2022"),
        ("2025-12-16", 2024, "2020-2022"),
        ("2025-12-17", 2021, "2021"),
        ("2025-12-17", 2020, "2020-2022"),
        ("2025-12-17", 2022, "2022"),
        ("2025-12-17", 2025, "2023"),
    ],
)
def test_the_factor_of_the_year_as_it_was_known(as_of: str, year: int, version: str) -> None:
    """A yearly factor goes before the mean of three once it is published; later years take the newest."""
    found = pick(book(date.fromisoformat(as_of)), "electricity", "CO2eq", Part.EMISSION, Purpose.ESG, year)
    assert found is not None
    assert found.version == version


def test_trading_keeps_its_own_factor() -> None:
    """For trading nothing is known until the operator says which factor was used at allocation."""
    activities = [use(PRESS, 1_000_000)]
    without = make_inventory(activities, BOOK, Purpose.ETS, 2023)
    assert [(one.gas, one.part) for one in without.lacks] == [("CO2eq", Part.EMISSION)]
    assert not without.complete
    with pytest.raises(InvalidInput) as error:
        check_countable(without)
    assert error.value.findings[0].where == "factor.electricity.CO2eq.emission"
    allotted = given("electricity", "CO2eq", Part.EMISSION, 0.5, Purpose.ETS)
    both = [make_inventory(activities, book(NOW, [allotted]), purpose, 2023) for purpose in Purpose]
    assert [one.total for one in both] == [417_300_000, 500_000_000]


def test_a_fuel_is_reckoned_by_gas() -> None:
    """1,000 ㎥ at the figures of the test are 0.04 TJ · 49.55 t/TJ."""
    made = inventory(use(BOILER, 1000, "natural_gas", "㎥"))
    assert made.direct == 1_982_000
    assert made.indirect == 0
    assert len(made.lines[0].factors) == 7


def test_every_missing_figure_of_a_fuel_is_named() -> None:
    """Nothing is taken as zero: each gap in the chain is a finding of its own."""
    made = make_inventory([use(BOILER, 5, "diesel", "㎥")], BOOK, Purpose.ESG, 2023)
    assert made.total == 0
    assert {(one.gas, one.part) for one in made.lacks} == {
        ("", Part.CALORIFIC), ("CO2", Part.EMISSION), ("CO2", Part.OXIDATION), ("CH4", Part.EMISSION),
        ("CH4", Part.WARMING), ("N2O", Part.EMISSION), ("N2O", Part.WARMING),
    }  # fmt: skip


def test_rows_without_a_source_have_no_value() -> None:
    """What was not found is empty and marked so; what has a value has a source."""
    assert all((one.value is None) == (one.mark == "U") for one in factors())
    assert all(one.source for one in factors())
    assert {one.part for one in asked()} == set(Part)


def test_steam_is_charged_by_the_terajoule() -> None:
    """1,000 MWh are 3.6 TJ."""
    known = book(NOW, [given("steam", "CO2eq", Part.EMISSION, 30.0)])
    made = make_inventory([use(BOILER, 1000, "steam", "MWh")], known, Purpose.ESG, 2023)
    assert made.indirect == 108_000_000


def proof(mwh: float, id: str = "REC-1", factor: float = 0.0) -> Instrument:
    return Instrument(id, Text("공급인증서", "REC"), PRESS, 2023, mwh, factor, "certificate")


def test_market_based_only_with_proof() -> None:
    """Without a proof there is no market-based figure; with one it covers what it says and no more."""
    assert inventory(use(PRESS, 1000, unit="MWh")).indirect_market is None
    made = inventory(use(PRESS, 1000, unit="MWh"), use(OFFICE, 10, unit="MWh"), instruments=[proof(400)])
    assert made.indirect == 421_473_000
    assert made.indirect_market == 600 * 417_300 + 10 * 417_300
    assert "잔여 믹스" in made.notes[0].ko
    with_rest = book(NOW, [given("electricity", "residual", Part.EMISSION, 0.6)])
    second = make_inventory(
        [use(PRESS, 1000, unit="MWh")], with_rest, Purpose.ESG, 2023, [proof(400, factor=0.1)]
    )
    assert second.indirect_market == 400_000_000


def test_wrong_activities_are_all_told() -> None:
    """Units, quantities, periods, carriers and double counting in one answer."""
    wrong = [
        use(PRESS, 1, unit="kW"),
        use(PRESS, -1, point="a"),
        use(PRESS, float("nan"), point="b"),
        use(PRESS, 1, "peat", point="c"),
        use(PRESS, 1, begin=BEGIN - 1, point="d"),
        use(PRESS, 1, begin=BEGIN, end=BEGIN + 2 * MONTH, point="e"),
        use(PRESS, 1, begin=BEGIN + MONTH, end=END, point="e"),
        use(PRESS, 1, coverage=1.5, point="f"),
    ]
    with pytest.raises(InvalidInput) as error:
        inventory(*wrong)
    assert [one.where for one in error.value.findings] == [
        "activities[0].unit", "activities[1].quantity", "activities[2].quantity", "activities[3].carrier",
        "activities[4].evidence", "activities[7].coverage", "point.e",
    ]  # fmt: skip


def test_a_proof_is_used_once_and_not_for_more_than_was_used() -> None:
    """The same serial twice, and 1,200 MWh of proof for 1,000 MWh."""
    with pytest.raises(InvalidInput) as error:
        inventory(use(PRESS, 1000, unit="MWh"), instruments=[proof(600), proof(600)])
    assert [one.where for one in error.value.findings] == ["instrument.REC-1", "instruments.프레스"]


def test_gaps_are_told() -> None:
    """Eleven months of twelve, one of them half there, is 87.5 % of the year and says so."""
    made = inventory(
        use(PRESS, 1, end=BEGIN + 10 * MONTH),
        use(PRESS, 1, begin=BEGIN + 10 * MONTH, end=BEGIN + 11 * MONTH, coverage=0.5),
    )
    assert made.lines[0].coverage == pytest.approx(10.5 / 12)
    assert "87.5%" in made.notes[0].en


def test_small_facilities_are_reported_with_their_site() -> None:
    """The office's 4.2 t go under the site, and the row says whose they are; nothing is lost."""
    made = inventory(use(PRESS, 1_000_000), use(OFFICE, 10_000), use(BOILER, 9000, "natural_gas", "㎥"))
    rows = by_level(made, Level.FACILITY)
    assert [(one.facility, one.folded) for one in rows] == [
        ("", ("사무동",)), ("프레스", ()), ("보일러", ()),
    ]  # fmt: skip
    assert sum(one.total for one in rows) == made.total


def test_duties_are_told_where_their_amount_is_known() -> None:
    """125,000 t is sourced, the site's amount is not; who has coal uncounted is not said to be below."""
    made = inventory(use(PRESS, 300_000, unit="MWh"), use(BOILER, 1000, "natural_gas", "㎥"))
    told = {(one.threshold.id, one.sum.corporation): one.above for one in standings(made)}
    assert told["trading_corporation", "가나금속"] is True
    assert told["trading_corporation", "다라화학"] is False
    assert told["trading_site", "가나금속"] is None
    unsure = inventory(use(PRESS, 1), use(BOILER, 1, "natural_gas", "㎥"), use(PRESS, 5, "coal", "t"))
    told = {(one.threshold.id, one.sum.corporation): one.above for one in standings(unsure)}
    assert told["trading_corporation", "가나금속"] is None
    assert told["trading_corporation", "다라화학"] is False


def test_the_order_of_activities_makes_no_difference() -> None:
    """The same facts in another order, or read at another time, are the same inventory."""
    some = [use(PRESS, 1.1, end=BEGIN + MONTH), use(PRESS, 2.2, begin=BEGIN + MONTH), use(OFFICE, 3)]
    made = inventory(*some)
    assert made == inventory(*reversed(some))
    later = [replace(one, evidence=replace(one.evidence, as_of=END)) for one in some]
    assert inventory(*later) != made
    assert unchanged(made, inventory(*later))
    assert not unchanged(made, inventory(*some[1:]))


def test_a_change_is_explained_by_use_and_by_factor() -> None:
    """A late value and a new factor: both parts add up to the difference of the totals."""
    first = make_inventory([use(PRESS, 100_000)], book(date(2025, 6, 1)), Purpose.ESG, 2023)
    late = inventory(use(PRESS, 110_000), use(OFFICE, 1000))
    told = explain(first, late)
    assert told.difference == late.total - first.total == told.by_use + told.by_factor
    press = next(one for one in told.changes if one.place == PRESS)
    assert press.by_use == 4_541_000
    assert press.by_factor == round(110 * (0.4173 - 0.4541) * 1e6)
    assert "0.4541" in press.because.en
    with pytest.raises(InvalidInput):
        explain(first, make_inventory([], BOOK, Purpose.ESG, 2022))


amounts = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@given_(amounts)
@settings(max_examples=50)
def test_cutting_the_year_conserves(watt_hours: list[int]) -> None:
    """However the year is cut into periods, the inventory is the same to the gram."""
    n = len(watt_hours)
    cuts = [BEGIN + (END - BEGIN) * i // n for i in range(n + 1)]
    parts = [use(PRESS, one / 1000, begin=cuts[i], end=cuts[i + 1]) for i, one in enumerate(watt_hours)]
    assert inventory(*parts).total == inventory(use(PRESS, sum(watt_hours) / 1000)).total


@given_(st.lists(st.tuples(st.sampled_from([PRESS, OFFICE, BOILER]), st.floats(0, 1e7)), max_size=8))
@settings(max_examples=50)
def test_parts_add_up_to_the_whole(used: list[tuple[object, float]]) -> None:
    """By corporation, site or facility: the same total, scope by scope."""
    made = inventory(*(use(place, q, point=str(i)) for i, (place, q) in enumerate(used)))  # type: ignore[arg-type]
    for level in Level:
        rows = by_level(made, level)
        assert sum(one.direct for one in rows) == made.direct
        assert sum(one.indirect for one in rows) == made.indirect


@given_(
    st.lists(st.tuples(st.floats(0.001, 1e6), st.floats(0, 1e6), st.floats(0, 1e4)), min_size=1, max_size=9),
    st.floats(0, 1e7),
    st.sampled_from(list(Basis)),
)
@settings(max_examples=50)
def test_product_shares_conserve(made: list[tuple[float, float, float]], kwh: float, basis: Basis) -> None:
    """Shared by mass, energy or hours, the products' grams are the facility's."""
    products = [Product(str(i), Text("제품", "product"), *one) for i, one in enumerate(made)]
    year = inventory(use(PRESS, kwh), use(PRESS, 77.7, "natural_gas", "㎥"), use(OFFICE, 5))
    if basis is not Basis.MASS and not sum(
        (o.energy if basis is Basis.ENERGY else o.hours) or 0 for o in products
    ):
        with pytest.raises(InvalidInput):
            product_shares(year, PRESS, products, basis)
        return
    shares = product_shares(year, PRESS, products, basis)
    lines = [line for line in year.lines if line.place == PRESS]
    assert sum(one.direct for one in shares) == sum(line.grams for line in lines if line.scope == 1)
    assert sum(one.indirect for one in shares) == sum(line.grams for line in lines if line.scope == 2)


def test_a_product_without_the_chosen_basis_is_told() -> None:
    """Hours are asked of the firm when it shares by hours."""
    products = [Product("a", Text("볼트", "bolts"), 10), Product("b", Text("너트", "nuts"), 30, hours=5)]
    year = inventory(use(PRESS, 1_000_000))
    with pytest.raises(InvalidInput) as error:
        product_shares(year, PRESS, products, Basis.HOURS)
    assert [one.where for one in error.value.findings] == ["product.a.hours"]
    shares = product_shares(year, PRESS, products, Basis.MASS)
    assert [one.indirect for one in shares] == [104_325_000, 312_975_000]
    assert shares[0].indirect_per_tonne == pytest.approx(10.4325)
