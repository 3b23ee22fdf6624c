"""Measures that save energy, and the days' production their baselines follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.energy.model.efficiency import DoneMeasure, DriverDay
from sandan.store import Identifier, metadata
from sandan.store.registry import insert_rows

measure = sa.Table(
    "energy_measure",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("meter", Identifier, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Index(None, "meter"),
)
driver = sa.Table(
    "energy_driver",
    metadata,
    sa.Column("meter", Identifier, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("quantity", sa.Double, nullable=False),
)


def measures_of(conn: Connection, meters: Collection[str] | None = None) -> list[DoneMeasure]:
    """Every measure, or those behind these meters; by meter, oldest first."""
    query = sa.select(measure).order_by(measure.c.meter, measure.c.since, measure.c.id)
    found = [DoneMeasure(**row._mapping) for row in conn.execute(query)]
    return found if meters is None else [one for one in found if one.meter in meters]


def find_measure(conn: Connection, id: str) -> DoneMeasure | None:
    row = conn.execute(sa.select(measure).where(measure.c.id == id)).one_or_none()
    return None if row is None else DoneMeasure(**row._mapping)


def add_measure(conn: Connection, one: DoneMeasure) -> None:
    conn.execute(sa.insert(measure).values(asdict(one)))


def remove_measure(conn: Connection, id: str) -> None:
    conn.execute(sa.delete(measure).where(measure.c.id == id))


def drivers_of(conn: Connection, meter: str) -> list[DriverDay]:
    """What was told of a meter's production, by name and day."""
    query = sa.select(driver).where(driver.c.meter == meter).order_by(driver.c.name, driver.c.day)
    return [DriverDay(row.meter, row.name, row.unit, row.day, row.quantity) for row in conn.execute(query)]


def put_drivers(conn: Connection, given: Sequence[DriverDay]) -> None:
    """Keep these days; a day that was told before is told anew."""
    for one in given:
        conn.execute(
            sa.delete(driver).where(
                driver.c.meter == one.meter, driver.c.name == one.name, driver.c.day == one.day
            )
        )
    insert_rows(conn, driver, [asdict(one) for one in given])


def remove_driver(conn: Connection, meter: str, name: str) -> int:
    """Forget one driver of a meter; how many days it had."""
    found = conn.execute(sa.delete(driver).where(driver.c.meter == meter, driver.c.name == name))
    return int(found.rowcount)
