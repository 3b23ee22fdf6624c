"""Which rule looks at which points: the table of rules and the registry laid out as pairs.

A pair is one rule on one point. Pairs stand in the order of their points, so that a batch of
samples sorted by point meets them in one sweep.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.alarms.expressions import Expression, parse_expression
from sandan.control.model.alarms import (
    LEVELS,
    SIDED,
    Calendar,
    Rule,
    RuleKind,
    Side,
    Statistic,
    Window,
    alarm_id,
)
from sandan.twin.model import Point, Thing
from sandan.twin.silence import INTERVALS, PATIENCE_MS

DAY_MS, MINUTE_MS = 86_400_000, 60_000
KOREA_MS = 9 * 3_600_000
"""Korea is nine hours ahead of UTC all year."""
KINDS = tuple(RuleKind)
SERIES_KINDS = frozenset(
    {RuleKind.HIGH, RuleKind.LOW, RuleKind.RATE, RuleKind.FORECAST, RuleKind.FROZEN, RuleKind.STATE}
)
"""Kinds that speak when a sample comes; the others when the clock ticks or a window closes."""
NEVER = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every rule on every point it is about, as arrays of shape (pairs,) in the order of points.

    A value v is abnormal when `sign * v` (`|v|` where `either`) exceeds `trip`, and normal again
    when it does not exceed `clear`. Delays, windows and ages are in ms. `first[p]:first[p + 1]` are
    the pairs of point p. `window` gives the index of the pair's channel, -1 without one; a channel
    is one window on one point, shared by the rules that look through it. `group` is the index of
    peers, or of the row of an expression's values; -1 for none.
    """

    rules: Sequence[Rule]
    points: Sequence[Point]
    rule: NDArray[np.int64]
    point: NDArray[np.int64]
    first: NDArray[np.int64]
    kind: NDArray[np.uint8]
    sign: NDArray[np.float64]
    either: NDArray[np.bool_]
    trip: NDArray[np.float64]
    clear: NDArray[np.float64]
    on_delay: NDArray[np.int64]
    off_delay: NDArray[np.int64]
    age: NDArray[np.int64]
    holds: NDArray[np.bool_]
    calendar: NDArray[np.int64]
    window: NDArray[np.int64]
    group: NDArray[np.int64]
    channels: Channels
    weeks: NDArray[np.bool_]
    """Per calendar the minutes of eight days (Monday to Sunday, holiday): shape (calendars, 8, 1440)."""
    holidays: NDArray[np.int64]
    """Days since 1970 that are holidays in Korea, sorted."""
    states: Sequence[tuple[frozenset[float], NDArray[np.int64]]]
    """Abnormal values of a state, and the pairs that share them."""
    expressions: Sequence[tuple[Expression, NDArray[np.int64], NDArray[np.int64]]]
    """A formula, its pairs, and for each the points of its names: shape (pairs, names)."""
    series: NDArray[np.int64]
    """The pairs that look at each sample by itself, and…"""
    series_first: NDArray[np.int64]
    """…where those of each point begin: shape (points + 1,)."""

    def __len__(self) -> int:
        return len(self.rule)

    def id(self, pair: int) -> str:
        return alarm_id(self.rules[self.rule[pair]].id, self.points[self.point[pair]].id)


@dataclass(frozen=True, slots=True)
class Channels:
    """One window on one point, arrays of shape (channels,): times in ms, `panes` = length / step."""

    point: NDArray[np.int64]
    step: NDArray[np.int64]
    panes: NDArray[np.int64]
    wait: NDArray[np.int64]
    expected: NDArray[np.float64]
    """Samples a whole window has; NaN for a point that speaks only on change."""
    coverage: NDArray[np.float64]
    statistic: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.point)


STATISTICS = tuple(Statistic)


