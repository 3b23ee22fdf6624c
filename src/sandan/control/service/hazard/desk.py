"""The hazard area of an incident: what was said of its release, and the area as of this minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from sandan.access import Actor
from sandan.control.engine.hazard.ensemble import WindError
from sandan.control.engine.hazard.heard import read_words
from sandan.control.engine.hazard.pool import lies_in_a_pool
from sandan.control.model.hazard import MODELS
from sandan.control.model.incidents import ACTIVE, Incident
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.model.substances import find_substance, solutions, substances
from sandan.control.records.hazard import put_release, read_release
from sandan.control.records.incidents import cases
from sandan.control.service.hazard.area import AreaSettings, HazardArea, assess_area
from sandan.control.service.hazard.request import HazardRequest
from sandan.control.service.hazard.tables import NAME as THRESHOLDS
from sandan.control.service.hazard.tables import threshold_table
from sandan.control.service.hazard.weather import measured_weather, typed_weather, weather_points
from sandan.control.service.incidents.changing import need, need_active, tell
from sandan.control.service.incidents.handling import finish_task
from sandan.errors import Finding, InvalidInput, Unavailable
from sandan.store import Store
from sandan.twin.geometry import distance, place
from sandan.twin.model import Thing
from sandan.words import Text

KEPT = 24
BESIDE = 4
"""Other incidents whose areas are held against one, the newest first."""
MOST = 100_000
"""Things of one kind that are looked at, at most."""
NEAR = 150.0
"""Metres within which a tank may be the one that leaks."""
WORST_MINUTES = 10.0
"""Over which the worst case lets all of it out, as the worst-case scenario of US EPA's RMP does."""
STEP = "wind"
"""The step of the procedures that computing the area does."""
COLD = 273.15
"""What boils below it is a gas at ordinary temperatures, and so stored as a liquid under pressure or cold."""
SPREADS = frozenset({"leak", "odour", "fire", "explosion"})
"""Kinds of incident in which something may spread through the air."""


def area_settings(table: Mapping[str, Any]) -> AreaSettings:
    """The operator's settings from `[control]`; `InvalidInput` names what is no number.

    `wind_error_direction` [°] and `wind_error_speed` (of the logarithm), `room_air_changes` [1/h],
    `minutes_to_leave`, `deposition` [m/s] by substance: none has a default, because none has a source.
    """
    names = ("wind_error_direction", "wind_error_speed", "room_air_changes", "minutes_to_leave")
    read: dict[str, float | None] = {}
    found: list[Finding] = []
    for name in names:
        value = table.get(name)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value >= 0):
            read[name] = None if value is None else float(value)
        else:
            problem = Text("0 이상의 수가 아닙니다.", "is not a number of 0 or more.")
            found.append(Finding(f"[control] {name}", problem, Text("예: 10", "for example 10")))
    given = table.get("deposition", {})
    deposition: dict[str, float] = {}
    for id, speed in given.items() if isinstance(given, Mapping) else [("", given)]:
        if id in substances() and isinstance(speed, int | float) and 0 <= speed <= 1:
            deposition[id] = float(speed)
        else:
            problem = Text("물질의 id와 0~1 m/s의 수가 아닙니다.", "is not a substance's id with 0 to 1 m/s.")
            found.append(
                Finding(f"[control] deposition {id}", problem, Text("예: ammonia = 0.01", "ammonia = 0.01"))
            )
    if found:
        raise InvalidInput(found)
    turn, scale = read["wind_error_direction"], read["wind_error_speed"]
    wind = None if turn is None or scale is None else WindError(turn, scale)
    return AreaSettings(wind, read["room_air_changes"], read["minutes_to_leave"], deposition)


