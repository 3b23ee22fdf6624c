"""Waste heat: whose could serve whom, on the map and in a table; a firm what concerns its own streams."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import File, Form, Query, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.domain import Here, Visit, Written, whole
from sandan.energy.engine.sharing import COLUMNS, HOUR_COLUMNS, as_row, fuels
from sandan.energy.model.circulation import HOURS, WAYS, HeatStream
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.model.sharing import Unfit
from sandan.energy.service import heat as service
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("energy", prefix="/energy/heat")
DONE = {
    "saved": Text("저장했습니다.", "Saved."),
    "removed": Text("뺐습니다.", "Taken out."),
    "imported": Text("파일을 가져왔습니다.", "The file was imported."),
    "terms": Text("운영자의 값을 저장했습니다.", "The operator's figures were kept."),
}
WHY = {
    Unfit.TOO_FAR: Text("너무 멂", "too far"),
    Unfit.TOO_COOL: Text("온도가 모자람", "too cool"),
    Unfit.NOTHING_COOLED: Text("식힐 수 없음", "nothing is cooled"),
    Unfit.NO_COMMON_HOURS: Text("시간이 겹치지 않음", "never at the same hour"),
    Unfit.TOO_LITTLE: Text("양이 적음", "too little"),
}
EMPTY = dict.fromkeys((*COLUMNS, "power", "reason"), "") | {"way": "gives", "from": "0", "to": str(HOURS)}
"""A form nobody has written in."""
ON_MAP = 30
"""Best matches that are drawn."""
Short = Annotated[str, Query(max_length=200)]


@routes.page("", permission=SEE)
def heat_page(here: Here, done: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Ranked matches, with why; streams; what the operator has to tell."""
    return _page(here, done=done)


@routes.page("/matches.geojson", permission=SEE)
def matches_map(here: Here) -> Response:
    """Lines from source to sink of the best matches, and the places of the streams, as sketches."""
    found = service.heat_view(here.store, here.actor)
    body = {"type": "FeatureCollection", "features": list(_features(found)), "revision": 0}
    return Response(
        orjson.dumps(body), media_type="application/geo+json", headers={"cache-control": "no-store"}
    )


@routes.page("/streams.csv", permission=SEE)
def export(here: Here) -> Response:
    """The streams this visitor may see, which can be imported again."""
    return attachment(service.export_streams(here.store, here.actor), "heat-streams.csv")


@routes.page("/streams/new", permission=TRADE)
def new_page(here: Here) -> Response:
    """An empty form for one stream."""
    return _form(here, EMPTY)


@routes.page("/streams/edit", permission=TRADE)
def edit_page(here: Here, id: Short) -> Response:
    """One stream, to be changed."""
    one = service.find_stream(here.store, here.actor, id)
    if one is None:
        raise NotFound(Text("열", "stream of heat"), id)
    return _form(here, as_row(one), known=True)


@routes.action("/streams", permission=TRADE)
def save(here: Here, written: Written) -> Response:
    """Add or change one stream."""
    form = {name: str(value)[:500] for name, value in written.items()}
    form["named"] = "yes" if form.get("named") else "no"
    try:
        row, reason = form | _hours(form), form.get("reason", "")
        service.save_stream(here.store, here.actor, whole(form.get("edition")), row, reason, here.now)
    except InvalidInput as error:
        return _form(here, form, error.findings, known=bool(form.get("known")))
    except Conflict as error:
        return _form(here, form, [_conflict(error)], known=bool(form.get("known")), status=409)
    return _back("saved")


