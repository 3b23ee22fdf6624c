"""A long PDF read into lines: Korean text and a ruled table on every page.

python -m benchmarks reading [--pages 200] [--runs 3] [--dry]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from importlib.metadata import version
from statistics import median

import typst

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.programme.engine.reading import read_document

ALLOWED = 30.0
"""Seconds that 200 pages may take."""
ROWS, COLUMNS = 25, 8
SENTENCE = "산업단지의 스마트화와 고부가가치화를 위한 세부사업을 연차별 계획에 따라 추진한다. "


def print_pages(pages: int) -> bytes:
    """A PDF of so many pages, each with twelve sentences and a table of 25 rows."""
    body = []
    for page in range(pages):
        cells = [
            f"[구분 {row}]" if column == 0 else f"[{page * 1000 + row * column:,}]"
            for row in range(ROWS)
            for column in range(COLUMNS)
        ]
        body.append(f"{SENTENCE * 12}\n#table(columns: {COLUMNS}, {', '.join(cells)})")
    source = '#set text(font: ("Noto Serif CJK KR", "Noto Sans CJK KR"), size: 10pt)\n'
    made = typst.compile((source + "\n#pagebreak()\n".join(body)).encode())
    assert isinstance(made, bytes)
    return made


@workload("reading", "a 200-page PDF with tables into lines: at most 30 s")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks reading")
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    data = print_pages(chosen.pages)
    taken, rows, pages = [], 0, 0
    for _ in range(chosen.runs):
        begin = time.perf_counter()
        lines = read_document("long.pdf", data).lines
        taken.append(time.perf_counter() - begin)
        rows = sum(len(line.cells) == COLUMNS for line in lines)
        pages = lines[-1].page or 0
    whole = rows == pages * ROWS
    head = ["pages", "rows of tables read", "seconds (median)", "slowest", "allowed"]
    row = [
        str(pages),
        f"{rows:,} of {pages * ROWS:,}",
        f"{median(taken):.1f}",
        f"{max(taken):.1f}",
        f"{ALLOWED:.0f}",
    ]
    text = f"{table(head, [row])}\n\npypdfium2 {version('pypdfium2')}; {machine()}."
    print(text)
    if not chosen.dry:
        write("reading", f"## Reading a long PDF\n\n`python -m benchmarks reading`\n\n{text}")
    return 0 if whole and max(taken) <= ALLOWED else 1
