"""Three roofs of two firms and one of the complex, metered for a fortnight, in one pool with its terms."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import shapely

from sandan.access import Actor, Role
from sandan.clock import QUARTER_HOUR, milliseconds
from sandan.energy.model.pool import Cut, Member, PoolBook
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.service.outlook import Outlook
from sandan.energy.service.vpp.register import BOOK, save_prices
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES

TRADER = Actor("energy", "에너지 담당", frozenset({Role.ENERGY}))
OFFICER = Actor("officer", "담당관", frozenset({Role.OFFICER}))
FIRM = Actor("firm", "기업", frozenset({Role.FIRM}), "firm-1")
OTHER = Actor("other", "다른 기업", frozenset({Role.FIRM}), "firm-2")
HERE = shapely.Point(126.7, 37.4)
THINGS = [
    Thing("firm-1", "firm", "가나화학", tenant="firm-1"),
    Thing("firm-2", "firm", "다라정밀", tenant="firm-2"),
    Thing("line", "feeder", "동부 선로", attributes={"capacity": 1000.0}),
    Thing("tr", "transformer", "동부 변압기", attributes={"feeder": "line"}),
    Thing("m-1", "meter", "가나 계량기", tenant="firm-1", geometry=HERE, attributes={"transformer": "tr"}),
    Thing("pv-1", "pv", "가나 태양광", tenant="firm-1", geometry=HERE, attributes={"capacity": 100.0}),
    Thing("pv-2", "pv", "다라 태양광", tenant="firm-2", geometry=HERE, attributes={"capacity": 50.0}),
    Thing("pv-3", "pv", "공용 태양광", geometry=HERE, attributes={"capacity": 40.0}),
]
POINTS = [
    Point(f"pv-{n}.generation_energy", f"pv-{n}", "generation_energy", QUARTER_HOUR, tenant)
    for n, tenant in ((1, "firm-1"), (2, "firm-2"), (3, None))
]
CUTS = (Cut("", Decimal("0.5"), Decimal("0.2"), Decimal("0.3")),)
BOOKED = PoolBook((Member("pv-1", 100.0), Member("pv-2", 50.0)), rounding="truncate", cuts=CUTS)
DAYS = 14


def sun(start):
    """Share of capacity under a sky without clouds, by the hour in Seoul."""
    local = (start + 9 * 3_600_000) % 86_400_000 / 3_600_000
    return 0.8 * np.clip(np.cos((local - 12.5) / 12 * np.pi), 0, None)


def meter(store, id, first, values, known=None):
    """Quarter-hours of one point from `first` on; NaN is left out."""
    with store.registry.write() as conn:
        point = store.points.get(conn, id)
        source = store.sources.number(conn, "test")
    there = np.flatnonzero(np.isfinite(values))
    start = milliseconds(first) + SLOT_MS * there
    n = len(there)
    told = start + SLOT_MS if known is None else np.full(n, milliseconds(known))
    columns = (np.full(n, point.number), start, told, np.full(n, source), values[there], np.zeros(n))
    arrays = [
        pa.array(column.astype(np.float64 if field.name == "value" else np.int64)).cast(field.type)
        for column, field in zip(columns, SAMPLES, strict=True)
    ]
    store.historian.append(pa.table(arrays, schema=SAMPLES))


def put_things(store):
    """The works, and nothing measured."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        store.points.put(conn, POINTS)


def shine(store, since, until, silent=()):
    """Every roof follows the sun; `silent` are (point, instant) of quarter-hours that are missing."""
    n = int((until - since) / QUARTER_HOUR)
    start = milliseconds(since) + SLOT_MS * np.arange(n)
    for number, capacity in ((1, 100.0), (2, 50.0), (3, 40.0)):
        id = f"pv-{number}.generation_energy"
        values = capacity * sun(start) / 4
        for point, at in silent:
            if point == id:
                values[int((at - since) / QUARTER_HOUR)] = np.nan
        meter(store, id, since, values)


def open_pool(store, now, silent=(), book=BOOKED):
    """The works metered until now, forecast, with two roofs in the pool."""
    put_things(store)
    shine(store, now - timedelta(days=DAYS), now, silent)
    BOOK.put(store, TRADER, 0, book, "등록", now)
    Outlook(store).tell(now)


def price(store, now, months=("2026-03",)):
    """100 won a kWh and 70,000 a certificate."""
    rows = [
        {"line": line, "from": month, "price": value, "source": "거래소"}
        for month in months
        for line, value in (("smp", "100"), ("rec", "70000"))
    ]
    save_prices(store, TRADER, rows, now)
