"""A plan in the Open Contracting Data Standard 1.1: one planning release a project.

Money by source and year is in the budget breakdown extension. A project has no tender or contract here,
so that what was spent, which OCDS keeps with contracts, is left to the other formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sandan.clock import SEOUL
from sandan.programme.engine.ledger import Cell, Choice, count_money, outline_of
from sandan.programme.engine.publishing.publisher import Publisher
from sandan.programme.engine.publishing.spans import (
    days_of,
    days_of_quarter,
    first_instant,
    last_instant,
)
from sandan.programme.model.plan import Book, Milestone, Plan, Project
from sandan.programme.model.vocabulary import FactKind, Stage, period_name, source_name

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
    money = count_money(outline_of(book), book.statements)
    subjects: list[Project | Plan] = list(book.projects) or [book.plan]
    package = {
        "uri": f"{publisher.address.rstrip('/')}/plans/{book.plan.id}/ocds.json",
        "version": VERSION,
        "extensions": [BREAKDOWN],
        "publishedDate": at,
        "publisher": {"name": publisher.publisher},
        "license": publisher.licence,
        "releases": [
            _release(book, one, money.get((one.id, Stage.PLANNED)), publisher, at) for one in subjects
        ],
    }
    return orjson.dumps(package, option=orjson.OPT_INDENT_2)


def _release(
    book: Book, subject: Project | Plan, money: Choice | None, publisher: Publisher, at: str
) -> dict[str, Any]:
    own = list(money.tables[0].cells) if money and money.tables else []
    owner = subject.owner or book.plan.owner or publisher.publisher
    buyer = {"id": f"org-{owner}", "name": owner}
    return {
        "ocid": f"{publisher.ocid_prefix}-{subject.id}",
        "id": f"{subject.id}-{book.version.number}",
        "date": at,
        "tag": ["planning"],
        "initiationType": "tender",
        "language": "ko",
        "parties": _parties(subject, buyer, own),
        "buyer": buyer,
        "planning": _kept(
            {
                "rationale": _sentences(book, subject.id),
                "budget": _budget(book, subject, own),
                "milestones": [_milestone(one) for one in book.milestones if one.project == subject.id],
            }
        ),
    }


def _kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """OCDS asks that empty fields be left out."""
    return {name: value for name, value in given.items() if value not in (None, "", [], {})}


def _parties(subject: Project | Plan, buyer: Mapping[str, str], own: list[Cell]) -> list[dict[str, Any]]:
    found = {buyer["id"]: {**buyer, "roles": ["buyer"]}}
    for name in subject.cooperating if isinstance(subject, Project) else ():
        found.setdefault(f"org-{name}", {"id": f"org-{name}", "name": name, "roles": ["procuringEntity"]})
    for source in dict.fromkeys(cell.source for cell in own if cell.source is not None):
        id = _SOURCE + source
        found[id] = {"id": id, "name": source_name(source).ko, "roles": ["funder"]}
    return list(found.values())


def _sentences(book: Book, subject: str) -> str:
    kinds = (FactKind.GOAL, FactKind.OVERVIEW)
    return "\n".join(one.text for one in book.facts if one.subject == subject and one.kind in kinds)


def _budget(book: Book, subject: Project | Plan, own: list[Cell]) -> dict[str, Any]:
    project = {"project": subject.title, "projectID": subject.id}
    if not own:
        return project
    return {
        "id": f"{subject.id}-budget",
        "description": own[0].statement.measure,
        "amount": _value(sum(cell.won for cell in own)),
        **project,
        "budgetBreakdown": [_line(subject.id, i, cell) for i, cell in enumerate(own, 1)],
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
