"""A sheet as HWPX, the open format of the word processor of Korean offices (KS X 6101).

What PDF sets as superscripts stands here in brackets after the figure, so that text copied out of the
document keeps its sources.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from hwpx import HwpxDocument

from sandan.printing.sheet import Block, Cell, Facts, Grid, Items, Picture, Piece, Sheet
from sandan.programme.engine.publishing.legible import legible
from sandan.words import Text

_MM = 283.465
"""HWP units (1/7200 inch) in a millimetre."""
_MARGIN, _WIDTH = 17.0, 210.0 - 2 * 17.0
_LABEL_SHADE = "EEF1F4"
_NONE = "–"
_SOURCES, _LEGEND = Text("출처", "Sources"), Text("표시", "Marks")


def sheet_hwpx(sheet: Sheet) -> bytes:
    """The sheet as an HWPX archive on A4."""
    document = HwpxDocument.new()
    document.page.setup(
        paper_size="A4",
        orientation="portrait",
        margin_left_mm=_MARGIN,
        margin_right_mm=_MARGIN,
        margin_top_mm=15,
        margin_bottom_mm=15,
    )
    document.page.set_footer(text=legible(sheet.version))
    document.paragraphs[0].text = legible(f"{sheet.kind} · {sheet.subtitle}")
    _line(document, sheet.title, size=16, bold=True)
    for section in sheet.sections:
        if section.title:
            document.add_heading(legible(f"□ {section.title}"), level=1)
        for block in section.blocks:
            _block(document, block)
    if sheet.sources:
        document.add_heading(f"□ {_SOURCES.in_(sheet.language)}", level=1)
        for number, source in enumerate(sheet.sources, 1):
            _line(document, f"[{number}] {source}", size=8)
    if sheet.legend:
        _line(document, f"{_LEGEND.in_(sheet.language)}: {' · '.join(sheet.legend)}", size=8)
    found = document.to_bytes()
    assert isinstance(found, bytes)
    return found


def _line(document: Any, text: str, *, size: float = 10, bold: bool = False) -> None:
    paragraph = document.add_paragraph("", inherit_style=False, include_run=False)
    paragraph.add_run(legible(text), size=size, bold=bold)


def _block(document: Any, block: Block) -> None:
    match block:
        case Facts():
            _facts(document, block)
        case Items(items=items):
            for when, piece in items:
                _line(document, f" - {when} : {_said(piece)}" if when else f" - {_said(piece)}")
        case Grid():
            _grid(document, block)
        case Picture(caption=caption, alternative=words):
            _line(document, f"[{caption}] {words}")


def _facts(document: Any, facts: Facts) -> None:
    """Two labels a row; a wide one has a row of its own."""
    rows: list[list[tuple[str, Cell]]] = []
    for label, cell in facts.pairs:
        wide = label in facts.wide
        if wide or not rows or len(rows[-1]) == 2 or rows[-1][0][0] in facts.wide:
            rows.append([])
        rows[-1].append((label, cell))
    table = _table(
        document,
        [[part for label, cell in row for part in (label, _text(cell))] for row in rows],
        [25, 63, 25, 63],
        shaded_columns={0, 2},
    )
    for i, row in enumerate(rows):
        if row[0][0] in facts.wide:
            table.merge_cells(i, 1, i, 3)


def _grid(document: Any, grid: Grid) -> None:
    if grid.caption:
        _line(document, grid.caption, size=9)
    figures = len(grid.head) > grid.labels
    _table(
        document,
        [grid.head, *([_text(cell) for cell in row] for row in grid.rows)],
        grid.shares,
        shaded_rows={0},
        shaded_columns={0} if figures else set(),
    )


def _table(
    document: Any,
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    shaded_rows: Collection[int] = (),
    shaded_columns: Collection[int] = (),
) -> Any:
    """A table with its text; labels are shaded.

    Cells are walked in order, as python-hwpx looks at a whole table to find one of them.
    """
    table = document.add_table(len(rows), len(widths), width=round(_WIDTH * _MM))
    table.set_column_widths(list(widths))
    table.set_cell_shading(0, 0, _LABEL_SHADE)
    places = list(table.rows)
    shade = places[0].cells[0].element.get("borderFillIDRef")
    for i, (place, row) in enumerate(zip(places, rows, strict=True)):
        for j, (cell, text) in enumerate(zip(place.cells, row, strict=False)):
            cell.set_text(legible(text), split_paragraphs=True)
            if text and (i in shaded_rows or j in shaded_columns):
                cell.element.set("borderFillIDRef", shade)
    return table


def _text(cell: Cell) -> str:
    return "\n".join(_said(piece) for piece in cell) or _NONE


def _said(piece: Piece) -> str:
    notes = "".join(f" [{number}]" for number in piece.notes)
    return piece.text + notes + (f" ({piece.mark})" if piece.mark else "")
