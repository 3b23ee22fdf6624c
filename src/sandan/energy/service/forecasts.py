"""Forecasts as people look at them: each beside its own record, a firm's only to that firm and to staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from sandan.access import Actor
from sandan.clock import milliseconds
from sandan.energy.model.forecast import Singles
from sandan.energy.model.outlook import Of, Series, SeriesRecord, Told
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS
from sandan.energy.model.rights import SEE
from sandan.energy.records.forecasts import last_until, newest_told, records_of
from sandan.energy.service.outlook import read_values, series_of
from sandan.errors import NotFound
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

BEFORE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Line:
    """A series in the list."""

    series: Series
    firm: Thing | None
    record: SeriesRecord | None


@dataclass(frozen=True, slots=True)
class Board:
    """Every forecast this actor may see."""

    lines: Sequence[Line]
    """Those with a record, the least exact first."""
    unproven: Sequence[Line]
    told_at: datetime | None

    def of(self, of: Of) -> Sequence[Line]:
        return [one for one in self.lines if one.series.of is of]


@dataclass(frozen=True, slots=True)
class Shown:
    """One forecast and what came before it."""

    line: Line
    told: Told | None
    start: int
    """Of what was measured [ms]."""
    measured: Singles
    """[kW]."""


def forecast_board(store: Store, actor: Actor) -> Board:
    """The list of forecasts with their records."""
    actor.require(SEE)
    with store.registry.read() as conn:
        firms = {one.id: one for one in store.things.all(conn, {"firm"})}
        lines = [
            Line(one, firms.get(one.thing.tenant or ""), None)
            for one in series_of(store, conn)
            if one.of is not Of.SITE and _seen(actor, one)
        ]
        records = records_of(conn)
        told_at = last_until(conn)
    held = [Line(one.series, one.firm, records.get(one.series.id)) for one in lines]
    judged = [one for one in held if one.record is not None and one.record.error == one.record.error]
    return Board(
        sorted(judged, key=lambda one: -one.record.error if one.record else 0.0),
        [one for one in held if one not in judged],
        told_at,
    )


def show_forecast(store: Store, actor: Actor, id: str, now: datetime) -> Shown:
    """One series; a firm is told of another's that there is none."""
    actor.require(SEE)
    with store.registry.read() as conn:
        found = [one for one in series_of(store, conn) if one.id == id and one.of is not Of.SITE]
        if not found or not _seen(actor, found[0]):
            raise NotFound(Text("예측", "forecast"), id)
        one = found[0]
        firm = store.things.get(conn, one.thing.tenant) if one.thing.tenant else None
        record = records_of(conn, [id]).get(id)
        told = newest_told(conn, [id]).get(id)
    end = milliseconds(now) // SLOT_MS * SLOT_MS
    start = end - int(BEFORE.total_seconds()) * 1000
    measured = read_values(store, [one.point], start, end, now)[0] / SLOT_HOURS
    return Shown(Line(one, firm, record), told, start, measured.astype(np.float32))


def _seen(actor: Actor, one: Series) -> bool:
    return actor.tenant is None or one.thing.tenant == actor.tenant
