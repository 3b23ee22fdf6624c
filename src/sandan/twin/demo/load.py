"""What every meter draws: shifts, lunch, weekends, holidays, weather, and the ripple of machines.

Power is a straight line between quarter-hours plus a ripple whose mean over each quarter-hour is
exactly zero. So a month of 15-minute energy needs only the quarter-hours, and still equals the mean
of the ninety 10-second readings of each.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from sandan.tables import read_table
from sandan.twin.demo.calendar import KST, QUARTER, day_types
from sandan.twin.demo.noise import Floats, Ints, Keys, chance, wave
from sandan.twin.demo.tables import Industry
from sandan.twin.demo.weather import Climate

SHAPES = ("one", "two", "three", "early", "haul", "office")
MOST = 0.9
"""No meter draws more than this share of its contract, save in a scripted peak."""

BEATS = np.array([4, 5, 6, 9, 10, 12, 15, 18])
"""Ripple periods: whole numbers of beats a quarter-hour, all below 45 so that ninety samples sum to zero."""

_ROWS_KEPT = 64


@cache
def courses() -> Floats:
    """The course of a day by shape and kind of day, at each quarter-hour: (shapes, 3, 96)."""
    table = np.zeros((len(SHAPES), 3, 96))
    for row in read_table(__name__, "shifts.csv"):
        knots = [pair.split(":") for pair in row["course"].split()]
        hours, levels = ([float(pair[i]) for pair in knots] for i in (0, 1))
        table[SHAPES.index(row["shape"]), int(row["day"])] = np.interp(np.arange(96) / 4, hours, levels)
    return table


def shape_of(industry: Industry, shifts: int) -> int:
    """Which course a firm's days take."""
    special = {"logistics": "haul", "services": "office", "food": "early"}
    if shifts == 3:
        return SHAPES.index("three")
    if industry.id in special:
        return SHAPES.index(special[industry.id])
    return SHAPES.index("two" if shifts == 2 else "one")


