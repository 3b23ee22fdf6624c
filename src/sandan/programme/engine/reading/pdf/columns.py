"""Lines of text from characters: words by their spaces, cells by gaps wider than spaces.

Neighbouring lines with gaps are rows of a table without rules: their cells are put under the columns
of the fullest row, so that an empty place stays empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from sandan.programme.engine.reading.grid import Paragraph
from sandan.programme.engine.reading.pdf.marks import Mark

SPACE = 0.22
"""A gap of this share of the character's height is a space."""
GAP = 1.3
"""A gap of this share parts two cells; justified Korean text stays well below."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text without a wide gap in it, from `left` to `right`."""

    text: str
    left: float
    right: float


def gather_lines(marks: Sequence[Mark]) -> Sequence[Sequence[Mark]]:
    """Characters by line, top to bottom; each line from left to right."""
    lines: list[list[Mark]] = []
    middle = size = 0.0
    for mark in sorted(marks, key=lambda mark: mark.middle):
        # Small signs (footnote marks) hang above their line, so the line's own height decides.
        if lines and mark.middle - middle < 0.45 * max(size, mark.size):
            lines[-1].append(mark)
            if mark.size >= size:
                middle, size = max(middle, min(mark.middle, middle + 0.1 * size)), max(size, mark.size)
        else:
            lines.append([mark])
            middle, size = mark.middle, mark.size
    for line in lines:
        line.sort(key=lambda mark: mark.left)
    return lines


def cut_pieces(line: Sequence[Mark], gap: float = GAP) -> Sequence[Piece]:
    """The pieces of one line."""
    pieces: list[Piece] = []
    text, left, right = "", 0.0, 0.0
    last: Mark | None = None
    for mark in line:
        if last is None:
            text, left = mark.text, mark.left
        else:
            # A footnote sign is small; the gap is judged by the larger neighbour.
            distance, size = mark.left - right, max(mark.size, last.size)
            if distance > gap * size:
                pieces.append(Piece(text, left, right))
                text, left = mark.text, mark.left
            else:
                spaced = distance > SPACE * size or (mark.spaced and distance > 0.05 * size)
                text += f" {mark.text}" if spaced else mark.text
        right = mark.right if last is None else max(right, mark.right)
        last = mark
    if last is not None:
        pieces.append(Piece(text, left, right))
    return pieces


def join_lines(marks: Sequence[Mark]) -> Sequence[str]:
    """The lines of text in a box, without regard to gaps."""
    return [cut_pieces(line, float("inf"))[0].text for line in gather_lines(marks)]


def read_lines(marks: Sequence[Mark]) -> Sequence[Paragraph]:
    """The lines of text outside ruled tables, in cells where there are wide gaps."""
    rows = [cut_pieces(line) for line in gather_lines(marks)]
    return [
        Paragraph(cells)
        for several, run in groupby(rows, key=lambda row: len(row) > 1)
        for cells in (_align(list(run)) if several else (tuple(p.text for p in row) for row in run))
    ]


def _align(rows: Sequence[Sequence[Piece]]) -> Iterator[tuple[str, ...]]:
    """Each row's cells under the columns of the fullest rows; rows that do not fit stay as they are."""
    widest = max(len(row) for row in rows)
    columns = [[piece.left, piece.right] for piece in next(row for row in rows if len(row) == widest)]
    for row in rows:
        if len(row) == widest:
            for column, piece in zip(columns, row, strict=True):
                column[0], column[1] = min(column[0], piece.left), max(column[1], piece.right)
    apart = all(a[1] <= b[0] for a, b in pairwise(columns))
    for row in rows:
        places = [_nearest(columns, piece) for piece in row] if apart else []
        if len(row) < widest and len(set(places)) == len(row):
            cells = [""] * widest
            for place, piece in zip(places, row, strict=True):
                cells[place] = piece.text
            yield tuple(cells)
        else:
            yield tuple(piece.text for piece in row)


def _nearest(columns: Sequence[Sequence[float]], piece: Piece) -> int:
    def distance(i: int) -> tuple[float, float]:
        left, right = columns[i]
        shared = min(right, piece.right) - max(left, piece.left)
        return -max(shared, 0.0), abs((left + right) - (piece.left + piece.right))

    return min(range(len(columns)), key=distance)
