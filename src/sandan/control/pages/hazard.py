"""The hazard area in an incident's workspace: what leaks, where it goes, who is in the way, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.control.engine.hazard.exposure import ACTIONS
from sandan.control.engine.hazard.heard import read_words
from sandan.control.model.hazard import MODELS, STABILITIES
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.model.substances import find_substance, solutions, substances
from sandan.control.pages.courses import course_chart, course_rows
from sandan.control.pages.incidents.frame import announce, by_script, incident_url, typed_moment
from sandan.control.service.hazard.area import HazardArea
from sandan.control.service.hazard.course import PlaceCourse, course_at_firm, course_at_place
from sandan.control.service.hazard.desk import (
    SPREADS,
    HazardDesk,
    record_area,
    state_release,
    suggest_release,
)
from sandan.control.service.hazard.export import area_features, area_kml
from sandan.control.service.hazard.request import HazardRequest
from sandan.control.service.incidents import reading
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput, Unavailable
from sandan.web import Routes, attachment
from sandan.words import Language, Text

routes = Routes("control", prefix="/control/incidents")
SHOWN = 60
FIELDS = (
    "substance", "amount", "minutes", "started", "height", "liquefied", "spilled", "indoors",
    "pool_area", "air_changes", "wind_from", "wind_speed",
)  # fmt: skip
"""What the form asks for."""
BASES = {
    "worst": Text(
        "최악의 경우: 탱크 전량이 10분 동안 나옴", "the worst case: all of the tank within ten minutes"
    ),
    "reported": Text("보고된 양", "as reported"),
}


@routes.page("/{id}/hazard", permission=CASES)
def hazard_part(id: str, here: Here) -> Response:
    """The part of the workspace that shows the area and says what leaks."""
    return _part(here, id)


@routes.page("/{id}/hazard/result", permission=CASES)
def hazard_result(id: str, here: Here) -> Response:
    """The answer alone, so that a form that is being filled in stays as it is."""
    return _part(here, id, template="control/hazard/result.html")


@routes.page("/{id}/hazard.geojson", permission=CASES)
def hazard_features(id: str, here: Here, file: bool = False) -> Response:
    """The area as the map draws it: zones from the lowest threshold up, firms, the place of the release."""
    area = _area(here, id)[0]
    body = orjson.dumps(area_features(area, here.language))
    if file:
        return attachment(body, f"{id}.geojson", "application/geo+json")
    return Response(body, media_type="application/geo+json", headers={"cache-control": "no-store"})


@routes.page("/{id}/hazard.kml", permission=CASES)
def hazard_kml(id: str, here: Here) -> Response:
    """The same for the maps of others, such as those of the fire service."""
    area = _area(here, id)[0]
    return attachment(area_kml(area, id, here.language), f"{id}.kml", "application/vnd.google-earth.kml+xml")


@routes.page("/{id}/hazard/at", permission=CASES)
def hazard_at(
    id: str,
    here: Here,
    firm: Annotated[str, Query(max_length=200)] = "",
    lon: Annotated[float, Query(ge=-180, le=180)] = 0.0,
    lat: Annotated[float, Query(ge=-90, le=90)] = 0.0,
) -> Response:
    """Concentration and dose over time at a firm, or at a place of the map."""
    incident = reading.read_case(here.store, here.actor, id).incident
    area, trouble = _area(here, id)
    shown: PlaceCourse | None = None
    findings: tuple[Finding, ...] = ()
    air_changes = here.house.part(HazardDesk).settings.room_air_changes
    try:
        if area is not None and firm:
            shown = course_at_firm(here.store, area, firm, air_changes)
        elif area is not None:
            shown = course_at_place(here.store, area, lon, lat, air_changes)
    except InvalidInput as error:
        findings = error.findings
    return here.render(
        "control/hazard/course.html",
        status=422 if findings else 200,
        incident=incident,
        shown=shown,
        chart=None if shown is None else course_chart(shown, here.language),
        passings=[] if shown is None else course_rows(shown),
        trouble=trouble,
        findings=findings,
        pick=(lon, lat) if not firm and here.actor.may(OPERATE) and incident.active else None,
        substances=substances(),
        area=area,
        models=MODELS,
        air_changes=air_changes,
        incident_url=incident_url,
    )


@routes.action("/{id}/hazard", permission=OPERATE)
def say_release(
    id: str,
    here: Here,
    substance: Annotated[str, Form(max_length=100)],
    amount: Annotated[float, Form(gt=0, le=1_000_000)],
    minutes: Annotated[float, Form(ge=0, le=1_440)] = 0.0,
    height: Annotated[float, Form(ge=0, le=500)] = 0.0,
    started: Annotated[str, Form(max_length=30)] = "",
    liquefied: Annotated[bool, Form()] = False,
    spilled: Annotated[bool, Form()] = False,
    indoors: Annotated[bool, Form()] = False,
    air_changes: Annotated[str, Form(max_length=10)] = "",
    pool_area: Annotated[str, Form(max_length=10)] = "",
    wind_from: Annotated[str, Form(max_length=10)] = "",
    wind_speed: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Say what leaks, and see the area."""
    incident = reading.read_case(here.store, here.actor, id).incident
    lon, lat = incident.place.lon, incident.place.lat
    typed = {
        "substance": substance, "amount": f"{amount:g}", "minutes": f"{minutes:g}", "height": f"{height:g}",
        "started": started, "liquefied": liquefied, "spilled": spilled, "indoors": indoors,
        "air_changes": air_changes, "pool_area": pool_area, "wind_from": wind_from, "wind_speed": wind_speed,
    }  # fmt: skip
    try:
        if lon is None or lat is None:
            raise InvalidInput.because(
                "place",
                Text("사건의 위치가 없어 계산할 수 없습니다.", "the incident has no place on the map."),
                Text("먼저 지도에서 장소를 정하십시오.", "set its place on the map first."),
            )
        known = find_substance(substance)
        if known is None:
            raise InvalidInput.because(
                "substance",
                Text(f"'{substance}'을(를) 모릅니다.", f"'{substance}' is not known."),
                Text(
                    "이름, CAS 번호, UN 번호나 화학식으로 적거나 목록에서 고르십시오.",
                    "give a name, a CAS number, a UN number or a formula, or choose from the list.",
                ),
            )
        worst = suggest_release(here.store, incident)
        untouched = (
            worst is not None
            and (worst.substance, worst.minutes) == (known.id, minutes)
            and abs(worst.amount - amount) < 1  # the form shows whole kilograms
        )
        begun = typed_moment("started", started) or incident.detected_at
        request = HazardRequest(
            known.id,
            amount,
            minutes,
            lon,
            lat,
            begun,
            height,
            liquefied,
            indoors,
            _number("air_changes", air_changes),
            worst.basis if worst is not None and untouched else "reported",
            spilled,
            _number("pool_area", pool_area),
            _number("wind", wind_from),
            _number("wind", wind_speed),
        )
        state_release(here.store, here.actor, id, request, here.now)
        area, _ = _area(here, id)
        if area is not None:
            record_area(here.store, here.actor, id, area, here.now)
    except InvalidInput as error:
        return _part(here, id, findings=error.findings, typed=typed)
    announce(here, id)
    if by_script(here):
        return _part(here, id)
    return RedirectResponse(incident_url(id), 303)


