"""The list of incidents, and the form that opens one: three fields, of which one may stay empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.control.engine.incidents.limits import next_task, running_clock
from sandan.control.model.incidents import Incident, Place, RunningClock, Source, Task
from sandan.control.model.incidents.procedures import kinds as known_kinds
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.pages.incidents.frame import announce, around, incident_url, new_press, typed_moment
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.alarms.kinds import kind_of_alarm
from sandan.control.service.incidents import opening, reading
from sandan.control.service.incidents.handovers import read_waiting
from sandan.control.service.incidents.people import display_names
from sandan.control.service.incidents.presses import do_once
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes

routes = Routes("control", prefix="/control/incidents")
PLACES = 400
"""Names of places offered while typing."""
PLACE_KINDS = ("zone", "building", "tank", "stack", "substation", "road")


@routes.page("", permission=CASES)
def incidents_page(
    here: Here,
    kind: Annotated[str, Query(max_length=40)] = "",
    level: Annotated[int, Query(ge=0, le=4)] = 0,
    drill: Annotated[str, Query(max_length=4)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Open incidents with what is to be done next, and closed ones."""
    return list_page(here, kind=kind, level=level, drill=drill, q=q)


def list_page(
    here: Visit,
    findings: Sequence[Finding] = (),
    kind: str = "",
    level: int = 0,
    drill: str = "",
    q: str = "",
) -> Response:
    """The list; `findings` of what was tried on it."""
    wanted = {"kind": kind, "level": level or None, "drill": {"yes": True, "no": False}.get(drill), "text": q}
    active = reading.list_incidents(here.store, here.actor, active=True, **wanted)  # type: ignore[arg-type]  # as the names say
    past = reading.list_incidents(here.store, here.actor, active=False, **wanted)  # type: ignore[arg-type]  # as the names say
    tasks, clocks = reading.waiting(here.store, here.actor, active)
    waiting = read_waiting(here.store, here.actor)
    logins = {one.owner for one in active} | {login for _, one in waiting for login in (one.giver, one.taker)}
    return here.render(
        "control/incidents/list.html",
        status=422 if findings else 200,
        findings=findings,
        rows=[_row(one, tasks.get(one.id, ()), clocks.get(one.id, ())) for one in active],
        past=past,
        names=display_names(here.store, here.actor, logins),
        asked={"kind": kind, "level": level, "drill": drill, "q": q},
        may_operate=here.actor.may(OPERATE),
        mine=reading.owned(here.store, here.actor),
        waiting=waiting,
        people=reading.handlers(here.store, here.actor),
        press=new_press(),
        **around(),
    )


def _row(
    incident: Incident, tasks: Sequence[Task], clocks: Sequence[RunningClock]
) -> tuple[Incident, Task | None, RunningClock | None]:
    return incident, next_task(tasks), running_clock(clocks)


@routes.page("/new", permission=OPERATE)
def new_page(here: Here, alarm: Annotated[list[str] | None, Query(max_length=50)] = None) -> Response:
    """The form that opens an incident; what an alarm is about is chosen already."""
    kind = next(filter(None, (kind_of_alarm(here.store, id, here.now) for id in alarm or [])), "")
    return _form(here, alarm or [], kind=kind)


def _form(here: Visit, alarms: Sequence[str], findings: Sequence[Finding] = (), **given: str) -> Response:
    with here.store.registry.read() as conn:
        places = [
            one.name
            for kind in PLACE_KINDS
            for one in here.store.things.find(conn, kind=kind, limit=PLACES // len(PLACE_KINDS))
        ]
    taken = [one for alarm in alarms for one in reading.incidents_of_alarm(here.store, here.actor, alarm)]
    return here.render(
        "control/incidents/new.html",
        status=422 if findings else 200,
        alarms=alarms,
        alarm_names=_alarm_names(here, alarms),
        taken=[one for one in taken if one.active],
        places=sorted(set(places)),
        findings=findings,
        given=given,
        press=new_press(),
        **around(),
    )


def _alarm_names(here: Visit, alarms: Sequence[str]) -> dict[str, str]:
    """What each alarm is called and where it is; its id for one that is not open any more."""
    if not alarms:
        return {}
    lines = {line.id: line for line in here.house.part(AlarmDesk).list.lines(here.actor)}
    return {
        id: f"{lines[id].name.in_(here.language)} · {lines[id].place}" if id in lines else id for id in alarms
    }


@routes.action("", permission=OPERATE)
def open_one(
    here: Here,
    kind: Annotated[str, Form(max_length=40)] = "",
    place: Annotated[str, Form(max_length=200)] = "",
    title: Annotated[str, Form(max_length=4000)] = "",
    source: Annotated[Source, Form()] = Source.CALL,
    level: Annotated[int, Form()] = 0,
    detected: Annotated[str, Form(max_length=40)] = "",
    alarm: Annotated[list[str] | None, Form()] = None,
    press: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Open an incident and go to its workspace."""
    alarms = alarm or []

    def act() -> str:
        return opening.open_incident(
            here.store,
            here.actor,
            kind,
            here.now,
            source=source,
            title=title,
            level=level or (known_kinds()[kind].level if kind in known_kinds() else 1),
            place=Place(words=place),
            alarms=alarms,
            detected=typed_moment("detected", detected),
        ).id

    try:
        opened = do_once(here.store, here.actor, press, act, str)
    except InvalidInput as error:
        return _form(here, alarms, error.findings, kind=kind, place=place, title=title, detected=detected)
    announce(here, opened)
    return RedirectResponse(incident_url(opened), 303)
