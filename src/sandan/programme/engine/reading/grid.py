"""Paragraphs and tables on their way to lines: what HTML, HWPX, DOCX and ruled PDF pages have in common.

A cell that spans rows or columns gives its text to its first place and "" to the others, as a
spreadsheet does: a header spanning columns is read as "this, until the next one", and a figure that is
printed once stays one figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sandan.errors import InvalidInput
from sandan.words import Text

WIDEST = 1_000
"""Columns; HTML itself allows no wider span."""
MOST_PLACES = 2_000_000

_BULLETS = tuple("-□■○●◦◇◆▶▷▸▪•·∙ㆍ※*★☆◈①②③④⑤⑥⑦⑧⑨❍⚬")


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes a `Line`, with its number if the file gives it one."""

    cells: tuple[str, ...]
    number: int | None = None
    page: int | None = None
    heading: int = 0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text outside a table; more than one entry in `cells` where it is laid out in columns."""

    cells: tuple[str, ...]
    number: int | None = None
    heading: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell at its place, with the rows and columns it spans."""

    content: Sequence[Block]
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    number: int | None = None

    @property
    def paragraphs(self) -> list[str]:
        return [" ".join(block.cells) for block in self.content if isinstance(block, Paragraph)]

    @property
    def tables(self) -> list[Table]:
        return [block for block in self.content if isinstance(block, Table)]


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in any order."""

    cells: Sequence[Cell]


Block: TypeAlias = Paragraph | Table


def lay_out(blocks: Sequence[Block]) -> Iterator[Row]:
    """The rows of all blocks in reading order, a blank row between two tables that touch.

    A table of one column is a box around text and is read as text. So is a cell that holds a list
    beside its label; the tables within a cell follow the row they stand in.
    """
    after_table = False
    for block in blocks:
        if isinstance(block, Paragraph):
            after_table = False
            yield Row(block.cells, block.number, heading=block.heading)
            continue
        rows = list(_lay_out_table(block))
        if after_table and rows:
            yield Row(("",), rows[0].number)
        after_table = bool(rows)
        yield from rows


def _lay_out_table(table: Table) -> Iterator[Row]:
    width = max((cell.column + cell.columns for cell in table.cells), default=0)
    height = max((cell.row for cell in table.cells), default=-1) + 1
    if width > WIDEST or width * height > MOST_PLACES:
        raise InvalidInput.because(
            "table",
            Text(
                f"표가 너무 큽니다({height}행 {width}열).", f"a table has {height} rows and {width} columns"
            ),
            Text("표를 나누어 저장하십시오.", "split the table"),
        )
    rows: list[list[Cell]] = [[] for _ in range(height)]
    for cell in table.cells:
        rows[cell.row].append(cell)
    boxed = all(len(row) <= 1 for row in rows) and all(cell.column == 0 for cell in table.cells)
    for row in rows:
        row.sort(key=lambda cell: cell.column)
        if boxed or _is_list_beside_label(row):
            for cell in row:
                yield from lay_out(cell.content)
        elif row:
            yield from _lay_out_row(row, width)


def _lay_out_row(row: Sequence[Cell], width: int) -> Iterator[Row]:
    places = [""] * width
    for cell in row:
        places[cell.column] = " ".join(cell.paragraphs).strip()
    number = next((cell.number for cell in row if cell.number is not None), None)
    if any(places) or not any(cell.tables for cell in row):
        yield Row(tuple(places), number)
    for cell in row:
        yield from lay_out(cell.tables)


def _is_list_beside_label(row: Sequence[Cell]) -> bool:
    """Whether the last cell of at most two holds a list or a table: half a page, not a value."""
    if not row or len(row) > 2:
        return False
    paragraphs = [text for text in row[-1].paragraphs if text.strip()]
    bulleted = sum(text.strip().startswith(_BULLETS) for text in paragraphs)
    return (len(paragraphs) >= 3 and bulleted >= 2) or (bool(row[-1].tables) and len(paragraphs) >= 1)
