"""The complex as its gateways report it: readings for a period, or tick by tick.

A reading of the interval [start, start + step) is sent when the interval is over, a few seconds later
by gateway. Everything is a function of time: a month at once, a replay and a live run agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.clock import Period, Window
from sandan.errors import NotFound
from sandan.twin.demo.calendar import DAY, seconds
from sandan.twin.demo.complex import DemoComplex
from sandan.twin.demo.motion import set_in_motion
from sandan.twin.demo.noise import Floats, Ints, chance, key, keys
from sandan.twin.demo.physics import Physics
from sandan.twin.demo.troubles import Reduction, Script, Trouble, TroubleKind
from sandan.twin.model import Point
from sandan.twin.samples import INSTANT, READINGS
from sandan.twin.tables import quantity as unit_of
from sandan.words import Text

STICKS = frozenset(
    {"air_station", "odour_station", "weather_station", "leak_sensor", "thermal_sensor", "transformer"}
)
"""Kinds whose instruments may stick."""

SLOWEST = {10: 9, 60: 20, 300: 30, 900: 40}
"""How late [s] the slowest gateway sends a reading, by interval [s]."""

DECIMALS = {"ppm": 4, "kWh": 3, "kvarh": 3, "kW": 2, "m": 3, "bar": 3, "kV": 3}
_CHUNK = 400_000


ACCIDENT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Channel:
    """All points of one quantity on one kind of thing: columns of one table in time."""

    kind: str
    quantity: str
    step: int
    points: tuple[str, ...]
    addresses: pa.Array
    delay: Ints
    gateway: Ints
    decimals: int


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a demo complex lives. Pure: it knows no clock and no store."""

    complex: DemoComplex
    physics: Physics
    script: Script
    channels: tuple[Channel, ...]
    gateways: dict[str, int]
    _where: dict[str, tuple[int, int]] = field(repr=False, compare=False)
    _last: dict[tuple[int, int], Floats] = field(default_factory=dict, repr=False, compare=False)

    def at(self, window: Window, points: Sequence[str]) -> Floats:
        """Values (window.n, points) of the intervals that begin at the window's instants; NaN where a dead
        gateway let nothing through. Instants are taken down to the start of each point's interval."""
        starts = np.array([seconds(t) for t in window], dtype=np.int64)
        found = np.full((window.n, len(points)), np.nan)
        wanted: dict[int, list[tuple[int, int]]] = {}
        for i, point in enumerate(points):
            if point not in self._where:
                raise NotFound(Text("측정점", "point"), point)
            number, column = self._where[point]
            wanted.setdefault(number, []).append((i, column))
        for number, columns in wanted.items():
            found_in = self.channels[number]
            aligned, where = np.unique(starts // found_in.step * found_in.step, return_inverse=True)
            values = self._values(found_in, aligned)
            values[self._lost(found_in, aligned)] = np.nan
            found[:, [i for i, _ in columns]] = values[where][:, [c for _, c in columns]]
        return found

    def readings(
        self,
        period: Period,
        *,
        points: Collection[str] | None = None,
        intervals: Collection[timedelta] | None = None,
        arrived_by: datetime | None = None,
    ) -> Iterator[pa.Table]:
        """Every reading whose interval lies inside `period`, in chunks by channel and day, as `READINGS`.

        `points` and `intervals` choose among them. With `arrived_by`, only what had been delivered by then:
        `readings(Period(a, now), arrived_by=now)` and then `tick(now, …)` give each reading once, except
        those that began before `a`.
        """
        begin, end = seconds(period.start), seconds(period.end)
        steps = None if intervals is None else {int(i.total_seconds()) for i in intervals}
        for channel in self.channels:
            if steps is not None and channel.step not in steps:
                continue
            columns = np.arange(len(channel.points))
            if points is not None:
                columns = np.array(
                    [i for i, point in enumerate(channel.points) if point in points], dtype=np.int64
                )
            if not len(columns):
                continue
            first, last = -(-begin // channel.step), end // channel.step
            rows = max(1, min(_CHUNK // len(channel.points), DAY // channel.step))
            for low in range(first, last, rows):
                starts = np.arange(low, min(low + rows, last)) * channel.step
                keep = ~self._lost(channel, starts)[:, columns]
                if arrived_by is not None:
                    sent = starts[:, None] + channel.step + channel.delay[columns][None]
                    keep &= sent <= seconds(arrived_by)
                if keep.any():
                    yield _table(channel, starts, self._values(channel, starts)[:, columns], keep, columns)

    def tick(self, previous: datetime, now: datetime) -> pa.Table:
        """The readings delivered in (previous, now], as `READINGS`; empty when there are none."""
        since, until = seconds(previous), seconds(now)
        tables = []
        for number, channel in enumerate(self.channels):
            slowest = SLOWEST[channel.step]
            for low in range((since - slowest) // channel.step, until // channel.step):
                start = low * channel.step
                sent = start + channel.step + channel.delay
                due = (sent > since) & (sent <= until)
                if not due.any():
                    continue
                starts = np.array([start])
                keep = due[None] & ~self._lost(channel, starts)
                if keep.any():
                    tables.append(_table(channel, starts, self._row(number, start), keep, None))
        return pa.concat_tables(tables) if tables else READINGS.empty_table()

    def plan_leak(self, substance: str, start: datetime, length: timedelta = ACCIDENT) -> str:
        """Let the first sensor of this substance see a leak from `start` on; the sensor's id.

        For a demonstration or an exercise: whoever watches knows when it comes. `NotFound` when no
        sensor watches for the substance.
        """
        sensors = [t for t in self.complex.things if t.kind == "leak_sensor"]
        found = next((t for t in sensors if t.attributes.get("substance") == substance), None)
        if found is None:
            raise NotFound(Text("누출감지기", "leak sensor"), substance)
        self.script.planned.append(Trouble("leak", found.id, start, start + length, 0.9))
        return found.id

    def plan_reductions(self, reductions: Sequence[Reduction], since: datetime | None = None) -> None:
        """Let the firms behind these meters leave load; what was planned from `since` on no longer holds.

        Without `since` nothing planned before holds. `NotFound` for a meter that is none.
        """
        for one in reductions:
            if one.target not in self.physics.meter_of:
                raise NotFound(Text("전력량계", "meter"), one.target)
        held = self.script.reductions
        held[:] = [*(old for old in held if since is not None and old.start < since), *reductions]

    def troubles(self, period: Period) -> list[Trouble]:
        """What is going wrong at some time in `period`: the script the readings follow."""
        return self.script.during(period)

    def _row(self, number: int, start: int) -> Floats:
        """One row, remembered while its readings trickle in."""
        if (number, start) not in self._last:
            for old in [
                k for k in self._last if k[0] == number and abs(k[1] - start) > 2 * self.channels[number].step
            ]:
                del self._last[old]
            self._last[number, start] = self._values(self.channels[number], np.array([start]))
        return self._last[number, start]

    def _values(self, channel: Channel, starts: Ints) -> Floats:
        values = self.physics.values(channel.kind, channel.quantity, starts, channel.step)
        if channel.kind in STICKS:
            for trouble in self.script.between(int(starts[0]), int(starts[-1]) + 1):
                if trouble.kind == "stuck" and trouble.target in self._where:
                    number, column = self._where[trouble.target]
                    if self.channels[number] is channel:
                        begin = seconds(trouble.start)
                        held = np.array([begin // channel.step * channel.step])
                        value = self.physics.values(channel.kind, channel.quantity, held, channel.step)[
                            0, column
                        ]
                        values[(starts >= begin) & (starts < seconds(trouble.end)), column] = value
        return np.asarray(np.round(values, channel.decimals))

    def _lost(self, channel: Channel, starts: Ints) -> NDArray[np.bool_]:
        """Which readings a dead gateway swallowed: those it would have sent while it was dead."""
        lost = np.zeros((len(starts), len(channel.points)), dtype=bool)
        latest = int(starts[-1]) + channel.step + SLOWEST[channel.step]
        for trouble in self.script.between(int(starts[0]) + channel.step, latest + 1):
            if trouble.kind == "dead":
                mine = np.flatnonzero(channel.gateway == self.gateways[trouble.target])
                if len(mine):
                    sent = starts[:, None] + channel.step + channel.delay[mine][None]
                    lost[:, mine] |= (sent >= seconds(trouble.start)) & (sent < seconds(trouble.end))
        return lost


def _table(
    channel: Channel, starts: Ints, values: Floats, keep: NDArray[np.bool_], columns: Ints | None
) -> pa.Table:
    rows, cols = np.nonzero(keep)
    picked = cols if columns is None else columns[cols]
    if keep.all() and columns is not None and len(columns) == len(channel.points):
        addresses = pa.chunked_array([channel.addresses] * len(starts))
    else:
        addresses = channel.addresses.take(pa.array(picked))
    n = len(rows)
    return pa.table(
        [
            addresses,
            pa.array(starts[rows] * 1000).cast(INSTANT),
            pa.array(values[rows, cols]),
            pa.nulls(n, pa.string()),
            pa.nulls(n, pa.uint8()),
        ],
        schema=READINGS,
    )


def behave(complex: DemoComplex, seed: int | None = None, *, troubles: bool = True) -> Behaviour:
    """Set a complex in motion; `seed` (its own when left out) decides weather, moods and troubles."""
    chosen = complex.params.seed if seed is None else seed
    kinds = {thing.id: thing.kind for thing in complex.things}
    groups: dict[tuple[str, str], list[Point]] = {}
    for point in complex.points:
        groups.setdefault((kinds[point.thing], point.quantity), []).append(point)
    gateways = {gateway: i for i, gateway in enumerate(dict.fromkeys(complex.gateways.values()))}
    channels = tuple(
        _channel(kind, quantity, points, complex, gateways) for (kind, quantity), points in groups.items()
    )
    where = {point: (i, j) for i, channel in enumerate(channels) for j, point in enumerate(channel.points)}
    script = Script(chosen, _targets(channels, gateways, troubles))
    physics = set_in_motion(complex, chosen, script)
    return Behaviour(complex, physics, script, channels, gateways, where)


def _channel(
    kind: str, quantity: str, points: list[Point], complex: DemoComplex, gateways: dict[str, int]
) -> Channel:
    assert points[0].interval is not None
    step = int(points[0].interval.total_seconds())
    carried = [complex.gateways[point.thing] for point in points]
    late = chance(keys(carried), 0, key("late") % 2**31) * (SLOWEST[step] + 1)
    ids = tuple(point.id for point in points)
    return Channel(
        kind,
        quantity,
        step,
        ids,
        pa.array(ids, pa.string()),
        late.astype(np.int64),
        np.array([gateways[gateway] for gateway in carried], dtype=np.int64),
        DECIMALS.get(unit_of(quantity).unit, 1) if quantity != "precipitation" else 2,
    )


def _targets(
    channels: Sequence[Channel], gateways: dict[str, int], troubles: bool
) -> dict[TroubleKind, tuple[str, ...]]:
    """What each kind of trouble may strike."""
    if not troubles:
        return {}
    things = {
        kind: tuple(
            dict.fromkeys(point.rsplit(".", 1)[0] for c in channels if c.kind == kind for point in c.points)
        )
        for kind in ("leak_sensor", "meter")
    }
    stuck = tuple(point for channel in channels if channel.kind in STICKS for point in channel.points)
    return {"leak": things["leak_sensor"], "peak": things["meter"], "stuck": stuck, "dead": tuple(gateways)}
