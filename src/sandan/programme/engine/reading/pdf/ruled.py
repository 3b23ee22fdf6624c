"""Tables drawn with lines: the grid that crossing rules make, and the cells whose walls are drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sandan.programme.engine.reading.grid import Cell, Paragraph, Table
from sandan.programme.engine.reading.pdf.columns import join_lines
from sandan.programme.engine.reading.pdf.marks import Mark, Page, Rule

MOST_PLACES = 20_000
"""A finer grid on one page is a drawing."""

_NEAR = 2.0
"""Rules closer than this [pt] are one rule: double lines, lines drawn once for each cell."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A grid of lines, with the rules that are really drawn along them."""

    xs: Sequence[float]
    ys: Sequence[float]
    across: Sequence[Rule]
    down: Sequence[Rule]

    def holds(self, mark: Mark) -> bool:
        middle = (mark.left + mark.right) / 2
        return self.xs[0] <= middle <= self.xs[-1] and self.ys[0] <= mark.middle <= self.ys[-1]


def find_tables(page: Page) -> Sequence[Ruled]:
    """The groups of rules that touch each other and divide a box into at least two cells."""
    across, down = _join(page.across), _join(page.down)
    tables = []
    for flat, upright in _groups(across, down):
        ys = _places([rule.at for rule in flat])
        ends = [x for rule in flat for x in (rule.begin, rule.end)]
        # Korean tables are often open at the sides: the ends of their rules are the sides then.
        xs = _places([rule.at for rule in upright] + [min(ends), max(ends)])
        if 1 < (len(xs) - 1) * (len(ys) - 1) <= MOST_PLACES:
            tables.append(Ruled(xs, ys, flat, upright))
    return tables


def read_table(ruled: Ruled, marks: Sequence[Mark]) -> Table:
    """The cells of a ruled table with their text; a missing wall joins two places into one cell."""
    height, width = len(ruled.ys) - 1, len(ruled.xs) - 1
    owner = _cells(ruled, height, width)
    held: dict[tuple[int, int], list[Mark]] = {}
    for mark in marks:
        row = min(max(bisect_right(ruled.ys, mark.middle) - 1, 0), height - 1)
        column = min(max(bisect_right(ruled.xs, (mark.left + mark.right) / 2) - 1, 0), width - 1)
        held.setdefault(owner[row, column], []).append(mark)
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for (row, column), first in owner.items():
        rows, columns = spans.get(first, (1, 1))
        spans[first] = max(rows, row - first[0] + 1), max(columns, column - first[1] + 1)
    return Table(
        [
            Cell([Paragraph((text,)) for text in join_lines(held.get(first, []))], *first, *span)
            for first, span in sorted(spans.items())
        ]
    )


def _cells(ruled: Ruled, height: int, width: int) -> dict[tuple[int, int], tuple[int, int]]:
    """For each place of the grid the first place of the cell it belongs to."""
    owner = {(row, column): (row, column) for row in range(height) for column in range(width)}

    def first(place: tuple[int, int]) -> tuple[int, int]:
        while owner[place] != place:
            place = owner[place]
        return place

    def join(a: tuple[int, int], b: tuple[int, int]) -> None:
        one, other = first(a), first(b)
        low = (min(one[0], other[0]), min(one[1], other[1]))
        owner[one] = owner[other] = low if low in (one, other) else one

    for row in range(height):
        y = (ruled.ys[row] + ruled.ys[row + 1]) / 2
        for column in range(width):
            x = (ruled.xs[column] + ruled.xs[column + 1]) / 2
            if column + 1 < width and not _is_drawn(ruled.down, ruled.xs[column + 1], y):
                join((row, column), (row, column + 1))
            if row + 1 < height and not _is_drawn(ruled.across, ruled.ys[row + 1], x):
                join((row, column), (row + 1, column))
    return {place: first(place) for place in owner}


def _is_drawn(rules: Sequence[Rule], at: float, along: float) -> bool:
    return any(abs(rule.at - at) <= _NEAR and rule.begin <= along <= rule.end for rule in rules)


def _places(values: Sequence[float]) -> Sequence[float]:
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _NEAR:
            places.append(value)
    return places


def _join(rules: Sequence[Rule]) -> Sequence[Rule]:
    """Rules on one line that meet, as one."""
    joined: list[Rule] = []
    band: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if band and rule.at - band[0].at > _NEAR:
            joined += _join_band(band)
            band = []
        band.append(rule)
    return joined + _join_band(band)


def _join_band(band: Sequence[Rule]) -> list[Rule]:
    joined: list[Rule] = []
    for rule in sorted(band, key=lambda rule: rule.begin):
        if joined and rule.begin <= joined[-1].end + _NEAR:
            last = joined.pop()
            rule = Rule(last.at, last.begin, max(last.end, rule.end))
        joined.append(rule)
    return joined


def _groups(across: Sequence[Rule], down: Sequence[Rule]) -> Sequence[tuple[Sequence[Rule], Sequence[Rule]]]:
    """Sets of horizontal and vertical rules that hang together."""
    group_of = {("down", i): i for i in range(len(down))}
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {i: ([], [rule]) for i, rule in enumerate(down)}
    for flat in across:
        touching = {
            group_of["down", i]
            for i, upright in enumerate(down)
            if flat.begin - _NEAR <= upright.at <= flat.end + _NEAR
            and upright.begin - _NEAR <= flat.at <= upright.end + _NEAR
        }
        if not touching:
            continue
        keep = min(touching)
        for other in touching - {keep}:
            flats, uprights = groups.pop(other)
            groups[keep][0].extend(flats)
            groups[keep][1].extend(uprights)
        groups[keep][0].append(flat)
        group_of = {key: keep if group in touching else group for key, group in group_of.items()}
    return [(flats, uprights) for flats, uprights in groups.values() if flats]
