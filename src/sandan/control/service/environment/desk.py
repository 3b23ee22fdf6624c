"""The environment as of this minute, computed once for everybody and cut to what each may see."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar, cast

from sandan.access import SYSTEM, Actor
from sandan.clock import SEOUL, Period
from sandan.control.model.rights import CASES, WATCH
from sandan.control.service.environment.air import HOUR, AirHours, read_air
from sandan.control.service.environment.boundary import SmellReading, read_boundary
from sandan.control.service.environment.layers import Layer, LayerId, cut, layer_ids, read_layer
from sandan.control.service.environment.settings import EnvironmentSettings
from sandan.control.service.environment.smells import SmellSearch, WindRead, read_wind
from sandan.control.service.environment.source import SourceSearch, search_source
from sandan.control.service.environment.stacks import StackTime, read_stacks
from sandan.control.service.reports import odour_complaints
from sandan.store import Store
from sandan.twin.model import Point, Thing

Answer = TypeVar("Answer")
KEPT = {"now": 8, "layer": 64, "source": 8}
"""Answers kept of each sort; a page with the table of a place asks for all layers of its group."""
LATE = timedelta(minutes=15)
"""How long after its time readings may still come in."""
KINDS = ("air_station", "odour_station", "stack")


@dataclass(frozen=True, slots=True)
class Environment:
    """Air, smells and stacks as of `at`, as far as one person may see them."""

    at: datetime
    air: AirHours
    smells: list[SmellReading]
    stacks: list[StackTime]


class EnvironmentDesk:
    """Reads and computes at most once a minute; called from many threads."""

    def __init__(self, store: Store, settings: EnvironmentSettings) -> None:
        self._store = store
        self.settings = settings
        self._kept = {shelf: OrderedDict[Hashable, object]() for shelf in KEPT}
        self._locks = {shelf: Lock() for shelf in self._kept}

    def now(self, actor: Actor, now: datetime) -> Environment:
        """The environment as of this minute; of a firm's stacks only what the actor may see."""
        actor.require(WATCH)
        minute = now.replace(second=0, microsecond=0)
        whole = self._once("now", minute, lambda: self._read(minute))
        stations = [one for one in whole.air.stations if actor.sees(one.thing.tenant)]
        return Environment(
            minute,
            replace(whole.air, stations=stations),
            [one for one in whole.smells if actor.sees(one.thing.tenant)],
            [one for one in whole.stacks if actor.sees(one.thing.tenant)],
        )

    def layers(self, actor: Actor, now: datetime) -> list[LayerId]:
        """The layers there are, of what this person may see."""
        actor.require(WATCH)
        things, points = self._registry()
        return layer_ids([one for one in things if actor.sees(one.tenant)], points)

    def layer(self, actor: Actor, of: LayerId, now: datetime) -> Layer:
        """One layer over the hours of the air; of a firm's stacks only what the actor may see."""
        air = self.now(SYSTEM, now).air
        whole = self._once(
            "layer",
            (of.id, now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)),
            lambda: read_layer(self._store, of, *self._registry(), air, self.settings),
        )
        return cut(whole, actor)

    def wind(self, now: datetime) -> WindRead | None:
        """The wind of the same hours."""
        air = self.now(SYSTEM, now).air
        return self._once("layer", ("wind", air.until), lambda: self._wind(air.period))

    def source(self, actor: Actor, asked: SmellSearch, now: datetime) -> SourceSearch:
        """Where a smell came from; takes seconds the first time, and again while readings may be late."""
        actor.require(CASES)
        minute = min(now.replace(second=0, microsecond=0), asked.end + LATE)
        heard = odour_complaints(self._store, asked.period)
        return self._once(
            "source",
            (asked, minute, tuple(heard)),
            lambda: search_source(self._store, asked, self.settings, heard),
        )

    def _once(self, shelf: str, key: Hashable, compute: Callable[[], Answer]) -> Answer:
        with self._locks[shelf]:  # one computation at a time is as fast as two at once
            kept = self._kept[shelf]
            if key not in kept:
                kept[key] = compute()
                while len(kept) > KEPT[shelf]:
                    kept.popitem(last=False)
            return cast(Answer, kept[key])

    def _read(self, now: datetime) -> Environment:
        things, points = self._registry()
        settings = self.settings
        midnight = now.astimezone(SEOUL).replace(hour=0, minute=0)
        return Environment(
            now,
            read_air(self._store, things, points, now, settings),
            read_boundary(self._store, things, points, now, settings),
            read_stacks(self._store, things, points, Period(midnight, now + timedelta(seconds=1)), settings),
        )

    def _wind(self, period: Period) -> WindRead | None:
        with self._store.registry.read() as conn:
            stations = {one.id for one in self._store.things.all(conn, ("weather_station",))}
            points = [one for one in self._store.points.all(conn) if one.thing in stations]
        return read_wind(self._store, points, period, "1h", HOUR)

    def _registry(self) -> tuple[list[Thing], list[Point]]:
        with self._store.registry.read() as conn:
            things = self._store.things.all(conn, KINDS)
            ids = {thing.id for thing in things}
            points = [point for point in self._store.points.all(conn) if point.thing in ids]
        return things, points
