"""The 30-minute means of each stack over a time, against the limit its own point carries.

A stack that tells its oxygen and has a standard one is corrected to it; the state of its monitor counts
where it is sent, and otherwise the quality of each sample is all that reaches us of its flags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.clock import Period
from sandan.control.engine.environment import assess_stack, correct_oxygen, stack_states
from sandan.control.model.environment import HalfHour, StackReport, Verdict
from sandan.control.service.environment.series import Array, milliseconds
from sandan.control.service.environment.settings import EnvironmentSettings
from sandan.store import Store
from sandan.twin.model import Point, Quality, Thing

LIMITED = ("stack_dust", "stack_sox", "stack_nox", "stack_co", "stack_hcl", "stack_hf", "stack_nh3")
"""The seven of stack monitoring (REFERENCE.md A23)."""
OXYGEN, STATE = "stack_oxygen", "stack_state"
HALF_HOUR = timedelta(minutes=30)
STATES = ("normal", "normal", "normal", "fault")
"""The state of a monitor by the quality of its sample, where the monitor sends none."""


@dataclass(frozen=True, slots=True)
class StackTime:
    """One quantity of one stack over a time; no `report` where no limit is set or its interval is odd."""

    thing: Thing
    point: Point
    report: StackReport | None
    corrected: bool
    """Whether its values are those at the standard oxygen."""

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

    @property
    def share(self) -> float:
        """The last mean as a share of its limit; -1 where there is none."""
        mean = None if self.last is None else self.last.mean
        return -1.0 if mean is None or not self.point.high else mean / self.point.high


@dataclass(frozen=True, slots=True)
class _Samples:
    """What one point told: start [ms since 1970], value and quality, shape (samples,), by start."""

    start: NDArray[np.int64]
    value: Array
    quality: NDArray[np.int64]


def read_stacks(
    store: Store,
    things: Sequence[Thing],
    points: Sequence[Point],
    period: Period,
    settings: EnvironmentSettings,
    quantities: Sequence[str] = LIMITED,
) -> list[StackTime]:
    """Every stack and quantity, those over their limit first.

    Without `half_hour_share` only whole half-hours are judged. A sample counts from the interval it lies in;
    one that is bad is a fault of the instrument.
    """
    stacks = {thing.id: thing for thing in things if thing.kind == "stack"}
    asked = [one for one in points if one.thing in stacks and one.quantity in {*quantities, OXYGEN, STATE}]
    told = _scan(store, asked, period)
    beside = {
        name: {one.thing: told[one.number] for one in asked if one.quantity == name}
        for name in (OXYGEN, STATE)
    }
    found = []
    for point in asked:
        if point.quantity not in quantities:
            continue
        stack = stacks[point.thing]
        oxygen = beside[OXYGEN].get(stack.id)
        standard = stack.attributes.get("standard_oxygen")
        samples, corrected = told[point.number], False
        if oxygen is not None and isinstance(standard, int | float):
            samples, corrected = _at_standard(samples, oxygen, float(standard)), True
        report = _report(point, samples, beside[STATE].get(stack.id), period, settings)
        found.append(StackTime(stack, point, report, corrected))
    return sorted(found, key=lambda one: (-one.over, -one.share, one.thing.name, one.point.quantity))


def _scan(store: Store, points: Sequence[Point], period: Period) -> Mapping[int, _Samples]:
    samples = store.historian.scan(points, period)
    number = samples["point"].to_numpy()
    start = samples["start"].cast(pa.int64()).to_numpy()
    value, quality = samples["value"].to_numpy(), samples["quality"].to_numpy()
    found = {}
    for point in points:
        mine = slice(*np.searchsorted(number, [point.number, point.number + 1]).tolist())
        found[point.number] = _Samples(start[mine], value[mine], quality[mine])
    return found


def _at_standard(samples: _Samples, oxygen: _Samples, standard: float) -> _Samples:
    """Each sample with the oxygen told at its own moment; none without."""
    good = oxygen.quality < Quality.BAD
    there, among = np.isin(samples.start, oxygen.start[good]), oxygen.start[good]
    measured = np.full(len(samples.start), np.nan)
    measured[there] = oxygen.value[good][np.searchsorted(among, samples.start[there])]
    return _Samples(samples.start, correct_oxygen(samples.value, measured, standard), samples.quality)


def _states(samples: _Samples, told: _Samples | None) -> list[str]:
    """The state each sample was taken in: the last one told, else by its quality."""
    known = list(stack_states())
    by_quality = [STATES[min(one, Quality.BAD)] for one in samples.quality.tolist()]
    if told is None:
        return by_quality
    last = np.searchsorted(told.start, samples.start, side="right") - 1
    codes = [int(told.value[at]) if at >= 0 else 0 for at in last.tolist()]
    return [
        known[code] if 0 < code < len(known) else own for code, own in zip(codes, by_quality, strict=True)
    ]


def _report(
    point: Point, samples: _Samples, state: _Samples | None, period: Period, settings: EnvironmentSettings
) -> StackReport | None:
    if point.high is None or point.high <= 0 or point.interval is None or HALF_HOUR % point.interval:
        return None
    interval = round(point.interval.total_seconds() * 1000)
    return assess_stack(
        samples.start // interval * interval,
        samples.value,
        _states(samples, state),
        limit=point.high,
        interval=interval,
        needed=1.0 if settings.half_hour_share is None else settings.half_hour_share,
        since=milliseconds(period.start),
        until=milliseconds(period.end),
        rule=settings.repeat,
    )
