"""Dispatching as people look at it: every device with what it was told and does, and what needs a look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, instant, milliseconds
from sandan.domain import Attention
from sandan.energy.engine.dispatch import decide, expected, strays
from sandan.energy.engine.dispatch.entry import as_cells
from sandan.energy.model.dispatch import (
    DELIBERATE,
    Device,
    Expected,
    Measured,
    Mode,
    Order,
    Override,
    Planned,
    Sent,
    Silence,
    Standing,
)
from sandan.energy.model.rights import DISPATCH, SEE
from sandan.energy.records import dispatch as records
from sandan.energy.records.contracts import contracts_of
from sandan.energy.records.plans import newest_plans
from sandan.energy.service.devices import battery_of
from sandan.energy.service.planning import size_of
from sandan.energy.service.states import look_at
from sandan.errors import NotFound
from sandan.store import Event, Store
from sandan.twin.model import Thing
from sandan.words import Text

LINES = 50
"""Of the log of a device."""


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device, what it was told and does."""

    device: Device
    thing: Thing
    firm: Thing | None
    standing: Standing
    override: Override | None
    last: Sent | None
    """The last order that went out, taken or not."""
    measured: Measured
    planned: Planned | None
    next: Order | Silence
    """What it would be told now, its feeder not looked at."""
    told: Expected
    strays: bool
    quiet: bool
    """Armed, without a fault, and yet nothing went out for longer than its lease: nobody dispatches."""
    simulated: bool

    @property
    def armed(self) -> bool:
        return self.device.mode is Mode.ARMED

    @property
    def fault(self) -> bool:
        stop = self.standing.stop
        return self.armed and (self.quiet or (stop is not None and stop not in DELIBERATE))


@dataclass(frozen=True, slots=True)
class DispatchBoard:
    """The devices this actor may see; for whoever sets them up the batteries without an entry too."""

    lines: Sequence[DeviceLine]
    without: Sequence[tuple[Thing, Thing | None]]

    @property
    def armed(self) -> int:
        return sum(line.armed for line in self.lines)


@dataclass(frozen=True, slots=True)
class DevicePage:
    """One device with its past."""

    line: DeviceLine
    log: Sequence[Sent]
    overrides: Sequence[Override]
    events: Sequence[Event]


def dispatch_board(store: Store, actor: Actor, now: datetime) -> DispatchBoard:
    """Every device, faults first, then those armed."""
    actor.require(SEE)
    with store.registry.read() as conn:
        devices = records.devices(conn, actor.tenant)
        lines = _lines(store, conn, devices, now)
        without: list[tuple[Thing, Thing | None]] = []
        if actor.may(DISPATCH):
            known = {one.id for one in devices}
            firms = {one.id: one for one in store.things.all(conn, {"firm"})}
            without = [
                (one, firms.get(one.tenant or ""))
                for one in store.things.all(conn, {"battery"})
                if one.id not in known and actor.sees(one.tenant)
            ]
    ordered = sorted(lines, key=lambda line: (not line.fault, not line.armed, line.thing.name))
    return DispatchBoard(ordered, without)


def device_page(store: Store, actor: Actor, id: str, now: datetime) -> DevicePage:
    """One device; `NotFound` where it was not set up or is another firm's."""
    actor.require(SEE)
    with store.registry.read() as conn:
        battery_of(store, conn, actor, id)
        device = records.find_device(conn, id)
        if device is None:
            raise NotFound(Text("설정된 설비", "device that was set up"), id)
        (line,) = _lines(store, conn, [device], now)
        return DevicePage(
            line,
            records.sent_to(conn, id, LINES),
            records.overrides_of(conn, id, 10),
            store.events.find(conn, subject=id, tenant=actor.tenant, limit=20),
        )


def entry_of(store: Store, actor: Actor, id: str) -> tuple[Thing, dict[str, str], int]:
    """A battery, its entry as text, and its version; one that was never set up has what the twin knows of it.

    The cap of import is filled in from the contract's power: whoever saves it says that it holds.
    """
    actor.require(DISPATCH)
    with store.registry.read() as conn:
        thing = battery_of(store, conn, actor, id)
        device = records.find_device(conn, id)
        if device is not None:
            return thing, as_cells(device), device.version
        size = size_of(thing)
        power, energy = ("", "") if size is None else (f"{size[0]:.12g}", f"{size[1]:.12g}")
        cap = _contract_power(conn, thing.tenant)
    empty = {
        "via": "mqtt", "settings": "", "charge": power, "discharge": power, "energy": energy,
        "lowest": "10", "highest": "90", "ramp": "", "import_cap": cap, "export_cap": "",
        "fallback": "0", "lease": "90", "fresh": "300",
    }  # fmt: skip
    return thing, empty, 0


