"""Twelve firms of constant load that are asked to reduce: what each leaves is known to the watt-hour."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa

from sandan.access import Actor, Role
from sandan.clock import QUARTER_HOUR, SEOUL, milliseconds
from sandan.energy.model.demand_response import BaselineKind, Enrolment, Programme
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.response import Customer, Resource
from sandan.energy.service.response.calls import enter_call, put_prices
from sandan.energy.service.response.register import RESOURCE
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES

ENERGY = Actor("energy", "에너지 담당", frozenset({Role.ENERGY}))
OFFICER = Actor("officer", "담당관", frozenset({Role.OFFICER}))
FIRM = Actor("firm", "기업", frozenset({Role.FIRM}), "firm-01")
OTHER = Actor("other", "다른 기업", frozenset({Role.FIRM}), "firm-99")
FIRMS, PLEDGED = 12, 100.0
METERS = [f"m-{k:02}" for k in range(1, FIRMS + 1)]
LOADS = {meter: 300.0 + 10 * k for k, meter in enumerate(METERS)}
DAYS, TICK = 60, timedelta(seconds=10)
EVENT = date(2026, 3, 3)
"""A Tuesday after a long weekend."""
CALLED = datetime(2026, 3, 3, 9, 0, tzinfo=SEOUL)
ROW = {"programme": "economic", "day": "2026-03-03", "hour": "14", "hours": "2", "kw": "1200"}
ID = "2026-03-03T14"
TERMS = Resource(
    name="시험 자원",
    programmes=(Programme.RELIABILITY, Programme.ECONOMIC),
    customers=tuple(
        Customer(Enrolment(meter, 2026, BaselineKind.MAX_4_OF_5, PLEDGED, True), 50.0) for meter in METERS
    ),
    day_hours=(9, 20),
    base_pay=40_000,
    paid_up_to=1.0,
    fails_below=0.7,
    operator_share=Decimal("0.2"),
    rounding="half_up",
)


def fill(store, now, *, left=None, without=()):
    """Things and constant loads until now; on the day of the event each leaves 100 kW, or what `left` says.

    The four quarter-hours from 15:00 of the meters in `without` are missing.
    """
    things = [
        Thing(f"firm-{k:02}", "firm", f"기업 {k:02}", tenant=f"firm-{k:02}") for k in range(1, FIRMS + 1)
    ]
    things += [Thing("firm-99", "firm", "다른 기업", tenant="firm-99")]
    things += [Thing(meter, "meter", f"{meter} 계량기", tenant=f"firm-{meter[2:]}") for meter in METERS]
    points = [Point(f"{one}.e", one, "active_energy", QUARTER_HOUR, f"firm-{one[2:]}") for one in METERS]
    points += [
        Point(f"{one}.p", one, "active_power", timedelta(seconds=10), f"firm-{one[2:]}") for one in METERS
    ]
    with store.registry.write() as conn:
        store.things.put(conn, things)
        store.points.put(conn, points)
    end = milliseconds(now) // SLOT_MS * SLOT_MS
    start = end - DAYS * 96 * SLOT_MS + SLOT_MS * np.arange(DAYS * 96)
    begin = milliseconds(datetime(2026, 3, 3, 14, tzinfo=SEOUL))
    inside = (start >= begin) & (start < begin + 8 * SLOT_MS)
    second = (start >= begin + 4 * SLOT_MS) & inside
    for meter in METERS:
        gone = PLEDGED if left is None else left.get(meter, PLEDGED)
        values = (LOADS[meter] - np.where(inside, gone, 0.0)) / 4
        keep = ~second if meter in without else np.ones(len(start), bool)
        tell(store, f"{meter}.e", start[keep], values[keep])


def tell(store, point, start, values, known=None):
    """Samples of one point; known as each quarter-hour ends, or at `known`."""
    with store.registry.write() as conn:
        number = store.points.get(conn, point).number
        source = store.sources.number(conn, "test")
    n = len(start)
    known_at = start + SLOT_MS if known is None else np.full(n, milliseconds(known))
    columns = (np.full(n, number), start, known_at, np.full(n, source), values, np.zeros(n))
    arrays = [
        pa.array(np.asarray(column).astype(np.float64 if field.name == "value" else np.int64)).cast(
            field.type
        )
        for column, field in zip(columns, SAMPLES, strict=True)
    ]
    store.historian.append(pa.table(arrays, schema=SAMPLES))


def register(store, **changed):
    """The resource with its customers."""
    RESOURCE.put(store, ENERGY, 0, replace(TERMS, **changed), "시험", datetime(2026, 1, 2, 9, tzinfo=SEOUL))


def call(store, *, prices=("100", "110"), **changed):
    """The instruction of the day, with its prices."""
    made = enter_call(store, ENERGY, ROW | changed, (), CALLED)
    if prices:
        made = put_prices(store, ENERGY, made.id, made.version, prices, "시험 가격", CALLED)
    return made
