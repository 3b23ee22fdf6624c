"""Devices that may be told set-points, what they were told, and who took them over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.clock import instant, milliseconds
from sandan.energy.model.dispatch import (
    Answer,
    Cut,
    Device,
    Limits,
    Mode,
    Order,
    Origin,
    Override,
    Sent,
    Standing,
    Stop,
    Via,
)
from sandan.energy.model.rates import SLOT_MS
from sandan.store import Identifier, Instant, metadata
from sandan.words import Text

device = sa.Table(
    "energy_device",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("tenant", Identifier),
    sa.Column("via", Identifier, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("limits", sa.JSON, nullable=False),
    sa.Column("fallback", sa.Double),
    sa.Column("lease", sa.Integer, nullable=False),
    sa.Column("fresh", sa.Integer, nullable=False),
    sa.Column("mode", Identifier, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("changed_by", Identifier, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("stop", Identifier),
    sa.Column("said", sa.JSON, nullable=False),
    sa.Column("stop_since", Instant),
)
setpoint = sa.Table(
    "energy_setpoint",
    metadata,
    sa.Column("device", Identifier, primary_key=True),
    sa.Column("first_at", Instant, primary_key=True),
    sa.Column("tenant", Identifier),
    sa.Column("power", sa.Double, nullable=False),
    sa.Column("wish", sa.Double, nullable=False),
    sa.Column("origin", Identifier, nullable=False),
    sa.Column("cuts", sa.JSON, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("valid_until", Instant, nullable=False),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Column("said", sa.JSON, nullable=False),
    sa.Column("beats", sa.Integer, nullable=False),
    sa.Column("measured", sa.Double),
)
override = sa.Table(
    "energy_override",
    metadata,
    sa.Column("device", Identifier, primary_key=True),
    sa.Column("since", Instant, primary_key=True),
    sa.Column("until", Instant, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("power", sa.Double),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", Identifier, nullable=False),
)
SCALARS = ("id", "tenant", "fallback", "lease", "fresh", "version", "changed_at", "changed_by", "reason")
SAME = 0.05
"""Orders that differ by less are one line of the log [kW]."""


def put_device(conn: Connection, one: Device) -> None:
    """Keep a device as it is now; the next look at it is due at once, and what stood is forgotten."""
    conn.execute(sa.delete(device).where(device.c.id == one.id))
    row = {name: getattr(one, name) for name in SCALARS} | {
        "via": str(one.via),
        "settings": dict(one.settings),
        "limits": asdict(one.limits),
        "mode": str(one.mode),
        "due": one.changed_at,
        "stop": None,
        "said": {},
        "stop_since": None,
    }
    conn.execute(sa.insert(device).values(row))


def drop_device(conn: Connection, id: str) -> None:
    """Remove a device; what it was told stays in the log."""
    conn.execute(sa.delete(device).where(device.c.id == id))


def devices(conn: Connection, tenant: str | None = None, *, armed: bool = False) -> list[Device]:
    """The devices of a firm or of all, by id."""
    query = sa.select(device).order_by(device.c.id)
    if tenant is not None:
        query = query.where(device.c.tenant == tenant)
    if armed:
        query = query.where(device.c.mode == str(Mode.ARMED))
    return [_device(row) for row in conn.execute(query)]


def find_device(conn: Connection, id: str) -> Device | None:
    """The device with this id."""
    row = conn.execute(sa.select(device).where(device.c.id == id)).one_or_none()
    return None if row is None else _device(row)


def standings(conn: Connection) -> dict[str, Standing]:
    """What the dispatcher last made of each device."""
    query = sa.select(device.c.id, device.c.stop, device.c.said, device.c.stop_since)
    return {
        row.id: Standing(Stop(row.stop) if row.stop else None, _text(row.said), row.stop_since)
        for row in conn.execute(query)
    }


def set_standing(conn: Connection, id: str, standing: Standing) -> None:
    """Say why nothing goes out to a device, or that it does."""
    said = {"ko": standing.said.ko, "en": standing.said.en}
    values = {"stop": standing.stop, "said": said, "stop_since": standing.since}
    conn.execute(sa.update(device).where(device.c.id == id).values(values))


def due_since(conn: Connection) -> dict[str, datetime]:
    """When the next look at each device falls due."""
    return {row.id: row.due for row in conn.execute(sa.select(device.c.id, device.c.due))}


def look_again(conn: Connection, id: str, now: datetime) -> None:
    """Let the next look at a device be due at once."""
    conn.execute(sa.update(device).where(device.c.id == id).values(due=now))


def claim_beat(conn: Connection, id: str, due: datetime, version: int, again: datetime) -> bool:
    """Take a beat for oneself: False when another process took it, or a person changed the device."""
    mine = (device.c.id == id) & (device.c.due == due) & (device.c.version == version)
    taken = conn.execute(sa.update(device).where(mine).values(due=again))
    return taken.rowcount == 1


def keep_sent(conn: Connection, sent: Sent) -> None:
    """Add an order to the log, or count it when it repeats the last one within the quarter-hour."""
    row = _last(conn, sent.device)
    order = sent.order
    values: dict[str, Any] = {
        "power": order.power,
        "wish": order.wish,
        "cuts": [str(cut) for cut in order.cuts],
        "made_at": instant(order.made_at),
        "valid_until": instant(order.valid_until),
        "measured": None if math.isnan(sent.measured) else sent.measured,
    }
    said = {"ko": sent.answer.said.ko, "en": sent.answer.said.en}
    same = (
        row is not None
        and row.origin == str(order.origin)
        and row.ok == sent.answer.ok
        and abs(row.power - order.power) < SAME
        and (sent.answer.ok or row.said == said)
        and order.made_at - milliseconds(row.first_at) < SLOT_MS
    )
    if row is not None and same:
        here = (setpoint.c.device == sent.device) & (setpoint.c.first_at == row.first_at)
        conn.execute(sa.update(setpoint).where(here).values(**values, said=said, beats=row.beats + 1))
        return
    values |= {
        "device": sent.device,
        "first_at": instant(order.made_at),
        "tenant": sent.tenant,
        "origin": str(order.origin),
        "ok": sent.answer.ok,
        "said": said,
        "beats": 1,
    }
    conn.execute(sa.insert(setpoint).values(values))


def last_sent(conn: Connection, id: str, *, taken: bool = False) -> Sent | None:
    """The last order that went to a device; with `taken` the last that it answered."""
    row = _last(conn, id, taken=taken)
    return None if row is None else _sent(row)


def sent_to(conn: Connection, id: str, most: int) -> list[Sent]:
    """The log of a device, newest first."""
    query = sa.select(setpoint).where(setpoint.c.device == id).order_by(setpoint.c.first_at.desc())
    return [_sent(row) for row in conn.execute(query.limit(most))]


def forget_sent(conn: Connection, before: datetime) -> None:
    """Set-points of long ago."""
    conn.execute(sa.delete(setpoint).where(setpoint.c.first_at < before))


def put_override(conn: Connection, one: Override, tenant: str | None) -> None:
    """Keep an override; one that began at the same moment gives way."""
    since = instant(one.since)
    conn.execute(sa.delete(override).where((override.c.device == one.device) & (override.c.since == since)))
    row = {
        "device": one.device,
        "since": since,
        "until": instant(one.until),
        "tenant": tenant,
        "power": one.power,
        "reason": one.reason,
        "by": one.by,
        "ended_at": None,
        "ended_by": "",
    }
    conn.execute(sa.insert(override).values(row))


def end_overrides(conn: Connection, id: str, by: str, now: datetime) -> int:
    """End what is in force on a device; how many there were."""
    running = (override.c.device == id) & (override.c.until > now) & override.c.ended_at.is_(None)
    done = conn.execute(sa.update(override).where(running).values(ended_at=now, ended_by=by))
    return int(done.rowcount)


def overrides_in_force(conn: Connection, now: datetime) -> dict[str, Override]:
    """By device, the one that counts."""
    query = sa.select(override).where(
        override.c.since <= now, override.c.until > now, override.c.ended_at.is_(None)
    )
    return {row.device: _override(row) for row in conn.execute(query.order_by(override.c.since))}


def overrides_of(conn: Connection, id: str, most: int) -> list[Override]:
    """A device's overrides, newest first."""
    query = sa.select(override).where(override.c.device == id).order_by(override.c.since.desc())
    return [_override(row) for row in conn.execute(query.limit(most))]