def _as_typed(request: HazardRequest | None, language: Language) -> Mapping[str, Any]:
    """What the form holds before anybody types."""
    if request is None:
        return dict.fromkeys(FIELDS, "") | {"minutes": "10", "height": "0"}
    told = {"minutes": request.minutes, "height": request.height, "air_changes": request.air_changes}
    told |= {name: getattr(request, name) for name in ("pool_area", "wind_from", "wind_speed")}
    amount = f"{request.amount:.3g}" if request.amount < 100 else f"{request.amount:.0f}"
    return {name: "" if value is None else f"{value:g}" for name, value in told.items()} | {
        "substance": substances()[request.substance].name.in_(language),
        "amount": amount,
        "started": f"{request.started.astimezone(SEOUL):%Y-%m-%dT%H:%M:%S}",
        "liquefied": request.liquefied,
        "spilled": request.spilled,
        "indoors": request.indoors,
    }


def _number(where: str, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidInput.because(
            where,
            Text(f"'{text}'은(는) 수가 아닙니다.", f"'{text}' is not a number."),
            Text("수만 적거나 비워 두십시오.", "give a number, or leave it empty."),
        ) from None


def _area(here: Visit, id: str) -> tuple[HazardArea | None, Text | None]:
    try:
        return here.house.part(HazardDesk).area(here.actor, id, here.now), None
    except Unavailable as error:
        return None, error.text


def _part(
    here: Visit,
    id: str,
    *,
    template: str = "control/hazard/part.html",
    findings: tuple[Finding, ...] = (),
    typed: Mapping[str, Any] | None = None,
) -> Response:
    incident = reading.read_case(here.store, here.actor, id).incident
    area, trouble = _area(here, id)
    worst = suggest_release(here.store, incident)
    desk = here.house.part(HazardDesk)
    said = desk.said(here.actor, id)
    return here.render(
        template,
        status=422 if findings else 200,
        incident=incident,
        area=area,
        trouble=trouble,
        findings=findings,
        before=None if area is None else desk.before(id, area),
        # An answer to who states a release waits for no other incident; the page asks again within a minute.
        beside=desk.beside(here.actor, id, area) if area and here.request.method == "GET" else (),
        stale=None if area is None else area.measured.age(here.now),
        suggested=said or worst,
        form=typed or _as_typed(said or worst, here.language),
        stated=said is not None,
        heard=read_words(incident.title).how if said is None else None,
        tank=None if worst is None or worst.basis != "worst" else worst.amount,
        shown=SHOWN,
        substances=substances(),
        solutions=solutions(),
        settings=desk.settings,
        models=MODELS,
        stabilities=STABILITIES,
        actions=ACTIONS,
        bases=BASES,
        may_operate=here.actor.may(OPERATE) and incident.active,
        incident_url=incident_url,
        applies=incident.kind in SPREADS,
    )
