"""How a figure is known: uploaded records, and what an indicator was proved with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sandan.words import Text


class RecordKind(StrEnum):
    """What was uploaded: head counts of firms, or answers to a survey."""

    PAYROLL = "payroll"
    SURVEY = "survey"


RECORD_NAMES = {
    RecordKind.PAYROLL: Text("고용 인원", "Payroll count"),
    RecordKind.SURVEY: Text("만족도 조사", "Satisfaction survey"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of uploaded evidence; never changed, a later one for the same thing takes its place.

    `subject` is a firm's id for a payroll, the survey's name for a survey; `period` is a month,
    `2026-06`. Payroll: `value` persons, `weight` 1. Survey: `value` is one answer, `weight` the highest
    answer possible.
    """

    kind: RecordKind
    subject: str
    period: str
    value: float
    weight: float
    document: str
    row: int
    by: str
    known_at: datetime


class How(StrEnum):
    """Measured by a meter or a log, declared by people, or not known at all."""

    MEASURED = "measured"
    DECLARED = "declared"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One row behind an indicator: a meter's total, a firm's head count, a stated value."""

    name: str
    value: float
    unit: str
    where: str
    tenant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What an indicator is, as of an instant, and everything it was computed from.

    `value` is numerator over denominator, in per cent where the unit is `%`; None when nothing is known.
    `coverage` is the share [0, 1] of what should have been known that was. `simulated` says that some
    of it comes from a simulation.
    """

    how: How
    value: float | None
    unit: str
    numerator: float
    denominator: float | None
    coverage: float
    rows: Sequence[Basis] = ()
    simulated: bool = False
    hidden: int = 0
    """Rows of firms that whoever asks may not see one by one."""


def proof_of(
    how: How,
    unit: str,
    numerator: float,
    denominator: float | None,
    coverage: float,
    rows: Sequence[Basis],
    *,
    simulated: bool = False,
) -> Proof:
    """A proof with its value worked out; without a row behind it, or over nothing, it proves nothing."""
    if not rows or denominator == 0:
        return nothing(unit)
    value = numerator if denominator is None else numerator / denominator
    return Proof(
        how=how,
        value=value * 100 if unit == "%" and denominator is not None else value,
        unit=unit,
        numerator=numerator,
        denominator=denominator,
        coverage=coverage,
        rows=rows,
        simulated=simulated,
    )


def nothing(unit: str) -> Proof:
    """No evidence."""
    return Proof(how=How.NONE, value=None, unit=unit, numerator=0.0, denominator=None, coverage=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """An indicator an officer defined."""

    id: str
    name: Text
    unit: str
    formula: str
    by: str
    at: datetime
