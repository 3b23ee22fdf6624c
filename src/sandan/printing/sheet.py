"""A document before it is set: its title, tables and lists, and the sources they cite.

A sheet is in one language already. Every way of setting it sets the same sheet, so that they cannot say
different things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sandan.words import Language


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text with the numbers of the sources it rests on, and a mark such as *declared*."""

    text: str
    notes: tuple[int, ...] = ()
    mark: str = ""


Cell: TypeAlias = Sequence[Piece]
"""What stands in one place; several pieces where the sources contradict each other."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with what they say; a label in `wide` takes a line of its own."""

    pairs: Sequence[tuple[str, Cell]]
    wide: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Items:
    """A list; each item may begin with when it was."""

    items: Sequence[tuple[str, Piece]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the first `labels` columns are text, the others figures; `widths` are relative."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    labels: int = 1
    widths: tuple[float, ...] = ()

    @property
    def shares(self) -> tuple[float, ...]:
        """The width of each column; without `widths` the first is wider where figures follow it."""
        first = 1.5 if len(self.head) > self.labels else 1.0
        return self.widths or (first, *(1.0 for _ in self.head[1:]))


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG; `alternative` says to who cannot see it what there is to see.

    `share` is how much of the width of the text it takes.
    """

    svg: str
    alternative: str
    caption: str
    share: float = 1.0


Block: TypeAlias = Facts | Items | Grid | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole document. `version` is what the foot of every page says; `day` is what it is as of."""

    kind: str
    title: str
    subtitle: str
    version: str
    language: Language
    day: date
    sections: Sequence[Section]
    sources: Sequence[str]
    """What the notes cite, the first is note 1."""
    legend: Sequence[str] = ()
