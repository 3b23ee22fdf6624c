"""How the outside is wired to the twin: bindings, devices with their tokens, connections.

A token is shown once, when it is made; only its hash is kept. It is 256 random bits, so a plain
hash is enough. Passwords of brokers are not here: a connection names the environment variable.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.errors import NotFound
from sandan.ingest.model import Binding
from sandan.ingest.records.tables import binding, connection, device, put_rows
from sandan.twin.samples import Stream
from sandan.words import Text

TOKEN = "sandan-"  # noqa: S105  # what every token begins with, so that a leaked one is recognised


@dataclass(frozen=True, slots=True)
class Device:
    """A sender over HTTP: the source its readings are kept under, and the firm it belongs to."""

    id: str
    name: str
    source: str
    tenant: str | None
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection Sandan opens by itself: what kind of source, and its settings."""

    id: str
    kind: str
    settings: Mapping[str, Any]
    stream: Stream = Stream.ACTUAL
    tenant: str | None = None
    enabled: bool = True


def put_bindings(conn: Connection, bindings: Iterable[Binding]) -> None:
    """Tie addresses to points; an address bound before is bound anew."""
    rows = [{name: getattr(b, name) for name in Binding.__slots__} for b in bindings]
    put_rows(conn, binding, rows, ["source", "address"], change=("point", "unit", "factor", "offset"))


def drop_binding(conn: Connection, source: str, address: str) -> None:
    """Untie an address; `NotFound` when it is not bound."""
    where = (binding.c.source == source) & (binding.c.address == address)
    if conn.execute(sa.delete(binding).where(where)).rowcount == 0:
        raise NotFound(Text("연결된 주소", "bound address"), address)


def all_bindings(conn: Connection, source: str | None = None) -> list[Binding]:
    """Every binding, or those of one source, ordered by source and address."""
    query = sa.select(binding).order_by(binding.c.source, binding.c.address)
    if source is not None:
        query = query.where(binding.c.source == source)
    return [Binding(**row) for row in conn.execute(query).mappings()]


def new_device(
    conn: Connection, id: str, name: str, source: str, tenant: str | None, at: datetime
) -> tuple[Device, str]:
    """Register a device; the token in the answer is never to be seen again."""
    token = TOKEN + secrets.token_urlsafe(32)
    made = Device(id, name, source, tenant, at)
    row = {name: getattr(made, name) for name in Device.__slots__}
    conn.execute(sa.insert(device).values(row | {"hash": _hash(token)}))
    return made, token


def device_of(conn: Connection, token: str) -> Device | None:
    """The device this token was given to, unless it was revoked."""
    wanted = _hash(token)
    row = conn.execute(sa.select(device).where(device.c.hash == wanted)).mappings().one_or_none()
    if row is None or row["revoked_at"] is not None or not hmac.compare_digest(row["hash"], wanted):
        return None
    return _device(row)


def all_devices(conn: Connection, actor: Actor) -> list[Device]:
    """The devices this actor may see, ordered by id."""
    query = sa.select(device).order_by(device.c.id)
    if actor.tenant is not None:
        query = query.where(device.c.tenant == actor.tenant)
    return [_device(row) for row in conn.execute(query).mappings()]


def revoke_device(conn: Connection, id: str, at: datetime) -> None:
    """Its token is worth nothing from now on."""
    conn.execute(sa.update(device).where(device.c.id == id).values(revoked_at=at))


def put_wire(conn: Connection, wire: Wire) -> None:
    """Add or change a connection."""
    row = {name: getattr(wire, name) for name in Wire.__slots__} | {"stream": wire.stream.value}
    row["settings"] = dict(wire.settings)
    put_rows(conn, connection, [row], ["id"], change=("kind", "settings", "stream", "tenant", "enabled"))


def drop_wire(conn: Connection, id: str) -> None:
    """Remove a connection; what it brought stays."""
    if conn.execute(sa.delete(connection).where(connection.c.id == id)).rowcount == 0:
        raise NotFound(Text("연결", "connection"), id)


def all_wires(conn: Connection) -> list[Wire]:
    """Every connection, ordered by id."""
    rows = conn.execute(sa.select(connection).order_by(connection.c.id)).mappings()
    return [Wire(**(dict(row) | {"stream": Stream(row["stream"])})) for row in rows]


def _device(row: Mapping[Any, Any]) -> Device:
    return Device(**{name: row[name] for name in Device.__slots__})


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
