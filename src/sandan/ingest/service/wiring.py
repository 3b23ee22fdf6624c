"""Tying the outside to the twin: bindings, devices and connections, each change an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sandan.access import Actor
from sandan.errors import NotAllowed, NotFound
from sandan.ingest.model import CONNECT, INGEST_READ, Binding
from sandan.ingest.records import (
    Device,
    Wire,
    all_bindings,
    all_devices,
    all_wires,
    drop_binding,
    drop_wire,
    new_device,
    put_bindings,
    put_wire,
    revoke_device,
)
from sandan.store import Store
from sandan.words import Text

DEVICE = Text("장치", "device")


def bind(store: Store, actor: Actor, bindings: Sequence[Binding], now: datetime) -> None:
    """Tie addresses of sources to points; `NotFound` for a point that is not there."""
    actor.require(CONNECT)
    with store.registry.write() as conn:
        for binding in bindings:
            point = store.points.get(conn, binding.point)
            store.events.append(
                conn,
                "AddressBound",
                actor=actor,
                subject=binding.source,
                payload={"address": binding.address, "point": binding.point, "factor": binding.factor},
                at=now,
                tenant=point.tenant,
            )
        put_bindings(conn, bindings)


def unbind(store: Store, actor: Actor, source: str, address: str, now: datetime) -> None:
    """Untie an address."""
    actor.require(CONNECT)
    with store.registry.write() as conn:
        drop_binding(conn, source, address)
        store.events.append(
            conn, "AddressUnbound", actor=actor, subject=source, payload={"address": address}, at=now
        )


def list_bindings(store: Store, actor: Actor, source: str | None = None) -> list[Binding]:
    """The bindings, which name every firm's points: for those who may change them."""
    actor.require(CONNECT)
    with store.registry.read() as conn:
        return all_bindings(conn, source)


def register_device(
    store: Store,
    actor: Actor,
    id: str,
    name: str,
    now: datetime,
    *,
    source: str = "",
    tenant: str | None = None,
) -> tuple[Device, str]:
    """A sender over HTTP and its token, which is shown now and never again."""
    actor.require(CONNECT)
    if not actor.sees(tenant) or (actor.tenant is not None and tenant is None):
        raise NotAllowed(Text("다른 기업의 장치입니다.", "That device is another firm's."))
    with store.registry.write() as conn:
        made, token = new_device(conn, id, name, source or id, tenant, now)
        store.events.append(
            conn,
            "DeviceRegistered",
            actor=actor,
            subject=id,
            payload={"source": made.source},
            at=now,
            tenant=tenant,
        )
    return made, token


def revoke(store: Store, actor: Actor, id: str, now: datetime) -> None:
    """A device's token is worth nothing from now on."""
    actor.require(CONNECT)
    with store.registry.write() as conn:
        device = next((d for d in all_devices(conn, actor) if d.id == id), None)
        if device is None:
            raise NotFound(DEVICE, id)
        revoke_device(conn, id, now)
        store.events.append(
            conn, "DeviceRevoked", actor=actor, subject=id, payload={}, at=now, tenant=device.tenant
        )


def list_devices(store: Store, actor: Actor) -> list[Device]:
    """The devices this actor may see."""
    actor.require(INGEST_READ)
    with store.registry.read() as conn:
        return all_devices(conn, actor)


def connect(store: Store, actor: Actor, wire: Wire, now: datetime) -> None:
    """Keep a connection that Sandan opens by itself; its settings were checked by `sources.build`."""
    actor.require(CONNECT)
    with store.registry.write() as conn:
        put_wire(conn, wire)
        store.events.append(
            conn,
            "ConnectionSet",
            actor=actor,
            subject=wire.id,
            payload={"kind": wire.kind, "enabled": wire.enabled},
            at=now,
            tenant=wire.tenant,
        )


def disconnect(store: Store, actor: Actor, id: str, now: datetime) -> None:
    """Remove a connection; what it brought stays."""
    actor.require(CONNECT)
    with store.registry.write() as conn:
        drop_wire(conn, id)
        store.events.append(conn, "ConnectionRemoved", actor=actor, subject=id, payload={}, at=now)


def list_connections(store: Store, actor: Actor) -> list[Wire]:
    """Every connection, with its settings: for those who may change them."""
    actor.require(CONNECT)
    with store.registry.read() as conn:
        return all_wires(conn)