def firms_told(store: Store, actor: Actor, now: datetime) -> Mapping[str, bool]:
    """The firms that have a device which is told set-points, and whether a person has taken one over."""
    with store.registry.read() as conn:
        armed = [one for one in records.devices(conn, actor.tenant, armed=True) if one.tenant is not None]
        by_hand = records.overrides_in_force(conn, now) if armed else {}
    found: dict[str, bool] = {}
    for one in armed:
        if one.tenant is not None:
            found[one.tenant] = found.get(one.tenant, False) or one.id in by_hand
    return found


def dispatch_attention(store: Store, actor: Actor, now: datetime) -> Sequence[Attention]:
    """To staff of energy and to the firm: what does not go out, does not follow, or is run by hand."""
    if not actor.may(SEE):
        return ()
    with store.registry.read() as conn:
        devices = records.devices(conn, actor.tenant, armed=True)
        lines = _lines(store, conn, devices, now) if devices else []
    return [notice for line in lines for notice in _notices(line, now)]


def _lines(store: Store, conn: Connection, devices: Sequence[Device], now: datetime) -> list[DeviceLine]:
    if not devices:
        return []
    seen = look_at(store, conn, devices, now)
    firms = {one.id: one for one in store.things.all(conn, {"firm"})}
    standings, overrides = records.standings(conn), records.overrides_in_force(conn, now)
    at = milliseconds(now)
    lines = []
    for device in devices:
        known = seen[device.id]
        last = records.last_sent(conn, device.id)
        taken = last if last is None or last.answer.ok else records.last_sent(conn, device.id, taken=True)
        order = None if taken is None else taken.order
        told = expected(device, order, at, None if taken is None else taken.first_at)
        standing = standings[device.id]
        override = overrides.get(device.id)
        # Between two looks of the dispatcher a lease may be over without anything being wrong.
        grace = instant(at - device.lease * 1000 - device.beat)
        begun = device.changed_at or now
        beaten = begun if last is None else max(begun, instant(last.order.made_at))
        armed = device.mode is Mode.ARMED
        alone = override is not None and override.power is None
        lines.append(
            DeviceLine(
                device,
                known.thing,
                firms.get(device.tenant or ""),
                standing,
                override,
                last,
                known.measured,
                known.planned,
                decide(device, known.planned, override, known.measured, order, at),
                told,
                armed
                and not told.fallen_back
                and strays(device, told, known.measured.power, known.measured.at),
                armed and standing.stop is None and not alone and beaten < grace,
                known.simulated,
            )
        )
    return lines


def _notices(line: DeviceLine, now: datetime) -> list[Attention]:
    device, name = line.device, line.thing.name
    href = f"/energy/dispatch/{quote(device.id, safe='')}"

    def notice(id: str, priority: int, title: Text, detail: Text, since: datetime) -> Attention:
        return Attention(priority, title, detail, since, href, device.tenant, device.id, f"{id}-{device.id}")

    found = []
    if line.fault:
        said = line.standing.said
        if line.quiet:
            said = Text("설정값을 보내는 프로그램이 멈춰 있습니다.", "The dispatcher stands still.")
        fallback = _fallback(device)
        found.append(
            notice(
                "dispatch", 2,
                Text(f"{name}: 설정값이 나가지 않음", f"{name}: set-points do not go out"),
                Text(f"{said.ko} {fallback.ko}", f"{said.en} {fallback.en}"),
                line.standing.since or now,
            )
        )  # fmt: skip
    if line.strays:
        told = 0.0 if line.told.power is None else line.told.power
        found.append(
            notice(
                "stray", 3,
                Text(f"{name}: 설정값을 따르지 않음", f"{name}: does not do what it is told"),
                Text(
                    f"설정값 {told:,.0f} kW, 측정값 {line.measured.power:,.0f} kW (충전 +)",
                    f"told {told:,.0f} kW, does {line.measured.power:,.0f} kW (charging +)",
                ),
                instant(line.told.since),
            )
        )  # fmt: skip
    if line.override is not None:
        until = instant(line.override.until).astimezone(SEOUL)
        found.append(
            notice(
                "override", 4,
                Text(f"{name}: 수동 운전 중", f"{name}: run by hand"),
                Text(
                    f"{until:%m-%d %H:%M}까지 · {line.override.reason}",
                    f"until {until:%m-%d %H:%M}: {line.override.reason}",
                ),
                instant(line.override.since),
            )
        )  # fmt: skip
    return found


def _fallback(device: Device) -> Text:
    if device.fallback is None:
        return Text("설비는 자체 제어로 돌아갑니다.", "The device goes back to its own control.")
    return Text(
        f"설비는 {device.lease}초 안에 {device.fallback:g} kW로 돌아갑니다.",
        f"The device falls back to {device.fallback:g} kW within {device.lease} s.",
    )


def _contract_power(conn: Connection, tenant: str | None) -> str:
    """The power of the contract in force of a firm's planned site, or nothing."""
    if tenant is None:
        return ""
    made, without = newest_plans(conn, tenant)
    meters = [plan.meter for plan in made] + [other.meter for other in without]
    held = sorted(contracts_of(conn, meters[:1]), key=lambda one: one.since) if meters else []
    return f"{held[-1].contract.power:.12g}" if held else ""
