"""Devices that may be told set-points: setting them up, arming them, and taking them over.

Whatever makes Sandan tell a device something needs the right to dispatch; whatever makes it stop, or puts
a person in its place, needs only the right to hold, and a firm has it for its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import milliseconds
from sandan.energy.engine.dispatch.entry import check_override, read_device
from sandan.energy.model.dispatch import LONGEST_OVERRIDE, Answer, Device, Mode, Override
from sandan.energy.model.rights import DISPATCH, HOLD, SEE
from sandan.energy.records import dispatch as records
from sandan.energy.service.outlets import build_outlet, check_settings
from sandan.energy.service.planning import size_of
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.store import Fact, Store
from sandan.twin.model import Thing
from sandan.words import Text

BATTERY = Text("배터리", "battery")
ARMED = Text(
    "설정값이 나가고 있는 설비입니다. 먼저 전송을 멈추십시오.",
    "Set-points are going out to it. Stop them first.",
)
CHANGED = Text(
    "그 사이 다른 사람이 바꾸었습니다. 다시 보고 정하십시오.",
    "Somebody changed it meanwhile. Look again, then decide.",
)


def battery_of(store: Store, conn: Connection, actor: Actor, id: str) -> Thing:
    """A battery this actor may see; a firm is told of another's that there is none."""
    thing = store.things.get(conn, id)
    mine = actor.tenant is None or thing.tenant == actor.tenant
    if thing.kind != "battery" or not mine:
        raise NotFound(BATTERY, id)
    return thing


def find_device(store: Store, actor: Actor, id: str) -> Device | None:
    """The entry of a battery, where it was set up."""
    actor.require(SEE)
    with store.registry.read() as conn:
        battery_of(store, conn, actor, id)
        return records.find_device(conn, id)


def save_device(
    store: Store, actor: Actor, id: str, row: Mapping[str, str], version: int, now: datetime
) -> Device:
    """Set a device up, or change it while nothing is sent to it; it stays advice until it is armed."""
    actor.require(DISPATCH)
    with store.registry.write() as conn:
        thing = battery_of(store, conn, actor, id)
        known = records.find_device(conn, id)
        if (known.version if known else 0) != version:
            raise Conflict(CHANGED)
        if known is not None and known.mode is Mode.ARMED:
            raise Conflict(ARMED)
        device = read_device(id, thing.tenant, row, size_of(thing))
        check_settings(id, device.via, device.settings)
        build_outlet(device)
        device = replace(device, version=version + 1, changed_at=now, changed_by=actor.id)
        records.put_device(conn, device)
        store.events.append(
            conn,
            "DeviceSet",
            actor=actor,
            subject=id,
            payload={"via": str(device.via), "charge": device.limits.charge, "lease": device.lease},
            at=now,
            tenant=thing.tenant,
        )
    return device


def remove_device(store: Store, actor: Actor, id: str, version: int, now: datetime) -> None:
    """Take a device out; its log stays."""
    actor.require(DISPATCH)
    with store.registry.write() as conn:
        device = _there(store, conn, actor, id)
        if device.version != version:
            raise Conflict(CHANGED)
        if device.mode is Mode.ARMED:
            raise Conflict(ARMED)
        records.drop_device(conn, id)
        store.events.append(
            conn, "DeviceRemoved", actor=actor, subject=id, payload={}, at=now, tenant=device.tenant
        )


def probe(store: Store, actor: Actor, id: str) -> Answer:
    """Whether a device can be reached now; it is told nothing."""
    actor.require(DISPATCH)
    with store.registry.read() as conn:
        device = _there(store, conn, actor, id)
    try:
        outlet = build_outlet(device)
    except InvalidInput as error:
        first = error.findings[0]
        return Answer(False, Text(first.in_("ko"), first.in_("en")))
    return asyncio.run(outlet.probe())


