"""The 30-minute means of each stack today, against the limit its own point carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from sandan.clock import SEOUL, Period
from sandan.control.engine.environment import assess_stack
from sandan.control.model.environment import HalfHour, StackReport, Verdict
from sandan.control.service.environment.series import milliseconds
from sandan.control.service.environment.settings import EnvironmentSettings
from sandan.store import Store
from sandan.twin.model import Point, Quality, Thing

LIMITED = frozenset({"stack_nox", "stack_sox", "stack_dust"})
HALF_HOUR = timedelta(minutes=30)
STATES = ("normal", "normal", "normal", "fault")
"""The state of a monitor by the quality of its sample: all that reaches us of its flags."""


@dataclass(frozen=True, slots=True)
class StackDay:
    """One quantity of one stack today; `report` is None where no limit is set or its interval is odd."""

    thing: Thing
    point: Point
    report: StackReport | None

    def count(self, verdict: Verdict) -> int:
        """Half-hours of this verdict."""
        return 0 if self.report is None else sum(one.verdict is verdict for one in self.report.half_hours)

    @property
    def last(self) -> HalfHour | None:
        """The newest half-hour that has a mean."""
        if self.report is None:
            return None
        return next((one for one in reversed(self.report.half_hours) if one.mean is not None), None)

    @property
    def judged(self) -> int:
        """Half-hours with a mean."""
        return self.count(Verdict.WITHIN) + self.over

    @property
    def over(self) -> int:
        """Half-hours over the limit."""
        return self.count(Verdict.OVER)


def read_stacks(
    store: Store,
    things: Sequence[Thing],
    points: Sequence[Point],
    now: datetime,
    settings: EnvironmentSettings,
) -> list[StackDay]:
    """Every stack and quantity of today, those over their limit first.

    Without `half_hour_share` only whole half-hours are judged. A sample counts from the interval it lies in;
    one that is bad is a fault of the instrument.
    """
    stacks = {thing.id: thing for thing in things if thing.kind == "stack"}
    asked = [point for point in points if point.thing in stacks and point.quantity in LIMITED]
    midnight = now.astimezone(SEOUL).replace(hour=0, minute=0, second=0, microsecond=0)
    samples = store.historian.scan(asked, Period(midnight, now + timedelta(seconds=1)))
    number = samples["point"].to_numpy()
    start = samples["start"].cast(pa.int64()).to_numpy()
    value = samples["value"].to_numpy()
    quality = samples["quality"].to_numpy()
    found = []
    for point in asked:
        mine = slice(*np.searchsorted(number, [point.number, point.number + 1]).tolist())
        found.append(
            StackDay(
                stacks[point.thing],
                point,
                _report(point, start[mine], value[mine], quality[mine], midnight, now, settings),
            )
        )
    return sorted(found, key=lambda one: (-one.over, -_share(one), one.thing.name, one.point.quantity))


def _report(
    point: Point,
    start: np.ndarray,
    value: np.ndarray,
    quality: np.ndarray,
    midnight: datetime,
    now: datetime,
    settings: EnvironmentSettings,
) -> StackReport | None:
    if point.high is None or point.high <= 0 or point.interval is None or HALF_HOUR % point.interval:
        return None
    interval = round(point.interval.total_seconds() * 1000)
    return assess_stack(
        start // interval * interval,
        value,
        [STATES[min(one, Quality.BAD)] for one in quality.tolist()],
        limit=point.high,
        interval=interval,
        needed=1.0 if settings.half_hour_share is None else settings.half_hour_share,
        since=milliseconds(midnight),
        until=milliseconds(now),
        rule=settings.repeat,
    )


def _share(one: StackDay) -> float:
    """The last mean as a share of its limit."""
    last = one.last
    return -1.0 if last is None or last.mean is None or not one.point.high else last.mean / one.point.high
