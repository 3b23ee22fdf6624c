"""How well the alarms of a period served the people who got them, and the alarms it names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import Period
from sandan.control.engine.alarms.flood import flood_params
from sandan.control.engine.alarms.performance import Performance, assess_performance
from sandan.control.model.alarms import rule_of
from sandan.control.model.rights import CASES
from sandan.control.records.alarms import (
    Occurrence,
    active_alarms,
    last_occurrences,
    read_alarms,
    told_in,
)
from sandan.control.service.alarms.layout import Layout
from sandan.control.service.alarms.lists import Line, line_of
from sandan.errors import NotFound
from sandan.store import Store
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Review:
    """A period's performance, with a line for every alarm that it names."""

    performance: Performance
    lines: Mapping[str, Line]

    def line(self, id: str) -> Line | None:
        """The alarm with its rule and place; None for one that is no more."""
        return self.lines.get(id)


def review_alarms(
    store: Store, actor: Actor, layout: Layout, period: Period, operators: int, now: datetime
) -> Review:
    """Measure what `actor` may see of a period that ends now, by the rules of `layout`.

    What came before the period and still stands counts as standing. Raises `NotAllowed`.
    """
    return _review(store, actor, layout, period, operators, now, None)


def evidence_of(
    store: Store, actor: Actor, layout: Layout, period: Period, operators: int, now: datetime, measure: str
) -> tuple[Review, Sequence[Occurrence]]:
    """The occurrences behind a figure of the same review, newest first; `Performance.evidence` names them.

    Raises `NotAllowed`, and `NotFound` for a figure there is not.
    """
    review = _review(store, actor, layout, period, operators, now, measure)
    found = review.performance.evidence[measure]
    return review, [one for one in reversed(found) if isinstance(one, Occurrence)]


def _review(
    store: Store,
    actor: Actor,
    layout: Layout,
    period: Period,
    operators: int,
    now: datetime,
    measure: str | None,
) -> Review:
    actor.require(CASES)
    with store.registry.read() as conn:
        told = _told(conn, actor, period)
        performance = assess_performance(
            told, period, flood_params(), operators, _times_to_respond(layout, {one.alarm for one in told})
        )
        if measure is not None and measure not in performance.evidence:
            raise NotFound(Text("지표", "measure"), measure)
        named = read_alarms(conn, _named(performance, measure))
    return Review(performance, {id: line_of(alarm, layout, now) for id, alarm in named.items()})


def _told(conn: Connection, actor: Actor, period: Period) -> Sequence[Occurrence]:
    standing = [alarm.id for alarm in active_alarms(conn) if actor.sees(alarm.tenant)]
    before = [one for one in last_occurrences(conn, standing).values() if one.told < period.start]
    return [*before, *told_in(conn, period, actor.tenant)]


def _times_to_respond(layout: Layout, alarms: Collection[str]) -> dict[str, timedelta]:
    rules = layout.rule_named
    return {
        alarm: rule.response_time
        for alarm in alarms
        if (rule := rules.get(rule_of(alarm))) is not None and rule.response_time is not None
    }


def _named(performance: Performance, measure: str | None) -> set[str]:
    if measure is not None:
        return {one.alarm for one in performance.evidence[measure]}
    often = {id for id, _ in (*performance.top, *performance.chattering)}
    return often | set(performance.standing)
