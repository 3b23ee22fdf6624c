"""What is done to save energy, what use follows besides weather and calendar, and a statement of savings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sandan.words import Text


@dataclass(frozen=True, slots=True)
class DoneMeasure:
    """Something done behind one meter, in full from `since` on."""

    id: str
    meter: str
    name: str
    what: str
    since: date
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class DriverDay:
    """How much of something a day had: tonnes, pieces, machine hours behind one meter."""

    meter: str
    name: str
    unit: str
    day: date
    quantity: float


@dataclass(frozen=True, slots=True)
class StatedMeasure:
    """One measure's part in a statement, or that of several which cannot be told apart."""

    names: tuple[str, ...]
    since: date
    kwh: float
    low: float
    high: float
    believable: bool
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class SavingStatement:
    """What was saved behind one meter from its first measure on, as known when it was stated."""

    meter: str
    baseline_first: date
    baseline_last: date
    first: date
    last: date
    days: int
    left_out: int
    kwh: float
    low: float
    high: float
    confidence: float
    baseline_kwh: float
    won: tuple[float, float, float] | None
    """Value, low, high."""
    tonnes: tuple[float, float, float] | None
    factor: str
    """Source of the emission factor; "" without."""
    believable: bool
    reasons: tuple[Text, ...]
    measures: tuple[StatedMeasure, ...]
    names: tuple[str, ...]
    """Of the baseline's coefficients."""
    coefficients: tuple[float, ...]
    cv: float
    r2: float
    effective: float
