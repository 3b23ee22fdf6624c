"""Carriers, factors and thresholds: tables read once, and which factor holds for which year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal, cast

from sandan.energy.model.carbon import (
    Carrier,
    Factor,
    FactorBook,
    FactorMark,
    Level,
    Part,
    Purpose,
    Threshold,
)
from sandan.energy.model.declared import GivenThreshold
from sandan.tables import read_table
from sandan.words import Text


@cache
def carriers() -> Mapping[str, Carrier]:
    """Every kind of energy by its id."""
    rows = read_table(__name__, "carriers.csv")
    return MappingProxyType(
        {
            row["carrier"]: Carrier(
                row["carrier"],
                Text(row["ko"], row["en"]),
                cast("Literal[1, 2]", int(row["scope"])),
                row["unit"],
                tuple(row["gases"].split()),
                int(row["per_joules"]) if row["per_joules"] else None,
            )
            for row in rows
        }
    )


@cache
def factors() -> tuple[Factor, ...]:
    """Every row of the table, those without a value included."""
    return tuple(_factor(row) for row in read_table(__name__, "factors.csv"))


@cache
def thresholds() -> tuple[Threshold, ...]:
    """The amounts from which duties begin."""
    return tuple(
        Threshold(
            row["id"],
            Text(row["ko"], row["en"]),
            Level(row["level"]),
            float(row["tonnes"]) if row["tonnes"] else None,
            date.fromisoformat(row["effective_from"]),
            cast("FactorMark", row["mark"]),
            row["source"],
        )
        for row in read_table(__name__, "thresholds.csv")
    )


def book(as_of: date, given: Iterable[Factor] = (), region: str = "KR") -> FactorBook:
    """The factors known on `as_of`: the table and what the operator gave (mark O), which goes first."""
    own = tuple(given)
    known = (*own, *factors())
    return FactorBook(as_of, tuple(one for one in known if one.effective_from <= as_of), region)


def thresholds_with(given: Iterable[GivenThreshold]) -> tuple[Threshold, ...]:
    """The thresholds, with the amounts that the operator gave for those nobody published (mark O)."""
    told = {one.id: one for one in given}
    return tuple(
        replace(one, tonnes=told[one.id].tonnes, mark="O", source=told[one.id].source)
        if one.tonnes is None and one.id in told
        else one
        for one in thresholds()
    )


def asked() -> tuple[Factor, ...]:
    """The factors that the operator has to give: nobody published them where we could read it."""
    return tuple(one for one in factors() if one.value is None)


def pick(book: FactorBook, carrier: str, gas: str, part: Part, purpose: Purpose, year: int) -> Factor | None:
    """The factor for `year`, or None when no value is known.

    One that describes the year goes before one that does not; where none does, the latest earlier data are
    used, as a factor is published years later. Among equals goes first what the operator gave, what is for
    this purpose only, the narrower (2021 before 2020–2022), and the newer.
    """
    fit = [
        one
        for one in book.factors
        if one.value is not None
        and one.carrier in (carrier, "")
        and (one.gas, one.part) == (gas, part)
        and one.purpose in (purpose, None)
        and one.region in (book.region, "")
        and one.years[0] <= year
    ]
    if not fit:
        return None

    def rank(one: Factor) -> tuple[int, bool, bool, int, date]:
        first, last = one.years
        return (min(last, year), one.mark == "O", one.purpose is not None, first - last, one.effective_from)

    return max(fit, key=rank)


def _factor(row: Mapping[str, str]) -> Factor:
    return Factor(
        row["carrier"],
        row["gas"],
        Part(row["part"]),
        Purpose(row["purpose"]) if row["purpose"] else None,
        row["region"],
        row["version"],
        date.fromisoformat(row["effective_from"]),
        (int(row["years_from"]), int(row["years_to"])),
        float(row["value"]) if row["value"] else None,
        row["unit"],
        cast("FactorMark", row["mark"]),
        row["source"],
    )
