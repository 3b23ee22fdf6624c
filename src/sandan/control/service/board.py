"""The board: the newest value of every point, and what that means, second by second.

It lives in memory because it is derived: at start it is filled from the historian, then follows
the commits. Two audiences never share an answer: staff see everything, a firm its own and the
public things (`Actor.sees`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.clock import Period, milliseconds
from sandan.control.engine.board import State, assess_points, worst_by_feature
from sandan.control.model.board import FigureRow, Plan, figure_rows, lay_out
from sandan.control.service.alarms.batches import batch_of
from sandan.domain import Figure
from sandan.store import Store
from sandan.twin.tables import quantities
from sandan.units import convert
from sandan.web import STAFF

TREND = timedelta(minutes=15)
WHOLE = 0.9
"""A minute of which less has come is not drawn: its sum would look like a dip."""
DERIVED = 4_000_000_000
"""Trend numbers of figures: above any point number in use."""


@dataclass(slots=True)
class View:
    """What one audience sees of the board."""

    seen: NDArray[np.bool_]
    drawn: NDArray[np.bool_]
    states: NDArray[np.uint8]
    figures: dict[str, float | None] = field(default_factory=dict)
    trends: dict[str, deque[tuple[int, float | None]]] = field(default_factory=dict)
    delta: list[tuple[int, int]] = field(default_factory=list)

    def trend(self, figure: str) -> deque[tuple[int, float | None]]:
        """The trend of a figure, a value each second."""
        return self.trends.setdefault(figure, deque(maxlen=int(TREND.total_seconds())))


class Board:
    """Newest values and states. `follow` and `tick` are called from one event loop only."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        self._views: dict[str, View] = {}
        self._now = milliseconds(now)
        self._place(plan)

    def _place(self, plan: Plan) -> None:
        n = len(plan.points)
        self.plan = plan
        self.value = np.full(n, np.nan)
        self.start = np.full(n, -1, np.int64)
        self.alarm = np.zeros(n, np.uint8)
        self.state = np.zeros(n, np.uint8)
        self.since = np.zeros(n, np.int64)
        self.samples = 0
        self.maps: dict[str, tuple[bytes, str]] = {}
        self._by_quantity = {
            row.quantity: np.flatnonzero(plan.quantity == row.quantity) for row in figure_rows()
        }
        self._wind = np.flatnonzero(plan.quantity == "wind_direction")

    def replace(self, plan: Plan) -> None:
        """Take over a changed registry, keeping what is known of the points that stay."""
        old, value, start, alarm = self.plan, self.value, self.start, self.alarm
        since, state = self.since, self.state
        self._place(plan)
        for i, point in enumerate(plan.points):
            j = old.index[point.number] if point.number < len(old.index) else -1
            if j >= 0:
                self.value[i], self.start[i] = value[j], start[j]
                self.since[i], self.state[i], self.alarm[i] = since[j], state[j], alarm[j]
        self._views.clear()

    def follow(self, batch: pa.Table) -> None:
        """Take in a committed batch (schema `twin.samples.SAMPLES`); older news is not news."""
        samples = batch_of(batch, self.plan.index, self._now)
        order = np.argsort(samples.start, kind="stable")  # the newest of a point is written last
        at, start, value = samples.point[order], samples.start[order], samples.value[order]
        newer = (at >= 0) & (start >= self.start[at])
        self.value[at[newer]], self.start[at[newer]] = value[newer], start[newer]
        self.samples += len(order)

    def alert(self, priorities: NDArray[np.uint8]) -> None:
        """Take the worst priority among the alarms of each point, 0 for none; shape (points,)."""
        self.alarm = priorities

    def assess(self, now: datetime) -> None:
        """Give every point its state; each view then holds which features changed."""
        self._now = milliseconds(now)
        plan = self.plan
        state = assess_points(self.alarm, self.start, plan.interval, self._now)
        self.since[state != self.state] = self._now
        self.state = state
        for view in self._views.values():
            self._colour(view)

    def tick(self, now: datetime) -> None:
        """Assess, then bring figures and trends up to date."""
        self.assess(now)
        for view in self._views.values():
            self._count(view)

    def view(self, audience: str) -> View:
        """The view of `audience`, made the first time it is asked for."""
        found = self._views.get(audience)
        if found is None:
            seen = self._sees(audience, self.plan.tenant)
            drawn = self._sees(audience, np.array([f.tenant for f in self.plan.features], object))
            found = View(seen, drawn, np.zeros(len(self.plan.features), np.uint8))
            self._views[audience] = found
            self._colour(found)
            self._count(found)
        return found

    def forget(self, watching: set[str]) -> None:
        """Drop the views nobody watches; staff's stays, for its trends."""
        for audience in self._views.keys() - watching - {STAFF}:
            del self._views[audience]

    @staticmethod
    def _sees(audience: str, tenant: NDArray[np.object_]) -> NDArray[np.bool_]:
        if audience == STAFF:
            return np.ones(len(tenant), np.bool_)
        return np.array([t is None or t == audience for t in tenant], np.bool_)

    def _colour(self, view: View) -> None:
        plan = self.plan
        state = np.where(view.seen, self.state, np.uint8(0))
        twice, shown_on = np.concatenate([state, state]), np.concatenate([plan.place, plan.extra])
        states = worst_by_feature(twice, shown_on, len(plan.features))
        states = np.where(view.drawn, states, np.uint8(0))
        view.delta = [(int(f) + 1, int(states[f])) for f in np.flatnonzero(states != view.states)]
        view.states = states

    def _count(self, view: View) -> None:
        for row in figure_rows():
            value = self._figure(row, view)
            view.figures[row.id] = value
            if row.trend:
                view.trend(row.id).append((self._now, value))

    def _figure(self, row: FigureRow, view: View) -> float | None:
        at = self._by_quantity[row.quantity]
        at = at[view.seen[at] & (self.start[at] >= 0) & (self.state[at] != State.SILENT)]
        if not len(at):
            return None
        values = self.value[at]
        total = float(values.max() if row.how == "max" else values.sum())
        if row.how == "mean":
            total /= len(values)
        return convert(total, quantities()[row.quantity].unit, row.unit)

    def wind(self) -> dict[str, float] | None:
        """Where the wind blows from [°] and how fast [m/s], over the stations that speak."""
        at = self._wind[self.start[self._wind] >= 0]
        speed = self._views[STAFF].figures.get("wind_speed") if STAFF in self._views else None
        if not len(at) or speed is None:
            return None
        angle = np.radians(self.value[at])
        direction = float(np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean()))) % 360
        return {"direction": round(direction, 1), "speed": round(speed, 2)}

    def figures(self, audience: str) -> list[Figure]:
        """The key figures of one audience."""
        view = self.view(audience)
        return [
            Figure(row.id, row.name, view.figures.get(row.id), row.unit, f"/things?kind={row.kind}")
            for row in figure_rows()
        ]


