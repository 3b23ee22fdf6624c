"""The index of the air at each station: as of the last whole hour, and the hours before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from sandan.clock import Period
from sandan.control.engine.environment import (
    air_bands,
    assess_air,
    close_bands,
    index_hours,
    moving_mean,
    predict_day_mean,
    warn_of_air,
)
from sandan.control.model.environment import POLLUTANTS, AirIndex, AirWarning
from sandan.control.service.environment.series import Array, floor, read_steps
from sandan.control.service.environment.settings import EnvironmentSettings
from sandan.store import Store
from sandan.twin.model import Point, Thing

HOUR = timedelta(hours=1)
KEPT_HOURS = 72
BEFORE = 24
"""Hours before the first one shown that its means reach back to."""
DUST = ("pm10", "pm25")


@dataclass(frozen=True, slots=True)
class AirStation:
    """One station: its index now and over the hours; arrays of shape (hours,), NaN where there is none."""

    thing: Thing
    index: AirIndex
    points: Mapping[str, Point]
    concentration: Mapping[str, Array]
    """Hourly means by pollutant, as measured."""
    coverage: Mapping[str, float]
    """How much of the last hour was there, by pollutant."""
    value: Array
    grade: Array
    day: Mapping[str, tuple[Array, Array]]
    """24-hour mean of dust up to each hour, and the share of hours in it."""
    warnings: Sequence[AirWarning]
    """Levels reached; `since` counts in `hours`."""


@dataclass(frozen=True, slots=True)
class AirHours:
    """All stations over the hours that begin at `hours`."""

    hours: Sequence[datetime]
    stations: Sequence[AirStation]

    @property
    def until(self) -> datetime:
        """The end of the last hour."""
        return self.hours[-1] + HOUR

    @property
    def period(self) -> Period:
        """All the hours."""
        return Period(self.hours[0], self.until)


def read_air(
    store: Store,
    things: Sequence[Thing],
    points: Sequence[Point],
    now: datetime,
    settings: EnvironmentSettings,
) -> AirHours:
    """The index of every air station for the last whole hours.

    A mean of an hour needs the share set; a day's mean of dust takes the hours that are there, and says how
    many. Concentrations of dust enter the index as the predicted 24-hour mean.
    """
    end = floor(now, HOUR)
    period = Period(end - (KEPT_HOURS + BEFORE) * HOUR, end)
    stations = [thing for thing in things if thing.kind == "air_station"]
    own = {thing.id: dict[str, Point]() for thing in stations}
    for point in points:
        if point.thing in own and point.quantity in POLLUTANTS:
            own[point.thing].setdefault(point.quantity, point)
    asked = [point for of in own.values() for point in of.values()]
    value, coverage = read_steps(store, asked, period, "1h", HOUR)
    if settings.hour_share is not None:
        value = np.where(coverage >= settings.hour_share, value, np.nan)
    row = {point.id: at for at, point in enumerate(asked)}
    nothing = np.full(value.shape[1], np.nan)
    table = {
        name: np.stack([value[row[of[name].id]] if name in of else nothing for of in own.values()])
        for name in POLLUTANTS
        if own
    }
    bands = close_bands(air_bands(), settings.index_tops)
    whole = index_hours(table, bands) if own else None
    found = []
    for at, thing in enumerate(stations):
        assert whole is not None
        hourly = {name: table[name][at] for name in POLLUTANTS}
        now_ = {
            name: float((predict_day_mean(one, name) if name in DUST else one)[-1])
            for name, one in hourly.items()
        }
        warnings = [warn_of_air(one[BEFORE:], name) for name, one in hourly.items()]
        found.append(
            AirStation(
                thing,
                assess_air(now_, bands),
                own[thing.id],
                {name: one[BEFORE:] for name, one in hourly.items()},
                {name: float(coverage[row[point.id], -1]) for name, point in own[thing.id].items()},
                whole.value[at, BEFORE:],
                whole.grade[at, BEFORE:].astype(np.float64),
                {name: _days(hourly[name]) for name in DUST},
                [one for one in warnings if one is not None],
            )
        )
    hours = [end - (KEPT_HOURS - at) * HOUR for at in range(KEPT_HOURS)]
    return AirHours(hours, sorted(found, key=lambda one: (-(one.index.value or -1), one.thing.name)))


def _days(hourly: Array) -> tuple[Array, Array]:
    """24-hour means of what is there and the share of hours they were made from, for the hours kept."""
    mean, share = moving_mean(hourly, 24, needed=1 / 24)
    return mean[BEFORE:], share[BEFORE:]