def arm(
    store: Store, actor: Actor, id: str, version: int, reason: str, agreed: bool, now: datetime
) -> Device:
    """Let set-points go out to a device from now on, by somebody who has seen its limits and its fallback."""
    actor.require(DISPATCH)
    findings = []
    if not reason.strip():
        findings.append(
            Finding(
                "reason",
                Text("근거가 없습니다.", "is missing."),
                Text("기업과의 합의나 승인 문서를 적으십시오.", "name the agreement with the firm."),
            )
        )
    if not agreed:
        findings.append(
            Finding(
                "agreed",
                Text("설비의 복귀 동작을 확인하지 않았습니다.", "The device's fallback was not confirmed."),
                Text("설비에서 시험해 보고 확인란을 고르십시오.", "Try it at the device, then tick the box."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    with store.registry.write() as conn:
        device = _there(store, conn, actor, id)
        if device.version != version:
            raise Conflict(CHANGED)
        build_outlet(device)
        device = _changed(device, Mode.ARMED, actor, reason, now)
        records.put_device(conn, device)
        store.events.append(
            conn,
            "DeviceArmed",
            actor=actor,
            subject=id,
            payload={
                "reason": reason.strip(),
                "charge": device.limits.charge,
                "discharge": device.limits.discharge,
                "lease": device.lease,
            },
            at=now,
            tenant=device.tenant,
        )
    return device


def disarm(store: Store, actor: Actor, id: str, now: datetime) -> None:
    """Send nothing more to a device; what it was told ends within its lease. Done twice it is done."""
    actor.require(HOLD)
    with store.registry.write() as conn:
        _disarm(store, conn, [_there(store, conn, actor, id)], actor, now)


def disarm_all(store: Store, actor: Actor, now: datetime) -> int:
    """Send nothing more to any device this actor may hold; how many there were."""
    actor.require(HOLD)
    with store.registry.write() as conn:
        return _disarm(store, conn, records.devices(conn, actor.tenant, armed=True), actor, now)


def take_over(
    store: Store, actor: Actor, id: str, power: float | None, until: datetime, reason: str, now: datetime
) -> Override:
    """Put a person's set-point [kW, charging] before the plan until a time; None is hands off."""
    actor.require(HOLD)
    with store.registry.write() as conn:
        device = _there(store, conn, actor, id)
        if device.mode is not Mode.ARMED:
            raise Conflict(
                Text(
                    "이 설비에는 아무것도 보내지 않고 있어 바꿀 것이 없습니다.",
                    "Nothing is sent to this device, so there is nothing to take over.",
                )
            )
        at = milliseconds(now)
        one = Override(id, at, milliseconds(until), power, reason.strip(), actor.id)
        check_override(one, device, at, LONGEST_OVERRIDE)
        records.end_overrides(conn, id, actor.id, now)
        records.put_override(conn, one, device.tenant)
        records.look_again(conn, id, now)
        hands_off = power is None
        store.events.append(
            conn,
            "DeviceLeftAlone" if hands_off else "SetPointOverridden",
            actor=actor,
            subject=id,
            payload={"until": until.isoformat(), "reason": one.reason}
            | ({} if power is None else {"power": power}),
            at=now,
            tenant=device.tenant,
        )
    return one


def give_back(store: Store, actor: Actor, id: str, now: datetime) -> None:
    """Let the plan go on before the override ends by itself."""
    actor.require(HOLD)
    with store.registry.write() as conn:
        device = _there(store, conn, actor, id)
        if not records.end_overrides(conn, id, actor.id, now):
            return
        records.look_again(conn, id, now)
        store.events.append(
            conn, "OverrideEnded", actor=actor, subject=id, payload={}, at=now, tenant=device.tenant
        )


def _there(store: Store, conn: Connection, actor: Actor, id: str) -> Device:
    battery_of(store, conn, actor, id)
    device = records.find_device(conn, id)
    if device is None:
        raise NotFound(Text("설정된 설비", "device that was set up"), id)
    return device


def _changed(device: Device, mode: Mode, actor: Actor, reason: str, now: datetime) -> Device:
    return replace(
        device,
        mode=mode,
        version=device.version + 1,
        changed_at=now,
        changed_by=actor.id,
        reason=reason.strip(),
    )


def _disarm(store: Store, conn: Connection, devices: list[Device], actor: Actor, now: datetime) -> int:
    armed = [one for one in devices if one.mode is Mode.ARMED]
    for one in armed:
        records.end_overrides(conn, one.id, actor.id, now)
        records.put_device(conn, _changed(one, Mode.ADVICE, actor, "", now))
    facts = [Fact("DeviceDisarmed", one.id, {}, one.tenant) for one in armed]
    store.events.extend(conn, facts, actor=actor, at=now)
    return len(armed)