def read_plan(store: Store) -> Plan:
    """Lay out what the registry holds now."""
    with store.registry.read() as conn:
        return lay_out(store.things.all(conn), store.points.all(conn))


def revision(store: Store) -> tuple[int, ...]:
    """Changes when things or points do; cheap enough to ask every few seconds."""
    with store.registry.read() as conn:
        newest = store.events.find(conn, kind="ThingsImported", limit=1)
        return (store.things.count(conn), store.points.count(conn), newest[0].seq if newest else 0)


def open_board(store: Store, now: datetime) -> Board:
    """A board filled with the newest samples, its trends with the last minutes."""
    board = Board(read_plan(store), now)
    if board.plan.points:
        board.follow(store.historian.latest(board.plan.points))
        board.samples = 0
    board.tick(now)
    fill_trends(board, store, now)
    return board


def fill_trends(board: Board, store: Store, now: datetime) -> None:
    """Draw the staff's trends up to now from minutes kept in the historian."""
    view = board.view(STAFF)
    for row in figure_rows():
        members = [p for p in board.plan.points if p.quantity == row.quantity]
        if not row.trend or not members:
            continue
        rolled = store.historian.roll(members, Period(now - TREND, now), "1min", across=row.how == "sum")
        whole = rolled["coverage"].to_numpy() >= WHOLE
        starts = rolled["start"].cast(pa.int64()).to_numpy()[whole]
        values = rolled["value"].to_numpy()[whole]
        trend = view.trend(row.id)
        trend.clear()
        for start in np.unique(starts):
            mean = float(values[starts == start].mean())
            trend.append((int(start) + 30_000, convert(mean, quantities()[row.quantity].unit, row.unit)))


def trend_series(board: Board, audience: str) -> Sequence[dict[str, object]]:
    """The trend of each figure that has one, as the trend island reads it."""
    view = board.view(audience)
    return [
        {"point": DERIVED + i, "data": list(view.trends.get(row.id, ()))}
        for i, row in enumerate(figure_rows())
        if row.trend
    ]
