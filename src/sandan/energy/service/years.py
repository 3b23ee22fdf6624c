"""The last twelve months of meters and roofs out of the historian, made whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from sandan.clock import SEOUL, Period, instant, midnight, milliseconds
from sandan.energy.engine.carbon import book, pick
from sandan.energy.engine.months import month_of
from sandan.energy.engine.tariff import Calendar, Fleet
from sandan.energy.engine.whatif import (
    last_year,
    meter_year,
    output_under,
    roof_year,
    year_levies,
    year_terms,
)
from sandan.energy.engine.whatif.years import day_number
from sandan.energy.model.agreements import TariffEdition
from sandan.energy.model.carbon import Factor, Part, Purpose
from sandan.energy.model.forecast import Roofs
from sandan.energy.model.rates import SLOT_MS, Floats
from sandan.energy.model.tariff import Contract, Levies
from sandan.energy.model.whatif import MeterYear, RoofSource, RoofYear, Terms, Year, kinds_of
from sandan.energy.service.outlook import GENERATION, place_of, read_values
from sandan.energy.service.readings import MOST, read_fleet
from sandan.energy.service.tariffs import calendar_for, edition_in_force
from sandan.store import Store
from sandan.twin.model import Point, Thing

LOOKED_AT = 12
"""Roofs of the complex, the largest, whose metered course stands for a new one."""
IRRADIANCE = "irradiance"
LOW, SOUTH = 10.0, 180.0
"""How a roof is taken to lie where nobody said [°]: nearly level, to the south."""
WARMTH = -0.004
"""Power that a module loses for each degree [1/K]."""
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all meters of the complex share: the year, its calendar and what is charged on top."""

    year: Year
    calendar: Calendar
    kinds: NDArray[np.int8]
    """Of every day from the year's first until yesterday."""
    levies: tuple[Levies, ...]
    edition: TariffEdition
    read: Period
    """From the year's first day to the midnight before now."""
    factor: Factor | None
    """Of electricity from the grid [tCO2eq/MWh]."""

    def terms(self, contract: Contract) -> Terms:
        return year_terms(contract, self.edition, self.levies, self.calendar, self.year)


def setting_of(store: Store, conn: Connection, now: datetime) -> Setting:
    """The twelve whole months before this one; `InvalidInput` names a levy that nobody told."""
    year = last_year(month_of(now))
    edition = edition_in_force(store, conn)
    calendar = calendar_for(edition, year.months[0][0], now.astimezone(SEOUL).year)
    begin, end = int(year.start[0]), midnight(milliseconds(now))
    holidays = frozenset((day - EPOCH).days for day in calendar.holidays)
    first = day_number(begin)
    today = now.astimezone(SEOUL).date()
    return Setting(
        year,
        calendar,
        kinds_of(first, day_number(end) - first, holidays),
        year_levies(edition, year),
        edition,
        Period(instant(begin), instant(end)),
        pick(book(today), "electricity", "CO2eq", Part.EMISSION, Purpose.ESG, today.year),
    )


def read_days(
    store: Store,
    conn: Connection,
    meters: Sequence[str],
    of: Setting,
    now: datetime,
    *,
    reactive: bool = True,
) -> Fleet:
    """Every whole day of these meters since the year began."""
    return read_fleet(store, conn, meters, of.read, now, reactive=reactive)


def year_of(fleet: Fleet, row: int, of: Setting) -> MeterYear | None:
    """One row of a fleet as a whole year; None where no day was metered."""
    return meter_year(
        fleet.energy[row],
        None if fleet.lagging is None else fleet.lagging[row],
        None if fleet.leading is None else fleet.leading[row],
        of.kinds,
        of.year,
    )


def roofs_of(
    store: Store, conn: Connection, of: Setting, now: datetime, tenant: str | None = None
) -> RoofYear | None:
    """What a kilowatt of roof gives over the year: by the firm's own plants, else by the largest of the
    complex, else under the irradiance its weather stations measured; None where nothing was for a day."""
    plants = {one.id: one for one in store.things.all(conn, {"pv"}) if capacity_of(one) > 0}
    points = {
        one.thing: one
        for one in store.points.find(conn, quantity=GENERATION, limit=MOST)
        if one.thing in plants
    }
    place = place_of(list(plants.values())) or place_of(store.things.all(conn, {"weather_station", "meter"}))
    if place is None:
        return None
    mine = [id for id in points if tenant is not None and plants[id].tenant == tenant]
    others = sorted(sorted(points), key=lambda one: -capacity_of(plants[one]))[:LOOKED_AT]
    for ids, source in ((mine, RoofSource.OWN), (others, RoofSource.COMPLEX)):
        if ids:
            things = [plants[id] for id in ids]
            found = _read_roofs(store, things, [points[id] for id in ids], place, of, now, source)
            if found is not None:
                return found
    return _weathered(store, conn, place, of, now)


def capacity_of(plant: Thing) -> float:
    """Of a photovoltaic plant [kW]; 0 where the twin has none."""
    given = plant.attributes.get("capacity")
    return float(given) if isinstance(given, int | float) and given > 0 else 0.0


def _read_roofs(
    store: Store,
    plants: Sequence[Thing],
    points: Sequence[Point],
    place: tuple[float, float],
    of: Setting,
    now: datetime,
    source: RoofSource,
) -> RoofYear | None:
    capacity = np.array([capacity_of(one) for one in plants])
    start, end = milliseconds(of.read.start), milliseconds(of.read.end)
    output = read_values(store, points, start, end, now).astype(np.float64)
    tilt, azimuth = _numbers(plants, "tilt", LOW), _numbers(plants, "azimuth", SOUTH)
    roofs = _roofs(place, capacity, tilt, azimuth)
    return roof_year(output, capacity, roofs, of.year, source, len(plants))


def _weathered(
    store: Store, conn: Connection, place: tuple[float, float], of: Setting, now: datetime
) -> RoofYear | None:
    """A roof that lies low to the south under the mean of the weather stations' irradiance."""
    points = list(store.points.find(conn, quantity=IRRADIANCE, limit=MOST))
    if not points:
        return None
    table = store.historian.roll(points, of.read, "15min", as_of=now, across=True)
    begin, end = milliseconds(of.read.start), milliseconds(of.read.end)
    start = np.arange(begin, end, SLOT_MS, dtype=np.int64)
    slot = (table["start"].cast("int64").to_numpy() - begin) // SLOT_MS
    inside = (slot >= 0) & (slot < len(start))
    level = np.full(len(start), np.nan)
    level[slot[inside]] = table["value"].to_numpy(zero_copy_only=False)[inside]
    one = np.ones(1)
    roofs = _roofs(place, one, LOW * one, SOUTH * one)
    output = output_under(roofs, start, level)
    return roof_year(output, one, roofs, of.year, RoofSource.WEATHER, len(points))


def _roofs(place: tuple[float, float], capacity: Floats, tilt: Floats, azimuth: Floats) -> Roofs:
    return Roofs(
        *place,
        tilt=tilt,
        azimuth=azimuth,
        dc_kw=capacity,
        ac_kw=capacity,
        temperature=np.full(len(capacity), WARMTH),
    )


def _numbers(plants: Sequence[Thing], name: str, otherwise: float) -> Floats:
    """An attribute of each plant; one that is not known only shapes a clear day."""
    given = [one.attributes.get(name) for one in plants]
    return np.array([float(one) if isinstance(one, int | float) else otherwise for one in given])