@dataclass(frozen=True, slots=True)
class Loads:
    """The meters, as arrays (m); `battery` is each one's storage [kWh], 0 for none."""

    who: Keys
    contract: Floats
    shape: Ints
    standing: Floats
    cooling: Floats
    heating: Floats
    power_factor: Floats
    battery: Floats
    climate: Climate
    _rows: OrderedDict[int, Floats] = field(default_factory=OrderedDict, repr=False, compare=False)
    _traits: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        draw = [chance(self.who, i, 11) for i in range(6)]
        self._traits["usual"] = self.contract * (0.42 + 0.34 * draw[0])
        self._traits["shift"] = np.round(draw[1] * 6 - 3)
        self._traits["ripple"] = 0.03 + 0.11 * draw[2] ** 2
        self._traits["saturday"] = np.where(draw[3] < 0.45, 1.0, 0.15)
        self._traits["capacitor"] = 0.55 + 0.5 * draw[4]
        pick = np.column_stack([chance(self.who, 20 + i, 11) for i in range(3)])
        self._traits["beats"] = BEATS[(pick * len(BEATS)).astype(np.int64)].astype(np.float64)

    def activity(self, quarters: Ints, columns: Ints | None = None) -> Floats:
        """How busy each firm is at each quarter-hour number: about 0 to 1, (n, m)."""
        pick = slice(None) if columns is None else columns
        lag = self._traits["shift"][pick].astype(np.int64)
        local = quarters[:, None] + KST // QUARTER + lag[None]
        kinds = day_types(local // 96)
        level = courses()[self.shape[pick][None], kinds, local % 96]
        level = np.where(
            kinds == 1, level * np.where(self.shape[pick] == 2, 1.0, self._traits["saturday"][pick]), level
        )
        t = quarters * QUARTER
        who = self.who[pick]
        mood = (
            1
            + 0.10 * wave(who, t, 86_400, 12)
            + 0.08 * wave(who, t, 10_800, 13)
            + 0.05 * wave(who, t, 1_800, 14)
        )
        return np.asarray(level * mood)

    def _net(self, quarters: Ints, columns: Ints | None = None) -> Floats:
        """Load less battery at quarter-hours; of some meters only when `columns` names them."""
        pick = slice(None) if columns is None else columns
        who, contract, standing = self.who[pick], self.contract[pick], self.standing[pick]
        weather = self.climate.at(quarters * QUARTER)
        hot = np.clip((weather.temperature - 22) / 9, 0, 1.25)[:, None]
        cold = np.clip((9 - weather.temperature) / 15, 0, 1.25)[:, None]
        busy = self.activity(quarters, columns)
        comfort = (self.cooling[pick] * hot + self.heating[pick] * cold) * (0.25 + 0.75 * np.minimum(busy, 1))
        share = standing * (1 + 0.06 * wave(who, quarters * QUARTER, 7_200, 15)) + (1 - standing) * busy
        drawn = self._traits["usual"][pick] * (share + comfort)
        most = MOST * contract / (1 + self._traits["ripple"][pick])
        drawn = np.clip(drawn, 0.004 * contract + 0.05, most)
        return np.asarray(drawn - self.stored(quarters)[:, pick])

    def stored(self, quarters: Ints) -> Floats:
        """Battery power [kW, discharging is positive]: charged at night, spent in the afternoon."""
        local = quarters + KST // QUARTER
        works = (day_types(local // 96) == 0)[:, None]
        rate = DEPTH * self.battery
        return np.asarray(
            works * (_DISCHARGE[local % 96][:, None] * rate - _CHARGE[local % 96][:, None] * rate)
        )

    def charge(self, t: Ints, columns: Ints) -> Floats:
        """State of charge [%] at instants, for meters with a battery."""
        local = t + KST
        works = (day_types(local // 86_400) == 0)[:, None]
        at = (local % 86_400) / QUARTER
        level = np.interp(at, np.arange(97), _LEVEL)[:, None]
        low = 8 + 8 * chance(self.who[columns], 0, 17)
        return np.asarray(low + works * level * 100 * DEPTH)

    def smooth(self, quarters: Ints, columns: Ints | None = None) -> Floats:
        """Net power [kW] at quarter-hours (n, m), without ripple; a few single rows are remembered."""
        if columns is not None and not all(q in self._rows for q in quarters.tolist()):
            return self._net(quarters, columns)
        if len(quarters) > _ROWS_KEPT - 4:
            return self._net(quarters)
        missing = np.array([q for q in quarters.tolist() if q not in self._rows], dtype=np.int64)
        if len(missing):
            for q, row in zip(missing.tolist(), self._net(missing), strict=True):
                self._rows[q] = row
        found = np.array([self._rows[q] for q in quarters.tolist()]).reshape(len(quarters), len(self.who))
        while len(self._rows) > _ROWS_KEPT:
            self._rows.popitem(last=False)
        return found if columns is None else found[:, columns]

    def power(self, t: Ints, columns: Ints | None = None, ripple: bool = True) -> Floats:
        """Net power [kW] at instants `t` [n, s]."""
        pick = slice(None) if columns is None else columns
        quarter = t // QUARTER
        distinct, where = np.unique(np.concatenate([quarter, quarter + 1]), return_inverse=True)
        rows = self.smooth(distinct, columns)
        before, after = rows[where[: len(t)]], rows[where[len(t) :]]
        part = ((t % QUARTER) / QUARTER)[:, None]
        drawn = before + (after - before) * part
        if ripple:
            size = self._traits["ripple"][pick] * np.clip(np.minimum(before, after), 0, None)
            swing = np.zeros_like(drawn)
            beats = self._traits["beats"][pick]
            for i, weight in enumerate((0.5, 0.3, 0.2)):
                sign = 2 * chance(self.who[pick][None], quarter[:, None], 30 + i) - 1
                swing += weight * sign * np.sin(2 * np.pi * beats[:, i] * part)
            drawn = drawn + size * swing
        return np.asarray(drawn)

    def energy(self, quarters: Ints) -> Floats:
        """kWh in the quarter-hours with these numbers."""
        distinct, where = np.unique(np.concatenate([quarters, quarters + 1]), return_inverse=True)
        rows = self.smooth(distinct)
        n = len(quarters)
        return np.asarray((rows[where[:n]] + rows[where[n:]]) / 8)

    def reactive(self, energy: Floats) -> Floats:
        """kvarh that go with these kWh: motors lag, capacitors left on at night lead (negative)."""
        angle = np.tan(np.arccos(self.power_factor))
        fixed = self._traits["capacitor"] * 0.42 * angle * self._traits["usual"] / 4
        return np.asarray(energy * angle * 1.05 - fixed)


DEPTH = 0.74
"""The share of a battery's capacity that a working day turns over."""

EFFICIENCY = 0.92


def _cycle() -> tuple[Floats, Floats, Floats]:
    """A working day by quarter-hour: charge and discharge (share of the day's energy an hour), level."""
    hours = np.arange(97) / 4
    charge = np.interp(hours, [0.5, 0.75, 5.25, 5.5], [0, 1, 1, 0], left=0, right=0)
    discharge = np.interp(hours, [13.0, 13.5, 16.5, 17.0], [0, 1, 1, 0], left=0, right=0)
    charge /= np.trapezoid(charge, hours)
    discharge /= np.trapezoid(discharge, hours)
    flow = charge - discharge
    level = np.concatenate([[0], np.cumsum((flow[1:] + flow[:-1]) / 8)])
    return charge[:96] / EFFICIENCY, discharge[:96], level


_CHARGE, _DISCHARGE, _LEVEL = _cycle()
