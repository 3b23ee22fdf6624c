"""A page's blocks in reading order: ruled tables and, between them, lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from sandan.programme.engine.reading.grid import Block
from sandan.programme.engine.reading.pdf.columns import read_lines
from sandan.programme.engine.reading.pdf.marks import Mark, Page
from sandan.programme.engine.reading.pdf.ruled import Ruled, find_tables, read_table


def read_page(page: Page) -> Sequence[Block]:
    """The blocks of a page from top to bottom; text beside a table comes after it."""
    tables = sorted(find_tables(page), key=lambda table: table.ys[0])
    inside: list[list[Mark]] = [[] for _ in tables]
    outside: list[Mark] = []
    for mark in page.marks:
        for table, marks in zip(tables, inside, strict=True):
            if table.holds(mark):
                marks.append(mark)
                break
        else:
            outside.append(mark)
    return _in_order(tables, inside, outside)


def _in_order(
    tables: Sequence[Ruled], inside: Sequence[Sequence[Mark]], outside: Sequence[Mark]
) -> Sequence[Block]:
    blocks: list[Block] = []
    left = list(outside)
    for table, marks in zip(tables, inside, strict=True):
        above = [mark for mark in left if mark.middle < table.ys[0]]
        left = [mark for mark in left if mark.middle >= table.ys[0]]
        blocks += read_lines(above)
        blocks.append(read_table(table, marks))
    blocks += read_lines(left)
    return blocks
