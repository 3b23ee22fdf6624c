"""Complexes and their part in a plan: 거점단지, 연계단지 and 연계지역 in rows that OCR has often shifted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandan.programme.engine.drafting.lines import Passage
from sandan.programme.engine.drafting.rows import PlanDraft, origin_of
from sandan.programme.engine.drafting.words import words
from sandan.programme.engine.figures.vocabulary import tight
from sandan.programme.model.documents import Document
from sandan.programme.model.plan import Complex
from sandan.programme.model.vocabulary import ComplexRole

_NAME = r"(?:\S+구역\s+)?\S*(?:산단|단지|지역|지구|벨트|시티|밸리|특구)"
_TAIL = re.compile(rf"^(?P<text>.*\S)\s+(?P<name>{_NAME})\s*$")
_ROLES = {"hub": ComplexRole.HUB, "linked": ComplexRole.LINKED, "area": ComplexRole.AREA}


def role_of(text: str) -> ComplexRole | None:
    """The part in a plan that a label names: `거점단지`."""
    word = tight(text)
    return next((role for key, role in _ROLES.items() if word in words("roles", key)), None)


def read_complexes(plan: PlanDraft, document: Document, passages: Sequence[Passage]) -> set[int]:
    """Add the complexes of some lines to their plan; the lines they were read from."""
    used: set[int] = set()
    role: ComplexRole | None = None
    for passage in passages:
        if not passage.table:
            if not passage.blank:
                role = None
            continue
        named = role_of(passage.cells[0])
        role = named or (role if not passage.cells[0].strip() else None)
        if role is None:
            continue
        for cell in passage.cells[1:]:
            if cell.strip():
                used.add(passage.line.number)
                _read_cell(plan, document, passage, cell.strip(), role)
    return used


def _read_cell(plan: PlanDraft, document: Document, passage: Passage, cell: str, role: ComplexRole) -> None:
    marks = "|".join(words("roles", "marks"))
    parts = re.split(rf"\(({marks})\)", cell)
    if len(parts) == 1:
        _add(plan, document, passage, cell, role, "", sure=bool(re.fullmatch(_NAME, cell)))
        return
    name = parts[0].strip()
    for at in range(1, len(parts), 2):
        mark, text = parts[at], parts[at + 1].strip()
        following = ""
        if at + 2 < len(parts) and (found := _TAIL.match(text)):
            text, following = found["text"], found["name"]
        part = ComplexRole.LINKED if mark == "연계기능" and role is ComplexRole.HUB else role
        function = text if mark == "연계기능" else ""
        if name:
            _add(plan, document, passage, name, part, function, sure=part is role)
        elif plan.complexes:
            _complete(plan, part, function)
        name = following


def _add(
    plan: PlanDraft,
    document: Document,
    passage: Passage,
    name: str,
    role: ComplexRole,
    function: str,
    *,
    sure: bool,
) -> None:
    plan.complexes.append(
        Complex(
            id=plan.id("c", name),
            name=name,
            role=role,
            function=function,
            origin=origin_of(document, passage, sure=sure),
        )
    )


def _complete(plan: PlanDraft, role: ComplexRole, function: str) -> None:
    """A mark at the beginning of a cell goes on with the complex named above it."""
    last = plan.complexes[-1]
    plan.complexes[-1] = Complex(
        id=last.id,
        name=last.name,
        role=role if function else last.role,
        function=function or last.function,
        origin=last.origin,
    )
