"""The workspace of an incident: all of it on one screen, and everything one can do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from anyio import from_thread
from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.control.engine.incidents.figures import marks_of, since_detection
from sandan.control.engine.incidents.limits import escalations, in_order, next_task
from sandan.control.engine.incidents.procedures import clocks_by_hand
from sandan.control.engine.incidents.rules import is_major
from sandan.control.engine.incidents.timeline import LINES_NAMES, Lines, fold_timeline
from sandan.control.engine.incidents.wording import proofs_of
from sandan.control.model.incidents import Case, Closing, Place
from sandan.control.model.incidents.procedures import legal_clocks
from sandan.control.model.notices import PHASE_NAMES, Phase, Request
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.pages.incidents.frame import (
    announce,
    around,
    by_script,
    incident_url,
    new_press,
    reached_firms,
    typed_moment,
)
from sandan.control.service import drills
from sandan.control.service.hazard.desk import SPREADS
from sandan.control.service.incidents import clocks, closing, handling, reading
from sandan.control.service.incidents.presses import do_once
from sandan.control.service.notices.asked import Ask, read_asks, tell_asked
from sandan.control.service.notices.running import TellingDesk, say_told
from sandan.control.service.notices.steps import read_reach
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput, Unavailable
from sandan.web import Routes
from sandan.words import Text

routes = Routes("control", prefix="/control/incidents")
Words = Annotated[str, Form(max_length=4_000)]
Short = Annotated[str, Form(max_length=200)]
Seen = Annotated[int | None, Form()]
NOTICES = "/control/incidents/{id}/notices"


@routes.page("/{id}", permission=CASES)
def workspace(id: str, here: Here) -> Response:
    """The workspace."""
    return _page(here, id)


@routes.page("/{id}/live", permission=CASES)
def live(id: str, here: Here, mark: Annotated[int, Query()] = -1) -> Response:
    """What changes while one looks; 204 while the timeline still ends at line `mark`."""
    if mark == reading.newest_line(here.store, here.actor, id):
        return Response(status_code=204)
    return _page(here, id, part=True)


def _page(here: Visit, id: str, findings: Sequence[Finding] = (), *, part: bool = False) -> Response:
    case = reading.read_case(here.store, here.actor, id)
    marks = marks_of(case)
    lines = _lines(here)
    return here.render(
        "control/incidents/live.html" if part else "control/incidents/workspace.html",
        status=422 if findings else 200,
        case=case,
        incident=case.incident,
        mark=reading.newest_line(here.store, here.actor, id),
        ordered=in_order(case.tasks),
        finished=[task for task in case.tasks if not task.open],
        proofs=proofs_of(case),
        reach=read_reach(here.store, here.actor, case),
        reports=_reports(case),
        next=next_task(case.tasks),
        late={one.task.number: one for one in escalations(case.tasks, here.now)},
        by_hand=clocks_by_hand(case.incident, case.clocks),
        lines=list(reversed(fold_timeline(case.timeline, case.tellings, lines))),
        lines_shown=lines,
        lines_names=LINES_NAMES,
        marks=marks,
        press=new_press(),
        seconds=since_detection(marks),
        major=case.incident.closing is not None and is_major(case.incident.closing),
        waiting=[one for one in case.handovers if one.settled_at is None],
        people=reading.handlers(here.store, here.actor),
        others=_others(here, id, drill=case.incident.drill),
        drill=drills.read_drill(here.store, here.actor, id, here.now) if case.incident.drill else None,
        may_operate=here.actor.may(OPERATE),
        has_notices=_has_notices(here),
        asks=_asks(here, case),
        phases=PHASE_NAMES,
        has_hazard=case.incident.kind in SPREADS,
        findings=findings,
        **around(),
    )


def _lines(here: Visit) -> Lines:
    """Which lines of the timeline are chosen; a part asked for by script is of the page it is on."""
    asked = here.request.query_params.get("lines")
    if asked is None and by_script(here):
        page = urlsplit(here.request.headers.get("hx-current-url", ""))
        asked = parse_qs(page.query).get("lines", [""])[0]
    return Lines(asked) if asked in list(Lines) else Lines.ALL


def _reports(case: Case) -> dict[str, str]:
    """The legal clock whose report does a step, by the step."""
    return {legal_clocks()[one.clock].step: one.clock for one in case.clocks if one.answered_at is None}


def _asks(here: Visit, case: Case) -> list[Ask]:
    """What is to be told now; nothing in a process that does not tell."""
    try:
        desk = here.house.part(TellingDesk).desk
    except Unavailable:
        return []
    return read_asks(
        here.store, here.actor, case, desk, here.now, lambda: reached_firms(here, case.incident.id)
    )


def _has_notices(here: Visit) -> bool:
    """Whether the part of the page that tells people is there to be asked for."""
    paths = {getattr(route, "path", "") for route in here.request.app.routes}
    return NOTICES in paths


def _others(here: Visit, id: str, *, drill: bool) -> list[tuple[str, str]]:
    found = reading.list_incidents(here.store, here.actor, active=True, drill=drill)
    return [(one.id, one.title or one.place.words) for one in found if one.id != id]


def act_on(here: Visit, id: str, press: str, act: Callable[[], object]) -> Response:
    """Do it once, tell the open pages, show the workspace as it is now; faults stand above it."""
    try:
        do_once(here.store, here.actor, press, act, lambda _: None)
    except InvalidInput as error:
        return _page(here, id, error.findings, part=by_script(here))
    announce(here, id)
    if by_script(here):
        return _page(here, id, part=True)
    return RedirectResponse(incident_url(id), 303)


@routes.action("/{id}/note", permission=OPERATE)
def note(id: str, here: Here, text: Words = "", happened: Short = "", press: Short = "") -> Response:
    """Write a line."""
    return act_on(
        here,
        id,
        press,
        lambda: handling.note(here.store, here.actor, id, text, here.now, typed_moment("happened", happened)),
    )


@routes.action("/{id}/tasks/{number}/done", permission=OPERATE)
def do_task(id: str, number: int, here: Here, text: Words = "", press: Short = "") -> Response:
    """Tick a task off."""
    return act_on(
        here, id, press, lambda: handling.do_task(here.store, here.actor, id, number, here.now, text)
    )


@routes.action("/{id}/skip", permission=OPERATE)
def skip_task(
    id: str, here: Here, number: Annotated[int, Form()], reason: Words = "", press: Short = ""
) -> Response:
    """Leave a task out."""
    return act_on(
        here, id, press, lambda: handling.skip_task(here.store, here.actor, id, number, reason, here.now)
    )


@routes.action("/{id}/tasks", permission=OPERATE)
def add_task(
    id: str, here: Here, task: Words = "", who: Short = "", minutes: Short = "", press: Short = ""
) -> Response:
    """Add a task of one's own."""

    def act() -> None:
        within = float(minutes) if minutes.replace(".", "", 1).isdecimal() else None
        if minutes.strip() and within is None:
            raise InvalidInput.because(
                "minutes",
                Text("분이 아닙니다.", "is no number of minutes."),
                Text("예: 10", "for example 10"),
            )
        handling.add_task(here.store, here.actor, id, task, here.now, who, within)

    return act_on(here, id, press, act)


