"""A plan in the Open Contracting Data Standard 1.1: one planning release a project.

Money by source and year is in the budget breakdown extension. A project has no tender or contract here,
so that what was spent, which OCDS keeps with contracts, is left to the other formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sandan.clock import SEOUL
from sandan.programme.engine.ledger import Cell
from sandan.programme.engine.publishing.publisher import Publisher
from sandan.programme.engine.publishing.spans import (
    days_of,
    days_of_quarter,
    first_instant,
    last_instant,
)
from sandan.programme.engine.publishing.subjects import Subject, subjects_of
from sandan.programme.model.plan import Book, Milestone
from sandan.programme.model.vocabulary import period_name, source_name

VERSION = "1.1"
CURRENCY = "KRW"
BREAKDOWN = (
    "https://raw.githubusercontent.com/open-contracting-extensions/"
    "ocds_budget_breakdown_extension/master/extension.json"
)
_SOURCE = "source-"


def ocds(book: Book, publisher: Publisher) -> bytes:
    """A release package of a plan; `InvalidInput` names every setting that is missing.

    A planned total that its document does not split stands in `planning.budget.amount` alone. Money of
    기투자 and 임기후 has no `period`. Source: OCDS 1.1 release package schema.
    """
    publisher.require("publisher", "ocid_prefix", "licence", "address")
    at = (book.version.published_at or book.version.at).astimezone(SEOUL).isoformat()
    package = {
        "uri": f"{publisher.address.rstrip('/')}/plans/{book.plan.id}/ocds.json",
        "version": VERSION,
        "extensions": [BREAKDOWN],
        "publishedDate": at,
        "publisher": {"name": publisher.publisher},
        "license": publisher.licence,
        "releases": [_release(book, one, publisher, at) for one in subjects_of(book)],
    }
    return orjson.dumps(package, option=orjson.OPT_INDENT_2)


def _release(book: Book, subject: Subject, publisher: Publisher, at: str) -> dict[str, Any]:
    project = subject.project
    owner = project.owner or book.plan.owner or publisher.publisher
    buyer = {"id": f"org-{owner}", "name": owner}
    return {
        "ocid": f"{publisher.ocid_prefix}-{project.id}",
        "id": f"{project.id}-{book.version.number}",
        "date": at,
        "tag": ["planning"],
        "initiationType": "tender",
        "language": "ko",
        "parties": _parties(subject, buyer),
        "buyer": buyer,
        "planning": _kept(
            {
                "rationale": subject.description,
                "budget": _budget(subject),
                "milestones": [_milestone(one) for one in subject.milestones],
            }
        ),
    }


def _kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """OCDS asks that empty fields be left out."""
    return {name: value for name, value in given.items() if value not in (None, "", [], {})}


def _parties(subject: Subject, buyer: Mapping[str, str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {buyer["id"]: {**buyer, "roles": ["buyer"]}}
    for name in subject.project.cooperating:
        found.setdefault(f"org-{name}", {"id": f"org-{name}", "name": name, "roles": ["procuringEntity"]})
    for source in dict.fromkeys(cell.source for cell in subject.money if cell.source is not None):
        id = _SOURCE + source
        found[id] = {"id": id, "name": source_name(source).ko, "roles": ["funder"]}
    return list(found.values())


def _budget(subject: Subject) -> dict[str, Any]:
    project, own = subject.project, subject.money
    named = {"project": project.title, "projectID": project.id}
    if not own:
        return named
    return {
        "id": f"{project.id}-budget",
        "description": own[0].statement.measure,
        "amount": _value(sum(cell.won for cell in own)),
        **named,
        "budgetBreakdown": [_line(project.id, i, cell) for i, cell in enumerate(own, 1)],
    }


def _line(subject: str, number: int, cell: Cell) -> dict[str, Any]:
    days = days_of(cell.period)
    source, period = source_name(cell.source).ko, period_name(cell.period).ko
    return _kept(
        {
            "id": f"{subject}-budget-{number}",
            "description": f"{source} · {period}" if cell.period else source,
            "amount": _value(cell.won),
            "period": {"startDate": first_instant(days[0]), "endDate": last_instant(days[1])}
            if days
            else None,
            "sourceParty": {"id": _SOURCE + cell.source, "name": source} if cell.source else None,
        }
    )


def _value(won: int) -> dict[str, Any]:
    return {"amount": won, "currency": CURRENCY}


def _milestone(one: Milestone) -> dict[str, Any]:
    return _kept(
        {
            "id": one.id,
            "title": one.title,
            "type": "delivery",
            "dueDate": last_instant(days_of_quarter(one.end)[1]),
            "dateMet": last_instant(days_of_quarter(one.done)[1]) if one.done else None,
            "status": "met" if one.done else "scheduled",
        }
    )
