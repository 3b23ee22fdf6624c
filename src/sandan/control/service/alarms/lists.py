"""What is on the list of alarms now, for whom, in which order and in which groups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from operator import itemgetter
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from sandan.access import Actor
from sandan.clock import milliseconds
from sandan.control.engine.alarms.flood import Flood, find_chattering, find_floods, flood_params
from sandan.control.engine.alarms.scope import limit_of
from sandan.control.model.alarms import ASIDE, Alarm, AlarmState, Rule, RuleKind
from sandan.control.service.alarms.layout import Layout
from sandan.domain import Attention
from sandan.twin.model import Point, Thing
from sandan.twin.tables import quantities
from sandan.web.formats import number
from sandan.words import Language, Text

ASKING = frozenset(AlarmState) - ASIDE - {AlarmState.NORMAL}
"""States an operator has on the main list; the others are set aside, on lists of their own."""
WAITING = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED, AlarmState.LATCHED_UNACKNOWLEDGED})
"""Of these nobody has acknowledged the last occurrence."""
COLOURED = ASKING - {AlarmState.RETURNED}
"""States in which the map shows the thing as abnormal."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
UNKNOWN = Text("없어진 규칙", "A rule that is no more")


@dataclass(frozen=True, slots=True)
class Line:
    """An alarm as people read it: what, where, how bad, since when."""

    alarm: Alarm
    state: AlarmState
    rule: Rule | None
    point: Point | None
    thing: Thing | None
    times: int = 0
    """How often people were told of it in the last hour…"""
    chattering: bool = False
    """…and whether some of that came in a burst."""

    @property
    def id(self) -> str:
        return self.alarm.id

    @property
    def name(self) -> Text:
        return UNKNOWN if self.rule is None else self.rule.name

    @property
    def place(self) -> str:
        return self.thing.name if self.thing is not None else self.alarm.point

    @property
    def since(self) -> datetime:
        return self.alarm.raised or LONG_AGO

    @property
    def waits(self) -> bool:
        return self.state in WAITING

    def urgency(self) -> tuple[bool, int, float]:
        """Sorts: what waits for somebody first, then by priority, then the newest."""
        return (not self.waits, int(self.alarm.priority), -self.since.timestamp())


@dataclass(frozen=True, slots=True)
class Group:
    """Alarms of one cause at one place, the first-out leading."""

    lead: Line
    others: Sequence[Line]

    @property
    def lines(self) -> Sequence[Line]:
        return (self.lead, *self.others)

    @property
    def waiting(self) -> Sequence[Line]:
        """Those that somebody has to acknowledge, the first-out or one that followed."""
        return [line for line in self.lines if line.waits]

    @property
    def priority(self) -> int:
        """That of its most urgent member."""
        return min(int(line.alarm.priority) for line in self.lines)

    def urgency(self) -> tuple[bool, int, float]:
        """That of its most urgent member."""
        return min(line.urgency() for line in self.lines)


@dataclass(frozen=True, slots=True)
class FloodNow:
    """A flood that is going on, and the alarm it began with."""

    flood: Flood
    first: str


class Told:
    """What people were told in the last hour: which alarms repeat, and whether it is a flood."""

    def __init__(self, rows: Sequence[tuple[str, datetime, str | None]]) -> None:
        self._rows = sorted(rows, key=itemgetter(1))
        number = {id: i for i, id in enumerate(dict.fromkeys(row[0] for row in self._rows))}
        at = np.array([milliseconds(row[1]) for row in self._rows], np.int64)
        alarm = np.array([number[row[0]] for row in self._rows], np.int64)
        names = list(number)
        self.times: Mapping[str, int] = Counter(row[0] for row in self._rows)
        found = find_chattering(alarm, at, flood_params())
        self.chattering = frozenset(names[i] for i in np.unique(alarm[found]))

    def flood(self, actor: Actor, now: datetime, operators: int = 1) -> FloodNow | None:
        """The flood this actor is in, None when alarms come no faster than people can take in."""
        rows = [row for row in self._rows if actor.sees(row[2])]
        floods = find_floods(
            np.array([milliseconds(row[1]) for row in rows], np.int64), flood_params(), operators
        )
        if not floods or floods[-1].end <= milliseconds(now):
            return None
        return FloodNow(floods[-1], next(row[0] for row in rows if milliseconds(row[1]) >= floods[-1].start))


def line_of(alarm: Alarm, layout: Layout, now: datetime, told: Told | None = None) -> Line:
    """The alarm with its rule, point and thing as they are today, and how often it came if that is known."""
    point = layout.points.get(alarm.point)
    rule = layout.rule_named.get(alarm.rule)
    thing = None if point is None else layout.things.get(point.thing)
    times = 0 if told is None else told.times.get(alarm.id, 0)
    bursts = told is not None and alarm.id in told.chattering
    return Line(alarm, alarm.state(now), rule, point, thing, times, bursts)


