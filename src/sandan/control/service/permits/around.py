"""What is around a work: weather measured and forecast, alarms that stand, tanks and pipes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from shapely import Point as Spot
from shapely.geometry.base import BaseGeometry
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, Period
from sandan.control.engine.permits import permit_rules
from sandan.control.model.alarms import RuleKind
from sandan.control.model.incidents import ACTIVE, Place
from sandan.control.model.incidents.procedures import kinds
from sandan.control.model.permits import AlarmNear, Installation, PermitParams, WeatherSpell
from sandan.control.records.incidents import cases
from sandan.control.service.alarms.lists import COLOURED, Line
from sandan.errors import NotFound
from sandan.store import Store
from sandan.twin.model import Point, Thing
from sandan.twin.samples import Stream
from sandan.twin.tables import quantities
from sandan.words import Language, Text

STATION = "weather_station"
MEAN = timedelta(minutes=10)
"""Wind is its mean over so long, as the WMO and the KMA report it; it is taken to go on as long again."""
RAIN = timedelta(hours=1)
"""Rain of a rule is in mm/h: what fell in the last hour."""
READ_AS = {"wind_speed": "wind_speed", "precipitation": "rain_rate"}
"""What the stations measure, and what the rules call it."""
HOUR = timedelta(hours=1)
BREAK = 6 * HOUR
"""A longer time without a forecast is a break: its hours are not foretold."""
FORESEEN = timedelta(days=10)
"""How far ahead forecasts are looked for, as the KMA's reach."""
MOST_POINTS = 10_000
OTHERS_THING = Text("다른 기업의 시설", "another firm's installation")
RULE_NAMES = {
    "rain_rate": Text("강수량", "rain"),
    "snow_rate": Text("적설", "snow"),
    "gust": Text("순간풍속", "gusts"),
    "dryness": Text("건조도", "dryness"),
    "lightning": Text("번개", "lightning"),
}


@dataclass(frozen=True, slots=True)
class Around:
    """In degrees, as the twin has it; `unmeasured` are quantities of rules that no station measures,
    `foretold` says whose forecast there is and until when."""

    weather: Sequence[WeatherSpell]
    alarms: Sequence[AlarmNear]
    installations: Sequence[Installation]
    unmeasured: Sequence[Text]
    foretold: Text | None = None


def look_around(
    store: Store,
    lines: Sequence[Line],
    params: PermitParams,
    viewer: Actor,
    language: Language,
    now: datetime,
) -> Around:
    """What is around any work now; a firm is told of another's tank without its name, of alarms and
    incidents without the place's."""
    with store.registry.read() as conn:
        points = _weather_points(store, conn)
        alarms = [near for line in lines if (near := _alarm(store, conn, line, viewer)) is not None]
        alarms += _incidents(store, conn, viewer)
        kinds = sorted({rule.thing for rule in permit_rules().surroundings})
        things = store.things.all(conn, kinds)
    installations = [
        Installation(
            one.id,
            one.kind,
            one.name if viewer.sees(one.tenant) else OTHERS_THING.in_(language),
            one.geometry,
        )
        for one in things
        if one.geometry is not None
    ]
    values = measured(store, points, now)
    spells = [WeatherSpell(now - MEAN, now + MEAN, values, known=now)] if values else []
    coming = forecast(store, points, now + MEAN if values else now)
    simulated = any(point.simulated for point in points)
    return Around(
        [*spells, *coming],
        alarms,
        installations,
        _unmeasured(values, params),
        _foretold(coming, simulated) if coming else None,
    )


def _foretold(coming: Sequence[WeatherSpell], simulated: bool) -> Text:
    known = max((one.known for one in coming if one.known is not None), default=coming[0].start)
    got, until = (at.astimezone(SEOUL) for at in (known, coming[-1].end))
    ko, en = ("모의 예보", "A simulated forecast") if simulated else ("예보", "The forecast")
    held = f"held against the works until {until.day} {until:%b} {until:%H:%M}"
    return Text(
        f"{ko}를 {got.month}월 {got.day}일 {got:%H:%M}에 받았고, "
        f"{until.month}월 {until.day}일 {until:%H:%M}까지 견줍니다.",
        f"{en} of {got.day} {got:%b} {got:%H:%M} is {held}.",
    )


def measured(store: Store, points: Sequence[Point], now: datetime) -> dict[str, float]:
    """By the rules' names, the worst of the stations: ten-minute means of wind, rain of the last hour."""
    found: dict[str, float] = {}
    for quantity, name in READ_AS.items():
        chosen = [point for point in points if point.quantity == quantity]
        if not chosen:
            continue
        span = RAIN if quantity == "precipitation" else MEAN
        samples: pa.Table = store.historian.scan(chosen, Period(now - span, now + timedelta(seconds=1)))
        by_point: dict[int, list[float]] = {}
        for number, value in zip(samples["point"].to_pylist(), samples["value"].to_pylist(), strict=True):
            by_point.setdefault(number, []).append(value)
        if by_point:
            fold = sum if quantity == "precipitation" else _mean
            found[name] = max(fold(values) for values in by_point.values())
    return found


