"""The engine against a bill reckoned the slow way, over random months of random customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.energy.engine.tariff.cases import quarter_hours
from tests.energy.engine.tariff.plain import plain_bill

from sandan.clock import korean_holidays
from sandan.energy.engine.tariff import Calendar, bill_month, levies, power_factor_rules, schedule, tariffs
from sandan.energy.model.metering import Meter
from sandan.energy.model.tariff import Contract, History, Kind, Voltage

SORTS = sorted({(one.kind, one.voltage, one.option) for one in tariffs()})
KNOWN = sorted({one.version for one in tariffs() if one.kind is Kind.INDUSTRIAL_B})


@given(
    st.sampled_from(SORTS),
    st.dates(date(2023, 5, 16), date(2027, 12, 1)),
    st.integers(1, 12),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
@settings(max_examples=20, deadline=None)
def test_engine_and_slow_reckoning_agree(
    sort: tuple[Kind, Voltage, object], begin: date, days: int, seed: int, warned: bool
) -> None:
    """Every line to the won: bands, holidays, discounts, demand, factors, excess, tax and rounding."""
    random = np.random.default_rng(seed)
    first = next(one for one in tariffs() if (one.kind, one.voltage, one.option) == sort)
    begin = max(begin, first.effective_from)
    start = quarter_hours(begin, begin + timedelta(days=days))
    contract = Contract(
        first.kind,
        first.voltage,
        first.option,
        int(random.integers(50, 900)),
        deferred_until=date(2026, 9, 30) if random.random() < 0.5 else None,
        demand_meter=first.voltage is not Voltage.LOW,
    )
    energy = np.round(random.random(len(start)) * random.uniform(0, 250), 2)
    lagging, leading = (np.round(random.random(len(start)) * random.uniform(0, 150), 2) for _ in range(2))
    energy[random.random(len(start)) < random.choice([0, 0.02])] = np.nan
    energy[random.random(len(start)) < random.choice([0, 0.5])] = 0.0
    peaks = {(begin.year - int(random.integers(0, 2)), int(random.integers(1, 13))): 400 * random.random()}
    last = begin + timedelta(days=days - 1)
    history = History(
        {month: kw for month, kw in peaks.items() if month < (last.year, last.month)}, warned, bool(seed % 2)
    )
    rule = [rule for since, rule in power_factor_rules() if since <= begin][-1]
    levy = replace(levies(date(2026, 1, 1)), power_factor=rule, fuel=-3.5 if warned else 5.0)
    calendar = Calendar.of(korean_holidays(begin.year) | korean_holidays(begin.year + 1))
    held = schedule(contract, begin, last)
    meter = Meter(start, energy, lagging, leading)
    bill = bill_month(meter, contract, held, levy, calendar, history)
    got = {line.id: line.won for line in bill.lines if line.won} | {"total": bill.total}
    slow = plain_bill(meter, contract, held, levy, calendar.holidays, history)
    for group in ("energy.", "discount."):
        split = [sorted(won for id, won in one.items() if id.startswith(group)) for one in (got, slow)]
        assert split[0] == split[1]
    rest = [
        {id: won for id, won in one.items() if not id.startswith(("energy.", "discount."))}
        for one in (got, slow)
    ]
    assert rest[0] == {"total": 0} | rest[1]
