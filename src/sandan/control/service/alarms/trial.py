"""A rule tried on what the historian holds, before anybody goes by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from sandan.access import Actor
from sandan.clock import SEOUL, Period, korean_holidays, milliseconds
from sandan.control.engine.alarms.evaluation import Batch
from sandan.control.engine.alarms.flood import FloodParams
from sandan.control.engine.alarms.scope import lay_out_rules, limit_of
from sandan.control.engine.alarms.trial import Trial, try_rule
from sandan.control.model.alarms import LEVELS, Rule, RuleKind
from sandan.control.model.board import place_points
from sandan.control.model.rights import DESIGN
from sandan.control.service.alarms.batches import batch_of, forecasts_for
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.twin.model import Point, Thing
from sandan.words import Text

MOST_SAMPLES = 10_000_000
"""Samples one trial reads at most: some seconds of one core."""
AT_ONCE = 1_000_000
"""Samples read at once, so that memory stays small."""
DAY = timedelta(days=1)
STEPS = (
    (DAY, "5min", timedelta(minutes=5)),
    (7 * DAY, "30min", timedelta(minutes=30)),
    (timedelta.max, "1h", timedelta(hours=1)),
)
"""How finely a trial of up to so long is drawn."""
SHORTEST = timedelta(minutes=10)
BUSIEST = 10


@dataclass(frozen=True, slots=True)
class Busy:
    """A point a rule would have come on, how often, and how many of those times in bursts."""

    point: Point
    thing: Thing | None
    alarms: int
    chattering: int


@dataclass(frozen=True, slots=True)
class Course:
    """How the point a rule would have come on most often went, and when the alarm would have stood [ms]."""

    point: Point
    step: int
    values: Sequence[tuple[int, float | None]]
    """The highest of each step for a high rule, the lowest for a low one, else the usual value."""
    limit: float | None
    spells: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial, and what a page says of it."""

    rule: Rule
    period: Period
    trial: Trial
    samples: int
    """How many samples were judged; none at all means that the trial says nothing."""
    foretold: int
    """How many of them had a forecast; of interest to a rule about deviations from it."""
    counts: Sequence[tuple[datetime, int]]
    """Alarms in each day (of a single day: each hour) in Korea, from its start."""
    busiest: Sequence[Busy]
    course: Course | None
    """None when no point stands out."""


def try_on_history(
    store: Store, actor: Actor, rule: Rule, days: int, now: datetime, params: FloodParams
) -> Tried:
    """What `rule`, switched on, would have raised in the last `days` on what `actor` may see.

    Every signal counts from its first sample in the period: what stood before is not known. Raises
    `NotAllowed`, and `InvalidInput` for an expression that cannot be read or more samples than one
    trial may read.
    """
    actor.require(DESIGN)
    rule = replace(rule, enabled=True)
    with store.registry.read() as conn:
        things = store.things.all(conn)
        known = [point for point in store.points.all(conn) if actor.sees(point.tenant)]
    points = points_of(rule, things, known)
    period = Period(now - timedelta(days=days), now)
    _refuse_too_much(store, points, period)
    history = _History(store, points, period, forecast=rule.kind is RuleKind.FORECAST)
    year = now.astimezone(SEOUL).year
    trial = try_rule(
        rule,
        things,
        points,
        history.batches(),
        params,
        korean_holidays(year - 1) | korean_holidays(year),
        end=milliseconds(now),
    )
    return Tried(
        rule,
        period,
        trial,
        history.samples,
        history.foretold,
        _counts(trial, period),
        _busiest(trial, points, things),
        _course(store, rule, trial, points, period),
    )


def points_of(rule: Rule, things: Sequence[Thing], points: Sequence[Point]) -> list[Point]:
    """Every point a rule looks at, those its expression reads among them."""
    pairs = lay_out_rules([rule], things, points)
    inputs = [rows.ravel() for _, _, rows in pairs.expressions]
    return [points[int(i)] for i in np.unique(np.concatenate([pairs.point, *inputs]))]


