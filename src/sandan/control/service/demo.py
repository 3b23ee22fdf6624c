"""The work permits and reports of the demo: invented, asked for and handled as people would, before now.

What stands against what follows from the rules alone: nothing here says so.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from importlib.resources import files

import shapely

from sandan.access import Actor
from sandan.control.model.incidents import Closing, Place
from sandan.control.model.permits import PermitParams
from sandan.control.model.safety import ReportState
from sandan.control.records import safety as records
from sandan.control.service.incidents.closing import close_incident
from sandan.control.service.permits import handling
from sandan.control.service.permits.asking import Asked, ask_permit
from sandan.control.service.permits.checking import PermitDesk
from sandan.control.service.permits.recording import record_air
from sandan.control.service.reports import close_report, make_incident, receive_report
from sandan.errors import Conflict
from sandan.store import Store
from sandan.twin.model import Thing

QUARTER, HALF_HOUR = timedelta(minutes=15), timedelta(minutes=30)
WINDIEST = "wind"
"""Stands for the windiest hour that is foretold, of those some hours away."""
AWAY = timedelta(hours=6)
SUBSTANCE = "암모니아"
"""What the tank of the table holds."""

Row = Mapping[str, str]


def _rows(name: str) -> list[dict[str, str]]:
    with files("sandan.control").joinpath("demo", name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _hours(text: str) -> timedelta:
    return timedelta(hours=float(text))


def load_demo_permits(store: Store, operator: Actor, firm: Actor | None, now: datetime) -> None:
    """Works about `now`, some granted, some asked for, two that exclude each other; none while some are left.

    `firm` asks for its own; works at places the complex does not have are left out.
    """
    with store.registry.read() as conn:
        if records.find_permits(conn, ending_after=now, limit=1):
            return
        things = {one.id: one for one in store.things.all(conn, ["firm", "tank", "gas_pipe"])}
    desk = PermitDesk(store, PermitParams(), tuple)
    spells = [
        one for one in desk.around(operator, "ko", now).weather if one.forecast and one.start > now + AWAY
    ]
    windy = max(spells, key=lambda one: one.values.get("wind_speed", 0.0)).start if spells else now + AWAY
    for row in _rows("permits.csv"):
        actor = firm if row["at"] == "own" and firm is not None else operator
        place = _place(things, row["at"], None if firm is None else firm.tenant)
        if place is None:
            continue
        asked_at = now - _hours(row["asked"])
        id = ask_permit(store, actor, _asked(row, place, windy, now), asked_at).id
        _decide(desk, operator, id, row, now)


def _decide(desk: PermitDesk, operator: Actor, id: str, row: Row, now: datetime) -> None:
    if row["air"]:
        tests = dict(one.split() for one in row["air"].split(";"))
        at = now - _hours(row["step_at"] or row["asked"]) + QUARTER
        values = {quantity: float(value) for quantity, value in tests.items()}
        record_air(desk.store, operator, id, values, at, at)
    if row["step"] in ("grant", "close"):
        granted = _hours(row["step_at"] if row["step"] == "grant" else row["asked"]) - HALF_HOUR
        try:
            handling.grant(desk, operator, id, row["word"], "ko", now - granted)
        except Conflict:
            return  # the weather of the day stands against it: it waits, as it would anywhere
    if row["step"] and row["step"] != "grant":
        checks = handling.closing_of(row["kind"])
        at = now - _hours(row["step_at"])
        handling.take_step(desk.store, operator, row["step"], id, row["word"], at, checks.keys())


def _asked(row: Row, place: Place, windy: datetime, now: datetime) -> Asked:
    hour = now.replace(minute=0, second=0, microsecond=0)
    start = windy if row["from"] == WINDIEST else hour + _hours(row["from"])
    return Asked(
        row["kind"],
        row["name"],
        start,
        (start if row["from"] == WINDIEST else hour) + _hours(row["to"]),
        place,
        float(row["radius"]),
        row["contractor"],
        row["outdoors"] == "yes",
        [one for one in row["provisions"].split(";") if one],
        [row["watchers"]],
    )


def _place(things: Mapping[str, Thing], at: str, own: str | None) -> Place | None:
    """Where a row of the table is in this complex, None where there is no such thing."""
    firms = [one for one in things.values() if one.kind == "firm"]
    fitting: Mapping[str, Iterator[Thing]] = {
        "own": (one for one in firms if own is None or one.id == own),
        "other": (one for one in firms if one.id != own),
        "tank": (
            one
            for one in things.values()
            if one.kind == "tank" and one.attributes.get("substance") == SUBSTANCE and one.tenant != own
        ),
        "gas_pipe": (one for one in things.values() if one.kind == "gas_pipe"),
    }
    thing = next(fitting[at], None)
    if thing is None:
        return None
    if not isinstance(thing.geometry, shapely.LineString):
        return Place(thing.id, thing.name)
    spot = thing.geometry.interpolate(0.5, normalized=True)
    return Place(None, f"{thing.name} 옆", round(spot.x, 6), round(spot.y, 6))


def load_demo_reports(store: Store, operator: Actor, now: datetime) -> None:
    """Reports of the last days: some wait, some were closed, of one an incident was made and closed."""
    with store.registry.read() as conn:
        if records.find_reports(conn, limit=1):
            return
        found = {
            kind: store.things.find(conn, kind=kind, limit=40)
            for kind in ("building", "road", "zone", "odour_station")
        }
    for n, row in enumerate(sorted(_rows("reports.csv"), key=lambda one: -float(one["hours"]))):
        place = _report_place(found, row["at"], n)
        at, later = now - _hours(row["hours"]), now - _hours(row["outcome_at"] or "0")
        kept = receive_report(store, row["kind"], row["text"], at, place=place, key=f"demo-{n}")
        if row["outcome"] == ReportState.CLOSED:
            close_report(store, operator, kept.id, row["word"], later)
        elif row["outcome"]:
            incident = make_incident(store, operator, kept.id, row["outcome"], later)
            cause, _, measures = row["word"].partition(". ")
            close_incident(store, operator, incident.id, Closing(cause, measures), later + _hours("3"))


def _report_place(found: Mapping[str, list[Thing]], at: str, n: int) -> Place:
    if at != "spot":
        chosen = found[at]
        return Place(chosen[7 * n % len(chosen)].id) if chosen else Place()
    spots = [shapely.centroid(one.geometry) for one in found["odour_station"] if one.geometry is not None]
    return Place(None, "", round(spots[0].x + 0.0004, 6), round(spots[0].y - 0.0003, 6)) if spots else Place()
