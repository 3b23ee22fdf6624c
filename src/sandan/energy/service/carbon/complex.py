"""All firms' year of emissions together: sums, the firms in order, and what could not be counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.energy.engine.carbon import carriers
from sandan.energy.engine.carbon.gathering import WHOLE
from sandan.energy.model.carbon import Inventory, Place, Purpose
from sandan.energy.model.declared import DeclaredProof, DeclaredUse
from sandan.energy.model.rights import SEE
from sandan.energy.records.declared import Head, locked_heads, proofs_of, uses_of
from sandan.energy.service.carbon.factors import book_by, factors_now
from sandan.energy.service.carbon.reading import read_samples
from sandan.energy.service.carbon.years import Year, period_text, read_year, reckon
from sandan.store import Store
from sandan.twin.model import Thing

Told = TypeVar("Told", DeclaredUse, DeclaredProof)


@dataclass(frozen=True, slots=True)
class FirmRow:
    """One firm in the list of all."""

    firm: Thing
    inventory: Inventory | None
    """None where something is wrong with what is known of it."""
    locked: Head | None
    coverage: float
    """Share of the year that is known of electricity."""

    @property
    def total(self) -> int:
        return self.inventory.total if self.inventory else 0

    def lockable(self, year: Year) -> bool:
        """Whether nothing stands against locking it together with others."""
        return (
            not year.running
            and self.locked is None
            and self.inventory is not None
            and self.inventory.complete
            and self.total > 0
            and self.coverage >= WHOLE
        )


@dataclass(frozen=True, slots=True)
class ComplexYear:
    """All firms' emissions of one year and purpose."""

    year: Year
    purpose: Purpose
    rows: Sequence[FirmRow]
    """The largest first."""
    by_carrier: Mapping[str, tuple[float, str, int]]
    """Quantity, unit and grams."""
    uncounted: Mapping[str, tuple[float, str, int]]
    """Quantity and unit without a factor, and at how many facilities."""
    silent: int
    """Facilities whose meter told nothing."""
    before: int
    """Firms whose year before is locked."""
    edition: int
    simulated: bool

    @property
    def direct(self) -> int:
        return sum(row.inventory.direct for row in self.rows if row.inventory)

    @property
    def indirect(self) -> int:
        return sum(row.inventory.indirect for row in self.rows if row.inventory)

    @property
    def lockable(self) -> Sequence[FirmRow]:
        return [row for row in self.rows if row.lockable(self.year)]

    @property
    def lacks_direct(self) -> bool:
        """Whether some of scope 1 could not be counted."""
        return any(carriers()[id].scope == 1 for id in self.uncounted)

    @property
    def market(self) -> int:
        """Scope 2 by market where there is proof, else by location."""
        return sum(
            row.inventory.indirect if row.inventory.indirect_market is None else row.inventory.indirect_market
            for row in self.rows
            if row.inventory
        )

    @property
    def locked(self) -> int:
        return sum(row.locked is not None for row in self.rows)


def complex_year(store: Store, actor: Actor, number: int, purpose: Purpose, now: datetime) -> ComplexYear:
    """All firms' year for one purpose; a firm gets only its own row."""
    with store.registry.read() as conn:
        return all_firms(store, conn, actor, number, purpose, now)


def all_firms(
    store: Store, conn: Connection, actor: Actor, number: int, purpose: Purpose, now: datetime
) -> ComplexYear:
    """The same, in the middle of something else."""
    actor.require(SEE)
    year = read_year(number, now)
    everybody = store.things.all(conn, {"firm"})
    firms = {one.id: one for one in everybody if actor.tenant in (None, one.id)}
    edition = factors_now(store, conn)
    factors = book_by(edition, now.astimezone(SEOUL).date())
    uses, proofs = _by_firm(uses_of(conn, number)), _by_firm(proofs_of(conn, number))
    sampled = read_samples(store, conn, firms, year.begin, year.until, now)
    heads = locked_heads(conn, period_text(number, purpose))
    before = locked_heads(conn, period_text(number - 1, purpose))
    rows = []
    for id, firm in firms.items():
        reckoned = reckon(sampled, id, uses.get(id, ()), proofs.get(id, ()), factors, year, [purpose])
        rows.append(FirmRow(firm, reckoned.inventories.get(purpose), heads.get(id), reckoned.coverage))
    rows.sort(key=lambda row: (-row.total, row.firm.id))
    found = [row.inventory for row in rows if row.inventory]
    return ComplexYear(
        year,
        purpose,
        rows,
        _carriers_of(found),
        _uncounted(found),
        sum(not line.coverage for one in found for line in one.lines),
        len(before.keys() & firms.keys()),
        edition.version,
        sampled.simulated or any(one.simulated for one in firms.values()),
    )


def _by_firm(given: Sequence[Told]) -> Mapping[str, list[Told]]:
    groups: dict[str, list[Told]] = defaultdict(list)
    for one in given:
        groups[one.firm].append(one)
    return groups


def _carriers_of(found: Sequence[Inventory]) -> dict[str, tuple[float, str, int]]:
    sums: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for line in (line for one in found for line in one.lines):
        quantity_, grams = sums[line.carrier]
        sums[line.carrier] = quantity_ + line.quantity, grams + line.grams
    return {id: (amount, carriers()[id].unit, grams) for id, (amount, grams) in sums.items()}


def _uncounted(found: Sequence[Inventory]) -> dict[str, tuple[float, str, int]]:
    places: dict[str, dict[Place, float]] = defaultdict(dict)
    for lack in (lack for one in found for lack in one.lacks):
        places[lack.carrier][lack.place] = lack.quantity
    return {id: (sum(at.values()), carriers()[id].unit, len(at)) for id, at in places.items()}
