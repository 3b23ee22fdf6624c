"""The factors in force: our tables and, before them, what the operator gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.energy.engine.carbon import book, thresholds_with
from sandan.energy.model.carbon import Factor, FactorBook, Threshold
from sandan.energy.model.declared import FactorEdition, GivenThreshold
from sandan.energy.model.rights import METER
from sandan.energy.service.registers import Edition, Register
from sandan.store import Store

FACTORS = Register("energy.factors", FactorEdition(), METER, "CarbonFactorsChanged")


def factors_now(store: Store, conn: Connection) -> Edition[FactorEdition]:
    """The newest edition of what the operator gave."""
    return FACTORS.in_force(store, conn)


def book_by(edition: Edition[FactorEdition], day: date) -> FactorBook:
    """The factors known on a day."""
    return book(day, edition.body.factors)


def thresholds_by(edition: Edition[FactorEdition]) -> Sequence[Threshold]:
    """The amounts of duties, the operator's where no table knows them."""
    return thresholds_with(edition.body.thresholds)


def give_factor(store: Store, actor: Actor, base: int, one: Factor, reason: str, now: datetime) -> None:
    """Add a factor, in place of one that was given for the same thing, years and purpose."""
    actor.require(METER)
    with store.registry.read() as conn:
        before = FACTORS.in_force(store, conn).body
    kept = tuple(old for old in before.factors if _same(old) != _same(one))
    FACTORS.put(store, actor, base, replace(before, factors=(*kept, one)), reason, now)


def take_factor_back(store: Store, actor: Actor, base: int, at: int, reason: str, now: datetime) -> None:
    """Leave out the factor at this place of edition `base`."""
    actor.require(METER)
    with store.registry.read() as conn:
        before = FACTORS.in_force(store, conn).body
    kept = tuple(one for i, one in enumerate(before.factors) if i != at)
    FACTORS.put(store, actor, base, replace(before, factors=kept), reason, now)


def give_threshold(
    store: Store, actor: Actor, base: int, one: GivenThreshold, reason: str, now: datetime
) -> None:
    """Say the amount of a duty."""
    actor.require(METER)
    with store.registry.read() as conn:
        before = FACTORS.in_force(store, conn).body
    kept = tuple(old for old in before.thresholds if old.id != one.id)
    FACTORS.put(store, actor, base, replace(before, thresholds=(*kept, one)), reason, now)


def _same(one: Factor) -> tuple[object, ...]:
    return one.carrier, one.gas, one.part, one.purpose, one.years
