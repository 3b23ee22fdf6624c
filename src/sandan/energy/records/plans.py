"""Operating plans: the newest of each site, and the one made at 17:00 of each day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.energy.model.operation import Course, KeptPlan, Unplanned
from sandan.energy.model.outlook import Gate
from sandan.energy.model.plan import Cost, Method, Status
from sandan.store import Identifier, Instant, metadata
from sandan.store.registry import insert_rows
from sandan.words import Text

plan = sa.Table(
    "energy_plan",
    metadata,
    sa.Column("meter", Identifier, primary_key=True),
    sa.Column("made_at", Instant, primary_key=True),
    sa.Column("gate", sa.Integer, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("status", Identifier, nullable=False),
    sa.Column("saving", sa.Double),
    sa.Column("body", sa.JSON, nullable=False),
)
UNPLANNED = "unplanned"
SCALARS = ("habit", "demand", "idle_demand", "standing", "demand_price", "power", "energy", "simulated")


def put_plans(
    conn: Connection,
    plans: Sequence[KeptPlan],
    unplanned: Sequence[Unplanned],
    now: datetime,
    gates_before: datetime,
) -> None:
    """Keep what was made now; all earlier plans go but those that were made at a gate since then."""
    stale = (plan.c.gate == int(Gate.HOURLY)) | (plan.c.made_at < gates_before)
    conn.execute(sa.delete(plan).where(((plan.c.made_at <= now) & stale) | (plan.c.made_at == now)))
    insert_rows(conn, plan, [*(_row(one) for one in plans), *(_row_without(one) for one in unplanned)])


def newest_plans(
    conn: Connection, tenant: str | None = None, meter: str | None = None
) -> tuple[list[KeptPlan], list[Unplanned]]:
    """What was last made of each site, of one firm's or of all, by meter; and the sites without a plan."""
    last = sa.select(plan.c.meter, sa.func.max(plan.c.made_at).label("made_at")).group_by(plan.c.meter)
    if tenant is not None:
        last = last.where(plan.c.tenant == tenant)
    if meter is not None:
        last = last.where(plan.c.meter == meter)
    newest = last.subquery()
    same = (newest.c.meter == plan.c.meter) & (newest.c.made_at == plan.c.made_at)
    query = sa.select(plan).join(newest, same)
    rows = list(conn.execute(query.order_by(plan.c.meter)))
    return (
        [_kept(row) for row in rows if row.status != UNPLANNED],
        [
            Unplanned(row.meter, row.tenant, row.made_at, Text(row.body["ko"], row.body["en"]))
            for row in rows
            if row.status == UNPLANNED
        ],
    )


def last_made(conn: Connection) -> datetime | None:
    """When the last plan of any site was made."""
    found: datetime | None = conn.scalar(sa.select(sa.func.max(plan.c.made_at)))
    return found


def plans_at_gate(conn: Connection, since: datetime) -> list[KeptPlan]:
    """The plans made at 17:00 since then, oldest first."""
    query = sa.select(plan).where(plan.c.gate == int(Gate.SEVENTEEN), plan.c.made_at >= since)
    query = query.where(plan.c.status != UNPLANNED)
    return [_kept(row) for row in conn.execute(query.order_by(plan.c.made_at, plan.c.meter))]


def _row(one: KeptPlan) -> dict[str, Any]:
    course = {
        field.name: _numbers(getattr(one.course, field.name))
        for field in fields(Course)
        if field.name != "start"
    }
    body = {name: getattr(one, name) for name in SCALARS} | {
        "method": str(one.method),
        "cost": asdict(one.cost),
        "idle": asdict(one.idle),
        "start": one.course.start,
        "course": course,
    }
    return {
        "meter": one.meter,
        "made_at": one.made_at,
        "gate": int(one.gate),
        "tenant": one.tenant,
        "status": str(one.status),
        "saving": one.saving,
        "body": body,
    }


def _row_without(one: Unplanned) -> dict[str, Any]:
    return {
        "meter": one.meter,
        "made_at": one.made_at,
        "gate": int(Gate.HOURLY),
        "tenant": one.tenant,
        "status": UNPLANNED,
        "saving": None,
        "body": {"ko": one.why.ko, "en": one.why.en},
    }


def _numbers(values: Any) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 3) for value in np.asarray(values, float).tolist()]


def _kept(row: Row[Any]) -> KeptPlan:
    body = row.body
    course = {
        name: np.array([math.nan if value is None else value for value in values], np.float64)
        for name, values in body["course"].items()
    }
    return KeptPlan(
        row.meter,
        row.tenant,
        row.made_at,
        Gate(row.gate),
        Status(row.status),
        Method(body["method"]),
        Cost(**body["cost"]),
        Cost(**body["idle"]),
        course=Course(start=body["start"], **course),
        **{name: body[name] for name in SCALARS},
    )
