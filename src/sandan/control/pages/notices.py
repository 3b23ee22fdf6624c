"""Telling people from an incident's workspace, and the page a notice's link leads to."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.control.engine.incidents.figures import mark_of
from sandan.control.engine.incidents.wording import group_names
from sandan.control.model.contacts import CHANNEL_NAMES, CIRCLE_NAMES
from sandan.control.model.incidents import CLOCK_NAMES
from sandan.control.model.incidents.procedures import OWN, groups, levels
from sandan.control.model.notices import (
    ANSWER_NAMES,
    CALL_NAMES,
    DELIVERY_NAMES,
    PHASE_NAMES,
    STANDING_NAMES,
    WARNINGS,
    Answer,
    CallOutcome,
    Mode,
    Phase,
    Request,
    Standing,
)
from sandan.control.model.rights import CASES, OPERATE, WATCH
from sandan.control.pages.incidents.frame import reached_firms, typed_moment
from sandan.control.service.hazard.desk import HazardDesk
from sandan.control.service.incidents.people import display_names
from sandan.control.service.incidents.reading import read_case
from sandan.control.service.notices import answers
from sandan.control.service.notices.asked import ask_of_step
from sandan.control.service.notices.running import TellingDesk, say_told
from sandan.control.service.notices.subjects import HAZARD, subject_for, zones_of
from sandan.control.service.notices.telling import Preview, escalate, mode_of, preview, tell
from sandan.control.service.notices.told import Line, may_ring, read_recent, read_told
from sandan.domain import Here, Visit, Written, whole
from sandan.errors import Finding, InvalidInput
from sandan.web import PUBLIC, Routes
from sandan.words import LANGUAGES, Text

routes = Routes("control")
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
RECENT = 100
SHOWN = 30
"""So many of one decision are listed in the workspace, those that need somebody first."""
RINGS = 10
"""So many contacts to telephone are shown, in the order in which to ring them."""
PHASES = tuple(one for one in Phase if one is not Phase.TEST)
Field = Annotated[str, Form(max_length=600)]
Chosen = Annotated[list[str], Form()]


@routes.page("/control/incidents/{id}/notices", permission=CASES)
def told_part(id: str, here: Here, step: Annotated[int, Query()] = 0) -> Response:
    """Who was told of an incident, and the form to tell more: a part of its workspace.

    With the number of a task that tells somebody, the form is filled in for it and what it sends is shown.
    """
    return _part(here, id, step=step if here.actor.may(OPERATE) else 0)


@routes.page("/control/incidents/{id}/notices/list", permission=CASES)
def told_list(id: str, here: Here) -> Response:
    """The list alone, brought up to date under a form that somebody is filling in."""
    return here.render("control/notices/list.html", **_told(here, id))


@routes.action("/control/incidents/{id}/notices/preview", permission=OPERATE)
def preview_part(
    id: str,
    here: Here,
    phase: Annotated[Phase, Form()] = Phase.FIRST,
    level: Annotated[int, Form()] = 1,
    note: Field = "",
    group: Chosen = [],  # noqa: B006  # read only; FastAPI makes a new list for each request
    zone: Chosen = [],  # noqa: B006  # the same
    step: Annotated[int, Form()] = 0,
) -> Response:
    """Whom this would tell, and every text word for word."""
    request = Request(phase, level, groups=frozenset(filter(None, group)), note=note, steps=_one(step))
    try:
        subject = subject_for(here.store, here.actor, id, zone, _reached(here, id, zone))
        shown = preview(here.store, here.actor, subject, request, here.house.part(TellingDesk).desk, here.now)
    except InvalidInput as error:
        return here.render("web/findings.html", status=422, findings=error.findings)
    return here.render("control/notices/preview.html", **_names(), **_asked(id, request, zone, shown))


@routes.action("/control/incidents/{id}/notices", permission=OPERATE)
async def tell_action(id: str, here: Here, form: Written) -> Response:
    """Tell those that are ticked, now; what it was chosen for is done when it has arrived.

    Read by hand, because the form has a field for every contact, and an evacuation has thousands.
    """
    zone = [str(one) for one in form.getlist("zone")]
    phase = str(form.get("phase", ""))
    if phase not in list(Phase):
        raise InvalidInput.because(
            "phase",
            Text(f"'{phase}'은(는) 모르는 값입니다.", f"'{phase}' is not known."),
            Text("화면을 새로 고치십시오.", "reload the page."),
        )
    request = Request(
        Phase(phase),
        whole(form.get("level")),
        frozenset(str(one) for one in form.getlist("contact")),
        note=str(form.get("note", "")),
        key=str(form.get("key", "")),
        steps=_one(whole(form.get("step"))),
        at_once=bool(form.get("at_once")),
    )

    def telling() -> int:
        subject = subject_for(here.store, here.actor, id, zone, _reached(here, id, zone))
        desk = here.house.part(TellingDesk).desk
        return len(tell(here.store, here.actor, subject, request, desk, here.now))

    try:
        told = await asyncio.to_thread(telling)
    except InvalidInput as error:
        return _answer(here, id, findings=error.findings)
    say_told(here.house)
    return _answer(here, id, done=Text(f"{told}곳에 알렸습니다.", f"Told {told} contacts."))


@routes.action("/control/incidents/{id}/notices/calls", permission=OPERATE)
def call_action(
    id: str,
    here: Here,
    contact: Field,
    outcome: Annotated[CallOutcome, Form()],
    text: Field = "",
    happened: Field = "",
    step: Annotated[int, Form()] = 0,
) -> Response:
    """Keep a call that was made."""
    subject_for(here.store, here.actor, id)
    try:
        made = typed_moment("happened", happened)
        answers.record_call(here.store, here.actor, id, contact, outcome, text, here.now, made, step)
    except InvalidInput as error:
        return _answer(here, id, findings=error.findings)
    return _answer(here, id, done=Text("통화를 기록했습니다.", "The call is on record."))


@routes.action("/control/incidents/{id}/notices/escalate", permission=OPERATE)
def escalate_action(id: str, here: Here, notice: Annotated[int, Form()]) -> Response:
    """Do not wait: tell the next in the tree."""
    subject_for(here.store, here.actor, id)
    escalate(here.store, here.actor, notice, here.house.part(TellingDesk).desk, here.now)
    return _answer(here, id, done=Text("다음 연락처로 넘겼습니다.", "Passed on to the next."))


@routes.page("/control/notices", permission=WATCH)
def recent_page(
    here: Here,
    telling: Annotated[str, Query(max_length=64)] = "",
    page: Annotated[int, Query(ge=1, le=9_999)] = 1,
) -> Response:
    """The newest notices: a firm's people see what was sent to their firm, and answer it here too."""
    lines = read_recent(here.store, here.actor, RECENT, page, telling)
    return here.render(
        "control/notices/recent.html",
        lines=lines,
        page=page,
        page_url=lambda number: f"/control/notices?{urlencode({'telling': telling, 'page': number})}",
        more=len(lines) == RECENT,
        own=here.actor.tenant is not None,
        may_cases=here.actor.may(CASES),
        **_names(),
    )


