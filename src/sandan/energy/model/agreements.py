"""Contracts as the house keeps them, closed bills, and what the operator adds to the tariffs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sandan.energy.model.tariff import Bill, Contract, Kind, Mark, Option, Voltage


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract of one meter, in force from `since` until the next one of the same meter."""

    meter: str
    since: date
    contract: Contract
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class AddedLevy:
    """A price on top of base and energy that the operator wrote down: climate, fuel or fund."""

    line: str
    effective_from: date
    value: float
    mark: Mark
    source: str


@dataclass(frozen=True, slots=True)
class AddedPrice:
    """Prices of one tariff that the operator wrote down; hours and rules are those in force on that day."""

    kind: Kind
    voltage: Voltage
    option: Option
    effective_from: date
    base: float
    prices: tuple[tuple[float, float, float], ...]
    """By season and band [won/kWh]."""
    mark: Mark
    source: str


@dataclass(frozen=True, slots=True)
class TariffEdition:
    """What the operator added to the tables Sandan comes with; version 0 adds nothing."""

    version: int = 0
    by: str = ""
    reason: str = ""
    levies: tuple[AddedLevy, ...] = ()
    prices: tuple[AddedPrice, ...] = ()
    count_temporary: bool = False
    """Whether holidays made by the way count as holidays; the articles say no."""


@dataclass(frozen=True, slots=True)
class KeptBill:
    """A bill that was closed: it never changes, a later one of the same month supersedes it."""

    meter: str
    tenant: str | None
    bill: Bill
    known_at: datetime
    """What was known then is what it was made from."""
    edition: int
    """The version of the operator's tariffs."""
    by: str
    reason: str
    simulated: bool
    hash: str = field(default="")
    """SHA-256 over all the rest."""
