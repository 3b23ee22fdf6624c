"""First estimates for an explosion or a fire at an incident's place: how far, how high, whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sandan.access import Actor
from sandan.control.engine.hazard.estimates import (
    FIRST_ESTIMATE,
    OverpressureLevel,
    distance_of_overpressure,
    overpressure_levels,
    smoke_rise,
    tnt_equivalent,
)
from sandan.control.model.hazard import Note
from sandan.control.model.incidents import Incident
from sandan.control.model.rights import CASES
from sandan.control.service.hazard.weather import MeasuredWeather, measured_weather, weather_points
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.twin.geometry import distance, place
from sandan.twin.model import Thing
from sandan.words import Text

MOST = 100_000


@dataclass(frozen=True, slots=True)
class Ring:
    """How far an overpressure reaches [m], and the firms within."""

    level: OverpressureLevel
    metres: float
    firms: Sequence[Thing]


@dataclass(frozen=True, slots=True)
class Blast:
    """What an explosion of so much TNT [kg] may do, the worst effect first."""

    tnt: float
    rings: Sequence[Ring]
    note: Note = FIRST_ESTIMATE


@dataclass(frozen=True, slots=True)
class Smoke:
    """How high [m] the smoke of a fire rises in the wind that blows."""

    rise: float
    measured: MeasuredWeather
    note: Note = FIRST_ESTIMATE


def estimate_blast(
    store: Store, actor: Actor, incident: Incident, mass: float, heat: float, share: float
) -> Blast:
    """An explosion of `mass` [kg] of fuel with `heat` [MJ/kg], of which `share` (0 to 1) goes into the blast.

    Raises `NotAllowed`, and `InvalidInput` for numbers not above 0 or an incident without a place.
    """
    actor.require(CASES)
    lon, lat = incident.place.lon, incident.place.lat
    if lon is None or lat is None:
        raise InvalidInput.because(
            "place",
            Text("사건의 위치가 없습니다.", "the incident has no place on the map."),
            Text("먼저 지도에서 장소를 정하십시오.", "set its place on the map first."),
        )
    tnt = tnt_equivalent(mass, heat * 1e6, share)
    with store.registry.read() as conn:
        firms = [t for t in store.things.find(conn, kind="firm", limit=MOST) if t.geometry is not None]
    away = [(distance((lon, lat), place(t.geometry)), t) for t in firms if t.geometry is not None]
    rings = []
    for level in sorted(overpressure_levels(), key=lambda one: -one.kilopascal):
        metres = distance_of_overpressure(tnt, level.kilopascal)
        rings.append(Ring(level, metres, [t for d, t in sorted(away, key=lambda one: one[0]) if d <= metres]))
    return Blast(tnt, rings)


def estimate_smoke(store: Store, actor: Actor, megawatts: float, now: datetime) -> Smoke:
    """How high smoke of a fire of `megawatts` rises now; `Unavailable` while no station reports the wind."""
    actor.require(CASES)
    with store.registry.read() as conn:
        points = weather_points(store, conn)
    measured = measured_weather(store, points, now, now)
    speed = max(float(measured.weather.speed[-1]), 0.5)
    rise = smoke_rise(megawatts * 1e6, speed, measured.estimate.stability, measured.weather.temperature)
    return Smoke(rise, measured)
