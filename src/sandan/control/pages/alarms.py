"""The list of alarms, one alarm with what is around it, and what a person can do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import Period, instant
from sandan.control.engine.alarms.lifecycle import allowed
from sandan.control.engine.alarms.scope import limit_of
from sandan.control.engine.board import STATE_NAMES
from sandan.control.model.alarms import (
    ACTS,
    ALARM_STATES,
    VERDICTS,
    Act,
    AlarmState,
    Event,
    Rule,
    RuleKind,
    Statistic,
    Verdict,
)
from sandan.control.model.rights import CASES, OPERATE, WATCH
from sandan.control.pages.performance import operators_at_work
from sandan.control.records.alarms import occurrences, read_alarms
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.alarms.lists import (
    FloodNow,
    Group,
    Line,
    alarm_url,
    describe,
    group_lines,
    line_of,
)
from sandan.control.service.alarms.steps import KINDS, judge
from sandan.control.service.incidents.people import display_names
from sandan.domain import Here, Visit
from sandan.errors import NotFound
from sandan.twin.tables import quantities
from sandan.web import Routes
from sandan.words import Text

routes = Routes("control", prefix="/control/alarms")
machine_routes = Routes("control")
GROUPS = 100
"""Groups on one page; a flood shows its worst first and says how many more there are."""
MEMBERS = 20
BEFORE = timedelta(hours=1)
SOON = timedelta(minutes=15)
"""How long before its end a shelf is spoken of on the main list."""
LOGGED = {kind: ACTS[act] for act, kind in KINDS.items()} | {
    "AlarmRevisited": Text("늦은 자료로 다시 봄", "Looked at again with late data"),
    "AlarmJudged": Text("판정", "Judged"),
}
"""What of its events an alarm's page tells."""
TIMES = 20
SHELVES = (30, 60, 240, 480)
"""Minutes offered for the shelf."""
VIEWS = {
    "asking": Text("처리할 경보", "To handle"),
    "aside": Text("보류·억제·중지", "Set aside"),
}
ACT_WORDS = {
    Act.ACKNOWLEDGE: Text("확인", "Acknowledge"),
    Act.RESET: Text("유지 해제", "Reset"),
    Act.SHELVE: Text("보류", "Shelve"),
    Act.UNSHELVE: Text("보류 해제", "Unshelve"),
    Act.TAKE_OUT: Text("사용 중지", "Take out of service"),
    Act.PUT_BACK: Text("사용 재개", "Put back in service"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which alarms are on the list."""

    view: str = "asking"
    priority: int = 0
    text: str = ""

    def fits(self, line: Line) -> bool:
        text = self.text.strip().lower()
        said = f"{line.name.ko} {line.name.en} {line.place} {line.id}".lower()
        return self.priority in (0, int(line.alarm.priority)) and text in said


@routes.page("", permission=WATCH)
def alarms_page(
    here: Here,
    view: Annotated[str, Query(max_length=10)] = "asking",
    priority: Annotated[int, Query(ge=0, le=4)] = 0,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The list of alarms."""
    return here.render("control/alarms/page.html", **_list(here, Filter(view, priority, q)))


@routes.page("/list", permission=WATCH)
def alarms_part(
    here: Here,
    view: Annotated[str, Query(max_length=10)] = "asking",
    priority: Annotated[int, Query(ge=0, le=4)] = 0,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The same, to be swapped in when something has changed."""
    return here.render("control/alarms/list.html", **_list(here, Filter(view, priority, q)))


@routes.action("/act", permission=OPERATE)
def act(
    here: Here,
    what: Annotated[Act, Form()],
    alarm: Annotated[list[str], Form()],
    minutes: Annotated[int, Form(ge=1, le=7 * 24 * 60)] = 60,
    reason: Annotated[str, Form(max_length=500)] = "",
    back: Annotated[str, Form(max_length=1_000)] = "",
) -> Response:
    """Do one thing to some alarms; each is named with the occurrence its reader saw: `3|id`."""
    until = here.now + timedelta(minutes=minutes) if what is Act.SHELVE else None
    asked = []
    for one in alarm[:10_000]:
        seen, _, id = one.partition("|")
        occurrence = int(seen) if seen.isdecimal() else None
        asked.append((id, Event(what, occurrence=occurrence, until=until, reason=reason.strip())))
    steps = here.house.part(AlarmDesk).act(here.actor, asked, here.now)
    if here.request.headers.get("hx-request") == "true":
        return here.render("control/alarms/done.html", done=len(steps.done), refused=steps.refused)
    return RedirectResponse(_back(back), 303)


@routes.action("/judge", permission=OPERATE)
def judge_alarm(
    here: Here,
    alarm: Annotated[str, Form(max_length=500)],
    number: Annotated[int, Form(ge=1)],
    verdict: Annotated[Verdict, Form()],
) -> Response:
    """Say what an occurrence turned out to be."""
    judge(here.store, here.actor, alarm, number, verdict, here.now)
    return RedirectResponse(alarm_url(alarm), 303)


def _back(path: str) -> str:
    """Back to a page of ours, never to another site."""
    return path if path.startswith("/control") else "/control/alarms"


@routes.page("/{id:path}", permission=WATCH)
def alarm_page(id: str, here: Here) -> Response:
    """One alarm: what to do, the trend around it, its earlier times, what happened to it."""
    desk = here.house.part(AlarmDesk)
    with here.store.registry.read() as conn:
        found = read_alarms(conn, [id]).get(id)
        if found is None or not here.actor.sees(found.tenant):
            raise NotFound(Text("경보", "alarm"), id)
        times = occurrences(conn, alarms=[id], limit=TIMES)
        events = [one for one in here.store.events.find(conn, subject=id, limit=50) if one.kind in LOGGED]
    line = line_of(found, desk.list.layout, here.now, desk.list.told)
    since = line.since
    span = Period(since - BEFORE, max(here.now, since + timedelta(minutes=1)))
    return here.render(
        "control/alarms/alarm.html",
        line=line,
        said=describe(line),
        limit_unit="1" if line.point is None else quantities()[line.point.quantity].unit,
        limit=None if line.rule is None or line.point is None else limit_of(line.rule, line.point),
        on_axis=line.rule is not None and _on_axis(line.rule),
        times=times,
        instant=datetime.fromisoformat,
        events=[(event, LOGGED[event.kind]) for event in events],
        names=display_names(here.store, here.actor, {event.actor for event in events}),
        behind=[one for one in desk.list.aside(here.actor) if one.alarm.suppressed_by == id],
        gateway=_gateway(line),
        due=_due(line),
        span=span,
        neighbours=_neighbours(here, line),
        **_actions(here, line),
        **_words(),
    )


@machine_routes.api("/control/alarms", permission=CASES)
def open_alarms_api(here: Here) -> dict[str, Any]:
    """Every open alarm, most urgent first."""
    lines = here.house.part(AlarmDesk).list.lines(here.actor)
    return {
        "now": here.now.isoformat(),
        "alarms": [
            {
                "id": line.id,
                "rule": line.alarm.rule,
                "point": line.alarm.point,
                "state": line.state.value,
                "priority": int(line.alarm.priority),
                "raised": line.alarm.raised,
                "value": line.alarm.value,
                "occurrence": line.alarm.occurrence,
            }
            for line in lines
        ],
    }


def _due(line: Line) -> datetime | None:
    """Until when somebody has to have acted on it."""
    waits = line.alarm.active and line.rule is not None and line.rule.response_time is not None
    return line.since + line.rule.response_time if waits and line.rule and line.rule.response_time else None


def _gateway(line: Line) -> str:
    """What carries its values, for an alarm that hides the silence of others behind it."""
    if line.rule is None or line.rule.kind is not RuleKind.STALE or line.thing is None:
        return ""
    return str(line.thing.attributes.get("gateway", ""))


def _list(here: Visit, asked: Filter) -> dict[str, Any]:
    desk = here.house.part(AlarmDesk)
    lines = desk.list.aside(here.actor) if asked.view == "aside" else desk.list.asking(here.actor)
    fitting = [line for line in lines if asked.fits(line)]
    groups = group_lines(fitting)
    counts = dict.fromkeys(range(1, 5), 0)
    for line in lines:
        counts[int(line.alarm.priority)] += 1
    return {
        "groups": groups[:GROUPS],
        "more": len(groups) - len(groups[:GROUPS]),
        "members": MEMBERS,
        "total": len(fitting),
        "counts": counts,
        "waiting": [line for line in fitting if line.waits],
        "asked": asked,
        "views": VIEWS,
        "describe": describe,
        "flood": _flood(here, desk),
        "behind": Counter(line.alarm.suppressed_by for line in desk.list.aside(here.actor)),
        "ending": _ending(here, desk),
        "reasons": _reasons(here, groups[:GROUPS]) if asked.view == "aside" else {},
        "now": here.now,
        "next": next((group for group in groups if group.waiting), None),
        "may_operate": here.actor.may(OPERATE),
        **_words(),
    }


def _flood(here: Visit, desk: AlarmDesk) -> tuple[FloodNow, datetime, Line | None] | None:
    """The flood that is going on, since when, and its first-out."""
    found = desk.list.told.flood(here.actor, here.now, operators_at_work(here))
    if found is None:
        return None
    first = next((line for line in desk.list.lines(here.actor) if line.id == found.first), None)
    return found, instant(found.flood.start), first


def _ending(here: Visit, desk: AlarmDesk) -> Sequence[Line]:
    """What comes off the shelf soon, the first before the others."""
    soon = [
        line
        for line in desk.list.aside(here.actor)
        if line.alarm.shelved_until is not None and line.alarm.shelved_until - here.now <= SOON
    ]
    return sorted(soon, key=lambda line: line.alarm.shelved_until or here.now)


def _reasons(here: Visit, groups: Sequence[Group]) -> dict[str, tuple[str, str]]:
    """Why each alarm was shelved, and by whom."""
    shelved = [line.id for group in groups for line in group.lines if line.state is AlarmState.SHELVED]
    with here.store.registry.read() as conn:
        found = {
            id: event
            for id in shelved
            for event in here.store.events.find(conn, kind="AlarmShelved", subject=id, limit=1)
        }
    names = display_names(here.store, here.actor, {event.actor for event in found.values()})
    return {id: (str(event.payload["reason"]), names[event.actor]) for id, event in found.items()}


def _words() -> dict[str, Any]:
    return {
        "states": ALARM_STATES,
        "state_names": STATE_NAMES,
        "acts": ACT_WORDS,
        "shelves": SHELVES,
        "verdicts": VERDICTS,
        "alarm_url": alarm_url,
    }


def _actions(here: Visit, line: Line) -> dict[str, Any]:
    if not here.actor.may(OPERATE):
        return {"may": frozenset(), "may_operate": False}
    return {"may": allowed(line.alarm, here.now), "may_operate": True}


def _on_axis(rule: Rule) -> bool:
    """Whether the rule's limit is a value of what the chart draws, not of a sum, a rate or an expression."""
    plain = rule.window is None or rule.window.statistic in (Statistic.MEAN, Statistic.MIN, Statistic.MAX)
    return rule.kind in (RuleKind.HIGH, RuleKind.LOW) and plain and not rule.scope.expression


def _neighbours(here: Visit, line: Line) -> Sequence[Line]:
    """Other open alarms at the same place."""
    if line.thing is None:
        return ()
    around = {line.thing.id, line.thing.parent}
    return [
        other
        for other in here.house.part(AlarmDesk).list.lines(here.actor)
        if other.thing is not None and other.id != line.id and {other.thing.id, other.thing.parent} & around
    ][:TIMES]
