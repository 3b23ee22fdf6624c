"""Electricity contracts: changing them one by one or as a file, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.energy.engine.contracts import as_row, read_contract, read_contracts, write_contracts
from sandan.energy.model.agreements import AddedLevy, Agreement, TariffEdition
from sandan.energy.model.rights import METER, SEE
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.records import contracts as records
from sandan.energy.service.bills import meters_for
from sandan.energy.service.tariffs import edition_in_force, put_edition
from sandan.errors import InvalidInput, NotFound
from sandan.store import Event, Fact, Store
from sandan.twin.model import Thing
from sandan.words import Text

MOST_BYTES = 20_000_000
_DEMO_SINCE = date(2024, 1, 1)


def list_contracts(store: Store, actor: Actor) -> tuple[list[Agreement], dict[str, Thing]]:
    """The contracts of the meters this actor sees, and those meters by id."""
    actor.require(SEE)
    with store.registry.read() as conn:
        meters = {one.id: one for one in meters_for(store, conn, actor)}
        found = [one for one in records.contracts_of(conn) if one.meter in meters]
    return found, meters


def find_contract(store: Store, actor: Actor, meter: str, since: str) -> Agreement:
    """One contract by its meter and first day."""
    found, _ = list_contracts(store, actor)
    for one in found:
        if one.meter == meter and one.since.isoformat() == since:
            return one
    raise NotFound(Text("전력 계약", "contract"), f"{meter} {since}")


def contract_events(store: Store, actor: Actor, meter: str) -> list[Event]:
    """What happened to a meter's contracts, newest first."""
    actor.require(SEE)
    with store.registry.read() as conn:
        found = store.events.find(conn, subject=meter, limit=100)
    return [one for one in found if one.kind.startswith("PowerContract") and actor.sees(one.tenant)]


def save_contract(store: Store, actor: Actor, row: Mapping[str, str], now: datetime) -> Agreement:
    """Add or change a contract from the text of its fields; `InvalidInput` with every fault."""
    actor.require(METER)
    with store.registry.write() as conn:
        meters = _meters(store, conn)
        one, findings = read_contract(row, meters)
        if one is None:
            raise InvalidInput(findings)
        _put(store, conn, actor, [one], meters, now)
    return one


def import_contracts(store: Store, actor: Actor, data: bytes, now: datetime) -> tuple[int, int, int]:
    """Bring a CSV file in whole or not at all: how many were added, changed, and the same."""
    actor.require(METER)
    with store.registry.write() as conn:
        meters = _meters(store, conn)
        return _put(store, conn, actor, read_contracts(_decoded(data), meters), meters, now)


def export_contracts(store: Store, actor: Actor) -> str:
    """The contracts this actor sees as CSV, which `import_contracts` reads again."""
    return write_contracts(list_contracts(store, actor)[0])


def remove_contract(store: Store, actor: Actor, meter: str, since: str, now: datetime) -> None:
    """Take a contract out that should not have been there; what was billed by it stays billed."""
    actor.require(METER)
    found = find_contract(store, actor, meter, since)
    with store.registry.write() as conn:
        if not records.remove_contract(conn, meter, found.since):
            raise NotFound(Text("전력 계약", "contract"), f"{meter} {since}")
        store.events.append(
            conn,
            "PowerContractRemoved",
            actor=actor,
            subject=meter,
            payload=as_row(found),
            at=now,
            tenant=_meters(store, conn)[meter].tenant,
        )


def load_demo_contracts(store: Store, now: datetime) -> None:
    """Contracts that the simulated meters would have, and the fuel price a bill needs: invented, and said so.

    The kind follows the contract power (under 300 kW 갑, from 300 kW 을), the voltage too.
    """
    with store.registry.write() as conn:
        if not records.contracts_of(conn):
            meters = _meters(store, conn)
            made = [
                Agreement(one.id, _DEMO_SINCE, _invented(float(power)), simulated=True)
                for one in meters.values()
                if isinstance(power := one.attributes.get("contract_power"), (int, float)) and power > 0
            ]
            if made:
                records.put_contracts(conn, made)
                store.events.append(
                    conn,
                    "PowerContractsMade",
                    actor=SYSTEM,
                    subject="contracts",
                    payload={"added": len(made)},
                    at=now,
                )
        held = edition_in_force(store, conn)
    if held.version == 0:
        levy = AddedLevy("fuel", date(2026, 4, 1), 5.0, "U", "demo: last quarter's price carried on")
        put_edition(
            store,
            SYSTEM,
            0,
            TariffEdition(levies=(levy,), reason="demo: fuel price of 2026 Q1 carried on"),
            now,
        )


def _invented(power: float) -> Contract:
    if power < 100:
        return Contract(Kind.INDUSTRIAL_A1, Voltage.LOW, Option.SINGLE, power)
    if power < 300:
        return Contract(Kind.INDUSTRIAL_A2, Voltage.HIGH_A, Option.II, power)
    option = (Option.I, Option.II, Option.III)[int(power) % 3]
    return Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A if power < 10_000 else Voltage.HIGH_B, option, power)


def _put(
    store: Store,
    conn: Connection,
    actor: Actor,
    given: Sequence[Agreement],
    meters: Mapping[str, Thing],
    now: datetime,
) -> tuple[int, int, int]:
    known = {(one.meter, one.since): one for one in records.contracts_of(conn, [one.meter for one in given])}
    added = [one for one in given if (one.meter, one.since) not in known]
    changed = [
        one
        for one in given
        if (old := known.get((one.meter, one.since))) is not None and replace(old, simulated=False) != one
    ]
    if added or changed:
        records.put_contracts(conn, [*added, *changed])
        facts = [
            Fact("PowerContractAdded", one.meter, as_row(one), meters[one.meter].tenant) for one in added
        ]
        facts += [
            Fact(
                "PowerContractChanged",
                one.meter,
                {**as_row(one), "before": as_row(known[one.meter, one.since])},
                meters[one.meter].tenant,
            )
            for one in changed
        ]
        store.events.extend(conn, facts, actor=actor, at=now)
    return len(added), len(changed), len(given) - len(added) - len(changed)


def _meters(store: Store, conn: Connection) -> dict[str, Thing]:
    return {one.id: one for one in store.things.all(conn, {"meter"})}


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise InvalidInput.because(
            "file",
            Text("파일이 너무 큽니다.", "is too large."),
            Text("20 MB보다 작게 나누어 주십시오.", "split it below 20 MB."),
        )
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput.because(
        "file",
        Text("글자를 읽을 수 없습니다.", "cannot be read as text."),
        Text("UTF-8 CSV로 저장해 주십시오.", "save it as CSV in UTF-8."),
    )
