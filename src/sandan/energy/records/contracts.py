"""Contracts by meter and first day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.energy.model.agreements import Agreement
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.store import Identifier, batches, metadata
from sandan.store.registry import insert_rows

contract = sa.Table(
    "energy_contract",
    metadata,
    sa.Column("meter", Identifier, primary_key=True),
    sa.Column("since", sa.Date, primary_key=True),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("voltage", Identifier, nullable=False),
    sa.Column("option", Identifier, nullable=False),
    sa.Column("power", sa.Double, nullable=False),
    sa.Column("deferred_until", sa.Date),
    sa.Column("demand_meter", sa.Boolean, nullable=False),
    sa.Column("var_meter", sa.Boolean, nullable=False),
    sa.Column("remote", sa.Boolean, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
)


def contracts_of(conn: Connection, meters: Collection[str] | None = None) -> list[Agreement]:
    """Every contract of these meters, or of all; by meter, oldest first."""
    query = sa.select(contract).order_by(contract.c.meter, contract.c.since)
    if meters is None:
        return [_agreement(row) for row in conn.execute(query)]
    found: list[Agreement] = []
    for part in batches(sorted(set(meters))):
        found += [_agreement(row) for row in conn.execute(query.where(contract.c.meter.in_(part)))]
    return found


def put_contracts(conn: Connection, agreements: Sequence[Agreement]) -> None:
    """Write contracts; one of the same meter and day is replaced."""
    for one in agreements:
        same = (contract.c.meter == one.meter) & (contract.c.since == one.since)
        conn.execute(sa.delete(contract).where(same))
    insert_rows(conn, contract, [_row(one) for one in agreements])


def remove_contract(conn: Connection, meter: str, since: date) -> bool:
    """Take a contract out; whether it was there."""
    same = (contract.c.meter == meter) & (contract.c.since == since)
    return conn.execute(sa.delete(contract).where(same)).rowcount > 0


def _row(one: Agreement) -> dict[str, Any]:
    of = one.contract
    return {
        "meter": one.meter,
        "since": one.since,
        "kind": str(of.kind),
        "voltage": str(of.voltage),
        "option": str(of.option),
        "power": of.power,
        "deferred_until": of.deferred_until,
        "demand_meter": of.demand_meter,
        "var_meter": of.var_meter,
        "remote": of.remote,
        "simulated": one.simulated,
    }


def _agreement(row: Row[Any]) -> Agreement:
    return Agreement(
        row.meter,
        row.since,
        Contract(
            Kind(row.kind),
            Voltage(row.voltage),
            Option(row.option),
            row.power,
            row.deferred_until,
            row.demand_meter,
            row.var_meter,
            row.remote,
        ),
        row.simulated,
    )
