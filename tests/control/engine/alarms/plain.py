"""The evaluation of rules said again, one rule and one sample at a time: slow, and easy to read.

Written from the meaning of the rules, not from the arrays: windows are taken from lists of samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from sandan.control.model.alarms import Rule, RuleKind, Side, Statistic, Window
from sandan.twin.model import Point
from sandan.twin.silence import is_silent

KOREA = 9 * 3_600_000
Sample = tuple[int, int, float]
"""Point, start [ms], value."""
Told = tuple[str, int, bool, float]
"""Alarm, when, whether it came or went, value."""
BY_SAMPLE = (RuleKind.HIGH, RuleKind.LOW, RuleKind.RATE, RuleKind.FROZEN, RuleKind.STATE)


@dataclass(slots=True)
class Pair:
    """One rule on one point."""

    rule: Rule
    point: Point
    index: int
    on: bool = False
    told: bool = False
    since: int = 0
    value: float = 0.0
    closed: int | None = None
    samples: list[tuple[int, float]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.rule.id}@{self.point.id}"

    def delay(self) -> int:
        of = self.rule.on_delay if self.on else self.rule.off_delay
        return round(of.total_seconds() * 1000)

    def tell(self, out: list[Told]) -> None:
        if self.on != self.told:
            self.told = self.on
            out.append((self.id, self.since + self.delay(), self.on, self.value))

    def judge(self, at: int, value: float, out: list[Told]) -> None:
        said = self.abnormal(value)
        held = self.rule.kind is not RuleKind.FROZEN
        if held and at > self.since + self.delay():
            self.tell(out)
        if said is not None and said != self.on:
            self.on, self.since, self.value = said, at, value
        if at >= self.since + self.delay():
            self.tell(out)

    def abnormal(self, value: float) -> bool | None:
        rule = self.rule
        if math.isnan(value):
            return None
        if rule.kind is RuleKind.STATE:
            return value in rule.states
        if rule.kind is RuleKind.STALE:
            return value > 0
        if rule.kind is RuleKind.FROZEN:
            return value <= rule.limit
        limit, deadband = rule.limit, rule.deadband
        if math.isnan(limit):
            own = self.point.high if rule.kind is RuleKind.HIGH else self.point.low
            assert own is not None
            limit, deadband = own + (rule.bound - 1) * abs(own), deadband * abs(own)
        below = rule.kind in (RuleKind.LOW, RuleKind.GAP)
        if rule.kind in (RuleKind.RATE, RuleKind.PEER):
            below = rule.side is Side.BELOW
            value = abs(value) if rule.side is Side.EITHER else value
        if below:
            return True if value < limit else False if value >= limit + deadband else None
        return True if value > limit else False if value <= limit - deadband else None

    def statistic(self, window: Window, end: int) -> float:
        step, length = (round(x.total_seconds() * 1000) for x in (window.step, window.length))
        until = end * step - KOREA
        inside = [v for t, v in self.samples if until - length <= t < until]
        interval = self.point.interval
        share = math.nan if interval is None else len(inside) / (window.length / interval)
        if self.rule.kind is RuleKind.GAP or window.statistic is Statistic.COVERAGE:
            return share
        if not inside or share < window.coverage:
            return math.nan
        match window.statistic:
            case Statistic.MEAN:
                return sum(inside) / len(inside)
            case Statistic.SUM:
                return sum(inside)
            case Statistic.MIN:
                return min(inside)
        return max(inside)

    def close(self, upto: int, out: list[Told]) -> None:
        window = self.rule.window
        assert window is not None
        assert self.closed is not None
        step = round(window.step.total_seconds() * 1000)
        while self.closed < upto:
            self.closed += 1
            self.judge(self.closed * step - KOREA, self.statistic(window, self.closed), out)


class Plain:
    """All rules on all points they are about, by quantity."""

    def __init__(self, rules: Sequence[Rule], points: Sequence[Point]) -> None:
        self.points = points
        self.newest: dict[int, tuple[int, float]] = {}
        self.pairs = [
            Pair(rule, point, i)
            for rule in rules
            for i, point in enumerate(points)
            if point.quantity in rule.scope.quantities and self._bounded(rule, point)
        ]

    @staticmethod
    def _bounded(rule: Rule, point: Point) -> bool:
        if not math.isnan(rule.limit) or rule.kind not in (RuleKind.HIGH, RuleKind.LOW):
            return True
        return (point.high if rule.kind is RuleKind.HIGH else point.low) is not None

    def feed(self, samples: Sequence[Sample]) -> list[Told]:
        """Samples of each point in order of time, none late."""
        out: list[Told] = []
        for index, at, value in samples:
            before = self.newest.get(index)
            for pair in self.pairs:
                if pair.index == index:
                    self._take(pair, before, at, value, out)
            self.newest[index] = (at, value)
        return out

    def _take(
        self, pair: Pair, before: tuple[int, float] | None, at: int, value: float, out: list[Told]
    ) -> None:
        kind, window = pair.rule.kind, pair.rule.window
        if window is not None:
            pane = (at + KOREA) // round(window.step.total_seconds() * 1000)
            pair.closed = pane if pair.closed is None else pair.closed
            pair.close(pane, out)
            pair.samples.append((at, value))
        elif kind is RuleKind.RATE:
            rate = math.nan if before is None else (value - before[1]) / (at - before[0]) * 60_000
            pair.judge(at, rate, out)
        elif kind is RuleKind.FROZEN:
            pair.judge(at, math.nan if before is None else abs(value - before[1]), out)
        elif kind in BY_SAMPLE:
            pair.judge(at, float(value in pair.rule.states) if kind is RuleKind.STATE else value, out)

    def tick(self, now: int) -> list[Told]:
        """What the clock alone brings."""
        out: list[Told] = []
        for pair in self.pairs:
            window = pair.rule.window
            if pair.rule.kind is not RuleKind.FROZEN and now > pair.since + pair.delay():
                pair.tell(out)
            if window is not None and pair.closed is not None:
                wait, step = (round(x.total_seconds() * 1000) for x in (window.wait, window.step))
                pair.close((now - wait + KOREA) // step, out)
            if pair.rule.kind is RuleKind.STALE:
                self._listen(pair, now, out)
            if pair.rule.kind is RuleKind.PEER:
                self._compare(pair, now, out)
        return out

    def _listen(self, pair: Pair, now: int, out: list[Told]) -> None:
        if pair.index in self.newest:
            pair.judge(now, float(self._silent(pair, now)), out)

    def _silent(self, pair: Pair, now: int) -> bool:
        newest = self.newest.get(pair.index)
        if newest is None:
            return True
        if pair.rule.kind is RuleKind.STALE and not math.isnan(pair.rule.limit):
            return now - newest[0] > pair.rule.limit * 1000
        interval = pair.point.interval
        return is_silent(newest[0], 0 if interval is None else round(interval.total_seconds() * 1000), now)

    def _compare(self, pair: Pair, now: int, out: list[Told]) -> None:
        peers = [
            other
            for other in self.pairs
            if other.rule.id == pair.rule.id
            and other.point.quantity == pair.point.quantity
            and not self._silent(other, now)
        ]
        if pair not in peers:
            return
        values = [self.newest[other.index][1] for other in peers]
        between = self.newest[pair.index][1] - median(values) if len(values) >= 3 else math.nan
        pair.judge(now, between, out)