class _Index:
    """Finds the points of a scope by its rarest part."""

    def __init__(self, things: Sequence[Thing], points: Sequence[Point]) -> None:
        self.count = len(points)
        self.by_id = {point.id: i for i, point in enumerate(points)}
        self.things = {thing.id: thing for thing in things}
        self.by_thing: dict[str, set[int]] = defaultdict(set)
        self.by_kind: dict[str, set[int]] = defaultdict(set)
        self.by_tenant: dict[str, set[int]] = defaultdict(set)
        self.by_quantity: dict[str, set[int]] = defaultdict(set)
        for i, point in enumerate(points):
            self.by_quantity[point.quantity].add(i)
            if point.tenant is not None:
                self.by_tenant[point.tenant].add(i)
            thing = self.things.get(point.thing)
            if thing is not None:
                self.by_kind[thing.kind].add(i)
            for above in self.ancestors(point.thing):
                self.by_thing[above].add(i)

    def ancestors(self, id: str | None) -> list[str]:
        found: list[str] = []
        while id is not None and id not in found:
            found.append(id)
            thing = self.things.get(id)
            id = thing.parent if thing is not None else None
        return found

    def find(self, rule: Rule) -> list[int]:
        scope = rule.scope
        parts: list[Collection[int]] = []
        if scope.points:
            parts.append({self.by_id[id] for id in scope.points if id in self.by_id})
        for wanted, index in (
            (scope.things, self.by_thing),
            (scope.kinds, self.by_kind),
            (scope.tenants, self.by_tenant),
            (scope.quantities, self.by_quantity),
        ):
            if wanted:
                parts.append(_union([index.get(one, set()) for one in wanted]))
        if not parts:
            return list(range(self.count))
        parts.sort(key=len)
        left = parts[0]
        return sorted(i for i in left if all(i in other for other in parts[1:]))


def _union(sets: Sequence[set[int]]) -> set[int]:
    return sets[0] if len(sets) == 1 else set().union(*sets)


def lay_out_rules(
    rules: Sequence[Rule],
    things: Sequence[Thing],
    points: Sequence[Point],
    holidays: Collection[date] = (),
) -> Pairs:
    """Arrange enabled rules over points as pairs; pure.

    An expression stands once on each thing that has a point of each of its quantities, and is kept
    under the point of its first quantity; one of points alone stands once, under the first of them.
    It never joins points of two firms. Raises `InvalidInput` for an expression that cannot be read.
    """
    index = _Index(things, points)
    rules = [rule for rule in rules if rule.enabled]
    formulas = {rule.scope.expression for rule in rules if rule.scope.expression}
    parsed = {text: parse_expression(text) for text in sorted(formulas)}
    spoken: dict[tuple[int, int], tuple[int, ...]] = {}
    rule_of, point_of = [], []
    for r, rule in enumerate(rules):
        found = index.find(rule)
        if rule.scope.expression:
            rows = _rows(parsed[rule.scope.expression], found, points, index.by_id)
            spoken |= {(r, row[0]): row for row in rows}
            found = [row[0] for row in rows]
        if _by_own_bound(rule):
            found = [i for i in found if _own_bound(rule, points[i]) is not None]
        rule_of += [r] * len(found)
        point_of += found
    rule_at, point_at = np.array(rule_of, np.int64), np.array(point_of, np.int64)
    order = np.lexsort((rule_at, point_at))
    rule_at, point_at = rule_at[order], point_at[order]
    sign, trip, clear = _ranges(rules, rule_at, point_at, points)
    calendars = list({rule.calendar for rule in rules if rule.calendar is not None})
    number: dict[Calendar | None, int] = {calendar: i for i, calendar in enumerate(calendars)}
    kind = np.array([KINDS.index(rule.kind) for rule in rules], np.uint8)[rule_at]
    channel, channels = _lay_out_channels(rules, rule_at, point_at, points)
    group = _groups(rules, rule_at, point_at, points)
    expressions = []
    for text, formula in parsed.items():
        at = [i for i, r in enumerate(rule_at) if rules[r].scope.expression == text]
        inputs = [spoken[int(rule_at[i]), int(point_at[i])] for i in at]
        shaped = np.array(inputs, np.int64).reshape(len(at), len(formula.names))
        expressions.append((formula, np.array(at, np.int64), shaped))
        group[at] = np.arange(len(at))
    by_sample = np.isin(kind, [KINDS.index(one) for one in SERIES_KINDS])
    series = np.flatnonzero(by_sample & (channel < 0) & (group < 0))
    states: dict[frozenset[float], list[int]] = defaultdict(list)
    for i in np.flatnonzero(kind == KINDS.index(RuleKind.STATE)):
        states[rules[rule_at[i]].states].append(int(i))

    def delay(of: Sequence[timedelta]) -> NDArray[np.int64]:
        return np.array([_ms(one) for one in of], np.int64)[rule_at]

    def flag(of: Sequence[bool]) -> NDArray[np.bool_]:
        return np.array(of, np.bool_)[rule_at]

    return Pairs(
        rules,
        points,
        rule_at,
        point_at,
        np.searchsorted(point_at, np.arange(len(points) + 1)),
        kind,
        sign,
        flag([rule.kind in SIDED and rule.side is Side.EITHER for rule in rules]),
        trip,
        clear,
        delay([rule.on_delay for rule in rules]),
        delay([rule.off_delay for rule in rules]),
        _ages(rules, rule_at, point_at, points),
        flag([rule.kind is not RuleKind.FROZEN for rule in rules]),
        np.array([number.get(rule.calendar, -1) for rule in rules], np.int64)[rule_at],
        channel,
        group,
        channels,
        np.array([_week(calendar) for calendar in calendars], np.bool_).reshape(-1, 8, 1440),
        np.array(sorted((day - date(1970, 1, 1)).days for day in holidays), np.int64),
        [(values, np.array(at, np.int64)) for values, at in states.items()],
        expressions,
        series,
        np.searchsorted(point_at[series], np.arange(len(points) + 1)),
    )


