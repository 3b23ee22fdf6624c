"""The peer of the alarm benchmark: the same rules judged sample by sample, rule by rule, in Python.

Written as one would by hand, with what helps: the rules of each point in a list, nothing looked up twice.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque

from sandan.control.engine.alarms.scope import KOREA_MS, Pairs
from sandan.control.model.alarms import Rule, RuleKind

Told = tuple[str, int, bool]
"""Alarm, when it came or went, which of both."""


class Judge:
    """One rule on one point."""

    __slots__ = (
        "clear",
        "closed",
        "delay",
        "held",
        "id",
        "kind",
        "need",
        "on",
        "panes",
        "sign",
        "since",
        "states",
        "step",
        "sums",
        "told",
        "trip",
    )  # fmt: skip

    def __init__(self, pairs: Pairs, pair: int, rule: Rule) -> None:
        self.id, self.kind, self.states = pairs.id(pair), rule.kind, rule.states
        self.sign, self.trip, self.clear = (
            float(pairs.sign[pair]),
            float(pairs.trip[pair]),
            float(pairs.clear[pair]),
        )
        self.delay = {True: int(pairs.on_delay[pair]), False: int(pairs.off_delay[pair])}
        self.on, self.told, self.since = False, False, 0
        self.held = rule.kind is not RuleKind.FROZEN
        self.step = 0
        if rule.window is not None:
            self.step = int(rule.window.step.total_seconds() * 1000)
            self.panes = rule.window.length // rule.window.step
            self.sums: deque[tuple[float, int]] = deque([(0.0, 0)], self.panes)
            self.closed = -1
            self.need = rule.window.coverage * float(pairs.channels.expected[pairs.window[pair]])

    def judge(self, at: int, value: float, out: list[Told]) -> None:
        measured = self.sign * value
        on = self.on
        if on is not self.told and self.held and at > self.since + self.delay[on]:
            self.told = on
            out.append((self.id, self.since + self.delay[on], on))
        if measured > self.trip:
            now = True
        elif measured <= self.clear:
            now = False
        else:
            now = on
        if now is not on:
            self.on, self.since = now, at
        if now is not self.told and at >= self.since + self.delay[now]:
            self.told = now
            out.append((self.id, self.since + self.delay[now], now))

    def average(self, at: int, value: float, out: list[Told]) -> None:
        pane = (at + KOREA_MS) // self.step
        if self.closed < 0:
            self.closed = pane
        while self.closed < pane:
            self.closed += 1
            count = sum(n for _, n in self.sums)
            if count and count >= self.need:
                mean = sum(total for total, _ in self.sums) / count
                self.judge(self.closed * self.step - KOREA_MS, mean, out)
            self.sums.append((0.0, 0))
        total, count = self.sums[-1]
        self.sums[-1] = (total + value, count + 1)


class Loop:
    """The rules of some points."""

    def __init__(self, pairs: Pairs, points: int) -> None:
        self.rules: dict[int, list[Judge]] = defaultdict(list)
        self.newest: dict[int, tuple[int, float]] = {}
        for pair in range(int(pairs.first[points])):
            rule = pairs.rules[pairs.rule[pair]]
            if rule.kind is not RuleKind.STALE:
                self.rules[int(pairs.point[pair])].append(Judge(pairs, pair, rule))

    def feed(self, point: int, at: int, value: float, out: list[Told]) -> None:
        before = self.newest.get(point)
        for judge in self.rules[point]:
            if judge.step:
                judge.average(at, value, out)
            elif judge.kind is RuleKind.RATE:
                if before is not None:
                    judge.judge(at, abs(value - before[1]) / (at - before[0]) * 60_000, out)
            elif judge.kind is RuleKind.FROZEN:
                judge.judge(at, math.nan if before is None else abs(value - before[1]), out)
            elif judge.kind is RuleKind.STATE:
                judge.judge(at, float(value in judge.states), out)
            else:
                judge.judge(at, value, out)
        self.newest[point] = (at, value)
