"""Everything measured in the complex as one function of time: kind, quantity, instants → values.

Sound instruments on a complex where leaks and peaks really happen; instruments that stick and
gateways that die are `live`'s business.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sandan.twin.demo import city
from sandan.twin.demo.air import KNOT, ODOUR_OF, SHARES, Plumes, background
from sandan.twin.demo.calendar import QUARTER, seconds
from sandan.twin.demo.load import Loads
from sandan.twin.demo.noise import Floats, Ints, Keys, wave
from sandan.twin.demo.sun import Sky
from sandan.twin.demo.troubles import Reduction, Script, Trouble
from sandan.twin.demo.weather import Climate
from sandan.twin.model import Thing

LAG = 3.0
"""Time constant [h] of a transformer's oil; its past `HISTORY` quarter-hours are summed."""

HISTORY = 36
SENT = 1.02
"""What a substation sends out of what its customers take."""
LEAK_REACH = 900.0
_KEPT = 60
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Roster:
    """The things of one kind, in order: their keys, and where they stand (m, 2) [m]."""

    things: tuple[Thing, ...]
    who: Keys
    place: Floats

    def number(self, attribute: str, otherwise: float = 0.0) -> Floats:
        """An attribute of every one as an array."""
        found = (thing.attributes.get(attribute) for thing in self.things)
        return np.array([float(v) if isinstance(v, (int, float)) else otherwise for v in found])