class HazardDesk:
    """Computes areas, at most once a minute for each incident; called from many threads."""

    def __init__(self, store: Store, settings: AreaSettings) -> None:
        self._store = store
        self.settings = settings
        self._kept: OrderedDict[tuple[str, datetime, HazardRequest, int], HazardArea] = OrderedDict()
        self._lock = Lock()

    def stated(self, incident: str) -> bool:
        """Whether anything was said of a release, so that there is an area."""
        with self._store.registry.read() as conn:
            return read_release(conn, incident) is not None

    def said(self, actor: Actor, incident: str) -> HazardRequest | None:
        """What was last said of the release; None before anybody said something."""
        actor.require(CASES)
        with self._store.registry.read() as conn:
            said = read_release(conn, incident)
        return None if said is None else HazardRequest.from_json(said)

    def area(self, actor: Actor, incident: str, now: datetime) -> HazardArea | None:
        """The area of an incident as of this minute; None when nothing was said of a release.

        Raises `NotAllowed`, `NotFound`, and `Unavailable` while no station reports the wind.
        """
        actor.require(CASES)
        minute = now.replace(second=0, microsecond=0)
        with self._store.registry.read() as conn:
            tenants = need(conn, incident).tenants
            said = read_release(conn, incident)
            if said is None:
                return None
            request = HazardRequest.from_json(said)
            version = self._store.rules.count(conn, THRESHOLDS)
        with self._lock:  # one computation at a time is as fast as two at once
            key = (incident, minute, request, version)
            if key not in self._kept:
                self._kept[key] = self._compute(request, tenants, max(minute, request.started))
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return self._kept[key]

    def before(self, incident: str, area: HazardArea) -> HazardArea | None:
        """The last area computed before this one for the same statement; None for the first."""
        with self._lock:
            earlier = [
                kept
                for (id, _, request, _), kept in self._kept.items()
                if id == incident and request == area.request and kept.at < area.at
            ]
        return max(earlier, key=lambda one: one.at, default=None)

    def beside(self, actor: Actor, incident: str, area: HazardArea) -> Sequence[tuple[Incident, HazardArea]]:
        """The other incidents under way whose areas reach firms of this one, as of the same minute."""
        with self._store.registry.read() as conn:
            drill = need(conn, incident).drill
            others = [
                one
                for one in cases.find_incidents(conn, states=ACTIVE, drill=drill)
                if one.id != incident and read_release(conn, one.id) is not None
            ]
        mine = {one.firm.id for one in area.reached}
        found = []
        for other in others[:BESIDE]:
            try:
                theirs = self.area(actor, other.id, area.at)
            except Unavailable:
                continue
            if theirs and not theirs.outlasted and mine & {one.firm.id for one in theirs.reached}:
                found.append((other, theirs))
        return found

    def _compute(self, request: HazardRequest, tenants: Collection[str], now: datetime) -> HazardArea:
        with self._store.registry.read() as conn:
            things = [
                t for kind in ("firm", "road") for t in self._store.things.find(conn, kind=kind, limit=MOST)
            ]
            points = weather_points(self._store, conn)
            table = threshold_table(self._store, conn)
        if request.wind_from is not None and request.wind_speed is not None:
            measured = typed_weather(request.wind_from, request.wind_speed, now)
        else:
            measured = measured_weather(self._store, points, request.started, now)
        return assess_area(request, measured, things, now, self.settings, tenants=tenants, table=table.rows)


