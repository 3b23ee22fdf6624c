"""An event under way by quarter-hours, and the power of this minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, Period, instant, milliseconds
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS, Floats
from sandan.energy.model.rights import SEE
from sandan.energy.service.readings import POWER, points_on, read_fleet
from sandan.energy.service.response.book import find_call
from sandan.energy.service.response.measuring import Measured, Part, measure
from sandan.errors import NotFound
from sandan.store import Store
from sandan.words import Text

FRESH = timedelta(minutes=20)
"""Power heard longer ago says nothing of now."""


@dataclass(frozen=True, slots=True)
class RunningPart:
    """How a customer does during an event; None is not known [kW]."""

    part: Part
    mean: float | None
    """Its reduction over the quarter-hours that are metered."""
    newest: float | None
    """Of the newest quarter-hour."""
    now: float | None
    """By its power of this minute; None before and after the event."""

    @property
    def share(self) -> float | None:
        """What it leaves of what it was asked [1], by the newest that is known."""
        said = self.now if self.now is not None else self.mean
        return None if said is None or not self.part.asked.kw else said / self.part.asked.kw


@dataclass(frozen=True, slots=True)
class Running:
    """An event under way, or its day: quarter-hours of the customers a person may see."""

    measured: Measured
    start: int
    """The first quarter-hour [ms]."""
    metered: Floats
    """[kW, quarter-hours]; NaN is not there yet, or missing."""
    baseline: Floats
    target: Floats
    """Baseline less what was asked, in the hours of the event, else NaN [kW]."""
    rows: Sequence[RunningPart]

    @property
    def until(self) -> datetime | None:
        """The end of the newest quarter-hour with everything in it."""
        known = np.flatnonzero(np.isfinite(self.metered))
        return instant(self.start + (int(known[-1]) + 1) * SLOT_MS) if len(known) else None


def run_of(store: Store, actor: Actor, id: str, now: datetime, meter: str | None = None) -> Running:
    """The day of an event by quarter-hours, of all customers or of one."""
    actor.require(SEE)
    with store.registry.read() as conn:
        call = find_call(conn, actor, id)
        measured = measure(store, conn, actor, call, now)
        parts = [one for one in measured.parts if meter is None or one.meter.id == meter]
        if not parts:
            raise NotFound(Text("감축 요청", "request"), f"{id} {meter}")
        meters = [one.meter.id for one in parts]
        fleet = read_fleet(store, conn, meters, Period.day(call.day), now, reactive=False)
        powers = powers_now(store, conn, meters, now) if call.start <= now < call.end else {}
    power = fleet.energy / SLOT_HOURS
    expected = np.stack(
        [np.repeat(one.expected.adjusted if one.expected else np.full(24, np.nan), 4) for one in parts]
    )
    inside = slice(call.hour * 4, (call.hour + call.hours) * 4)
    hour = now.astimezone(SEOUL).hour
    rows = [
        _running(part, base[inside] - load[inside], base[hour * 4], powers.get(part.meter.id))
        for part, base, load in zip(parts, expected, power, strict=True)
    ]
    baseline = expected.sum(axis=0)
    target = np.full(len(baseline), np.nan)
    target[inside] = baseline[inside] - sum(one.asked.kw for one in parts)
    return Running(measured, int(fleet.start[0]), power.sum(axis=0), baseline, target, rows)


def _running(part: Part, gap: Floats, base: float, power: float | None) -> RunningPart:
    known = gap[np.isfinite(gap)]
    mean, newest = (float(known.mean()), float(known[-1])) if len(known) else (None, None)
    return RunningPart(part, mean, newest, None if power is None or base != base else base - power)


def powers_now(store: Store, conn: Connection, meters: Sequence[str], now: datetime) -> dict[str, float]:
    """The newest active power of those heard of lately [kW]."""
    points = points_on(store, conn, set(meters), POWER) if meters else {}
    if not points:
        return {}
    by_number = {point.number: id for id, point in points.items()}
    table = store.historian.latest(list(points.values()))
    oldest = milliseconds(now - FRESH)
    return {
        by_number[number]: value
        for number, value, start in zip(
            table["point"].to_pylist(),
            table["value"].to_pylist(),
            table["start"].cast("int64").to_pylist(),
            strict=True,
        )
        if start >= oldest and value == value
    }