@dataclass(frozen=True, slots=True)
class Physics:
    """The complex in motion; built by `motion.set_in_motion`."""

    rosters: Mapping[str, Roster]
    loads: Loads
    sky: Sky
    climate: Climate
    script: Script
    orientation: Ints
    customers: Ints
    wiring: Mapping[str, Ints]
    owner: Mapping[str, Ints]
    stack_plumes: Plumes
    odour_plumes: Plumes
    odour_sources: Ints
    odour_strength: Floats
    leak_quantity: tuple[str, ...]
    leak_alarm: Floats
    meter_of: Mapping[str, int]
    leak_of: Mapping[str, int]
    _rows: OrderedDict[tuple[str, int], Floats] = field(
        default_factory=OrderedDict, repr=False, compare=False
    )
    _asked: dict[bytes, Floats] = field(default_factory=dict, repr=False, compare=False)

    # ── the front door ──

    def values(self, kind: str, quantity: str, starts: Ints, step: int) -> Floats:
        """Values (n, m) of `quantity` on all things of `kind`, over the intervals [start, start + step)."""
        middle = starts + step // 2
        match kind:
            case "meter":
                return self._meters(quantity, starts, middle)
            case "pv":
                return self._pv(quantity, starts, middle)
            case "battery":
                columns = self.owner["battery"]
                if quantity == "state_of_charge":
                    return self.loads.charge(starts + step, columns)
                return self._stored(middle)[:, columns]
            case "substation" if quantity == "supply_energy":
                return self._supplied(starts)
            case "transformer" | "feeder" | "substation":
                return self._grid(kind, quantity, middle)
            case "weather_station":
                return self._weather(quantity, middle, step)
            case "air_station" | "odour_station":
                return self._air(kind, quantity, middle)
            case "leak_sensor":
                return self._leaks(quantity, middle)
            case _:
                return self._rest(kind, quantity, starts, middle, step)

    def _rest(self, kind: str, quantity: str, starts: Ints, middle: Ints, step: int) -> Floats:
        roster = self.rosters[kind]
        match kind:
            case "stack":
                return city.stack(roster.who, self._busy(middle, self.owner["stack"]), middle, quantity)
            case "thermal_sensor":
                busy = self._busy(middle, self.owner["thermal_sensor"])
                return city.surface(roster.who, busy, middle, self.climate)
            case "tank" if quantity == "tank_level":
                return city.tank_level(roster.who, middle)
            case "tank":
                return city.tank_pressure(roster.who, middle, self.climate)
            case "dock":
                return city.docks(roster.who, middle)
            case "road":
                return city.traffic(roster.who, roster.number("lanes", 2), starts, step)
            case "bus_stop":
                return city.stops(roster.who, starts + step)
            case "water_station":
                mouth = np.array([1.0 if "하구" in thing.name else 0.12 for thing in roster.things])
                return city.water(roster.who, mouth, middle, self.climate)
        raise KeyError(kind)

    # ── electricity ──

    def _meters(self, quantity: str, starts: Ints, middle: Ints) -> Floats:
        if quantity == "active_power":
            drawn = self.loads.power(middle)
            for trouble, column in self._peaks(middle):
                drawn[:, column] = self._pushed(drawn[:, column], trouble, column, middle)
            return drawn
        energy = self._energy(starts)
        if quantity == "active_energy":
            return energy
        reactive = self.loads.reactive(energy)
        return np.maximum(reactive if quantity == "reactive_energy_lagging" else -reactive, 0)

    def _energy(self, starts: Ints) -> Floats:
        """kWh by quarter-hour; the last answer is kept, for the reactive energies ask the same again."""
        asked = starts.tobytes()
        if asked not in self._asked:
            energy = self.loads.energy(starts // QUARTER)
            for trouble, column in self._peaks(starts, QUARTER):
                for row in np.flatnonzero(_overlaps(trouble, starts, QUARTER)):
                    ticks = starts[row] + 5 + 10 * np.arange(90)
                    energy[row, column] = self._tick_by_tick(ticks, column).mean() / 4
            self._asked.clear()
            self._asked[asked] = energy
        return self._asked[asked].copy()

    def _tick_by_tick(self, t: Ints, column: int) -> Floats:
        """One meter's power with every peak that strikes it."""
        drawn = self.loads.power(t, np.array([column]))[:, 0]
        for trouble, at in self._peaks(t):
            if at == column:
                drawn = self._pushed(drawn, trouble, column, t)
        return drawn

    def _peaks(self, t: Ints, span: int = 0) -> list[tuple[Trouble | Reduction, int]]:
        """Peaks that strike meters, and load that firms leave, at these instants."""
        start, end = int(t.min()), int(t.max()) + span + 1
        found: list[Trouble | Reduction] = [*self.script.reducing(start, end)]
        found += [trouble for trouble in self.script.between(start, end) if trouble.kind == "peak"]
        return [(one, self.meter_of[one.target]) for one in found]

    def _pushed(self, drawn: Floats, trouble: Trouble | Reduction, column: int, t: Ints) -> Floats:
        """A peak carries the meter from where it is to a little above its contract.

        Who was asked to reduce leaves what it said, but keeps a tenth of its load.
        """
        swell = trouble.swell(t)
        if isinstance(trouble, Reduction):
            return np.asarray(np.maximum(drawn - swell * trouble.power, np.minimum(drawn, 0.1 * drawn)))
        top = self.loads.contract[column] * (1.05 + 0.12 * trouble.strength)
        return np.asarray(drawn + swell * np.maximum(top - drawn, 0))

    def _stored(self, t: Ints) -> Floats:
        quarter, part = t // QUARTER, ((t % QUARTER) / QUARTER)[:, None]
        return np.asarray(self.loads.stored(quarter) * (1 - part) + self.loads.stored(quarter + 1) * part)

    def _pv(self, quantity: str, starts: Ints, middle: Ints) -> Floats:
        roster = self.rosters["pv"]
        if quantity == "generation_power":
            return self._pv_between(middle)
        minutes = (starts[:, None] // _MINUTE + np.arange(16)[None]).ravel()
        distinct, where = np.unique(minutes, return_inverse=True)
        knots = self._output(distinct)[where].reshape(len(starts), 16, len(roster.who))
        return np.asarray((knots[:, 1:-1].sum(1) + (knots[:, 0] + knots[:, -1]) / 2) / 60)

    def _pv_between(self, t: Ints) -> Floats:
        """Straight lines between minutes, so that energy is the same sum at any speed."""
        minute = t // _MINUTE
        distinct, where = np.unique(np.concatenate([minute, minute + 1]), return_inverse=True)
        rows = self._kept("pv", distinct, self._output) if len(distinct) < 20 else self._output(distinct)
        part = ((t % _MINUTE) / _MINUTE)[:, None]
        return np.asarray(rows[where[: len(t)]] * (1 - part) + rows[where[len(t) :]] * part)

    def _output(self, minutes: Ints) -> Floats:
        roster = self.rosters["pv"]
        x, y = roster.place.T
        return self.sky.output(minutes * _MINUTE, x, y, self.orientation, roster.number("capacity"))

    def _drawn(self, t: Ints) -> Floats:
        """Power [kW] through every transformer, peaks included, ripple left out."""
        quarter = t // QUARTER
        distinct, where = np.unique(np.concatenate([quarter, quarter + 1]), return_inverse=True)
        rows = self._kept("transformers", distinct, self._through)
        part = ((t % QUARTER) / QUARTER)[:, None]
        drawn = rows[where[: len(t)]] * (1 - part) + rows[where[len(t) :]] * part
        for trouble, column in self._peaks(t):
            own = self.loads.power(t, np.array([column]), ripple=False)[:, 0]
            drawn[:, self.customers[column]] += self._pushed(own, trouble, column, t) - own
        return np.asarray(drawn)

    def _through(self, quarters: Ints) -> Floats:
        return _gathered(self.loads.smooth(quarters), self.customers, len(self.rosters["transformer"].who))

    def _supplied(self, starts: Ints) -> Floats:
        """kWh by quarter-hour that every substation sent out: its customers' and what is lost on the way."""
        drawn = _gathered(self._energy(starts), self.customers, len(self.rosters["transformer"].who))
        flow = SENT * _gathered(drawn, self.wiring["transformer"], len(self.rosters["feeder"].who))
        return _gathered(flow, self.wiring["feeder"], len(self.rosters["substation"].who))

    def _grid(self, kind: str, quantity: str, t: Ints) -> Floats:
        transformers = self.rosters["transformer"]
        if quantity == "transformer_temperature":
            return self._oil(t)
        drawn = self._drawn(t)
        if quantity == "transformer_loading":
            return np.asarray(100 * drawn / 0.93 / transformers.number("capacity", 1.0))
        flow = SENT * _gathered(drawn, self.wiring["transformer"], len(self.rosters["feeder"].who))
        if kind == "substation":
            return _gathered(flow, self.wiring["feeder"], len(self.rosters["substation"].who))
        if quantity == "active_power":
            return flow
        feeders = self.rosters["feeder"]
        sag = 0.25 * flow / feeders.number("capacity", 1.0)
        return np.asarray(
            23.0 - sag + 0.06 * wave(feeders.who, t, 1800, 71) + 0.02 * wave(feeders.who, t, 120, 72)
        )

    def _oil(self, t: Ints) -> Floats:
        """Top-oil temperature: air, plus 42 K at full load following the square of the load with a lag."""
        quarter = t // QUARTER
        span = np.arange(int(quarter.min()) - HISTORY, int(quarter.max()) + 2)
        capacity = self.rosters["transformer"].number("capacity", 1.0)
        loading = self._kept("transformers", span, self._through) / 0.93 / capacity
        weights = np.exp(-np.arange(HISTORY) / 4 / LAG)
        weights /= weights.sum()
        n = len(span) - HISTORY
        warm = np.zeros((n, len(capacity)))
        squared = loading**2
        for i, weight in enumerate(weights):
            warm += weight * squared[HISTORY - i : HISTORY - i + n]
        at = quarter - quarter.min()
        part = ((t % QUARTER) / QUARTER)[:, None]
        oil = warm[at] * (1 - part) + warm[at + 1] * part
        air = self.climate.at(t).temperature[:, None]
        who = self.rosters["transformer"].who
        return np.asarray(air + 9 + 42 * oil + 0.4 * wave(who, t, 900, 73))

    def _busy(self, t: Ints, columns: Ints) -> Floats:
        """How busy the firms behind some things are, at instants."""
        quarter, part = t // QUARTER, ((t % QUARTER) / QUARTER)[:, None]
        before = self.loads.activity(quarter, columns)
        after = self.loads.activity(quarter + 1, columns)
        return np.asarray(before * (1 - part) + after * part)

    # ── air ──

    def _weather(self, quantity: str, t: Ints, step: int) -> Floats:
        roster = self.rosters["weather_station"]
        weather = self.climate.at(t)
        small = wave(roster.who, t, 300, 74)
        match quantity:
            case "air_temperature":
                return weather.temperature[:, None] + 0.25 * small
            case "relative_humidity":
                return np.clip(weather.humidity[:, None] + 1.5 * small, 5, 100)
            case "wind_speed":
                return np.asarray(weather.speed[:, None] * (1 + 0.10 * small))
            case "wind_direction":
                return np.asarray((weather.direction[:, None] + 6 * small) % 360)
            case "air_pressure":
                return weather.pressure[:, None] + 0.05 * small
            case "precipitation":
                return np.asarray(
                    np.floor(weather.rain[:, None] * step / 3600 / 0.01 * (1 + 0.1 * small)) * 0.01
                )
        return self.sky.irradiance(t, *roster.place.T)

    def _air(self, kind: str, quantity: str, t: Ints) -> Floats:
        who = self.rosters[kind].who
        level = background(quantity, who, t, self.climate)
        knot = t // KNOT
        distinct, where = np.unique(np.concatenate([knot, knot + 1]), return_inverse=True)
        rows = self._kept(kind, distinct, self._stacks if kind == "air_station" else self._smells)
        part = ((t % KNOT) / KNOT)[:, None]
        plume = rows[where[: len(t)]] * (1 - part) + rows[where[len(t) :]] * part
        plume = plume * (1 + 0.25 * wave(who, t, 120, 75))
        share = SHARES[quantity] if kind == "air_station" else 9.0 * ODOUR_OF[quantity]
        level = level + share * plume
        if kind == "odour_station":
            for trouble, at in self._leaking(t):
                if quantity in ("odour", self.leak_quantity[at]):
                    drift = self._drift(at, self.rosters[kind].place, t) * trouble.swell(t)[:, None]
                    size = 60.0 if quantity == "odour" else self.leak_alarm[at] * 0.6
                    level = level + size * (1 + trouble.strength) * drift
        return np.asarray(np.maximum(level, 0))

    def _stacks(self, knots: Ints) -> Floats:
        return self._spread(self.stack_plumes, self._busy(knots * KNOT, self.owner["stack"]), knots, 1_500)

    def _smells(self, knots: Ints) -> Floats:
        busy = self._busy(knots * KNOT, self.odour_sources) * self.odour_strength
        return self._spread(self.odour_plumes, busy, knots, 220)

    def _spread(self, plumes: Plumes, strength: Floats, knots: Ints, unit: float) -> Floats:
        weather = self.climate.at(knots * KNOT)
        return plumes.spread(strength * unit, weather.east, weather.north)

    def _leaks(self, quantity: str, t: Ints) -> Floats:
        roster = self.rosters["leak_sensor"]
        columns = np.array([i for i, q in enumerate(self.leak_quantity) if q == quantity])
        level = city.leak_rest(roster.who[columns], self.leak_alarm[columns], t)
        for trouble, at in self._leaking(t):
            if self.leak_quantity[at] != quantity:
                continue
            drift = self._drift(at, roster.place[columns], t)
            # The sensor beside the leak sees it whatever the wind; the others only downwind.
            drift[:, columns == at] = np.maximum(drift[:, columns == at], 0.6)
            cloud = self.leak_alarm[at] * (2 + 3.5 * trouble.strength) * drift * trouble.swell(t)[:, None]
            level = level + cloud * (1 + 0.15 * wave(roster.who[columns], t, 25, 76))
        return np.asarray(level)

    def _leaking(self, t: Ints) -> list[tuple[Trouble, int]]:
        troubles = self.script.between(int(t.min()), int(t.max()) + 1)
        return [(trouble, self.leak_of[trouble.target]) for trouble in troubles if trouble.kind == "leak"]

    def _drift(self, at: int, places: Floats, t: Ints) -> Floats:
        """The share of a leak's strength that the wind carries to each place: (n, places)."""
        weather = self.climate.at(t)
        apart = places - self.rosters["leak_sensor"].place[at]
        far = np.maximum(np.hypot(*apart.T), 10.0)
        along = (apart[:, 0] * weather.east[:, None] + apart[:, 1] * weather.north[:, None]) / weather.speed[
            :, None
        ]
        lean = np.degrees(np.arccos(np.clip(along / far, -1, 1)))
        return np.asarray(np.exp(-0.5 * (lean / 20) ** 2) * (10 / far) ** 0.8 * (far < LEAK_REACH))

    def _kept(self, name: str, at: Ints, compute: object) -> Floats:
        """Rows of a slow table at whole numbers `at`; when few are asked for they are remembered."""
        assert callable(compute)
        if len(at) > _KEPT - 4:
            return np.asarray(compute(at))
        missing = np.array([i for i in at.tolist() if (name, i) not in self._rows], dtype=np.int64)
        if len(missing):
            for i, row in zip(missing.tolist(), compute(missing), strict=True):
                self._rows[name, i] = row
        found = np.array([self._rows[name, i] for i in at.tolist()])
        # Each table may keep its own `_KEPT` rows, oldest out first.
        while len(self._rows) > 5 * _KEPT:
            self._rows.popitem(last=False)
        return found


def _overlaps(trouble: Trouble | Reduction, starts: Ints, span: int) -> np.ndarray:
    return (starts < seconds(trouble.end)) & (starts + span > seconds(trouble.start))


def _gathered(values: Floats, group: Ints, n: int) -> Floats:
    """Columns of `values` (rows, m) summed into the `n` groups they belong to."""
    order = np.argsort(group, kind="stable")
    found = np.zeros((len(values), n))
    if len(order):
        starts = np.flatnonzero(np.diff(group[order], prepend=-1))
        found[:, group[order][starts]] = np.add.reduceat(values[:, order], starts, axis=1)
    return found
