"""What of a plan citizens may read: everything it says, and nobody's account.

Departments answer for a plan, not the people in them: who confirmed, set, reviewed or settled something
stays inside, and words that officers typed are read once more for names and telephone numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from sandan.programme.engine.reading.people import strip_people
from sandan.programme.model.audit import Settlement
from sandan.programme.model.plan import (
    Book,
    Complex,
    Fact,
    Measure,
    Milestone,
    Plan,
    Project,
    Row,
    StateSet,
    Version,
)
from sandan.programme.model.statements import Origin, Statement

OFFICE = "담당 부서"
"""Stands in open data where the office's own pages name who did something."""
CORRECTED = "정정:"
"""What the text of a corrected value's origin begins with; an officer typed the rest."""
AnyRow = TypeVar("AnyRow", Plan, Complex, Project, Measure, Statement, Milestone, Fact)


def disclose_version(version: Version) -> Version:
    """A version without who made it and the review it rests on."""
    return replace(version, by=OFFICE, review="", reason=_clean(version.reason))


def disclose_state(state: StateSet) -> StateSet:
    """A state with its evidence, set by the department in charge."""
    return replace(state, by=OFFICE, evidence=_clean(state.evidence))


def disclose_settlement(settlement: Settlement) -> Settlement:
    """How a conflict was settled and why."""
    return replace(settlement, by=OFFICE, reason=_clean(settlement.reason))


def disclose_row(row: AnyRow) -> AnyRow:
    """A row as it reads outside the office."""
    made: Any = row
    match made:
        case Plan():
            made = replace(made, owner=_clean(made.owner))
        case Project():
            cooperating = tuple(_clean(one) for one in made.cooperating)
            made = replace(made, owner=_clean(made.owner), cooperating=cooperating, basis=_clean(made.basis))
        case Complex():
            made = replace(made, thing=None)
        case Fact():
            made = replace(made, text=_clean(made.text))
    return cast(AnyRow, made if isinstance(made, Plan) else replace(made, origin=_origin(made.origin)))


def disclose_any(row: Row | None) -> Row | None:
    """The same for a row that may not be there."""
    found: Any = row
    return None if row is None else disclose_row(found)


def disclose_book(book: Book, states: Iterable[StateSet], settlements: Mapping[str, Settlement]) -> Book:
    """A plan as it is handed out, with the states (oldest first) and settlements of its publication."""
    return replace(
        book,
        plan=disclose_row(book.plan),
        version=disclose_version(book.version),
        complexes=[disclose_row(one) for one in book.complexes],
        projects=[disclose_row(one) for one in book.projects],
        measures=[disclose_row(one) for one in book.measures],
        statements=[disclose_row(one) for one in book.statements],
        milestones=[disclose_row(one) for one in book.milestones],
        facts=[disclose_row(one) for one in book.facts],
        states={one.project: disclose_state(one) for one in states},
        settled={id: one.statement for id, one in settlements.items()},
    )


def _origin(origin: Origin) -> Origin:
    # What was read from a document has lost its people there; reading every line again would be slow.
    typed = origin.document is None or origin.text.startswith(CORRECTED)
    return replace(origin, text=_clean(origin.text) if typed else origin.text, confirmed_by=None)


def _clean(text: str) -> str:
    return strip_people(text)[0] if text else text
