"""Stated values of documents and plans in one shape, so that one rule serves both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sandan.programme.engine.names import measure_name, region_in
from sandan.programme.model.documents import Document, FoundFigure
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import WON, Kind, Stage

_COUNTS = frozenset(("명", "인", "개", "개사", "건", "개소", "곳", "회", "점"))
_AGREE = 0.05
_FAR = 15
"""Lines between two places of a document that state goals."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A value with the one name of what it is of; `called` as the document puts it."""

    subject: str
    kind: Kind
    measure: str
    called: str
    source: str | None
    period: str | None
    stage: Stage | None
    value: int | float
    unit: str
    origin: Origin
    place: str = ""
    id: str = ""

    @property
    def family(self) -> str:
        """Persons, firms and cases are all counts: one document's 명 is another's 개."""
        return "count" if self.unit in _COUNTS else self.unit


def from_statement(one: Statement) -> Stated:
    """A statement that has a value."""
    return Stated(
        one.subject,
        one.kind,
        measure_name(one.measure),
        one.measure,
        one.source,
        one.period,
        one.stage,
        one.value or 0,
        one.unit,
        one.origin,
        one.place,
        one.id,
    )


def from_figures(document: Document, figures: Iterable[FoundFigure]) -> Iterator[Stated]:
    """A document's figures; the subject is the region of the section they stand in, "" without one."""
    regions = _regions_by_line(document)
    for one in figures:
        if one.value is None:
            continue
        region = next(
            (found for part in one.path.split(">") if (found := region_in(part.strip()[:14]))), None
        )
        yield Stated(
            regions.get(one.line) or region or "",
            one.kind,
            measure_name(one.measure),
            one.measure,
            one.source,
            one.period,
            None,
            one.value,
            one.unit,
            Origin(document=document.digest, line=one.line, text=one.text),
            one.path,
        )


_HEAD = re.compile(
    r"^[\s#*\-○□◦•·]*(?:\d{1,2}|[①-⑳]|[IVXⅠ-Ⅹ]+)?[\s.)│|*]*(?P<open>[(\[【<]?)(?P<name>[가-힣]{2,8})(?P<rest>.*)$"
)
_TOP = re.compile(r"^[\s*\-#]*[□■◇◆]")


def _regions_by_line(document: Document) -> dict[int, str]:
    """Which region the section of each line is about: a heading that is its name, or begins with (부산시)."""
    found: dict[int, str] = {}
    current = ""
    for line in document.lines:
        text = line.text.strip()
        head = _HEAD.match(text)
        region = region_in(head["name"]) if head else None
        if (
            head
            and region
            and (not head["rest"].strip(" *") or (head["open"] and head["rest"][:1] in ")]】>"))
        ):
            current = region
        elif _TOP.match(text):
            current = ""
        if current:
            found[line.number] = current
    return found


def agree(left: Stated, right: Stated) -> bool:
    """Whether two values say the same as far as they were rounded, and never more than 5 % apart."""
    difference = abs(left.value - right.value)
    if difference == 0:
        return True
    coarse = max(_rounded_to(left.value), _rounded_to(right.value)) / 2
    return left.unit == WON and difference <= min(coarse, _AGREE * abs(left.value))


def _rounded_to(value: int | float) -> float:
    """The last place a number is not 0 in: 10^11 for 1.3조."""
    whole = int(value)
    if whole != value or not whole:
        return 0.0
    unit = 1
    while whole % (unit * 10) == 0:
        unit *= 10
    return float(unit) if unit > 1 else 0.0


def clusters(values: Sequence[Stated]) -> list[list[Stated]]:
    """Values by where they stand: another document, or more than some lines apart, is another place."""
    ordered = sorted(values, key=lambda one: (one.origin.document or "", one.origin.line or 0))
    found: list[list[Stated]] = []
    for one in ordered:
        last = found[-1][-1].origin if found else None
        near = (
            last is not None
            and last.document == one.origin.document
            and (one.origin.line or 0) - (last.line or 0) <= _FAR
        )
        if near:
            found[-1].append(one)
        else:
            found.append([one])
    return found
