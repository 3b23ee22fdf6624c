"""Every figure in a document: money, targets, base figures, progress and counts, each with its line.

The vocabulary is data (`words.toml`, `units.csv`, the sources of the model); nothing knows a document.
Bracketed caps of support (`총사업비의 10% 이내`) are base figures: they are nobody's budget.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandan.programme.engine.figures.context import Context, Measured, stated_units
from sandan.programme.engine.figures.grids import Row
from sandan.programme.engine.figures.outline import Outline
from sandan.programme.engine.figures.sentences import (
    cleaned,
    floors_in,
    is_hidden,
    read_sentence,
    read_unset,
    worth_a_look,
)
from sandan.programme.engine.figures.spaced import find_spaced
from sandan.programme.engine.figures.tables import read_table
from sandan.programme.engine.figures.vocabulary import holds
from sandan.programme.model.documents import Document, FoundFigure, Line, Unplaced

__all__ = ["Found", "find_figures"]


@dataclass(frozen=True, slots=True)
class Found:
    """The figures of a document in the order of its lines, and the lines with numbers that gave none."""

    figures: Sequence[FoundFigure]
    unplaced: Sequence[Unplaced]


def find_figures(document: Document) -> Found:
    """Every figure in a document.

    Money is in won (`원`); counts have 만 and 천 multiplied out; `period` is `2022`, `2024-Q3`, `2024-06`,
    `2020~2023`, 기투자, 임기내, 임기후, 계, or None. A target that is said to be not yet set has the value
    None. `sure` is false where the place or the kind was guessed. Nothing is computed, and nothing is left
    out silently: a line with a number that got no place is in `unplaced`.
    """
    return _Walk(document).read()


class _Walk:
    """One pass over the lines of a document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.outline = Outline()
        self.units: list[Measured] = []
        self.figures: list[FoundFigure] = []
        self.unplaced: list[Unplaced] = []
        self.capping = False

    def read(self) -> Found:
        lines = self.document.lines
        at = 0
        while at < len(lines):
            line = lines[at]
            if len(line.cells) > 1:
                end = at
                while (
                    end < len(lines)
                    and len(lines[end].cells) > 1
                    and any(c.strip() for c in lines[end].cells)
                ):
                    end += 1
                end = max(end, at + 1)
                self._block([Row(one.number, one.cells) for one in lines[at:end]], lines[at:end])
                at = end
            elif spaced := find_spaced(lines, at):
                self._block(list(spaced.rows), lines[at : spaced.end])
                at = spaced.end
            else:
                self._text(line)
                at += 1
        return Found(self.figures, self.unplaced)

    def _context(self, line: Line) -> Context:
        labels = self.outline.labels
        return Context(
            document=self.document.name,
            line=line.number,
            text=line.text,
            labels=tuple(labels),
            units=tuple(self.units),
            period=self.outline.period,
            capped=self._is_capped(labels),
        )

    def _is_capped(self, labels: Sequence[str]) -> bool:
        """Whether a list of caps of support is open: its items stand on the level of its own name."""
        own = labels[-1] if labels else ""
        if any(holds(label, "cap", "labels") for label in labels[-2:]):
            self.capping = True
        elif not own or holds(own, "money", "budget") or holds(own, "column", "span"):
            self.capping = False
        return self.capping

    def _state_units(self, text: str) -> list[Measured]:
        stated = stated_units(text)
        if stated:
            self.units = [
                *stated,
                *(one for one in self.units if one.family not in {s.family for s in stated}),
            ]
        return stated

    def _block(self, rows: Sequence[Row], lines: Sequence[Line]) -> None:
        for row in rows:
            for cell in row.cells:
                self._state_units(cell)
        found = read_table(self._context(lines[0]), rows)
        self.figures += found
        placed = {figure.line for figure in found}
        for line in lines:
            if line.number not in placed:
                self._keep_unplaced(line)

    def _text(self, line: Line) -> None:
        text = line.text
        if not text.strip():
            self.capping = False
            return
        stated = self._state_units(text)
        rest = self.outline.read(text, line.heading)
        if stated and len(text.strip()) < 40 and not re.search(r"\d", text):
            return
        context = self._context(line)
        own = self.outline.items[-1] if self.outline.items and self.outline.items[-1].text == rest else None
        if own is not None and own.label and own.label == own.text:
            # A heading is not its own label.
            context = replace(context, labels=context.labels[:-1])
        found = read_sentence(context, rest) or read_unset(context, rest)
        self.figures += found
        if not found:
            self._keep_unplaced(line)

    def _keep_unplaced(self, line: Line) -> None:
        if floors_in(line.text):
            self.unplaced.append(Unplaced(line.number, cleaned(line.text), "floors"))
        elif worth_a_look(line.text):
            reason = "hidden" if is_hidden(line.text) else "figure"
            self.unplaced.append(Unplaced(line.number, cleaned(line.text), reason))
