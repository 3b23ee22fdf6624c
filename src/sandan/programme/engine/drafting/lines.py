"""A document's lines with what a draft needs to know of each: its headings, its section, its region."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sandan.programme.engine.drafting.words import field_of, section_of, words
from sandan.programme.engine.figures.outline import Item, Outline
from sandan.programme.engine.figures.vocabulary import plain
from sandan.programme.engine.names import region_in
from sandan.programme.engine.reading.people import strip_people
from sandan.programme.model.documents import Document, Line

_PLACE = re.compile(r"[가-힣]{2,6}(?:시|군|구|도)")
_LIST = 4
"""The depth at which list items begin; what is above it closes a region."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One line, people left out.

    `rest` is its text without its marker, `labels` the headings above it, `label` its own when it has one,
    `section` what it stands under, `heading` whether it opens a section or only names what follows.
    """

    line: Line
    cells: tuple[str, ...]
    rest: str
    labels: tuple[str, ...]
    label: str
    marker: str
    section: str | None
    region: str | None
    opens: bool
    dropped: int

    @property
    def table(self) -> bool:
        return len(self.cells) > 1

    @property
    def blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


def read_lines(document: Document) -> list[Passage]:
    """Every line of a document, blank ones too."""
    return list(_read(document.lines))


def _read(lines: Sequence[Line]) -> Iterator[Passage]:
    outline = Outline()
    regions = _Regions()
    for line in lines:
        text, dropped = strip_people(line.text)
        cells = tuple(text.split("\t")) if len(line.cells) > 1 else (text,)
        if len(line.cells) > 1 or not text.strip():
            yield _passage(line, cells, "", outline.labels, "", "", False, dropped, regions)
            continue
        before = len(outline.items), outline.items[-1] if outline.items else None
        rest = outline.read(text, line.heading)
        pushed = bool(outline.items) and (len(outline.items), outline.items[-1]) != before
        own = outline.items[-1] if pushed else None
        labels = outline.labels
        label = own.label if own is not None else ""
        above = labels[:-1] if label else labels
        if own is not None:
            regions.open(own)
        opens = (
            bool(label)
            and section_of(label) is not None
            and field_of(label) is None
            and _is_heading(rest, label)
        )
        yield _passage(line, cells, rest, above, label, own.marker if own else "", opens, dropped, regions)


@dataclass(slots=True)
class _Regions:
    """Which region is being told of: what a heading opened holds until a heading above it closes it.

    `① (경기도) …` holds the list items behind it, on whatever level OCR has put them.
    """

    known: dict[str, str | None] = field(default_factory=dict)
    current: str | None = None
    depth: float = 0

    def of(self, label: str) -> str | None:
        """The region a label names."""
        if label not in self.known:
            place = (
                label if _PLACE.fullmatch(label) and not label.endswith(words("regions", "none")) else None
            )
            self.known[label] = (region_in(label) or place) if len(label) <= 20 else None
        return self.known[label]

    def open(self, item: Item) -> None:
        """Take in an item of the outline."""
        if region := self.of(item.label):
            self.current, self.depth = region, item.depth
        elif item.depth < _LIST and item.depth <= self.depth:
            self.current = None


def _is_heading(rest: str, label: str) -> bool:
    """Whether a line is its label and nothing more."""
    return len(plain(rest).strip(" :*#<>[]【】")) <= len(label) + 4


def _passage(
    line: Line,
    cells: tuple[str, ...],
    rest: str,
    labels: Sequence[str],
    label: str,
    marker: str,
    opens: bool,
    dropped: int,
    regions: _Regions,
) -> Passage:
    within = [*labels, label] if label else list(labels)
    section = next((found for one in reversed(within) if (found := section_of(one))), None)
    region = next((found for one in reversed(within) if (found := regions.of(one))), regions.current)
    return Passage(line, cells, rest, tuple(labels), label, marker, section, region, opens, dropped)
