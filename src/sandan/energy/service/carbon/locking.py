"""Locking a year's inventory, restating it, and what changed between the versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sandan.access import Actor
from sandan.energy.engine.carbon import Explanation, check_countable, explain, unchanged
from sandan.energy.model.carbon import Inventory, Purpose
from sandan.energy.model.declared import CarbonStatement
from sandan.energy.model.papers import Json, Paper
from sandan.energy.model.rights import METER
from sandan.energy.service.carbon.complex import all_firms
from sandan.energy.service.carbon.years import STATEMENTS, find_firm, firm_year, period_text
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Version:
    """A locked inventory with what is different from the one before."""

    paper: Paper[CarbonStatement]
    explanation: Explanation | None
    whole: bool
    """Whether what is kept is what its hash was made from."""


def lock_inventory(
    store: Store, actor: Actor, firm: str, year: int, purpose: Purpose, now: datetime, seen: int, reason: str
) -> Paper[CarbonStatement]:
    """Keep a firm's year as it is known now, or restate it.

    `Conflict` while the year runs, when nothing was used, or when nothing has changed; `InvalidInput` names
    every factor that is missing.
    """
    actor.require(METER)
    with store.registry.write() as conn:
        found = firm_year(store, conn, actor, firm, year, now)
        if found.year.running:
            raise Conflict(Text(f"{year}년이 아직 끝나지 않았습니다.", f"The year {year} is not over yet."))
        if found.reckoned.findings:
            raise InvalidInput(found.reckoned.findings)
        inventory = found.reckoned.inventories[purpose]
        check_countable(inventory)
        if not any(line.quantity for line in inventory.lines):
            raise Conflict(
                Text("사용량이 없어 확정할 수 없습니다.", "Nothing was used, so there is nothing to lock.")
            )
        before = found.papers[purpose]
        if len(before) == seen and before and unchanged(before[-1].body.inventory, inventory):
            raise Conflict(
                Text(
                    "확정한 뒤 달라진 것이 없어 새 판을 만들지 않았습니다.",
                    "Nothing has changed since it became final, so no version was made.",
                )
            )
        return STATEMENTS.finish(
            store,
            conn,
            actor,
            firm,
            period_text(year, purpose),
            statement(found.firm.name, inventory, found.edition),
            now,
            seen=seen,
            reason=reason,
            tenant=firm,
            simulated=found.simulated,
            payload={"total": inventory.total},
        )


def lock_ready(store: Store, actor: Actor, year: int, purpose: Purpose, now: datetime) -> int:
    """Lock what nothing stands against: complete, at least 99 % known, not yet locked. How many were."""
    actor.require(METER)
    with store.registry.write() as conn:
        found = all_firms(store, conn, actor, year, purpose, now)
        ready = found.lockable
        for row in ready:
            assert row.inventory is not None
            STATEMENTS.finish(
                store,
                conn,
                actor,
                row.firm.id,
                period_text(year, purpose),
                statement(row.firm.name, row.inventory, found.edition),
                now,
                tenant=row.firm.id,
                simulated=found.simulated,
                payload={"total": row.total},
            )
    return len(ready)


def statement(name: str, inventory: Inventory, edition: int) -> CarbonStatement:
    """An inventory with its totals."""
    return CarbonStatement(
        name,
        inventory,
        inventory.direct,
        inventory.indirect,
        inventory.indirect_market,
        inventory.total,
        edition,
    )


def versions_of(
    store: Store, actor: Actor, firm: str, year: int, purpose: Purpose
) -> tuple[Thing, Sequence[Version]]:
    """The firm and its locked versions of a year, oldest first, each explained against the one before."""
    with store.registry.read() as conn:
        thing = find_firm(store, conn, actor, firm)
        kept = STATEMENTS.versions(conn, firm, period_text(year, purpose))
        whole = [STATEMENTS.whole(conn, one) for one in kept]
    if not kept:
        raise NotFound(Text("확정된 명세", "locked inventory"), f"{firm} {year}")
    return thing, [
        Version(one, explain(kept[i - 1].body.inventory, one.body.inventory) if i else None, whole[i])
        for i, one in enumerate(kept)
    ]


def hashed_version(
    store: Store, actor: Actor, firm: str, year: int, purpose: Purpose, version: int
) -> tuple[Json, str]:
    """A locked version as it was hashed, and the hash."""
    with store.registry.read() as conn:
        find_firm(store, conn, actor, firm)
        for one in STATEMENTS.versions(conn, firm, period_text(year, purpose)):
            if one.version == version:
                return STATEMENTS.hashed(conn, one), one.hash
    raise NotFound(Text("확정된 명세", "locked inventory"), f"{firm} {year} {version}")
