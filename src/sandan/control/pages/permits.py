"""Work permits: a firm asks for its own, an operator decides; what stands against each, and the map."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.access import SYSTEM
from sandan.clock import SEOUL, Period
from sandan.control.engine.permits import permit_rules
from sandan.control.model.incidents import Place
from sandan.control.model.permits import WEIGHTS, AirTest, Weight
from sandan.control.model.rights import OPERATE, PERMITS
from sandan.control.model.safety import PERMIT_STATES, WorkPermit
from sandan.control.pages.incidents.frame import typed_moment
from sandan.control.service.incidents.people import display_names
from sandan.control.service.permits import handling, recording
from sandan.control.service.permits.asking import Asked, ask_permit, provisions_of
from sandan.control.service.permits.checking import PermitDesk
from sandan.control.service.permits.figures import permit_figures
from sandan.control.service.permits.reading import list_permits, read_paper
from sandan.domain import Here, Visit
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("control", prefix="/control/permits")
Field = Annotated[str, Form(max_length=4_000)]
Short = Annotated[str, Form(max_length=200)]
Chosen = Annotated[list[str] | None, Form()]
DAY = timedelta(days=1)
DIGITS = 5
"""Of a degree: about a metre, within which marks on the map would hide each other."""
PLACES, PLACE_KINDS = 600, ("zone", "building", "tank", "stack", "substation", "road")
"""Names of places offered while typing; of equipment a firm is offered its own."""
STATE_OF_WEIGHT = {Weight.STOP: 1, Weight.HOLD: 2, Weight.NOTE: 4}
"""The mark a conflict is shown with."""
STEPS = {
    "refuse": Text("반려", "Refuse"),
    "stop": Text("작업 중지", "Stop the work"),
    "close": Text("종료 (현장 확인)", "Close (the place was checked)"),
    "withdraw": Text("신청 취하", "Withdraw"),
}


@routes.page("", permission=PERMITS)
def permits_page(here: Here, day: Annotated[str, Query(max_length=10)] = "") -> Response:
    """The works of a day with what stands against them, and requests that wait whenever they are for."""
    chosen = _day(day, here.now)
    period = _period(chosen)
    works = list_permits(here.store, here.actor, period, here.now)
    checked = here.house.part(PermitDesk).check(here.actor, here.language, here.now)
    return here.render(
        "control/permits/list.html",
        works=works,
        checked=checked,
        day=chosen,
        before=chosen - DAY,
        after=chosen + DAY,
        own=here.actor.tenant is not None,
        places=_places(works),
        near=here.house.part(PermitDesk).near(here.actor, here.language, here.now),
        figures=permit_figures(here.store, here.actor, here.now),
        **_around(here),
    )


def _places(works: Sequence[WorkPermit]) -> list[list[WorkPermit]]:
    """The works on the map by place: those within about a metre of each other share a mark."""
    found: dict[tuple[float, float], list[WorkPermit]] = {}
    for one in works:
        if one.state not in handling.END:
            found.setdefault((round(one.lon, DIGITS), round(one.lat, DIGITS)), []).append(one)
    return list(found.values())


def _day(text: str, now: datetime) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return now.astimezone(SEOUL).date()


def _period(day: date) -> Period:
    start = datetime(day.year, day.month, day.day, tzinfo=SEOUL)
    return Period(start, start + DAY)


def _around(here: Visit) -> Mapping[str, Any]:
    return {
        "kinds": permit_rules().kinds,
        "states": PERMIT_STATES,
        "weights": WEIGHTS,
        "state_of_weight": STATE_OF_WEIGHT,
        "may_operate": here.actor.may(OPERATE),
        "permit_url": permit_url,
    }


def permit_url(id: str) -> str:
    """The address of a permit."""
    return f"/control/permits/{quote(id, safe='')}"


@routes.page("/permits.geojson", permission=PERMITS)
def permits_map(here: Here, day: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Where the works of a day are, as the map draws sketches; a firm sees its own."""
    period = _period(_day(day, here.now))
    return _points(here, _places(list_permits(here.store, here.actor, period, here.now)))


def _points(here: Visit, places: Sequence[Sequence[WorkPermit]]) -> Response:
    kinds = permit_rules().kinds
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [works[0].lon, works[0].lat]},
            "properties": {
                "label": kinds[works[0].kind].name.in_(here.language) if len(places) == 1 else "",
                "place": len(places) == 1,
                "number": "" if len(places) == 1 else str(number),
                "entry": "" if len(places) == 1 else f"place-{number}",
            },
        }
        for number, works in enumerate(places, 1)
    ]
    body = {"type": "FeatureCollection", "features": features, "revision": 0}
    return Response(
        orjson.dumps(body), media_type="application/geo+json", headers={"cache-control": "no-store"}
    )


