"""What a firm declares: energy by document, proofs of origin, products; events keep what was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.energy.engine.carbon.sheet import COLUMNS, as_row, read_product, read_proof, read_use, read_uses
from sandan.energy.model.declared import DeclaredProduct, DeclaredProof, DeclaredUse
from sandan.energy.model.rights import REPORT, SEE
from sandan.energy.records import declared as records
from sandan.energy.service.carbon.years import find_firm, read_year
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.sheets import decode
from sandan.store import Fact, Json, Store
from sandan.words import Text

MOST_BYTES = 20_000_000


def save_use(store: Store, actor: Actor, firm: str, cells: Mapping[str, str], now: datetime) -> DeclaredUse:
    """Add what one document says was used, or change it; `InvalidInput` with every fault."""
    actor.require(REPORT)
    with store.registry.write() as conn:
        name = find_firm(store, conn, actor, firm).name
        one, findings = read_use(cells, {firm: name}, _today(now), firm)
        if one is None:
            raise InvalidInput(findings)
        _put(store, conn, actor, [one], now)
    return one


def import_uses(
    store: Store, actor: Actor, data: bytes, now: datetime, firm: str = ""
) -> tuple[int, int, int]:
    """Bring in a CSV file in whole or not at all: how many rows were added, changed, and the same.

    With `firm`, and for a firm's own people always, every row is of that firm.
    """
    actor.require(REPORT)
    own = actor.tenant or firm
    with store.registry.write() as conn:
        if own:
            firms = {own: find_firm(store, conn, actor, own).name}
        else:
            firms = {one.id: one.name for one in store.things.all(conn, {"firm"})}
        rows = read_uses(decode(data, MOST_BYTES), firms, _today(now), own)
        return _put(store, conn, actor, rows, now)


def uses_rows(store: Store, actor: Actor, firm: str, year: int) -> list[Sequence[object]]:
    """A firm's documents of a year as a table that `import_uses` reads again."""
    with store.registry.read() as conn:
        find_firm(store, conn, actor, firm)
        found = records.uses_of(conn, year, firm)
    return [COLUMNS, *(tuple(as_row(one).values()) for one in found)]


def remove_use(store: Store, actor: Actor, firm: str, id: str, now: datetime) -> None:
    """Take out what should not have been there; locked inventories keep it."""
    actor.require(REPORT)
    with store.registry.write() as conn:
        find_firm(store, conn, actor, firm)
        one = records.find_use(conn, firm, id)
        if one is None:
            raise NotFound(Text("활동자료", "document"), id)
        records.remove_use(conn, firm, id)
        _tell(store, conn, actor, "EnergyUseRemoved", firm, as_row(one), now)


def save_proof(
    store: Store, actor: Actor, firm: str, year: int, cells: Mapping[str, str], now: datetime
) -> DeclaredProof:
    """Use a proof of origin; `InvalidInput` when its serial was used before, by whomever."""
    actor.require(REPORT)
    with store.registry.write() as conn:
        find_firm(store, conn, actor, firm)
        one = read_proof(cells, firm, read_year(year, now).number)
        if records.find_proof(conn, one.serial) is not None:
            raise InvalidInput.because(
                "증빙 번호/serial",
                Text(f"'{one.serial}'은(는) 이미 쓰인 증빙입니다.", f"'{one.serial}' has been used already."),
                Text("한 증빙은 한 번만 쓸 수 있습니다.", "a proof counts once only."),
            )
        records.put_proof(conn, one)
        _tell(store, conn, actor, "ProofUsed", firm, _plain(one), now)
    return one


def remove_proof(store: Store, actor: Actor, firm: str, serial: str, now: datetime) -> None:
    """Take a proof back, so that it may be used elsewhere; `Conflict` when a locked inventory counts it."""
    actor.require(REPORT)
    with store.registry.write() as conn:
        find_firm(store, conn, actor, firm)
        one = records.find_proof(conn, serial)
        if one is None or one.firm != firm:
            raise NotFound(Text("증빙", "proof"), serial)
        if records.is_locked(conn, firm, one.year):
            raise Conflict(
                Text(
                    f"{one.year}년 명세가 확정되어 증빙을 뺄 수 없습니다.",
                    f"The inventory of {one.year} is locked, so the proof stays with it.",
                )
            )
        records.remove_proof(conn, serial)
        _tell(store, conn, actor, "ProofTakenBack", firm, _plain(one), now)


def products_of(store: Store, actor: Actor, firm: str, year: int) -> list[DeclaredProduct]:
    """What a firm said it made in a year."""
    actor.require(SEE)
    with store.registry.read() as conn:
        find_firm(store, conn, actor, firm)
        return records.products_of(conn, year, firm)


def save_product(
    store: Store, actor: Actor, firm: str, year: int, cells: Mapping[str, str], now: datetime
) -> DeclaredProduct:
    """Add a product of a facility and year, or change it; `InvalidInput` with every fault."""
    actor.require(REPORT)
    with store.registry.write() as conn:
        find_firm(store, conn, actor, firm)
        one = read_product(cells, firm, read_year(year, now).number)
        records.put_product(conn, one)
        _tell(store, conn, actor, "ProductDeclared", firm, _plain(one), now)
    return one


def remove_product(store: Store, actor: Actor, one: DeclaredProduct, now: datetime) -> None:
    """Take a product out by its name, place and year."""
    actor.require(REPORT)
    with store.registry.write() as conn:
        find_firm(store, conn, actor, one.firm)
        if not records.remove_product(conn, one):
            raise NotFound(Text("제품", "product"), one.name)
        _tell(store, conn, actor, "ProductRemoved", one.firm, _plain(one), now)


def _put(
    store: Store, conn: Connection, actor: Actor, given: Sequence[DeclaredUse], now: datetime
) -> tuple[int, int, int]:
    known = {(one.firm, one.id): records.find_use(conn, one.firm, one.id) for one in given}
    facts, written = [], []
    for one in given:
        old = known[one.firm, one.id]
        if old is not None and replace(old, simulated=False) == one:
            continue
        written.append(one)
        said: dict[str, Json] = {**as_row(one)} if old is None else {**as_row(one), "before": as_row(old)}
        kind = "EnergyUseDeclared" if old is None else "EnergyUseChanged"
        facts.append(Fact(kind, one.firm, said, one.firm))
    records.put_uses(conn, written)
    store.events.extend(conn, facts, actor=actor, at=now)
    added = sum(fact.kind == "EnergyUseDeclared" for fact in facts)
    return added, len(facts) - added, len(given) - len(facts)


def _tell(
    store: Store,
    conn: Connection,
    actor: Actor,
    kind: str,
    firm: str,
    said: Mapping[str, Json],
    now: datetime,
) -> None:
    store.events.append(conn, kind, actor=actor, subject=firm, payload=dict(said), at=now, tenant=firm)


def _plain(one: DeclaredProof | DeclaredProduct) -> dict[str, Json]:
    return {name: str(value) if isinstance(value, str) else value for name, value in asdict(one).items()}


def _today(now: datetime) -> date:
    return now.astimezone(SEOUL).date()
