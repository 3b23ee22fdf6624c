"""Estimates for missing quarter-hours: marked, and replaced when data come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sandan.clock import DAY_MS, SEOUL_MS
from sandan.energy.engine.tariff.calendar import Calendar, day_of
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import SLOT_MS

FEWEST = 2
"""Days of the same kind that a mean must stand on."""


def fill_gaps(meter: Meter, calendar: Calendar) -> Meter:
    """The meter with each missing quarter-hour estimated and marked, as far as its own readings allow.

    The estimate is the mean of the same quarter-hour on its days of the same kind (working day, Saturday,
    Sunday or holiday); with fewer than two such days, of all days; with fewer than two again it stays
    missing. Reactive energy is never estimated.
    """
    missing = np.isnan(meter.energy)
    if not missing.any():
        return meter
    local = meter.start + SEOUL_MS
    of_day = (local % DAY_MS) // SLOT_MS
    days, index = np.unique(local // DAY_MS, return_inverse=True)
    kind = np.array([_kind(int(day), calendar) for day in days])[index]
    energy = meter.energy.copy()
    for i in np.flatnonzero(missing):
        same_time = (of_day == of_day[i]) & ~missing
        alike = same_time & (kind == kind[i])
        chosen = alike if alike.sum() >= FEWEST else same_time
        if chosen.sum() >= FEWEST:
            energy[i] = float(np.mean(meter.energy[chosen]))
    before = np.zeros(len(energy), dtype=np.bool_) if meter.estimated is None else meter.estimated
    return replace(meter, energy=energy, estimated=before | (missing & ~np.isnan(energy)))


def _kind(day_number: int, calendar: Calendar) -> int:
    day = day_of(day_number * DAY_MS)
    if day.weekday() == 6 or day in calendar.holidays:
        return 2
    return 1 if day.weekday() == 5 else 0
