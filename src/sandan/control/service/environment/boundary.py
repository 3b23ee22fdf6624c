"""What the odour stations tell now, against the limits at a site's boundary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from sandan.clock import Period
from sandan.control.engine.odour import judge_odour, odour_limits
from sandan.control.model.odour import OdourVerdict
from sandan.control.service.environment.series import floor, read_steps
from sandan.control.service.environment.settings import SMELLS, EnvironmentSettings
from sandan.store import Store
from sandan.twin.model import Point, Thing

TEN = timedelta(minutes=10)
HOURS = 24
FRESH = timedelta(minutes=30)
"""How old a reading may be and still be called one of now."""


@dataclass(frozen=True, slots=True)
class SmellReading:
    """One quantity at one odour station: the newest reading and the highest ten minutes of the last day."""

    thing: Thing
    point: Point
    value: float | None
    at: datetime | None
    verdict: OdourVerdict | None
    """None where no limit is known, or nothing fresh came."""
    highest: float | None
    highest_at: datetime | None


def read_boundary(
    store: Store,
    things: Sequence[Thing],
    points: Sequence[Point],
    now: datetime,
    settings: EnvironmentSettings,
) -> list[SmellReading]:
    """All smells at all odour stations, those nearest to (or over) their limit first."""
    stations = {thing.id: thing for thing in things if thing.kind == "odour_station"}
    asked = [point for point in points if point.thing in stations and point.quantity in SMELLS]
    latest = store.historian.latest(asked)
    told = {
        number: (value, datetime.fromtimestamp(start / 1000, UTC))
        for number, value, start in zip(
            latest["point"].to_pylist(),
            latest["value"].to_pylist(),
            latest["start"].cast(pa.int64()).to_pylist(),
            strict=True,
        )
    }
    end = floor(now, TEN)
    begin = end - timedelta(hours=HOURS)
    tens, _ = read_steps(store, asked, Period(begin, end), "10min", TEN)
    found = []
    for point, series in zip(asked, tens, strict=True):
        value, at = told.get(point.number, (None, None))
        fresh = value is not None and at is not None and now - at <= FRESH and value >= 0
        there = np.isfinite(series).any()
        top = int(np.nanargmax(series)) if there else 0
        found.append(
            SmellReading(
                stations[point.thing],
                point,
                value,
                at,
                judge_boundary(point.quantity, value, settings) if fresh and value is not None else None,
                float(series[top]) if there else None,
                begin + top * TEN if there else None,
            )
        )
    return sorted(
        found,
        key=lambda one: (
            -(one.verdict.share if one.verdict else -1),
            one.thing.name,
            SMELLS.index(one.point.quantity),
        ),
    )


def judge_boundary(quantity: str, value: float, settings: EnvironmentSettings) -> OdourVerdict | None:
    """A reading against the limit at the boundary that is in force here; None where the law has none."""
    known = {(one.id, one.spot, one.region) for one in odour_limits()}
    if (quantity, "boundary", settings.region) not in known:
        return None
    return judge_odour(quantity, value, "boundary", settings.region, strict=settings.strict.get(quantity))
