"""Concentration and dose over time at a firm or at any place on the map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely

from sandan.control.engine.hazard import disperse
from sandan.control.engine.hazard.course import Course, follow_place
from sandan.control.model.hazard import HazardParams, HazardProblem, Receptors
from sandan.control.service.hazard.area import HazardArea
from sandan.errors import InvalidInput, NotFound
from sandan.store import Store
from sandan.twin.geometry import LocalMetres, distance, place
from sandan.twin.model import Thing
from sandan.words import Text

FIRM = Text("기업", "firm")
MOST = 100_000
FARTHEST = 20_000.0
"""Metres from the release within which a place may be asked about."""


@dataclass(frozen=True, slots=True)
class PlaceCourse:
    """The course at a place; `firm` is who is there, if anybody."""

    course: Course
    started: datetime
    lon: float
    lat: float
    firm: Thing | None
    metres: float
    """From the release."""


def course_at_firm(store: Store, area: HazardArea, firm: str, air_changes: float | None) -> PlaceCourse:
    """At a firm's place; `NotFound` for no firm, or one without a place."""
    with store.registry.read() as conn:
        found = store.things.get(conn, firm)
    if found is None or found.kind != "firm" or found.geometry is None:
        raise NotFound(FIRM, firm)
    return _course(area, *place(found.geometry), found, air_changes)


def course_at_place(
    store: Store, area: HazardArea, lon: float, lat: float, air_changes: float | None
) -> PlaceCourse:
    """At a place on the map, with the firm whose ground it is; `InvalidInput` far from the release."""
    if distance((area.request.lon, area.request.lat), (lon, lat)) > FARTHEST:
        raise InvalidInput.because(
            "place",
            Text("누출 지점에서 너무 먼 곳입니다.", "the place is too far from the release."),
            Text("20 km 안에서 고르십시오.", "choose one within 20 km."),
        )
    spot = shapely.Point(lon, lat)
    with store.registry.read() as conn:
        firms = store.things.find(conn, kind="firm", limit=MOST)
    here = next((f for f in firms if f.geometry is not None and f.geometry.contains(spot)), None)
    return _course(area, lon, lat, here, air_changes)


def _course(
    area: HazardArea, lon: float, lat: float, firm: Thing | None, air_changes: float | None
) -> PlaceCourse:
    request, result = area.request, area.result
    x, y = LocalMetres((request.lon, request.lat)).to_metres([lon], [lat])
    problem = HazardProblem(
        request.release(area.measured.weather),
        area.measured.weather,
        None,
        Receptors(x, y),
        result.thresholds,
    )
    params = HazardParams(model=result.model, sigma_set=result.sigma_set, deposition=area.deposition)
    course = follow_place(disperse(problem, params), 0, air_changes)
    return PlaceCourse(course, request.started, lon, lat, firm, float(np.hypot(x[0], y[0])))
