"""DOCX: paragraphs and tables of the body, in order."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from sandan.programme.engine.reading.archive import Archive
from sandan.programme.engine.reading.grid import WIDEST, Block, Cell, Paragraph, Row, Table, lay_out

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_GAPS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def read_docx(archive: Archive) -> Iterator[Row]:
    """The lines of the main text; headers, footers and deleted text are left out."""
    body = archive.xml("word/document.xml").find(f"{_W}body")
    return lay_out(list(_read_all(body))) if body is not None else iter(())


def _read_all(parent: etree._Element) -> Iterator[Block]:
    for child in parent:
        if child.tag == f"{_W}p":
            yield from _read_paragraph(child)
        elif child.tag == f"{_W}tbl":
            yield _read_table(child)
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}smartTag"):
            yield from _read_all(child)


def _read_paragraph(paragraph: etree._Element) -> Iterator[Block]:
    text = "".join(
        element.text or "" if element.tag == f"{_W}t" else _GAPS.get(element.tag, "")
        for element in paragraph.iter()
        if element.tag == f"{_W}t" or (element.tag in _GAPS and element.getparent().tag == f"{_W}r")
    )
    style = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
    level = style.get(f"{_W}val", "") if style is not None else ""
    for line in text.split("\n"):
        if line.strip():
            cells = line.strip().split("\t") if line.strip().count("\t") > 1 else [line.replace("\t", " ")]
            heading = int(level) + 1 if level.isdigit() else 0
            yield Paragraph(tuple(cell.strip() for cell in cells), heading=heading)


def _read_table(table: etree._Element) -> Table:
    cells: list[Cell] = []
    for y, row in enumerate(table.iterchildren(f"{_W}tr")):
        x = 0
        for place in row.iterchildren(f"{_W}tc"):
            span = place.find(f"{_W}tcPr/{_W}gridSpan")
            value = span.get(f"{_W}val", "") if span is not None else ""
            columns = min(int(value), WIDEST) if value.isdigit() and len(value) < 7 else 1
            merge = place.find(f"{_W}tcPr/{_W}vMerge")
            covered = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
            cells.append(Cell(() if covered else tuple(_read_all(place)), y, x, 1, max(columns, 1)))
            x += max(columns, 1)
    return Table(cells)
