"""HTML as its reader sees it: blocks, lists and tables with the line of the source they stand on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from sandan.programme.engine.reading.grid import WIDEST, Block, Cell, Paragraph, Table
from sandan.programme.engine.reading.plain import decode

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_\-]+)""")
_KOREAN = {"euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ksc5601": "cp949", "windows-949": "cp949"}
"""What pages call the encoding that their browser reads as CP949."""
_SILENT = {"script", "style", "head", "template", "noscript", "svg", "object", "iframe", "select", "textarea"}
_BLOCK = re.compile(
    r"address|article|aside|blockquote|body|caption|center|d[dlt]|details|div|fieldset|figcaption|figure|footer"
    r"|form|h[1-6]|header|hr|html|legend|li|main|nav|ol|p|pre|section|summary|t(?:able|body|d|foot|h|head|r)|ul"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_MARKED = re.compile(r"\s*(?:[^\w\s(\[「『“\"'<]|\d+[.)]|[가-하][.)])")


def decode_html(name: str, data: bytes) -> str:
    """The characters of a page in the encoding it declares, else in the one it turns out to have."""
    declared = _CHARSET.search(data[:4096])
    encoding = declared[1].decode("ascii").lower() if declared else None
    return decode(name, data, _KOREAN.get(encoding, encoding) if encoding else None)


def read_markup(text: str, first: int = 1) -> Sequence[Block]:
    """The blocks of a page, or of a piece of one that begins on line `first`.

    A page squeezed onto few lines says nothing by its line numbers: its blocks then carry none.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    root = etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    if root is None:
        return []
    blocks = list(_Reader(first - 1).read(root))
    numbers = [block.number for block in blocks if isinstance(block, Paragraph)]
    numbers += [c.number for block in blocks if isinstance(block, Table) for c in block.cells if not c.column]
    if len(set(numbers)) * 2 < len(numbers):
        return [_without_numbers(block) for block in blocks]
    return blocks


def _without_numbers(block: Block) -> Block:
    if isinstance(block, Paragraph):
        return Paragraph(block.cells, None, block.heading)
    return Table(
        [
            Cell([_without_numbers(b) for b in c.content], c.row, c.column, c.rows, c.columns)
            for c in block.cells
        ]
    )


class _Reader:
    """Walks the tree once; text gathers until a block begins or ends."""

    def __init__(self, above: int) -> None:
        self._above = above
        self._text: list[str] = []
        self._line: int | None = None
        self._mark = ""
        """The bullet or number of a list's item, until its first text is out."""

    def read(self, element: etree._Element, heading: int = 0) -> Iterator[Block]:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _SILENT or _is_hidden(element):
            return
        if tag == "pre":
            yield from self._read_verbatim(element)
            return
        if tag == "dl":
            yield from self._read_pairs(element)
            return
        level = int(tag[1]) if re.fullmatch(r"h[1-6]", tag) else heading
        self._gather(element.text, element)
        for child in element:
            yield from self._read_child(child, level)
            self._gather(child.tail, child)
        if _BLOCK.fullmatch(tag):
            yield from self._flush(level)

    def _read_child(self, child: etree._Element, heading: int) -> Iterator[Block]:
        tag = child.tag if isinstance(child.tag, str) else ""
        if _BLOCK.fullmatch(tag) or tag == "br":
            yield from self._flush(heading)
        if tag == "table":
            if not _is_hidden(child):
                yield from self._read_table(child)
        elif tag == "li":
            self._mark = _list_mark(child)
            yield from self.read(child, heading)
            self._mark = ""
        elif tag != "br":
            yield from self.read(child, heading)

    def _gather(self, text: str | None, at: etree._Element) -> None:
        if not text:
            return
        if self._line is None and text.strip():
            # `sourceline` is where a tag stands; its text may begin lines further down.
            blank = len(text) - len(text.lstrip())
            self._line = self._above + (at.sourceline or 1) + text.count("\n", 0, blank)
        self._text.append(text)

    def _flush(self, heading: int = 0) -> Iterator[Block]:
        text = _SPACE.sub(" ", "".join(self._text)).strip()
        line, self._text, self._line = self._line, [], None
        if text:
            mark, self._mark = self._mark, ""
            yield Paragraph((text if _MARKED.match(text) else mark + text,), line, heading)

    def _read_verbatim(self, element: etree._Element) -> Iterator[Block]:
        line = self._above + (element.sourceline or 1)
        for offset, text in enumerate("".join(element.itertext()).split("\n")):
            if text.strip():
                yield Paragraph(tuple(text.rstrip("\r").split("\t")), line + offset)

    def _read_pairs(self, element: etree._Element) -> Iterator[Block]:
        """A term and its descriptions, side by side in the cells of one line."""
        term: list[Block] = []
        for child in element.iter("dt", "dd"):
            nearest = next(child.iterancestors("dl"), None)
            if nearest is not element:
                continue
            content = list(self.read(child))
            if child.tag == "dt":
                yield from term
                term = content
            elif len(term) == 1 and len(content) == 1 and _are_paragraphs([*term, *content]):
                label, value = term[0], content[0]
                assert isinstance(label, Paragraph)
                assert isinstance(value, Paragraph)
                yield Paragraph((*label.cells, *value.cells), label.number)
                term = []
            else:
                yield from (*term, *content)
                term = []
        yield from term

    def _read_table(self, table: etree._Element) -> Iterator[Block]:
        cells: list[Cell] = []
        taken: dict[int, int] = {}
        rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
        for caption in table.findall("caption"):
            yield from self.read(caption)
        for y, row in enumerate(rows):
            x = 0
            number = self._above + (row.sourceline or 1)
            for place in row.iterchildren("td", "th"):
                while taken.get(x, 0) > y:
                    x += 1
                columns = min(_span(place, "colspan"), WIDEST)
                height = min(_span(place, "rowspan") or len(rows), len(rows) - y)
                content = tuple(_Reader(self._above).read(place))
                cells.append(Cell(content, y, x, height, columns or 1, number))
                for column in range(x, x + (columns or 1)):
                    taken[column] = y + height
                x += columns or 1
        yield Table(cells)


def _is_hidden(element: etree._Element) -> bool:
    return "hidden" in element.attrib or bool(_HIDDEN.search(element.get("style", "")))


def _are_paragraphs(blocks: Sequence[Block]) -> bool:
    return all(isinstance(block, Paragraph) for block in blocks)


def _span(place: etree._Element, name: str) -> int:
    found = re.match(r"\s*(\d{1,6})", place.get(name, "1"))
    return int(found[1]) if found else 1


def _list_mark(item: etree._Element) -> str:
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "- "
    before = sum(1 for other in item.itersiblings("li", preceding=True))
    start = parent.get("start", "1")
    return f"{before + (int(start) if start.isdigit() else 1)}. "