def state_release(store: Store, actor: Actor, incident: str, request: HazardRequest, now: datetime) -> None:
    """Say what leaks; the incident's area follows from it. The earlier statement stays in its event."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        found = need_active(conn, incident)
        put_release(conn, incident, request.to_json())
        name = substances()[request.substance].name
        said = {
            "substance": request.substance,
            "name_ko": name.ko,
            "name_en": name.en,
            "amount": f"{request.amount:,g}" if request.amount < 1e6 else f"{request.amount:,.0f}",
            "minutes": f"{request.minutes:g}",
            "basis": request.basis,
        }
        tell(store, conn, actor, found, "ReleaseStated", said, now)
        for task in cases.read_tasks(conn, incident):
            if task.open and task.step == STEP:
                finish_task(store, conn, actor, found, task, now, "", now)


def record_area(store: Store, actor: Actor, incident: str, area: HazardArea, now: datetime) -> None:
    """Put on the timeline what the area was when it was computed: the report tells it afterwards."""
    actor.require(OPERATE)
    wind = area.measured.weather
    said = {
        "firms": len(area.reached),
        "people": area.people,
        "roads": len({road.name for road in area.roads}),
        "speed": f"{float(wind.speed[-1]):.1f}",
        "direction": f"{float(wind.direction[-1]):.0f}",
        "stability": area.measured.estimate.stability.value,
        "thresholds": ", ".join(
            f"{zone.threshold.label} {zone.threshold.value:g} {zone.threshold.unit}" for zone in area.zones
        ),
        "model_ko": MODELS[area.result.model].ko,
        "model_en": MODELS[area.result.model].en,
    }
    with store.registry.write() as conn:
        tell(store, conn, actor, need(conn, incident), "HazardAreaComputed", said, now)


def suggest_release(store: Store, incident: Incident) -> HazardRequest | None:
    """What the words of an incident say leaks, else the worst case: all that the nearest tank holds.

    The substance is the one the title names, else that of the sensor the incident is at, else of the tank;
    the amount is the one the title names with it. None where neither is known. Lasts ten minutes.
    """
    lon, lat = incident.place.lon, incident.place.lat
    if lon is None or lat is None:
        return None
    heard = read_words(incident.title)
    named = heard.substance
    if named is not None and heard.amount is not None:
        return _release(incident, named, heard.amount, "reported", dissolved=heard.dissolved)
    with store.registry.read() as conn:
        sensor = store.things.get(conn, incident.place.thing) if incident.place.thing else None
        tanks = store.things.find(conn, kind="tank", limit=MOST)
    wanted = None if sensor is None or named is not None else sensor.attributes.get("substance")
    near = sorted(
        (one for one in _placed(tanks, lon, lat) if wanted in (None, one[1].attributes.get("substance"))),
        key=lambda one: one[0],
    )
    for _, tank in near:
        held = _held(tank)
        capacity = tank.attributes.get("capacity")
        if held is None or named not in (None, held[0]):
            continue
        if isinstance(capacity, int | float) and capacity > 0:
            amount = float(capacity) * 1000 * held[1]
            return _release(incident, held[0], amount, "worst", dissolved=held[1] < 1)
    return None


def _release(
    incident: Incident, substance: str, amount: float, basis: str, *, dissolved: bool
) -> HazardRequest:
    lon, lat = incident.place.lon, incident.place.lat
    assert lon is not None
    assert lat is not None
    known = substances()[substance]
    return HazardRequest(
        substance,
        amount,
        WORST_MINUTES,
        lon,
        lat,
        incident.detected_at,
        liquefied=_boils(substance) and not dissolved,
        basis=basis,
        spilled=lies_in_a_pool(known, COLD),
    )


def _placed(tanks: Sequence[Thing], lon: float, lat: float) -> list[tuple[float, Thing]]:
    found = []
    for tank in tanks:
        if tank.geometry is not None:
            away = distance((lon, lat), place(tank.geometry))
            if away <= NEAR:
                found.append((away, tank))
    return found


def _held(tank: Thing) -> tuple[str, float] | None:
    """The substance in a tank and its share of what is in there."""
    words = [word for name in ("substance", "cas") if isinstance(word := tank.attributes.get(name), str)]
    mixed = next((one for one in solutions() if any(word in one.names for word in words)), None)
    if mixed is not None:
        return mixed.substance, mixed.share
    found = next((one for word in words if (one := find_substance(word)) is not None), None)
    return None if found is None else (found.id, 1.0)


def _boils(substance: str) -> bool:
    point = substances()[substance].boiling_point
    return point is not None and point < COLD
