"""What is drawn on a page of a PDF: its characters with their boxes, and its straight lines.

Places are in points with y growing downwards, turned the way the page is shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from ctypes import byref, c_float, c_int
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from pypdfium2 import PdfMatrix, raw

MOST_MARKS = 200_000
"""Characters on one page; what lies beyond is not the text of a page."""
MOST_RULES = 4_000
MOST_CORNERS = 4_000

_THIN = 2.5
"""A filled box no thicker than this [pt] is a drawn line."""
_SHORT = 3.0
"""Lines shorter than this [pt] are dots and hatching."""
_SLANT = 0.6

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A character in its box; `spaced` when a space stood before it in the page's own text."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    spaced: bool

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def size(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal or vertical line: its place across, and its two ends along."""

    at: float
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Page:
    """All that is drawn on a page."""

    marks: Sequence[Mark]
    across: Sequence[Rule]
    """Horizontal lines by y."""
    down: Sequence[Rule]
    """Vertical lines by x."""


def read_marks(page: Any) -> Page:
    """The characters and lines of an open page of PDFium."""
    turn = _turn(page)
    textpage = page.get_textpage()
    try:
        return Page(list(_characters(textpage, turn)), *_rules(page, turn))
    finally:
        textpage.close()
        page.close()


def _rules(page: Any, turn: Callable[[float, float], Point]) -> tuple[Sequence[Rule], Sequence[Rule]]:
    across: list[Rule] = []
    down: list[Rule] = []
    for begin, end in _segments(page):
        (x0, y0), (x1, y1) = turn(*begin), turn(*end)
        if abs(y1 - y0) <= _SLANT and abs(x1 - x0) >= _SHORT:
            across.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) <= _SLANT and abs(y1 - y0) >= _SHORT:
            down.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
        if len(across) + len(down) > MOST_RULES:
            return [], []  # a drawing or a map, not a table
    return across, down


def _turn(page: Any) -> Callable[[float, float], Point]:
    left, bottom, right, top = page.get_cropbox()
    rotation = page.get_rotation()

    def turn(x: float, y: float) -> Point:
        if rotation == 90:
            return y - bottom, x - left
        if rotation == 180:
            return right - x, y - bottom
        if rotation == 270:
            return top - y, right - x
        return x - left, top - y

    return turn


def _characters(textpage: Any, turn: Callable[[float, float], Point]) -> Iterator[Mark]:
    spaced = False
    box = raw.FS_RECTF()
    seen: set[tuple[str, int, int]] = set()
    for i in range(min(raw.FPDFText_CountChars(textpage), MOST_MARKS)):
        code = raw.FPDFText_GetUnicode(textpage, i)
        text = "-" if code == 2 else chr(code) if 0 < code < 0x110000 else ""
        if not text or text.isspace() or unicodedata.category(text) in ("Cc", "Cf", "Cs"):
            spaced = True
            continue
        if not raw.FPDFText_GetLooseCharBox(textpage, i, byref(box)):
            continue
        (x0, y0), (x1, y1) = turn(box.left, box.top), turn(box.right, box.bottom)
        place = text, round(x0), round(y0)
        if place in seen:  # the same letter printed twice in one place is how some programs make bold
            continue
        seen.add(place)
        yield Mark(text, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), spaced)
        spaced = False


def _segments(page: Any) -> Iterator[tuple[Point, Point]]:
    for path in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
        stroked = _is_stroked(path)
        for corners in _outlines(path):
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            wide, high = max(xs) - min(xs), max(ys) - min(ys)
            if min(wide, high) <= _THIN:
                x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
                yield ((min(xs), y), (max(xs), y)) if wide >= high else ((x, min(ys)), (x, max(ys)))
            elif stroked:
                yield from pairwise(corners)


def _outlines(path: Any) -> Iterator[Sequence[Point]]:
    """The corners of each piece of a path on the page, the first again at the end of a closed one."""
    matrix = _matrix(path)
    x, y = c_float(), c_float()
    corners: list[Point] = []
    for i in range(min(raw.FPDFPath_CountSegments(path), MOST_CORNERS)):
        segment = raw.FPDFPath_GetPathSegment(path, i)
        if not segment or not raw.FPDFPathSegment_GetPoint(segment, byref(x), byref(y)):
            continue
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            if len(corners) > 1:
                yield corners
            corners = []
        corners.append(matrix.on_point(x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment):
            corners.append(corners[0])
    if len(corners) > 1:
        yield corners


def _matrix(path: Any) -> PdfMatrix:
    """From the path's own places to the page's, through the forms it is drawn in."""
    matrix = path.get_matrix()
    form = path.container
    while form is not None:
        matrix = matrix.multiply(form.get_matrix())
        form = form.container
    return matrix


def _is_stroked(path: Any) -> bool:
    fill, stroke = c_int(), c_int()
    return bool(raw.FPDFPath_GetDrawMode(path, byref(fill), byref(stroke)) and stroke.value)