def _last(conn: Connection, id: str, *, taken: bool = False) -> Row[Any] | None:
    query = sa.select(setpoint).where(setpoint.c.device == id).order_by(setpoint.c.first_at.desc())
    if taken:
        query = query.where(setpoint.c.ok)
    return conn.execute(query.limit(1)).one_or_none()


def _device(row: Row[Any]) -> Device:
    return Device(
        via=Via(row.via),
        settings=row.settings,
        limits=Limits(**row.limits),
        mode=Mode(row.mode),
        **{name: getattr(row, name) for name in SCALARS},
    )


def _sent(row: Row[Any]) -> Sent:
    order = Order(
        row.power,
        row.wish,
        Origin(row.origin),
        milliseconds(row.made_at),
        milliseconds(row.valid_until),
        tuple(Cut(cut) for cut in row.cuts),
    )
    measured = math.nan if row.measured is None else row.measured
    answer = Answer(row.ok, _text(row.said))
    return Sent(row.device, row.tenant, order, answer, milliseconds(row.first_at), row.beats, measured)


def _override(row: Row[Any]) -> Override:
    return Override(
        row.device,
        milliseconds(row.since),
        milliseconds(row.until),
        row.power,
        row.reason,
        row.by,
        None if row.ended_at is None else milliseconds(row.ended_at),
        row.ended_by,
    )


def _text(said: Mapping[str, str]) -> Text:
    return Text(said.get("ko", ""), said.get("en", ""))
