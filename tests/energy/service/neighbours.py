"""Three firms on two feeders, one with a large roof, metered for some days: what sharing is tried on."""

from datetime import date

import numpy as np
import pyarrow as pa
import shapely

from sandan.access import Actor, Role
from sandan.clock import QUARTER_HOUR, milliseconds
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.circulation import Member, SharingAgreement
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.sharing import Rule
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.records.contracts import put_contracts
from sandan.energy.service.sharing import AGREEMENT
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES

TRADER = Actor("energy", "에너지 담당", frozenset({Role.ENERGY}))
OFFICER = Actor("officer", "담당관", frozenset({Role.OFFICER}))
VIEWER = Actor("viewer", "손님", frozenset({Role.VIEWER}))
A, B, OUTSIDER = (Actor(name, name, frozenset({Role.FIRM}), name) for name in ("firm-a", "firm-b", "firm-z"))
DAYS = 4
NAMES = {"firm-a": "가나태양", "firm-b": "다라기계", "firm-c": "마바섬유", "firm-z": "하하상사"}
PLACES = {
    "firm-a": (126.600, 37.200),
    "firm-b": (126.602, 37.200),
    "firm-c": (126.604, 37.201),
    "firm-z": (126.606, 37.201),
}
THINGS = [
    *(Thing(id, "firm", name, tenant=id, geometry=shapely.Point(*PLACES[id])) for id, name in NAMES.items()),
    Thing("east", "feeder", "동부 선로", attributes={"capacity": 60.0}),
    Thing("west", "feeder", "서부 선로", attributes={"capacity": 100.0}),
    Thing("tr-e", "transformer", "동부 변압기", attributes={"feeder": "east"}),
    Thing("tr-w", "transformer", "서부 변압기", attributes={"feeder": "west"}),
    Thing("m-a", "meter", "가나 계량기", tenant="firm-a", attributes={"transformer": "tr-e"}),
    Thing("m-b", "meter", "다라 계량기", tenant="firm-b", attributes={"transformer": "tr-e"}),
    Thing("m-c", "meter", "마바 계량기", tenant="firm-c", attributes={"transformer": "tr-w"}),
    Thing("m-z", "meter", "하하 계량기", tenant="firm-z"),
    Thing("pv-a", "pv", "가나 지붕", tenant="firm-a", attributes={"capacity": 200.0}),
]
METERS = ("m-a", "m-b", "m-c")
CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 500.0)
TERMS = SharingAgreement(
    date(2026, 3, 2),
    Rule.FEEDER_FIRST,
    120.0,
    0.01,
    0.03,
    85.0,
    (Member("m-a", ("pv-a",)), Member("m-b"), Member("m-c")),
)


def settle_in(store, now, *, agreed=True):
    """Things, points, contracts and readings until `now`; `agreed` puts the agreement as well."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        points = [
            Point(f"{meter}.active_energy", meter, "active_energy", QUARTER_HOUR, f"firm-{meter[-1]}")
            for meter in METERS
        ]
        points.append(Point("pv-a.generation_energy", "pv-a", "generation_energy", QUARTER_HOUR, "firm-a"))
        store.points.put(conn, points)
        put_contracts(conn, [Agreement(meter, date(2025, 1, 1), CONTRACT) for meter in METERS])
    end = milliseconds(now) // SLOT_MS * SLOT_MS
    start = end - DAYS * 96 * SLOT_MS + SLOT_MS * np.arange(DAYS * 96)
    local = (start + 9 * 3_600_000) % 86_400_000 / 3_600_000
    sun = np.clip(np.cos((local - 12.5) / 12 * np.pi), 0, None)
    read(store, "m-a.active_energy", start, np.full(len(start), 5.0))
    read(store, "m-b.active_energy", start, 12 + 0 * local)
    read(store, "m-c.active_energy", start, 20 + 0 * local)
    read(store, "pv-a.generation_energy", start, 40 * sun)
    if agreed:
        AGREEMENT.put(store, TRADER, 0, TERMS, "협약", now)


def read(store, point, start, values, *, known=None):
    """Readings of a point; `known` is when they came, at once if not said."""
    with store.registry.write() as conn:
        number = {one.id: one.number for one in store.points.all(conn)}[point]
        source = store.sources.number(conn, "test")
    n = len(start)
    told = start + SLOT_MS if known is None else np.full(n, milliseconds(known))
    columns = (np.full(n, number), start, told, np.full(n, source), values, np.zeros(n))
    arrays = [
        pa.array(np.asarray(column).astype(np.float64 if field.name == "value" else np.int64)).cast(
            field.type
        )
        for column, field in zip(columns, SAMPLES, strict=True)
    ]
    store.historian.append(pa.table(arrays, schema=SAMPLES))
