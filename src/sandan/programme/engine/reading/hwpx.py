"""HWPX (OWPML, KS X 6101): paragraphs, tables and boxes in the order of the document.

Elements are found by their local names, because tools disagree about the year in the namespace. Bullets
live in the header and not in the text; they are put back in front of their paragraphs. Headers, footers
and page numbers are left out, notes follow the paragraph they belong to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from sandan.programme.engine.reading.archive import Archive, broken
from sandan.programme.engine.reading.grid import WIDEST, Block, Cell, Paragraph, Row, Table, lay_out

_SECTION = re.compile(r"(?:^|/)section(\d+)\.xml$", re.IGNORECASE)
_SPACES = {"nbSpace", "fwSpace", "tab", "hyphen", "lineBreak", "titleMark"}
_AROUND = {"header", "footer", "secPr", "masterPage", "hiddenComment", "memo", "autoNum", "newNum", "pageNum"}


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph's shape adds to its text."""

    bullet: str = ""
    heading: int = 0


def read_hwpx(archive: Archive) -> Iterator[Row]:
    """The lines of all sections."""
    sections = sections_of(archive)
    if not sections:
        raise broken(archive.name, "Contents/section0.xml is missing")
    header = next((part for part in archive.names if part.lower().endswith("header.xml")), None)
    styles = _styles(archive.xml(header)) if header else {}
    for part in sections:
        yield from lay_out(list(_read_all(archive.xml(part), styles)))


def sections_of(archive: Archive) -> Sequence[str]:
    """The parts that hold the text, in the order of their numbers."""
    found = [(int(match[1]), part) for part in archive.names if (match := _SECTION.search(part))]
    return [part for _, part in sorted(found)]


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _styles(header: etree._Element) -> Mapping[str, _Style]:
    bullets = {e.get("id", ""): e.get("char", "") for e in header.iter("{*}bullet")}
    styles = {}
    for shape in header.iter("{*}paraPr"):
        for heading in shape.iterchildren("{*}heading"):
            kind, level = heading.get("type", ""), heading.get("level", "0")
            if kind == "BULLET":
                styles[shape.get("id", "")] = _Style(bullet=bullets.get(heading.get("idRef", ""), ""))
            elif kind == "OUTLINE":
                styles[shape.get("id", "")] = _Style(heading=int(level) + 1 if level.isdigit() else 1)
    return styles


def _read_all(parent: etree._Element, styles: Mapping[str, _Style]) -> Iterator[Block]:
    for child in parent:
        if _name(child) == "p":
            yield from _Paragraph(child, styles).read()
        elif _name(child) not in _AROUND:
            yield from _read_all(child, styles)


class _Paragraph:
    """Gathers the text of one paragraph; what is anchored in it comes where it is anchored."""

    def __init__(self, element: etree._Element, styles: Mapping[str, _Style]) -> None:
        self._element = element
        self._styles = styles
        self._style = styles.get(element.get("paraPrIDRef", ""), _Style())
        self._text: list[str] = []
        self._first = True

    def read(self) -> Iterator[Block]:
        notes: list[Block] = []
        yield from self._walk(self._element, notes)
        yield from self._flush()
        yield from notes

    def _walk(self, parent: etree._Element, notes: list[Block]) -> Iterator[Block]:
        for child in parent:
            name = _name(child)
            if name == "t":
                yield from self._read_text(child)
            elif name == "tbl":
                yield from self._flush()
                yield from _read_captions(child, self._styles)
                yield _read_table(child, self._styles)
            elif name in ("footNote", "endNote"):
                notes.extend(_read_all(child, self._styles))
            elif name in ("subList", "p"):
                yield from self._flush()
                yield from _read_all(parent, self._styles)
                return
            elif name == "compose":
                self._text.append(child.get("composeText", ""))
            elif name == "mainText":
                self._text.append("".join(child.itertext()))
            elif name not in _AROUND and name not in ("linesegarray", "shapeComment", "script", "subText"):
                yield from self._walk(child, notes)

    def _read_text(self, element: etree._Element) -> Iterator[Block]:
        self._text.append(element.text or "")
        for child in element:
            name = _name(child)
            if name == "lineBreak":
                yield from self._flush()
            elif name in _SPACES:
                self._text.append({"tab": "\t", "hyphen": "-", "titleMark": ""}.get(name, " "))
            else:
                self._text.append("".join(child.itertext()))
            self._text.append(child.tail or "")

    def _flush(self) -> Iterator[Block]:
        text = "".join(self._text).strip()
        self._text = []
        if not text:
            return
        if self._first and self._style.bullet and not text.startswith(self._style.bullet):
            text = f"{self._style.bullet} {text}"
        self._first = False
        # One tab sets a label off from its text, several make a row of a table without lines.
        cells = text.split("\t") if text.count("\t") > 1 else [text.replace("\t", " ")]
        yield Paragraph(tuple(cell.strip() for cell in cells), heading=self._style.heading)


def _read_captions(table: etree._Element, styles: Mapping[str, _Style]) -> Iterator[Block]:
    """A caption comes before its table wherever it is drawn, since it often states the unit."""
    for caption in table.iterchildren("{*}caption"):
        yield from _read_all(caption, styles)


def _read_table(table: etree._Element, styles: Mapping[str, _Style]) -> Table:
    cells: list[Cell] = []
    taken: dict[int, int] = {}
    rows = list(table.iterchildren("{*}tr"))
    for y, row in enumerate(rows):
        x = 0
        for place in row.iterchildren("{*}tc"):
            while taken.get(x, 0) > y:
                x += 1
            address, span = place.find("{*}cellAddr"), place.find("{*}cellSpan")
            column, at = _number(address, "colAddr", x), _number(address, "rowAddr", y)
            columns = max(1, min(_number(span, "colSpan", 1), WIDEST))
            at = at if at < len(rows) else y
            height = max(1, min(_number(span, "rowSpan", 1), len(rows) - at))
            content = tuple(_read_all(place, styles))
            cells.append(Cell(content, at, min(column, WIDEST), height, columns))
            for taken_column in range(column, min(column + columns, WIDEST)):
                taken[taken_column] = at + height
            x = column + columns
    return Table(cells)


def _number(element: etree._Element | None, name: str, default: int) -> int:
    value = element.get(name, "") if element is not None else ""
    return int(value) if value.isdigit() and len(value) < 7 else default