def forecast(store: Store, points: Sequence[Point], since: datetime) -> list[WeatherSpell]:
    """What is forecast from `since` on, hour by hour: of all stations the worst, by the rules' names.

    A forecast speaks for the time until the next of its point: rain is what falls in an hour, wind the
    highest value that touches it. What an hour says was known when the oldest of its parts was.
    """
    if not points:
        return []
    period = Period(since - HOUR, since + FORESEEN)
    samples: pa.Table = store.historian.scan(points, period, stream=Stream.FORECAST)
    if not samples.num_rows:
        return []
    quantity = {point.number: point.quantity for point in points}
    hours: dict[datetime, dict[str, dict[int, float]]] = {}
    known: dict[datetime, datetime] = {}
    for number, start, length, value, at in _intervals(samples):
        name, rain = READ_AS[quantity[number]], quantity[number] == "precipitation"
        first = start.replace(minute=0, second=0, microsecond=0)
        for n in range(max(1, math.ceil((start + length - first) / HOUR))):
            hour = first + n * HOUR
            shared = (min(start + length, hour + HOUR) - max(start, hour)) / length
            by_point = hours.setdefault(hour, {}).setdefault(name, {})
            by_point[number] = (
                by_point.get(number, 0.0) + value * shared
                if rain
                else max(by_point.get(number, value), value)
            )
            known[hour] = min(known.get(hour, at), at)
    return [
        WeatherSpell(
            max(hour, since),
            hour + HOUR,
            {name: max(by_point.values()) for name, by_point in values.items()},
            forecast=True,
            known=known[hour],
        )
        for hour, values in sorted(hours.items())
        if hour + HOUR > since
    ]


def _intervals(samples: pa.Table) -> Iterator[tuple[int, datetime, timedelta, float, datetime]]:
    """Point, start, length, value and when it was known.

    The last of a point, and one before a break, is as long as the one before it; a lone one is an hour.
    """
    columns = (samples[name].to_pylist() for name in ("point", "start", "value", "known_at"))
    rows = [row for row in zip(*columns, strict=True) if row[2] is not None and math.isfinite(row[2])]
    length = HOUR
    for at, (number, start, value, known) in enumerate(rows):
        if at == 0 or rows[at - 1][0] != number:
            length = HOUR
        after = rows[at + 1] if at + 1 < len(rows) else None
        if after is not None and after[0] == number and after[1] - start <= BREAK:
            length = after[1] - start
        yield number, start.astimezone(UTC), length, value, known


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _weather_points(store: Store, conn: Connection) -> list[Point]:
    stations = {one.id for one in store.things.all(conn, [STATION])}
    return [
        point
        for quantity in READ_AS
        for point in store.points.find(conn, quantity=quantity, limit=MOST_POINTS)
        if point.thing in stations
    ]


def _unmeasured(values: dict[str, float], params: PermitParams) -> list[Text]:
    rules = permit_rules().weather
    asked = {rule.quantity for rule in rules if rule.limit is not None or rule.id in params.weather_limits}
    return [_name(one) for one in sorted(asked - values.keys())]


def _name(quantity: str) -> Text:
    known = quantities().get(quantity)
    return RULE_NAMES.get(quantity, Text(quantity, quantity) if known is None else known.name)


def _alarm(store: Store, conn: Connection, line: Line, viewer: Actor) -> AlarmNear | None:
    """The alarm, when a rule of permits is about its quantity and it has a place; silence is no gas."""
    if line.state not in COLOURED or line.point is None or line.thing is None or line.rule is None:
        return None
    if line.rule.kind in (RuleKind.STALE, RuleKind.FROZEN, RuleKind.GAP):
        return None
    if line.point.quantity not in {rule.quantity for rule in permit_rules().alarms}:
        return None
    place = geometry_of(store, conn, line.thing)
    if place is None:
        return None
    name = Text(f"'{line.name.ko}' 경보", f"the alarm '{line.name.en}'")
    if viewer.sees(line.alarm.tenant) and viewer.sees(line.thing.tenant):
        name = Text(f"{line.place}의 {name.ko}", f"{name.en} at {line.place}")
    return AlarmNear(line.id, name, line.point.quantity, place, line.since)


def _incidents(store: Store, conn: Connection, viewer: Actor) -> list[AlarmNear]:
    """Incidents under way that rules of permits are about and whose place is known; a drill stops nobody."""
    asked, found = {rule.quantity for rule in permit_rules().alarms}, []
    for one in cases.find_incidents(conn, states=ACTIVE, drill=False):
        place = _place_of(store, conn, one.place) if one.kind in asked else None
        if place is not None:
            name = kinds()[one.kind].name
            told = Text(f"'{name.ko}' 사건", f"the incident '{name.en}'")
            if viewer.tenant is None:
                told = Text(f"{told.ko} {one.id}", f"{told.en} {one.id}")
            found.append(AlarmNear(one.id, told, one.kind, place, one.detected_at))
    return found


def _place_of(store: Store, conn: Connection, place: Place) -> BaseGeometry | None:
    if place.thing is not None:
        try:
            shape = geometry_of(store, conn, store.things.get(conn, place.thing))
        except NotFound:
            shape = None
        if shape is not None:
            return shape
    return None if place.lon is None or place.lat is None else Spot(place.lon, place.lat)


def geometry_of(store: Store, conn: Connection, thing: Thing) -> BaseGeometry | None:
    """The thing's own shape, or that of what it stands in."""
    if thing.geometry is not None:
        return thing.geometry
    return next(
        (one.geometry for one in store.things.ancestors(conn, thing.id) if one.geometry is not None), None
    )
