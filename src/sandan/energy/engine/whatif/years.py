"""A whole year from the days that were metered: what is missing is repeated, never silently.

Repeating days keeps their peaks; a mean of days would shave them, and with them the base charge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.clock import DAY_MS, SEOUL_MS, milliseconds
from sandan.energy.engine.months import moved, period_of
from sandan.energy.model.rates import SLOT_MS, Floats
from sandan.energy.model.tariff import Month
from sandan.energy.model.whatif import MeterYear, Origin, Year

DAY = 96
WHOLE = 0.9
"""Share of a day's quarter-hours that must be metered for the day to stand for itself."""
NEAREST = 10
"""So many known days of the same kind, the nearest in season, take turns to stand in."""
DAYS_OF_YEAR = 365.25
Days = NDArray[np.int64]


def last_year(this: Month) -> Year:
    """The twelve whole months before `this`."""
    months = tuple(moved(this, k) for k in range(-12, 0))
    begin, end = milliseconds(period_of(months[0]).start), milliseconds(period_of(this).start)
    edges = [(milliseconds(period_of(one).start) - begin) // SLOT_MS for one in months]
    n = (end - begin) // SLOT_MS
    return Year(months, begin + SLOT_MS * np.arange(n, dtype=np.int64), (*edges, n))


def day_number(at: int) -> int:
    """The day in Seoul as a number of days since 1970."""
    return (at + SEOUL_MS) // DAY_MS


def donors(good: NDArray[np.bool_], kinds: NDArray[np.int8], days: int) -> tuple[Days, int]:
    """Which known day stands for each of the first `days` days, itself where it is good; and how many of
    them borrow from another kind of day. −1 throughout where no day is good.

    `good` and `kinds` are of all days that might be known [d ≥ days]. Known days of the same kind take turns,
    in a long history the nearest in season.
    """
    own = np.arange(days)
    found = np.where(good[:days], own, -1)
    all_known = np.flatnonzero(good)
    if not len(all_known):
        return found, 0
    borrowed = 0
    for kind in np.unique(kinds[:days]):
        asked = np.flatnonzero((found < 0) & (kinds[:days] == kind))
        known = all_known[kinds[all_known] == kind]
        if not len(known) and len(asked):
            known = all_known
            borrowed += len(asked)
        for turn, day in enumerate(asked):
            near = known if len(known) <= NEAREST else _nearest(known, int(day))
            found[day] = near[turn % len(near)]
    return found, borrowed


def meter_year(
    energy: Floats, lagging: Floats | None, leading: Floats | None, kinds: NDArray[np.int8], year: Year
) -> MeterYear | None:
    """The year of one meter from its readings [kWh and kvarh, d · 96] of the days `kinds` [d], which begin
    with the year and may run past it; None where no day was metered.

    Gaps within a day that counts are the mean of that quarter-hour on days of its kind, reactive energy
    stays missing there.
    """
    days = len(year.start) // DAY
    by_day = energy.reshape(-1, DAY)
    good = np.isfinite(by_day).mean(axis=1) >= WHOLE
    source, borrowed = donors(good, kinds, days)
    if source[0] < 0:
        return None
    filled = _fill(by_day, good, kinds)
    used = np.unique(source)
    origin = Origin(
        days,
        int(good[:days].sum()),
        int(good.sum()),
        borrowed,
        int(np.isnan(by_day[used]).sum()),
    )
    return MeterYear(filled[source].ravel(), _laid(lagging, source), _laid(leading, source), origin)


def _laid(values: Floats | None, source: Days) -> Floats | None:
    if values is None:
        return None
    laid = values.reshape(-1, DAY)[source].ravel()
    return None if np.isnan(laid).all() else laid


def _nearest(known: Days, day: int) -> Days:
    """The known days nearest in season, in order of date."""
    apart = np.abs(known - day) % DAYS_OF_YEAR
    apart = np.minimum(apart, DAYS_OF_YEAR - apart)
    return np.sort(known[np.argsort(apart, kind="stable")[:NEAREST]])


def _fill(by_day: Floats, good: NDArray[np.bool_], kinds: NDArray[np.int8]) -> Floats:
    """Days with their gaps estimated."""
    if not np.isnan(by_day[good]).any():
        return by_day
    filled = by_day.copy()
    everyday = _mean(by_day[good])
    for kind in np.unique(kinds[good]):
        alike = good & (kinds == kind)
        usual = _mean(by_day[alike])
        usual = np.where(np.isnan(usual), everyday, usual)
        at = np.flatnonzero(np.isfinite(usual))
        usual = np.interp(np.arange(DAY), at, usual[at])
        filled[alike] = np.where(np.isnan(by_day[alike]), usual, by_day[alike])
    return filled


def _mean(days: Floats) -> Floats:
    """Mean by quarter-hour; NaN where it was never metered."""
    count = np.isfinite(days).sum(axis=0)
    return np.where(count > 0, np.nansum(days, axis=0) / np.maximum(count, 1), np.nan)