@routes.page("/n/{token}", permission=PUBLIC)
def notice_page(token: str, here: Here, lang: str = "") -> Response:
    """A notice, for whoever has its link; two large buttons answer it."""
    notice = answers.open_notice(here.store, token)
    language = next((one for one in LANGUAGES if one == lang), notice.language)
    response = here.render_form(
        "control/notices/notice.html",
        notice=notice,
        to=language,
        say=lambda ko, en=None: _say(ko, en)[language],
        answers=ANSWER_NAMES,
        phases=PHASE_NAMES,
    )
    response.headers["x-robots-tag"] = "noindex, nofollow"
    return response


@routes.page("/n/{token}/seen", permission=PUBLIC)
def notice_seen(token: str, here: Here) -> Response:
    """A picture of one point; that it was fetched says the page is on a screen."""
    answers.mark_read(here.store, token, here.now)
    return Response(PIXEL, media_type="image/gif", headers={"cache-control": "no-store"})


@routes.action("/n/{token}", permission=PUBLIC)
def notice_answer(token: str, here: Here, answer: Annotated[Answer, Form()], lang: Field = "") -> Response:
    """One of the two buttons."""
    answers.answer(here.store, token, answer, here.now)
    chosen = f"?lang={lang}" if lang in LANGUAGES else ""
    return RedirectResponse(f"/n/{token}{chosen}", 303)


