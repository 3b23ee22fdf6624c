"""A small works of two firms, metered for some weeks: humps of load, a roof, a battery that gives at dusk."""

import numpy as np
import pyarrow as pa
import shapely

from sandan.access import Actor, Role
from sandan.clock import QUARTER_HOUR, milliseconds
from sandan.energy.model.rates import SLOT_MS
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES

ENGINEER = Actor("energy", "에너지 담당", frozenset({Role.ENERGY}))
FIRM = Actor("firm", "기업", frozenset({Role.FIRM}), "firm-1")
OTHER = Actor("other", "다른 기업", frozenset({Role.FIRM}), "firm-2")
DAYS = 46
HERE = shapely.Point(126.7, 37.4)
THINGS = [
    Thing("firm-1", "firm", "가나화학", tenant="firm-1"),
    Thing("firm-2", "firm", "다라정밀", tenant="firm-2"),
    Thing("line", "feeder", "동부 선로", attributes={"capacity": 1000.0}),
    Thing("tr", "transformer", "동부 변압기", attributes={"feeder": "line"}),
    Thing("m-1", "meter", "가나 계량기", tenant="firm-1", geometry=HERE, attributes={"transformer": "tr"}),
    Thing("m-2", "meter", "다라 계량기", tenant="firm-2", geometry=HERE, attributes={"transformer": "tr"}),
    Thing("pv-1", "pv", "가나 태양광", tenant="firm-1", geometry=HERE),
    Thing("ess-1", "battery", "가나 ESS", tenant="firm-1", geometry=HERE,
          attributes={"capacity": 200.0, "power": 50.0}),
]  # fmt: skip
POINTS = [
    Point("m-1.active_energy", "m-1", "active_energy", QUARTER_HOUR, "firm-1"),
    Point("m-2.active_energy", "m-2", "active_energy", QUARTER_HOUR, "firm-2"),
    Point("pv-1.generation_energy", "pv-1", "generation_energy", QUARTER_HOUR, "firm-1"),
    Point("ess-1.state_of_charge", "ess-1", "state_of_charge", QUARTER_HOUR, "firm-1"),
    Point("ess-1.battery_power", "ess-1", "battery_power", QUARTER_HOUR, "firm-1"),
]


def fill(store, now, days=DAYS):
    """Things, points and `days` of readings until now; the roof shines at noon, the battery gives at dusk."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        store.points.put(conn, POINTS)
        numbers = {one.id: one.number for one in store.points.all(conn)}
        source = store.sources.number(conn, "test")
    end = milliseconds(now) // SLOT_MS * SLOT_MS
    start = end - days * 96 * SLOT_MS + SLOT_MS * np.arange(days * 96)
    local = (start + 9 * 3_600_000) % 86_400_000 / 3_600_000
    chance = np.random.default_rng(5)
    mood = 1 + 0.2 * np.repeat(chance.normal(size=days + 1), 96)[: len(start)]
    hump = np.exp(-(((local - 13) / 4) ** 2))
    battery = np.where((local >= 17) & (local < 19), 40.0, 0.0)
    courses = {
        "m-1.active_energy": 30 + 40 * hump * mood - battery / 4,
        "m-2.active_energy": 10 + 15 * hump * mood,
        "pv-1.generation_energy": 12 * np.clip(np.cos((local - 12.5) / 12 * np.pi), 0, None),
        "ess-1.battery_power": battery,
        "ess-1.state_of_charge": np.full(len(start), 40.0),
    }
    for id, values in courses.items():
        n = len(start)
        columns = (np.full(n, numbers[id]), start, start + SLOT_MS, np.full(n, source), values, np.zeros(n))
        arrays = [
            pa.array(column.astype(np.float64 if field.name == "value" else np.int64)).cast(field.type)
            for column, field in zip(columns, SAMPLES, strict=True)
        ]
        store.historian.append(pa.table(arrays, schema=SAMPLES))
    return courses
