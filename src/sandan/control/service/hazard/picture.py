"""The hazard area of an incident as a section of its after-action report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import shapely
from shapely.geometry import shape as read_shape

from sandan.access import Actor
from sandan.control.engine.hazard.picture import GROUND, Drawn, DrawnZone, draw_area
from sandan.control.engine.incidents.wording import clock_time
from sandan.control.model.hazard import MODELS
from sandan.control.model.incidents import Incident
from sandan.control.model.substances import substances
from sandan.control.service.hazard.area import HazardArea
from sandan.control.service.hazard.desk import HazardDesk
from sandan.control.service.incidents.changing import need
from sandan.errors import Unavailable
from sandan.printing import Picture, Section
from sandan.store import Store
from sandan.twin.geometry import LocalMetres
from sandan.twin.model import Thing
from sandan.words import Language, Text

MOST = 20_000
TITLE = Text("지도", "Map")
AREA_TITLE = Text("위험구역", "Hazard area")


def area_section(
    store: Store, desk: HazardDesk, actor: Actor, id: str, language: Language, now: datetime
) -> Section | None:
    """A plan of the place, the area as of `now` or of the close, and the sketch; None without a place."""
    with store.registry.read() as conn:
        incident = need(conn, id)
        things = {kind: store.things.find(conn, kind=kind, limit=MOST) for kind in (*GROUND, "firm")}
    if incident.place.lon is None or incident.place.lat is None:
        return None
    try:
        area = desk.area(actor, id, min(now, incident.closed_at or now))
    except Unavailable:
        area = None
    picture = _picture(incident, area, things, language)
    title = TITLE if area is None else AREA_TITLE
    return Section(title.in_(language), [picture])


def _picture(
    incident: Incident, area: HazardArea | None, things: dict[str, list[Thing]], language: Language
) -> Picture:
    assert incident.place.lon is not None
    assert incident.place.lat is not None
    plane = LocalMetres((incident.place.lon, incident.place.lat))

    def drawn(some: Sequence[Thing]) -> list[Drawn]:
        return [Drawn(plane.flatten(one.geometry), one.name) for one in some if one.geometry is not None]

    reached = [] if area is None else [one.firm for one in area.reached]
    inside = {one.id for one in reached}
    sketch = [
        Drawn(plane.flatten(read_shape(feature["geometry"])), feature["properties"].get("label", ""))
        for feature in (incident.sketch or {}).get("features", ())
    ]
    zones = [
        DrawnZone(
            f"{zone.threshold.label} {zone.threshold.value:g} {zone.threshold.unit}",
            plane.flatten(zone.area),
            None if zone.possible is None else plane.flatten(zone.possible),
        )
        for zone in ([] if area is None else area.zones)
    ]
    svg = draw_area(
        {kind: [one.shape for one in drawn(things[kind])] for kind in GROUND},
        drawn([one for one in things["firm"] if one.id not in inside]),
        drawn(reached),
        zones,
        sketch,
        language,
    )
    return Picture(svg, _alternative(incident, area, zones, len(sketch), language), _caption(area, language))


def _caption(area: HazardArea | None, language: Language) -> str:
    if area is None:
        return Text("사건 지점과 둘레", "The place of the incident and around it").in_(language)
    wind, request = area.measured.weather, area.request
    name = substances()[request.substance].name
    over = Text(f"{request.minutes:g}분 동안", f"over {request.minutes:g} min")
    if not request.minutes:
        over = Text("한꺼번에", "at once")
    speed, direction = float(wind.speed[-1]), float(wind.direction[-1])
    model = MODELS[area.result.model]
    return Text(
        f"{clock_time(area.at)} 기준 · {name.ko} {request.amount:,g} kg {over.ko} · 바람 {direction:.0f}° "
        f"{speed:.1f} m/s · {model.ko} · 추정이며 측정이 아님",
        f"As of {clock_time(area.at)} · {name.en} {request.amount:,g} kg {over.en} · wind {direction:.0f}° "
        f"{speed:.1f} m/s · {model.en} · an estimate, no measurement",
    ).in_(language)


def _alternative(
    incident: Incident, area: HazardArea | None, zones: Sequence[DrawnZone], sketched: int, language: Language
) -> str:
    words = [
        Text(
            f"'{incident.place.words}' 둘레의 지도. 북쪽이 위.",
            f"Plan around {incident.place.words}, north up.",
        )
    ]
    if area is not None:
        for zone in zones:
            far = float(np.hypot(*shapely.get_coordinates(zone.area).T).max(initial=0.0))
            words.append(
                Text(
                    f"{zone.name} 이상인 구역은 가장 멀리 {far:,.0f} m까지.",
                    f"{zone.name} is passed out to {far:,.0f} m.",
                )
            )
        words.append(
            Text(
                f"구역 안에 기업 {len(area.reached)}곳, 근무 인원 {area.people}명.",
                f"{len(area.reached)} firms with {area.people} people in the area.",
            )
        )
    if sketched:
        words.append(Text(f"상황판에 그린 도형 {sketched}개.", f"{sketched} shapes sketched on the board."))
    return " ".join(one.in_(language) for one in words)