@routes.action("/streams/remove", permission=TRADE)
def remove(
    here: Here,
    id: Annotated[str, Form(max_length=200)],
    edition: Annotated[int, Form(ge=0)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take a stream out."""
    try:
        service.remove_stream(here.store, here.actor, edition, id, reason, here.now)
    except InvalidInput as error:
        return _page(here, error.findings, 422)
    except Conflict as error:
        return _page(here, [_conflict(error)], 409)
    return _back("removed")


@routes.action("/import", permission=TRADE)
def import_file(
    here: Here,
    edition: Annotated[int, Form(ge=0)],
    reason: Annotated[str, Form(max_length=500)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Bring in a CSV file, in whole or not at all."""
    data = file.file.read(service.MOST_BYTES + 1) if file is not None else b""
    try:
        service.import_streams(here.store, here.actor, edition, data, reason, here.now)
    except InvalidInput as error:
        return _page(here, error.findings, 422)
    except Conflict as error:
        return _page(here, [_conflict(error)], 409)
    return _back("imported")


@routes.action("/terms", permission=TRADE)
def save_terms(here: Here, written: Written) -> Response:
    """Keep what the operator says of pipes and exchangers."""
    form = {name: str(value)[:500] for name, value in written.items()}
    try:
        service.save_terms(here.store, here.actor, whole(form.get("edition")), form, here.now)
    except InvalidInput as error:
        return _page(here, error.findings, 422, terms=form)
    except Conflict as error:
        return _page(here, [_conflict(error)], 409)
    return _back("terms")


def _hours(form: Mapping[str, str]) -> dict[str, str]:
    """One power between two hours stands for 24; left empty, the hours themselves are read."""
    power = form.get("power", "").strip()
    if not power:
        return {}
    begin, end = (int(form[name]) if form.get(name, "").isdecimal() else -1 for name in ("from", "to"))
    if not 0 <= begin < end <= HOURS:
        raise InvalidInput.because(
            "from",
            Text("가동 시간이 0–24시 사이가 아닙니다.", "the hours are not between 0 and 24."),
            Text("예: 8시부터 20시까지", "for example from 8 to 20"),
        )
    return {name: power if begin <= hour < end else "0" for hour, name in enumerate(HOUR_COLUMNS)}


def _back(done: str) -> Response:
    return RedirectResponse(f"/energy/heat?done={done}", 303)


def _conflict(error: Conflict) -> Finding:
    return Finding("", error.text, Text("새로 고친 뒤 다시 하십시오.", "Reload and try again."))


def _page(
    here: Visit,
    faults: Sequence[Finding] = (),
    status: int = 200,
    *,
    terms: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    found = service.heat_view(here.store, here.actor)
    told = found.terms.body
    shown = {name: _text(getattr(told, name)) for name in service.ASKED}
    shown |= {f"factor_{id}": _text(told.factors.get(id)) for id in fuels()}
    by_why: dict[Unfit, list[service.Miss]] = {}
    for miss in found.misses:
        by_why.setdefault(miss.found.why, []).append(miss)
    return here.render(
        "energy/heat.html",
        status=status,
        found=found,
        heat=sum(one.found.after_others for one in found.matches),
        fuel=sum(one.found.fuel_saved * one.found.after_others / one.found.heat for one in found.matches),
        carbon=_carbon(found.matches),
        pictures={one.rank: _picture(one) for one in found.matches},
        misses=sorted(by_why.items(), key=lambda pair: -len(pair[1])),
        why=WHY,
        ways=WAYS,
        fuels=fuels(),
        asked=service.ASKED,
        terms={**shown, "reason": "", **(terms or {})},
        columns=COLUMNS,
        faults_found=faults,
        done=DONE.get(done),
        staff=here.actor.tenant is None,
        may_change=here.actor.may(TRADE),
        groups=([one for one in found.matches if not one.spare], [one for one in found.matches if one.spare]),
        view=_view(found),
    )


def _form(
    here: Visit,
    row: Mapping[str, str],
    findings: Sequence[Finding] = (),
    *,
    known: bool = False,
    status: int = 422,
) -> Response:
    found = service.heat_view(here.store, here.actor)
    hours = {name: row.get(name, "") for name in HOUR_COLUMNS}
    return here.render(
        "energy/heat_stream.html",
        status=status if findings else 200,
        row={**EMPTY, **row},
        hours=hours,
        known=known,
        edition=found.book.version,
        firms=sorted(found.firms.values(), key=lambda one: one.id)[:500],
        ways=WAYS,
        fuels=fuels(),
        findings=findings,
    )


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _carbon(matches: Sequence[service.Match]) -> float | None:
    """Of all matches one after another [tCO2 a year]; None where a factor is missing."""
    total = 0.0
    for one in matches:
        if one.found.carbon_saved is None:
            return None
        total += one.found.carbon_saved * one.found.after_others / one.found.heat
    return total


def _picture(one: service.Match) -> Mapping[str, Any]:
    """The hours of a day: what would flow, and, as far as they may be known, what is given and wanted."""
    ends = [(side.stream, share) for side, share in ((one.source, one.found.usable), (one.sink, 1.0))]
    curves = [
        [value * share for value in stream.power] if stream is not None else None for stream, share in ends
    ]
    top = max(max(one.hours), *(max(curve) for curve in curves if curve is not None)) or 1.0

    def heights(values: Sequence[float]) -> list[float]:
        return [round(40 * value / top, 1) for value in values]

    return {
        "flow": heights(one.hours),
        "source": None if curves[0] is None else heights(curves[0]),
        "sink": None if curves[1] is None else heights(curves[1]),
        "top": top,
    }


def _view(found: service.HeatView) -> str:
    """Middle and zoom that show every match drawn, from above; "" when none can be drawn."""
    drawn = [one for one in found.matches if not one.spare][:ON_MAP]
    places = [side.place for one in drawn for side in (one.source, one.sink) if side.place is not None]
    if not places:
        return ""
    (west, south), (east, north) = np.min(places, axis=0), np.max(places, axis=0)
    # A phone's width and the map's height, with a margin; a degree north is a quarter longer here.
    dots = min(300 / max(east - west, 1e-6), 220 / max(1.25 * (north - south), 1e-6))
    zoom = min(math.log2(dots * 360 / 512), 16.5)
    return f"{(west + east) / 2:.5f},{(south + north) / 2:.5f},{zoom:.2f},0,0"


def _features(found: service.HeatView) -> Iterator[dict[str, Any]]:
    drawn: set[str] = set()
    for one in [one for one in found.matches if not one.spare][:ON_MAP]:
        begin, end = one.source.place, one.sink.place
        if begin is not None and end is not None and begin != end:
            middle = ((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2)
            # A label stands where its line begins: the rank in the middle, names at the ends.
            yield _feature("LineString", [middle, begin], str(one.rank))
            yield _feature("LineString", [middle, end], "")
    matched = {
        side.stream.id: side for one in found.matches for side in (one.source, one.sink) if side.stream
    }
    shown: list[HeatStream] = list(found.streams)
    shown += [side.stream for id, side in matched.items() if side.stream and side.stream not in shown]
    for stream in shown:
        place = found.places.get(stream.firm)
        if place is not None and stream.firm not in drawn:
            drawn.add(stream.firm)
            yield _feature("Point", place, found.firms[stream.firm].name)


def _feature(kind: str, coordinates: object, label: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"label": label, "place": False},
    }