def _ranges(
    rules: Sequence[Rule], rule_at: NDArray[np.int64], point_at: NDArray[np.int64], points: Sequence[Point]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sign, trip and clear of each pair; a limit itself is still normal, as a law's limit is."""
    of = np.array([_range_of(rule) for rule in rules], np.float64).reshape(len(rules), 3)[rule_at]
    bounded = np.array([_by_own_bound(rule) for rule in rules], np.bool_)[rule_at]
    for i in np.flatnonzero(bounded):
        rule, point = rules[rule_at[i]], points[point_at[i]]
        own, edge, sign = _own_bound(rule, point), limit_of(rule, point), of[i, 0]
        assert own is not None
        assert edge is not None
        of[i] = sign, sign * edge, sign * edge - rule.deadband * abs(own)
    return of[:, 0], of[:, 1], of[:, 2]


def _range_of(rule: Rule) -> tuple[float, float, float]:
    if rule.kind in (RuleKind.STATE, RuleKind.STALE):
        return 1.0, 0.5, 0.5
    if rule.kind is RuleKind.FROZEN:
        edge = math.nextafter(-rule.limit, -math.inf)  # standing still includes the limit
        return -1.0, edge, edge
    below = rule.kind in (RuleKind.LOW, RuleKind.GAP) or (rule.kind in SIDED and rule.side is Side.BELOW)
    sign = -1.0 if below else 1.0
    return sign, sign * rule.limit, sign * rule.limit - rule.deadband


def _by_own_bound(rule: Rule) -> bool:
    return rule.kind in LEVELS and math.isnan(rule.limit)


def _own_bound(rule: Rule, point: Point) -> float | None:
    return point.high if rule.kind is RuleKind.HIGH else point.low


def limit_of(rule: Rule, point: Point) -> float | None:
    """The limit a rule sets for this point: its own, else so many times the point's bound.

    A multiple is counted from the bound by its size, so that 1.2 times −10 °C is −8 °C.
    """
    if not _by_own_bound(rule):
        return None if math.isnan(rule.limit) else rule.limit
    own = _own_bound(rule, point)
    return None if own is None else own + (rule.bound - 1) * abs(own)


def _groups(
    rules: Sequence[Rule], rule_at: NDArray[np.int64], point_at: NDArray[np.int64], points: Sequence[Point]
) -> NDArray[np.int64]:
    """Peers are the points of one rule that measure the same quantity."""
    group = np.full(len(rule_at), -1, np.int64)
    number: dict[tuple[int, str], int] = {}
    for i, (r, p) in enumerate(zip(rule_at.tolist(), point_at.tolist(), strict=True)):
        if rules[r].kind is RuleKind.PEER:
            group[i] = number.setdefault((r, points[p].quantity), len(number))
    return group


def _ages(
    rules: Sequence[Rule], rule_at: NDArray[np.int64], point_at: NDArray[np.int64], points: Sequence[Point]
) -> NDArray[np.int64]:
    """How old the newest sample may be [ms]: the rule's own, or what every page calls silent."""
    interval = np.array([0 if p.interval is None else _ms(p.interval) for p in points], np.int64)[point_at]
    limits = [rule.limit if rule.kind is RuleKind.STALE else math.nan for rule in rules]
    own = np.array(limits, np.float64)[rule_at]
    usual = np.where(interval > 0, interval + np.maximum(INTERVALS * interval, PATIENCE_MS), NEVER)
    return np.where(np.isnan(own), usual, np.nan_to_num(own) * 1000).astype(np.int64)


def _rows(
    formula: Expression, found: Sequence[int], points: Sequence[Point], by_id: Mapping[str, int]
) -> list[tuple[int, ...]]:
    if not formula.points <= by_id.keys():
        return []
    fixed = {id: by_id[id] for id in formula.points}
    on: dict[str, dict[str, int]] = defaultdict(dict)
    for i in found:
        on[points[i].thing].setdefault(points[i].quantity, i)
    on = on if len(fixed) < len(formula.names) else {"": {}}
    rows = [has | fixed for has in on.values() if all(name in has or name in fixed for name in formula.names)]
    found_rows = [tuple(has[name] for name in formula.names) for has in rows]
    return [row for row in found_rows if _of_one_house(row, points)]


def _of_one_house(row: Sequence[int], points: Sequence[Point]) -> bool:
    """Whoever sees the first point sees the alarm: no value of another firm may show through it."""
    return {points[i].tenant for i in row} <= {None, points[row[0]].tenant}


def _lay_out_channels(
    rules: Sequence[Rule], rule_at: NDArray[np.int64], point_at: NDArray[np.int64], points: Sequence[Point]
) -> tuple[NDArray[np.int64], Channels]:
    number: dict[tuple[int, Window], int] = {}
    channel = np.full(len(rule_at), -1, np.int64)
    for i, (r, p) in enumerate(zip(rule_at.tolist(), point_at.tolist(), strict=True)):
        window = rules[r].window
        if window is not None:
            if rules[r].kind is RuleKind.GAP:
                window = Window(window.length, window.step, Statistic.COVERAGE, 0.0, window.wait)
            channel[i] = number.setdefault((p, window), len(number))
    keys = list(number)
    expected = []
    for p, window in keys:
        interval = points[p].interval
        expected.append(math.nan if interval is None else window.length / interval)
    return channel, Channels(
        np.array([p for p, _ in keys], np.int64),
        np.array([_ms(w.step) for _, w in keys], np.int64),
        np.array([w.length // w.step for _, w in keys], np.int64),
        np.array([_ms(w.wait) for _, w in keys], np.int64),
        np.array(expected, np.float64),
        np.array([w.coverage for _, w in keys], np.float64),
        np.array([STATISTICS.index(w.statistic) for _, w in keys], np.uint8),
    )


def _week(calendar: Calendar) -> NDArray[np.bool_]:
    """The minutes at which a calendar applies: seven days and the day that is a holiday."""
    week = np.zeros((8, 1440), np.bool_)
    start, end = (at.hour * 60 + at.minute for at in (calendar.from_, calendar.until))
    days = [day for day in range(7) if day in calendar.days] + ([7] if calendar.holidays else [])
    for day in days:
        if end > start:
            week[day, start:end] = True
        else:
            # The hours after midnight belong to the day they fall on.
            week[day, start:] = True
            week[day, :end] = True
    return week


def applies(pairs: Pairs, pair: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the calendar of each pair covers each instant [ms]."""
    calendar = pairs.calendar[pair]
    if not len(pairs.weeks):
        return np.ones(len(pair), np.bool_)
    local = at + KOREA_MS
    day = local // DAY_MS
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    if len(pairs.holidays):
        place = np.minimum(np.searchsorted(pairs.holidays, day), len(pairs.holidays) - 1)
        weekday = np.where(pairs.holidays[place] == day, 7, weekday)
    return (calendar < 0) | pairs.weeks[calendar, weekday, local % DAY_MS // MINUTE_MS]


def by_id(pairs: Pairs) -> Mapping[str, int]:
    """Pairs by the id their alarm has."""
    return {pairs.id(i): i for i in range(len(pairs))}


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