def _say(ko: str | Text, en: str | None) -> dict[str, str]:
    text = ko if isinstance(ko, Text) else Text(ko, en or ko)
    return {language: text.in_(language) for language in LANGUAGES}


def _answer(here: Visit, id: str, *, findings: Sequence[Finding] = (), done: Text | None = None) -> Response:
    if here.request.headers.get("hx-request") == "true":
        return _part(here, id, findings, done)
    if findings:
        raise InvalidInput(findings)
    return RedirectResponse(f"/control/incidents/{id}#told", 303)


def _part(
    here: Visit, id: str, findings: Sequence[Finding] = (), done: Text | None = None, step: int = 0
) -> Response:
    context = _told(here, id) | (_of_step(here, id, step) if step else {})
    return here.render(
        "control/notices/told.html",
        status=422 if findings else 200,
        findings=findings,
        done=done,
        groups=groups(),
        zones=zones_of(here.store),
        hazard=HAZARD if here.house.part(HazardDesk).stated(id) else "",
        phase_choices=PHASES,
        warnings=WARNINGS,
        **context,
    )


def _one(step: int) -> frozenset[int]:
    return frozenset({step} if step else ())


def _of_step(here: Visit, id: str, step: int) -> dict[str, Any]:
    case = read_case(here.store, here.actor, id)
    ask = ask_of_step(
        here.store, here.actor, case, step, here.house.part(TellingDesk).desk, here.now,
        stated=here.house.part(HazardDesk).stated(id), reached=lambda: reached_firms(here, id),
    )  # fmt: skip
    return {"ask": ask, **_asked(id, ask.request, ask.zones, ask.shown)}


def _reached(here: Visit, id: str, zones: Sequence[str]) -> frozenset[str]:
    """The firms in the hazard area as of this minute, when they are to be warned."""
    return reached_firms(here, id) if HAZARD in zones else frozenset()


def _told(here: Visit, id: str) -> dict[str, Any]:
    subject = subject_for(here.store, here.actor, id)
    mode = mode_of(here.house.part(TellingDesk).desk, subject)
    told = read_told(here.store, here.actor, id, here.now)
    return {
        "subject": subject,
        "told": told,
        "RINGS": RINGS,
        "SHOWN": SHOWN,
        "standings": _standings,
        "ring": [*told.ring, *(one for one in may_ring(here.store, here.actor, id) if one not in told.ring)],
        "names": display_names(here.store, here.actor, {one.by for one in told.calls}),
        "first": mark_of(read_case(here.store, here.actor, id), "told"),
        "clocks": CLOCK_NAMES,
        "mode": mode,
        "modes": Mode,
        "may_operate": here.actor.may(OPERATE),
        **_names(),
    }


def _asked(id: str, request: Request, zone: Sequence[str], shown: Sequence[Preview]) -> dict[str, Any]:
    return {
        "id": id,
        "asked": request,
        "zone": zone,
        "shown": shown,
        "key": secrets.token_urlsafe(12),
        "circles": CIRCLE_NAMES,
        "OWN": OWN,
    }


def _standings(lines: Sequence[Line]) -> list[tuple[Text, int]]:
    count = Counter(one.standing for one in lines)
    return [(STANDING_NAMES[one], count[one]) for one in Standing if count[one]]


def _names() -> dict[str, Any]:
    return {
        "standing_names": STANDING_NAMES,
        "ask": None,
        "levels": levels(),
        "phases": PHASE_NAMES,
        "states": DELIVERY_NAMES,
        "group_names": group_names,
        "channels": CHANNEL_NAMES,
        "answers": ANSWER_NAMES,
        "outcomes": CALL_NAMES,
    }
