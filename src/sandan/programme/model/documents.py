"""A document as it was read: lines of cells, whatever the file was.

A line of a text file, a row of a table in Markdown, HTML, CSV, XLSX or HWPX, a line of a PDF page: all
are a `Line`, numbered from 1, so that a value can always say where it stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandan.programme.model.plan import Row
from sandan.programme.model.vocabulary import Kind
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `cells` has more than one entry where the line is a row of a table.

    A cell that spans several places of a table has its text in the first and "" in the others.
    `heading` is the level of a heading by the file's own mark-up (`#`, `<h2>`, an outline style), 0
    for every other line.
    """

    number: int
    cells: tuple[str, ...]
    page: int | None = None
    heading: int = 0

    @property
    def text(self) -> str:
        return "\t".join(self.cells)


@dataclass(frozen=True, slots=True)
class Document:
    """A document's name, the SHA-256 of its bytes, and its lines."""

    name: str
    digest: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFigure:
    """A figure in a document: what it is, and the line it stands in.

    `path` is the headings and labels above it, ` > ` between them. `value` is in won for money
    (`unit` 원), as printed otherwise; None for a target that the document says is not yet set.
    `printed` is the number as it stands there; `sure` false asks the officer to look twice. `names` are
    the labels of its row in a table, outermost first, without sources and periods.
    """

    document: str
    line: int
    text: str
    path: str
    kind: Kind
    source: str | None
    period: str | None
    value: int | float | None
    unit: str
    measure: str
    printed: str
    sure: bool = True
    names: tuple[str, ...] = ()


UNPLACED_NAMES = {
    "figure": Text("수치가 있으나 어디에 속하는지 알 수 없음", "Has a figure that belongs to nothing known"),
    "hidden": Text("가려진 칸이라 일정을 알 수 없음", "Cells are blacked out: no dates can be read"),
    "floors": Text("층수는 계획의 수치가 아님", "Floors are no figure of a plan"),
    "text": Text("정해진 항목에 들지 않는 내용", "Belongs to none of the known headings"),
}
"""Why a line found no place."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A line with figures or content that found no place, and why (a key of `UNPLACED_NAMES`)."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What reading made of a document: rows for the officer to confirm, correct or discard."""

    document: Document
    rows: Sequence[Row]
    unplaced: Sequence[Unplaced]
    dropped: int
    """How many names and telephone numbers of people were left out."""