@routes.page("/new", permission=PERMITS)
def new_page(here: Here, kind: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The form for a kind of work, with what that kind needs."""
    return _form(here, kind)


def _form(
    here: Visit, kind: str, findings: Sequence[Finding] = (), given: Mapping[str, Any] | None = None
) -> Response:
    rules = permit_rules()
    most = PLACES // len(PLACE_KINDS)
    with here.store.registry.read() as conn:
        places = {
            one.name
            for thing_kind in PLACE_KINDS
            for one in here.store.things.find(conn, kind=thing_kind, tenant=here.actor.tenant, limit=most)
        }
    return here.render(
        "control/permits/new.html",
        status=422 if findings else 200,
        kind=kind if kind in rules.kinds else "",
        provisions=provisions_of(kind),
        air=[rule for rule in rules.air if rule.kind == kind],
        places=sorted(places),
        findings=findings,
        given=given or {},
        **_around(here),
    )


@routes.action("", permission=PERMITS)
def ask(
    here: Here,
    kind: Short = "",
    name: Field = "",
    place: Short = "",
    lon: Short = "",
    lat: Short = "",
    radius: Short = "",
    start: Short = "",
    end: Short = "",
    contractor: Field = "",
    indoors: Short = "",
    provision: Chosen = None,
    watchers: Field = "",
    air: Chosen = None,
    tested: Short = "",
) -> Response:
    """Ask for a permit and go to its page."""
    found: list[Finding] = []
    numbers = {
        where: _number(where, text, found) for where, text in (("lon", lon), ("lat", lat), ("radius", radius))
    }
    times = {
        where: _moment(where, text, found)
        for where, text in (("start", start), ("end", end), ("tested", tested))
    }
    values = _air(kind, air or [], found)
    asked = Asked(
        kind,
        name,
        times["start"],
        times["end"],
        Place(None, place, numbers["lon"], numbers["lat"]),
        numbers["radius"] or 0.0,
        contractor,
        indoors != "yes",
        provision or [],
        re.split(r"[,\n]", watchers),
        [AirTest(quantity, value, times["tested"] or here.now) for quantity, value in values.items()],
    )
    try:
        if found:
            raise InvalidInput(found)
        kept = ask_permit(here.store, here.actor, asked, here.now)
    except InvalidInput as error:
        given = {
            "name": name, "place": place, "lon": lon, "lat": lat, "radius": radius, "start": start,
            "end": end, "contractor": contractor, "indoors": indoors, "provision": provision or [],
            "watchers": watchers, "air": air or [], "tested": tested,
        }  # fmt: skip
        return _form(here, kind, error.findings, given)
    return RedirectResponse(permit_url(kept.id), 303)


def _number(where: str, text: str, found: list[Finding]) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value or abs(value) == float("inf"):
        problem = Text(f"'{text[:20]}'은(는) 수가 아닙니다.", f"'{text[:20]}' is no number.")
        found.append(Finding(where, problem, Text("숫자만 적으십시오.", "write a number.")))
        return None
    return value


def _moment(where: str, text: str, found: list[Finding]) -> datetime | None:
    try:
        return typed_moment(where, text)
    except InvalidInput as error:
        found.extend(error.findings)
        return None


def _air(kind: str, texts: Sequence[str], found: list[Finding]) -> dict[str, float]:
    """The values of the fields, which stand in the order of the kind's rules."""
    rules = [rule for rule in permit_rules().air if rule.kind == kind]
    values = {
        rule.quantity: _number(rule.quantity, text, found) for rule, text in zip(rules, texts, strict=False)
    }
    return {quantity: value for quantity, value in values.items() if value is not None}


@routes.page("/{id}", permission=PERMITS)
def permit_page(id: str, here: Here) -> Response:
    """A permit with what stands against it, and what may be done."""
    return _page(here, id)


def _page(here: Visit, id: str, findings: Sequence[Finding] = (), status: int = 0) -> Response:
    paper = read_paper(here.store, here.actor, id)
    work = paper.work
    checked = here.house.part(PermitDesk).check(here.actor, here.language, here.now)
    rules = permit_rules()
    owner = None
    if work.tenant is not None and here.actor.tenant is None:
        with here.store.registry.read() as conn:
            found = here.store.things.find(conn, kind="firm", tenant=work.tenant, limit=20)
        owner = next((one.name for one in found if one.tenant == work.tenant), work.tenant)
    return here.render(
        "control/permits/permit.html",
        status=status or (422 if findings else 200),
        work=work,
        owner=owner,
        paper=paper,
        names=display_names(
            here.store,
            here.actor,
            {one for one in (work.asked_by, work.decided_by, *(step.by for step in paper.steps)) if one},
        ),
        system=SYSTEM.id,
        standings=checked.of(id),
        notes=checked.notes,
        foretold=checked.foretold,
        blocked=checked.blocking(id),
        provisions=provisions_of(work.kind),
        closing=handling.closing_of(work.kind) if work.start <= here.now else {},
        signs=recording.signs_of(work.kind),
        air=[rule for rule in rules.air if rule.kind == work.kind],
        findings=findings,
        steps=_steps(here, work),
        over=work.end <= here.now,
        open=work.state not in handling.END,
        **_around(here),
    )


def _steps(here: Visit, work: WorkPermit) -> Mapping[str, Text]:
    """What may be done to it now by who looks at it."""
    asker = here.actor.tenant is not None or work.asked_by == here.actor.id
    return {
        step: STEPS[step]
        for step, (before, _after, _kind) in handling.STEPS.items()
        if work.state in before and (asker if step == "withdraw" else here.actor.may(OPERATE))
    }


@routes.page("/{id}/map.geojson", permission=PERMITS)
def permit_map(id: str, here: Here) -> Response:
    """Where this one is."""
    return _points(here, [[read_paper(here.store, here.actor, id).work]])


@routes.action("/{id}/grant", permission=OPERATE)
def grant(id: str, here: Here, reason: Field = "") -> Response:
    """Let the work be done; against conflicts only with a reason."""
    desk = here.house.part(PermitDesk)
    try:
        handling.grant(desk, here.actor, id, reason, here.language, here.now)
    except Conflict as error:
        remedy = Text("아래 상충을 풀거나 까닭을 적으십시오.", "Settle what is below, or say why.")
        return _page(here, id, [Finding("", error.text, remedy)], 409)
    except InvalidInput as error:
        return _page(here, id, error.findings)
    return RedirectResponse(permit_url(id), 303)


@routes.action("/{id}/air", permission=PERMITS)
def air(id: str, here: Here, air: Chosen = None, tested: Short = "") -> Response:
    """Keep a test of the air."""
    work, found = read_paper(here.store, here.actor, id).work, list[Finding]()
    values, at = _air(work.kind, air or [], found), _moment("tested", tested, found)
    try:
        if found:
            raise InvalidInput(found)
        recording.record_air(here.store, here.actor, id, values, at, here.now)
    except InvalidInput as error:
        return _page(here, id, error.findings)
    return RedirectResponse(permit_url(id), 303)


def _act(here: Visit, id: str, act: Callable[[], object]) -> Response:
    """Do it and show the permit; what was wrong stands above it."""
    try:
        act()
    except InvalidInput as error:
        return _page(here, id, error.findings)
    return RedirectResponse(permit_url(id), 303)


def _step(step: str, id: str, here: Visit, reason: str, checks: Sequence[str] = ()) -> Response:
    return _act(
        here, id, lambda: handling.take_step(here.store, here.actor, step, id, reason, here.now, checks)
    )


@routes.action("/{id}/provisions", permission=PERMITS)
def provide(id: str, here: Here, provision: Chosen = None) -> Response:
    """Keep which provisions are made."""
    made = provision or []
    return _act(here, id, lambda: recording.record_provisions(here.store, here.actor, id, made, here.now))


@routes.action("/{id}/sign", permission=PERMITS)
def sign(id: str, here: Here, role: Short = "", post: Short = "") -> Response:
    """Sign in a role."""
    return _act(here, id, lambda: recording.sign(here.store, here.actor, id, role, post, here.now))


@routes.action("/{id}/extend", permission=OPERATE)
def extend(id: str, here: Here, end: Short = "", reason: Field = "") -> Response:
    """Let work that goes on go on longer."""
    desk = here.house.part(PermitDesk)
    try:
        until = typed_moment("end", end)
        handling.extend(desk, here.actor, id, until, reason, here.language, here.now)
    except Conflict as error:
        return _page(here, id, [Finding("", error.text, Text("", ""))], 409)
    except InvalidInput as error:
        return _page(here, id, error.findings)
    return RedirectResponse(permit_url(id), 303)


@routes.action("/{id}/refuse", permission=OPERATE)
def refuse(id: str, here: Here, reason: Field = "") -> Response:
    """Refuse a request."""
    return _step("refuse", id, here, reason)


@routes.action("/{id}/stop", permission=OPERATE)
def stop(id: str, here: Here, reason: Field = "") -> Response:
    """Stop work that was granted."""
    return _step("stop", id, here, reason)


@routes.action("/{id}/close", permission=OPERATE)
def close(id: str, here: Here, reason: Field = "", check: Chosen = None) -> Response:
    """Close it after the work, with what was looked at."""
    return _step("close", id, here, reason, check or [])


@routes.action("/{id}/withdraw", permission=PERMITS)
def withdraw(id: str, here: Here, reason: Field = "") -> Response:
    """Take a request back."""
    return _step("withdraw", id, here, reason)
