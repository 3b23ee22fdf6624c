"""Meters and documents put together, and proofs as far as they reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st
from tests.energy.engine.carbon.cases import BEGIN, END, GAS, PRESS, READ, use

from sandan.energy.engine.carbon import book, fit_proofs, gather, make_inventory, thresholds_with
from sandan.energy.engine.carbon.gathering import day_ms
from sandan.energy.model.carbon import Activity, Evidence, Purpose
from sandan.energy.model.declared import DeclaredProof, DeclaredUse, GivenThreshold, ProofKind
from sandan.errors import InvalidInput

POINT = "m.active_energy"
BOOK = book(date(2026, 3, 1), GAS)


def month(number: int, kwh: float, coverage: float = 1.0) -> Activity:
    """What the meter told of a month of 2023."""
    begin = day_ms(date(2023, number, 1))
    end = day_ms(date(2023, number + 1, 1)) if number < 12 else END
    return Activity(PRESS, "electricity", kwh, "kWh", Evidence(POINT, begin, end, READ), coverage)


def bill(first: str, last: str, kwh: float, document: str = "고지서 1", carrier: str = "electricity"):
    """What a document says of the press."""
    unit = "kWh" if carrier == "electricity" else "㎥"
    place = (PRESS.site, PRESS.facility)
    days = (date.fromisoformat(first), date.fromisoformat(last))
    return DeclaredUse(PRESS.corporation, carrier, *place, kwh, unit, *days, document)


def test_a_bill_counts_where_the_meter_told_nothing_or_too_little() -> None:
    """January has no samples, February a third of them, March all: the bills of two months count."""
    sampled = [month(2, 30.0, 0.33), month(3, 100.0)]
    bills = [
        bill(f"2023-0{n}-01", f"2023-0{n}-{last}", 90.0, f"{n}월") for n, last in ((1, 31), (2, 28), (3, 31))
    ]
    found = gather(sampled, bills, {PRESS: POINT}, READ)
    assert sorted(one.evidence.document for one in found.activities) == ["", "1월", "2월"]
    assert [one.document for one in found.set_aside] == ["3월"]
    made = make_inventory(found.activities, BOOK, Purpose.ESG, 2023)
    assert made.lines[0].quantity == pytest.approx(0.28)
    assert made.lines[0].coverage == pytest.approx(90 / 365)


@pytest.mark.parametrize(
    ("first", "last"),
    [("2023-02-10", "2023-03-09"), ("2023-02-01", "2023-02-14"), ("2023-02-01", "2023-03-31")],
)
def test_a_bill_that_cuts_a_month_or_reaches_into_a_measured_one_is_set_aside(first: str, last: str) -> None:
    """No hour is counted by both."""
    sampled = [month(2, 30.0, 0.33), month(3, 100.0)]
    found = gather(sampled, [bill(first, last, 90.0)], {PRESS: POINT}, READ)
    assert found.activities == tuple(sampled)
    assert len(found.set_aside) == 1


def test_a_second_bill_of_a_month_is_set_aside_but_two_deliveries_are_two() -> None:
    """A meter has one bill a month; gas may be delivered as often as it is."""
    twice = [bill("2023-01-01", "2023-01-31", 90.0, name) for name in "ab"]
    assert [one.document for one in gather([], twice, {PRESS: POINT}, READ).set_aside] == ["b"]
    gas = [bill("2023-01-01", "2023-06-30", 10.0, name, "natural_gas") for name in "ab"]
    found = gather([], gas, {PRESS: POINT}, READ)
    made = make_inventory(found.activities, BOOK, Purpose.ESG, 2023)
    assert made.lines[0].quantity == 20.0
    assert made.lines[0].coverage == pytest.approx(181 / 365)
    with pytest.raises(InvalidInput) as error:
        make_inventory([*found.activities, found.activities[0]], BOOK, Purpose.ESG, 2023)
    assert [one.where for one in error.value.findings] == ["document.a"]


def proof(serial: str, mwh: float) -> DeclaredProof:
    place = (PRESS.site, PRESS.facility)
    return DeclaredProof(serial, PRESS.corporation, ProofKind.REC, *place, 2023, mwh, 0.0, "인증서")


def test_proofs_reach_as_far_as_what_was_used() -> None:
    """Of 70 and 50 MWh for 100 MWh used, 20 are left of the second; elsewhere nothing is covered."""
    used, left = fit_proofs([use(PRESS, 100, unit="MWh")], [proof("b", 50), proof("a", 70)])
    assert [(one.id, one.mwh) for one in used] == [("a", 70), ("b", 30)]
    assert left == {"b": 20}
    elsewhere = replace(proof("c", 5), facility="창고")
    assert fit_proofs([use(PRESS, 1)], [elsewhere]) == ((), {"c": 5})


@given_(st.floats(0, 1e6), st.lists(st.floats(0.001, 1e6), max_size=5))
@settings(max_examples=50)
def test_proofs_never_cover_more_than_was_used(kwh: float, mwh: list[float]) -> None:
    """To the last bit, so that the inventory takes them; what is left and used is what was bought."""
    activities = [use(PRESS, kwh)]
    used, left = fit_proofs(activities, [proof(str(i), one) for i, one in enumerate(mwh)])
    assert sum((Fraction(one.mwh) for one in used), Fraction()) <= Fraction(kwh) / 1000 * (
        1 + Fraction(1, 10**15)
    )
    assert sum(one.mwh for one in used) + sum(left.values()) == pytest.approx(sum(mwh))
    made = make_inventory(activities, BOOK, Purpose.ESG, 2023, used)
    assert made.indirect_market is None or made.indirect_market >= 0


def test_a_threshold_nobody_published_may_be_given() -> None:
    """One that has a source stays as it is."""
    given = [GivenThreshold("trading_site", 1.0, "고시"), GivenThreshold("trading_corporation", 2.0, "고시")]
    told = {one.id: (one.tonnes, one.mark) for one in thresholds_with(given)}
    assert told["trading_site"] == (1.0, "O")
    assert told["trading_corporation"] == (125_000.0, "S")
    assert told["target_site"] == (None, "U")


def test_the_days_of_a_document_are_those_of_seoul() -> None:
    """A bill from the first of January begins with the inventory's year."""
    assert day_ms(date(2023, 1, 1)) == BEGIN