@routes.action("/{id}/level", permission=OPERATE)
def set_level(
    id: str,
    here: Here,
    level: Annotated[int, Form()],
    reason: Words = "",
    seen: Seen = None,
    press: Short = "",
) -> Response:
    """Raise or lower the level."""
    return act_on(
        here, id, press, lambda: handling.set_level(here.store, here.actor, id, level, here.now, reason, seen)
    )


@routes.action("/{id}/asked", permission=OPERATE)
def tell_those_asked(
    id: str,
    here: Here,
    phase: Annotated[Phase, Form()],
    level: Annotated[int, Form()],
    key: Short = "",
    group: Annotated[list[str] | None, Form()] = None,
    step: Annotated[list[int] | None, Form()] = None,
    press: Short = "",
) -> Response:
    """Send what the procedure asks for at this level, as it was shown."""
    request = Request(phase, level, groups=frozenset(group or ()), key=key, steps=frozenset(step or ()))

    def act() -> None:
        incident = reading.read_case(here.store, here.actor, id).incident
        desk = here.house.part(TellingDesk).desk
        tell_asked(here.store, here.actor, incident, request, desk, here.now, lambda: reached_firms(here, id))
        from_thread.run_sync(say_told, here.house)

    return act_on(here, id, press, act)


@routes.action("/{id}/kind", permission=OPERATE)
def reclassify(
    id: str, here: Here, kind: Short = "", reason: Words = "", seen: Seen = None, press: Short = ""
) -> Response:
    """Say that it is of another kind."""
    return act_on(
        here, id, press, lambda: handling.reclassify(here.store, here.actor, id, kind, here.now, reason, seen)
    )


@routes.action("/{id}/place", permission=OPERATE)
def set_place(
    id: str,
    here: Here,
    place: Short = "",
    lon: Annotated[float | None, Form()] = None,
    lat: Annotated[float | None, Form()] = None,
    seen: Seen = None,
    press: Short = "",
) -> Response:
    """Say where it is."""
    return act_on(
        here,
        id,
        press,
        lambda: handling.set_place(
            here.store, here.actor, id, Place(words=place, lon=lon, lat=lat), here.now, seen
        ),
    )


@routes.action("/{id}/clocks/{clock}/{what}", permission=OPERATE)
def set_clock(
    id: str,
    clock: str,
    what: str,
    here: Here,
    at: Short = "",
    to: Annotated[list[str] | None, Form()] = None,
    text: Words = "",
    press: Short = "",
) -> Response:
    """Record the report the law asks for, or why none is due; or start a clock."""

    def act() -> None:
        if what == "start":
            clocks.start_clock(here.store, here.actor, id, clock, here.now)
        elif what == "exempt":
            clocks.exempt_clock(here.store, here.actor, id, clock, text, here.now)
        else:
            made = typed_moment("at", at)
            clocks.answer_clock(here.store, here.actor, id, clock, here.now, at=made, to=to or (), text=text)

    return act_on(here, id, press, act)


@routes.action("/{id}/contain", permission=OPERATE)
def contain(id: str, here: Here, at: Short = "", press: Short = "") -> Response:
    """Say that it is under control."""
    return act_on(
        here,
        id,
        press,
        lambda: handling.contain(here.store, here.actor, id, here.now, typed_moment("at", at)),
    )


@routes.action("/{id}/close", permission=OPERATE)
def close(
    id: str,
    here: Here,
    cause: Words = "",
    measures: Words = "",
    deaths: Annotated[int, Form()] = 0,
    injured: Annotated[int, Form()] = 0,
    loss: Annotated[int, Form()] = 0,
    release: Annotated[bool, Form()] = False,
    seen: Seen = None,
    press: Short = "",
) -> Response:
    """Close it."""
    said = Closing(cause.strip(), measures.strip(), deaths, injured, loss, release)
    return act_on(
        here, id, press, lambda: closing.close_incident(here.store, here.actor, id, said, here.now, seen)
    )


@routes.action("/{id}/reopen", permission=OPERATE)
def reopen(id: str, here: Here, reason: Words = "", press: Short = "") -> Response:
    """Open it again."""
    return act_on(
        here, id, press, lambda: closing.reopen_incident(here.store, here.actor, id, reason, here.now)
    )
