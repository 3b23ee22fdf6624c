"""A plan as rows for machines: CSV, one row a stated value, and JSON with everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from sandan.programme.engine.conflicts import find_contradictions
from sandan.programme.model.plan import Book
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import Quarter
from sandan.sheets import sheet_text
from sandan.words import Language, Text

FORMAT = "sandan-plan-1"
COLUMNS: Mapping[str, Text] = {
    "plan": Text("계획", "plan"),
    "version": Text("판", "version"),
    "statement": Text("값", "statement"),
    "subject": Text("대상", "subject"),
    "title": Text("대상 이름", "subject title"),
    "department": Text("담당 부서", "department"),
    "kind": Text("종류", "kind"),
    "measure": Text("항목", "measure"),
    "amount": Text("수치", "value"),
    "unit": Text("단위", "unit"),
    "source": Text("재원", "source of money"),
    "period": Text("시점", "period"),
    "stage": Text("단계", "stage"),
    "nature": Text("성격", "nature"),
    "numerator": Text("분자", "numerator"),
    "denominator": Text("분모", "denominator"),
    "document": Text("문서", "document"),
    "page": Text("쪽", "page"),
    "line": Text("행", "line"),
    "text": Text("원문", "text"),
    "sure": Text("확실", "sure"),
}
_HIDDEN = frozenset({"confirmed_by", "by", "review", "thing"})
"""Fields that name a person or the inside of the office."""


def plan_csv(book: Book, *, names: Mapping[str, str] | None = None, language: Language = "ko") -> bytes:
    """Every stated value of a plan, a row each with the line it was read in; UTF-8 with a BOM.

    Values are plain numbers in the unit beside them, empty for a target *not yet set*. Text that a
    spreadsheet would compute has an apostrophe before it; JSON has it as it is.
    """
    titles = subject_titles(book)
    departments = {one.id: one.owner for one in book.projects} | {book.plan.id: book.plan.owner}
    rows: list[list[object]] = [[name.in_(language) for name in COLUMNS.values()]]
    for one in book.statements:
        row = _row(one, names or {}) | {
            "plan": book.plan.id,
            "version": book.version.number,
            "title": titles.get(one.subject, ""),
            "department": departments.get(one.subject, ""),
        }
        rows.append([row[column] for column in COLUMNS])
    return sheet_text(rows).encode()


def _row(one: Statement, names: Mapping[str, str]) -> dict[str, Any]:
    origin = one.origin
    return {
        "statement": one.id,
        "subject": one.subject,
        "kind": one.kind.value,
        "measure": one.measure,
        "amount": one.value,
        "unit": one.unit,
        "source": one.source,
        "period": one.period,
        "stage": one.stage.value if one.stage else None,
        "nature": one.nature.value if one.nature else None,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "document": names.get(origin.document, origin.document) if origin.document else None,
        "page": origin.page,
        "line": origin.line,
        "text": origin.text,
        "sure": "1" if origin.sure else "0",
    }


def plan_json(book: Book, *, names: Mapping[str, str] | None = None) -> bytes:
    """A whole plan by the schema in `plan.schema.json`; no account of a person is in it."""
    known = names or {}
    rows = (book.complexes, book.projects, book.measures, book.statements, book.milestones, book.facts)
    cited = {one.origin.document for of in rows for one in of}
    data = {
        "format": FORMAT,
        "plan": _plain(book.plan),
        "version": _plain(book.version),
        "documents": {id: name for id, name in sorted(known.items()) if id in cited},
        "complexes": [_plain(one) for one in book.complexes],
        "projects": [_plain(one) for one in book.projects],
        "measures": [_plain(one) for one in book.measures],
        "statements": [_plain(one) for one in book.statements],
        "milestones": [_plain(one) for one in book.milestones],
        "facts": [_plain(one) for one in book.facts],
        "states": [_plain(one) for _, one in sorted(book.states.items())],
        "contradictions": [
            {"id": one.id, "statements": [s.id for s in one.statements], "settled": one.settled}
            for one in find_contradictions(book)
        ],
    }
    return orjson.dumps(data, option=orjson.OPT_INDENT_2)


@cache
def plan_schema() -> bytes:
    """The JSON Schema that every `plan_json` follows."""
    return files("sandan.programme.engine.publishing").joinpath("plan.schema.json").read_bytes()


def subject_titles(book: Book) -> dict[str, str]:
    """What each subject of a plan is called."""
    return {
        book.plan.id: book.plan.title,
        **{one.id: one.name for one in book.complexes},
        **{one.id: one.title for one in book.projects},
    }


def _plain(value: Any) -> Any:
    match value:
        case Quarter() | Enum():
            return str(value)
        case Origin(document=None):
            return None
        case date():
            return value.isoformat()
        case tuple() | list():
            return [_plain(one) for one in value]
        case _ if is_dataclass(value):
            return {
                one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.name not in _HIDDEN
            }
        case _:
            return value
