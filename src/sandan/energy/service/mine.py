"""One meter's month as the firm asks about it: what it cost, what set the demand, what is still coming."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import Period, instant, milliseconds
from sandan.energy.engine.editions import levies_on, schedule_of
from sandan.energy.engine.metering import fill_gaps
from sandan.energy.engine.months import first_day, last_day, month_of, moved, period_of
from sandan.energy.engine.tariff import (
    Calendar,
    HourlyCost,
    OptionCost,
    PeakState,
    QuarterWarning,
    bill_year,
    hourly_cost,
    options,
    rates,
    warn_quarter,
    watch_peak,
)
from sandan.energy.model.agreements import Agreement, TariffEdition
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import SLOT_MS, Floats
from sandan.energy.model.tariff import Bill, Contract, Levies, Month
from sandan.energy.service.bills import (
    Restated,
    Terms,
    bill_by,
    draft_bill,
    find_meter,
    kept_versions,
    terms_of,
)
from sandan.energy.service.readings import months_of, power_since, read_meter
from sandan.energy.service.tariffs import calendar_for, edition_in_force
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.twin.model import Thing

LOOK_BACK = timedelta(days=28)
"""How far back days of the same kind are looked for when the rest of a month is projected."""
HOURS, DAY_SLOTS = 24, 96


@dataclass(frozen=True, slots=True)
class MyMonth:
    """What a firm sees of one month of one meter."""

    meter: Thing
    firm: Thing | None
    month: Month
    agreement: Agreement | None
    running: bool
    bill: Bill | None
    """As far as metered."""
    projected: Bill | None
    """To the end of the month, from days of the same kind; None once it has ended or without any."""
    hours: HourlyCost | None
    won: Floats | None
    """What each hour cost [day, 24 hours]; NaN where it was not metered in full."""
    peak: PeakState | None
    closed: Sequence[Restated]
    findings: Sequence[Finding]
    simulated: bool


def my_month(store: Store, actor: Actor, id: str, month: Month, now: datetime) -> MyMonth:
    """A month of a meter this actor may see; what is not known is a finding, never a guess."""
    closed = kept_versions(store, actor, id, month)
    with store.registry.read() as conn:
        meter = find_meter(store, conn, actor, id)
        firm = store.things.get(conn, meter.tenant) if meter.tenant else None
        running = now < period_of(month).end
        empty = MyMonth(
            meter, firm, month, None, running, None, None, None, None, None, closed, (), meter.simulated
        )
        try:
            bill, readings, terms = draft_bill(store, conn, id, month, now)
            projected = _projected(store, conn, id, month, readings, terms, now) if running else None
        except InvalidInput as error:
            return replace(empty, findings=error.findings)
    costs = _costs(bill, readings, terms)
    peak = watch_peak(
        readings,
        terms.agreement.contract,
        terms.schedule,
        terms.levies,
        terms.calendar,
        terms.history,
        month=month,
        power_factor=_share(bill),
    )
    return replace(
        empty,
        agreement=terms.agreement,
        bill=bill,
        projected=projected,
        hours=costs,
        won=_by_day(costs, month),
        peak=peak,
        simulated=meter.simulated or terms.agreement.simulated,
    )


def options_of(
    store: Store, actor: Actor, id: str, now: datetime
) -> tuple[Sequence[Month], Sequence[OptionCost]]:
    """What each option would have cost over the whole months of the last twelve that were metered."""
    with store.registry.read() as conn:
        find_meter(store, conn, actor, id)
        edition = edition_in_force(store, conn)
        this = month_of(now)
        terms = terms_of(store, conn, id, moved(this, -1), now)
        back = [moved(this, -k) for k in range(12, 0, -1)]
        spans = [period_of(one) for one in back]
        whole = read_meter(store, conn, id, Period(spans[0].start, spans[-1].end), now)
    cut = months_of(whole, spans)
    told = [not np.isnan(one.energy).all() for one in cut]
    first = 12 - next((k for k, there in enumerate(reversed(told)) if not there), 12)
    used, months = back[first:], cut[first:]
    levies = [levies_on(edition, last_day(one)) for one in used]
    if not months:
        return (), ()
    calendar = calendar_for(edition, used[0][0], used[-1][0])
    return used, _by_option(edition, terms.agreement.contract, months, used, levies, calendar)


def _by_option(
    edition: TariffEdition,
    contract: Contract,
    months: Sequence[Meter],
    used: Sequence[Month],
    levies: Sequence[Levies],
    calendar: Calendar,
) -> tuple[OptionCost, ...]:
    made = []
    for option in options(contract.kind, contract.voltage):
        wanted = replace(contract, option=option)
        schedule = schedule_of(edition, wanted, first_day(used[0]), last_day(used[-1]))
        bills = bill_year(months, wanted, schedule, levies, calendar)
        made.append((option, bills, sum(bill.total for bill in bills)))
    own = next(total for option, _, total in made if option is contract.option)
    costs = [OptionCost(option, total, bills, total - own) for option, bills, total in made]
    return tuple(sorted(costs, key=lambda cost: cost.total))


def quarter_now(store: Store, actor: Actor, id: str, limit: float, now: datetime) -> QuarterWarning | None:
    """What the running quarter-hour will come to; None where no power is told."""
    begin = instant(milliseconds(now) // SLOT_MS * SLOT_MS)
    with store.registry.read() as conn:
        find_meter(store, conn, actor, id)
        at, power = power_since(store, conn, id, begin - timedelta(minutes=5), now)
    if not len(at) or milliseconds(now) - int(at[-1]) > SLOT_MS:
        return None
    return warn_quarter(at, power, milliseconds(now), limit)


def _projected(
    store: Store, conn: Connection, id: str, month: Month, readings: Meter, terms: Terms, now: datetime
) -> Bill | None:
    """The whole month's bill with the rest of it like the same kind of day of the last four weeks."""
    whole = period_of(month)
    long = read_meter(store, conn, id, Period(whole.start - LOOK_BACK, whole.end), now)
    filled = fill_gaps(long, terms.calendar)
    n = (milliseconds(whole.end) - milliseconds(whole.start)) // SLOT_MS
    k = len(readings.start)
    energy = np.concatenate([readings.energy, filled.energy[len(long.start) - n + k :]])
    if np.isnan(energy[k:]).all():
        return None
    padding = np.full(n - k, np.nan)
    start = long.start[-n:]
    made = Meter(
        start,
        energy,
        None if readings.lagging is None else np.concatenate([readings.lagging, padding]),
        None if readings.leading is None else np.concatenate([readings.leading, padding]),
        np.arange(n) >= k,
    )
    return bill_by(terms, made, month)


def _costs(bill: Bill, readings: Meter, terms: Terms) -> HourlyCost:
    prices = rates(
        terms.agreement.contract,
        terms.schedule,
        terms.levies,
        readings.start,
        terms.calendar,
        terms.history,
        power_factor=_share(bill),
        month=bill.month,
    )
    return hourly_cost(prices, readings.energy)


def _share(bill: Bill) -> float:
    return bill.power_factor.lagging_share + bill.power_factor.leading_share


def _by_day(costs: HourlyCost, month: Month) -> Floats:
    begin = milliseconds(period_of(month).start)
    days = (milliseconds(period_of(month).end) - begin) // 86_400_000
    table = np.full((days, HOURS), math.nan)
    hour = (costs.start - begin) // 3_600_000
    table[hour // HOURS, hour % HOURS] = costs.won
    return table