def describe(line: Line) -> Text:
    """What was measured against which limit, in both languages."""
    if line.point is None or line.rule is None or line.alarm.value is None:
        return Text("", "")
    if line.rule.kind is RuleKind.STALE:
        return Text("값이 오지 않습니다", "no values come")
    quantity = quantities()[line.point.quantity]
    limit = limit_of(line.rule, line.point)

    def said(language: Language) -> str:
        name = quantity.name.in_(language)
        unit = "" if quantity.unit == "1" else f" {quantity.unit}"
        per = {"ko": "/분", "en": "/min"}[language] if line.rule and line.rule.kind is RuleKind.RATE else ""
        value = f"{name} {number(line.alarm.value, language)}{unit}{per}"
        if limit is None:
            return value
        word = {"ko": "기준", "en": "limit"}[language]
        return f"{value} · {word} {number(limit, language)}{unit}{per}"

    return Text(said("ko"), said("en"))


class AlarmList:
    """Every open alarm, read again whenever one has changed; belongs to the event loop."""

    def __init__(self, layout: Layout, alarms: Sequence[Alarm], told: Told, now: datetime) -> None:
        self.changes = -1
        self.refresh(layout, alarms, told, now)

    def refresh(self, layout: Layout, alarms: Sequence[Alarm], told: Told, now: datetime) -> None:
        """Take over what the store holds now."""
        self.layout, self.told = layout, told
        self.changes += 1
        lines = [line_of(alarm, layout, now, told) for alarm in alarms]
        self._lines = sorted(lines, key=Line.urgency)

    def lines(self, actor: Actor) -> list[Line]:
        """What this actor may see, most urgent first, whatever its state."""
        return [line for line in self._lines if actor.sees(line.alarm.tenant)]

    def asking(self, actor: Actor) -> list[Line]:
        """What is on the main list."""
        return [line for line in self.lines(actor) if line.state in ASKING]

    def aside(self, actor: Actor) -> list[Line]:
        """What was shelved, suppressed by design or taken out of service."""
        return [line for line in self.lines(actor) if line.state not in ASKING]

    def attention(self, actor: Actor) -> list[Attention]:
        """The groups that need a look, as the control room lists them."""
        return [_attention(group) for group in group_lines(self.asking(actor))]

    def news(self, actor: Actor) -> dict[str, int]:
        """What an open page is told: how many wait, how urgent the worst is, when the newest came [ms]."""
        waiting = [line for line in self.asking(actor) if line.waits]
        return {
            "waiting": len(waiting),
            "worst": min((int(line.alarm.priority) for line in waiting), default=0),
            "newest": max((milliseconds(line.since) for line in waiting), default=0),
        }

    def priorities(self, index: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
        """For the map: the worst priority of each point's alarms, 0 for none; shape (size,).

        `index` gives the place of a point in the answer by the point's number, -1 for none.
        """
        worst = np.zeros(size, np.uint8)
        for line in self._lines:
            if line.state not in COLOURED or line.point is None or line.point.number >= len(index):
                continue
            if line.rule is not None and line.rule.kind is RuleKind.STALE:
                continue  # the board knows by itself who is silent
            at = index[line.point.number]
            if at >= 0 and (worst[at] == 0 or worst[at] > int(line.alarm.priority)):
                worst[at] = int(line.alarm.priority)
        return worst


def _attention(group: Group) -> Attention:
    line, more = group.lead, len(group.others)
    place = line.place
    title = Text(f"{place} {line.name.ko}", f"{place}: {line.name.en}")
    said = describe(line)
    if more:
        extra = Text(f"같은 원인 {more}건", f"{more} more of one cause")
        said = Text(*(" · ".join(filter(None, pair)) for pair in ((said.ko, extra.ko), (said.en, extra.en))))
    return Attention(
        group.priority,
        title,
        said,
        line.since,
        alarm_url(line.id),
        line.alarm.tenant,
        None if line.thing is None else line.thing.id,
        line.id,
    )


def alarm_url(id: str) -> str:
    """The address of an alarm's page."""
    return f"/control/alarms/{quote(id, safe='')}"


def group_lines(lines: Sequence[Line]) -> list[Group]:
    """Lines of one place and cause that followed within ten minutes of each other, most urgent group first.

    The first-out leads. What came later is a line of its own: nobody shall miss it beside an old one.
    """
    together: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        together[_place(line), _cause(line)].append(line)
    groups = []
    for members in together.values():
        members.sort(key=lambda line: (line.since, line.id))
        at = [milliseconds(line.since) for line in members]
        cuts = [i for i in range(1, len(at)) if at[i] - at[i - 1] > flood_params().flood_within]
        for start, stop in pairwise((0, *cuts, len(members))):
            groups.append(Group(members[start], members[start + 1 : stop]))
    return sorted(groups, key=Group.urgency)


def _place(line: Line) -> str:
    if line.thing is None:
        return line.alarm.point
    if line.rule is not None and line.rule.kind is RuleKind.STALE:
        return str(line.thing.attributes.get("gateway") or line.thing.parent or line.thing.id)
    return line.thing.id


def _cause(line: Line) -> str:
    if line.rule is None:
        return line.alarm.rule
    if line.rule.kind is RuleKind.STALE:
        return "stale"
    return line.rule.cause or (line.point.quantity if line.point else "")
