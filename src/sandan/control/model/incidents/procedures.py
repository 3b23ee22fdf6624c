"""Kinds, levels and groups as tables; procedures and legal clocks, which the operator may change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

from sandan.tables import read_table
from sandan.words import Text

OWN = "own"
"""The source of a limit that the operator set and no law does."""
NOBODY = Text("", "")
EVERY = "all"
"""The kind of steps that hold for every incident."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of incident; one that is `hazardous` by itself counts as a release.

    `causes` are those of the alarm rules that speak of it.
    """

    id: str
    name: Text
    icon: str
    priority: int
    hazardous: bool
    causes: frozenset[str] = frozenset()
    level: int = 1
    """At which it opens unless whoever opens it says otherwise."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level of propagation (단계)."""

    level: int
    name: Text
    meaning: Text


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a procedure: due `within` of the moment its level is reached."""

    kind: str
    level: int
    id: str
    text: Text
    who: Text
    within: timedelta | None
    next: Text = NOBODY
    tell: tuple[str, ...] = ()
    source: str = OWN
    auto: bool = False
    """Whether those it tells are told when it comes, without anybody pressing a button."""
    answer_minutes: int | None = None
    """How long those it tells have to answer, where the contact book does not say."""


@dataclass(frozen=True, slots=True)
class LegalClock:
    """A time limit a law sets, from first detection; `auto` kinds start it, `hand` kinds may.

    `step` is the step of a procedure that is done when the clock is answered.
    """

    id: str
    name: Text
    auto: frozenset[str]
    hand: frozenset[str]
    within: timedelta
    to: tuple[str, ...]
    exceptions: Text
    law: Text
    source: str
    effective_from: date
    step: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """One version of the procedures; version 1 is the one that comes with Sandan."""

    version: int
    steps: Sequence[Step]
    reason: str = ""
    by: str = ""
    at: datetime | None = None


@cache
def kinds() -> Mapping[str, Kind]:
    """The kinds of incident, most urgent first."""
    return {
        row["id"]: Kind(
            row["id"],
            Text(row["ko"], row["en"]),
            row["icon"],
            int(row["priority"]),
            row["hazardous"] == "yes",
            frozenset(filter(None, row["causes"].split(";"))),
            int(row["level"]),
        )
        for row in read_table(__name__, "kinds.csv")
    }


@cache
def levels() -> Mapping[int, Level]:
    """The levels, lowest first."""
    return {
        int(row["level"]): Level(
            int(row["level"]), Text(row["ko"], row["en"]), Text(row["meaning_ko"], row["meaning_en"])
        )
        for row in read_table(__name__, "levels.csv")
    }


@cache
def groups() -> Mapping[str, Text]:
    """Whom a step tells."""
    return {row["id"]: Text(row["ko"], row["en"]) for row in read_table(__name__, "told_groups.csv")}


@cache
def legal_clocks() -> Mapping[str, LegalClock]:
    """The time limits of the law, each with its source."""
    return {
        row["id"]: LegalClock(
            row["id"],
            Text(row["ko"], row["en"]),
            frozenset(row["auto"].split()),
            frozenset(row["hand"].split()),
            timedelta(minutes=float(row["minutes"])),
            tuple(row["to"].split()),
            Text(row["exceptions_ko"], row["exceptions_en"]),
            Text(row["law_ko"], row["law_en"]),
            row["source"],
            date.fromisoformat(row["effective_from"]),
            row["step"],
        )
        for row in read_table(__name__, "legal_clocks.csv")
    }


@cache
def built_in() -> str:
    """The procedures that come with Sandan, as CSV."""
    return files("sandan.control.model.incidents").joinpath("procedures.csv").read_text(encoding="utf-8")