class _History:
    """Reads the samples of some points, a stretch after the other, and counts them."""

    def __init__(self, store: Store, points: Sequence[Point], period: Period, *, forecast: bool) -> None:
        self._store, self._points, self._period = store, points, period
        self._forecast = forecast
        self.samples = self.foretold = 0

    def batches(self) -> Iterator[Batch]:
        period, place = self._period, place_points(self._points)
        a_day = expected_samples(self._points, Period(period.start, period.start + DAY))
        stretch = max(min(DAY, DAY * (AT_ONCE / max(a_day, 1))), SHORTEST)
        start = period.start
        while self._points and start < period.end:
            stop = min(start + stretch, period.end)
            samples = self._store.historian.scan(self._points, Period(start, stop))
            self.samples += samples.num_rows
            expected = forecasts_for(self._store, self._points, samples) if self._forecast else None
            if expected is not None:
                self.foretold += int(np.isfinite(expected).sum())
            yield batch_of(samples, place, milliseconds(period.end), expected)
            start = stop


def expected_samples(points: Sequence[Point], period: Period) -> int:
    """How many samples points that speak regularly have in a period."""
    return round(sum(period.length / point.interval for point in points if point.interval is not None))


def _refuse_too_much(store: Store, points: Sequence[Point], period: Period) -> None:
    free = [point for point in points if point.interval is None]
    count = expected_samples(points, period)
    if free:  # nobody knows how often they speak: ask
        count += sum(store.historian.roll(free, period, "1d")["count"].to_pylist())
    if count <= MOST_SAMPLES:
        return
    raise InvalidInput.because(
        "scope",
        Text(
            f"측정점 {len(points):,}개의 표본이 약 {count:,}개라 한 번에 시험하기에 많습니다"
            f" (최대 {MOST_SAMPLES:,}개).",
            f"{len(points):,} points have about {count:,} samples, more than one trial reads"
            f" ({MOST_SAMPLES:,}).",
        ),
        Text(
            "기간을 줄이거나, 장소·기업·측정점을 적어 범위를 좁히십시오.",
            "choose fewer days, or narrow the scope by place, firm or point.",
        ),
    )


def _course(store: Store, rule: Rule, trial: Trial, points: Sequence[Point], period: Period) -> Course | None:
    if not trial.alarms and len(points) != 1:
        return None
    at = trial.worst(1)[0][0] if trial.alarms else 0
    every, step = next((id, step) for longest, id, step in STEPS if period.length <= longest)
    rolled = store.historian.roll([points[at]], period, every)
    seen = (
        "value"
        if rule.window
        else {RuleKind.HIGH: "maximum", RuleKind.LOW: "minimum"}.get(rule.kind, "value")
    )
    starts = rolled["start"].cast(pa.int64()).to_pylist()
    mine = trial.point == at
    end = milliseconds(period.end)
    ends = np.where(trial.returned[mine] < 0, end, trial.returned[mine])
    straight = rule.kind in LEVELS and not rule.scope.expression
    return Course(
        points[at],
        step // timedelta(milliseconds=1),
        list(zip(starts, rolled[seen].to_pylist(), strict=True)),
        limit_of(rule, points[at]) if straight else None,
        list(zip(trial.raised[mine].tolist(), ends.tolist(), strict=True)),
    )


def _counts(trial: Trial, period: Period) -> list[tuple[datetime, int]]:
    step = timedelta(hours=1) if period.length <= DAY else DAY
    at = period.start.astimezone(SEOUL).replace(minute=0, second=0, microsecond=0)
    if step == DAY:
        at = at.replace(hour=0)
    edges = [at]
    while edges[-1] < period.end:
        edges.append(edges[-1] + step)
    found, _ = np.histogram(trial.raised, [milliseconds(edge) for edge in edges])
    return list(zip(edges[:-1], found.tolist(), strict=True))


def _busiest(trial: Trial, points: Sequence[Point], things: Sequence[Thing]) -> list[Busy]:
    named = {thing.id: thing for thing in things}
    bursts = Counter(trial.point[trial.chattering].tolist())
    return [
        Busy(points[i], named.get(points[i].thing), alarms, bursts[i]) for i, alarms in trial.worst(BUSIEST)
    ]
