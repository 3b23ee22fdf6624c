"""The rules in force laid over the registry as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sandan.clock import SEOUL, korean_holidays
from sandan.control.engine.alarms.scope import Pairs, by_id, lay_out_rules
from sandan.control.model.alarms import Alarm, Rule, RuleSet
from sandan.control.model.board import place_points
from sandan.control.service.alarms.rules import rules_in_force
from sandan.store import Store
from sandan.twin.model import Point, Thing

UPWARDS = ("gateway", "transformer", "feeder")
"""Attributes of a thing that name what it depends on; the first there is counts."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What an alarm's id means: its rule, its point, the thing it is on."""

    rules: RuleSet
    pairs: Pairs
    things: Mapping[str, Thing]
    points: Mapping[str, Point]
    rule_named: Mapping[str, Rule]
    parents: Mapping[str, str]
    """From each thing that is measured to what carries its values or feeds it."""
    number_of: Mapping[str, int]
    """The pair of each alarm id."""
    place: NDArray[np.int64]
    """Where a point stands among the pairs' points, by its number; -1 for a point nobody knows."""

    def make(self, id: str) -> Alarm:
        """The alarm of a pair as it is before it ever came."""
        pair = self.number_of[id]
        rule, point = self.rule_of(pair), self.point_of(pair)
        return Alarm(rule.id, point.id, point.tenant, rule.priority, rule.latching)

    def rule_of(self, pair: int) -> Rule:
        return self.pairs.rules[int(self.pairs.rule[pair])]

    def point_of(self, pair: int) -> Point:
        return self.pairs.points[int(self.pairs.point[pair])]


def read_layout(store: Store, now: datetime) -> Layout:
    """Lay out the rules of today over all things and points."""
    with store.registry.read() as conn:
        rules = rules_in_force(store, conn, now)
        things, points = store.things.all(conn), store.points.all(conn)
    year = now.astimezone(SEOUL).year
    holidays = korean_holidays(year) | korean_holidays(year + 1)
    pairs = lay_out_rules(rules.rules, things, points, holidays)
    return Layout(
        rules,
        pairs,
        {thing.id: thing for thing in things},
        {point.id: point for point in points},
        {rule.id: rule for rule in rules.rules},
        _parents(things, points),
        by_id(pairs),
        place_points(points),
    )


def _parents(things: Sequence[Thing], points: Sequence[Point]) -> dict[str, str]:
    measured = {point.thing for point in points}
    found = {}
    for thing in things:
        above = next((thing.attributes[name] for name in UPWARDS if thing.attributes.get(name)), None)
        if above is not None and (thing.id in measured or thing.kind in UPWARDS):
            found[thing.id] = str(above)
    return found


def longest_window(layout: Layout) -> timedelta:
    """How far back the longest window of any rule reaches."""
    lengths = [rule.window.length for rule in layout.pairs.rules if rule.window is not None]
    return max(lengths, default=timedelta(0))
