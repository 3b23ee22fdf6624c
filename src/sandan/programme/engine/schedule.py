"""The quarterly schedule: planned against done, as bars on a row of quarters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sandan.errors import Finding, InvalidInput
from sandan.programme.model.plan import Book, Edit, Milestone, Table
from sandan.programme.model.vocabulary import Quarter
from sandan.words import Text

LONGEST = 120
"""Thirty years of quarters; a schedule beyond that is a misreading."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A milestone on the schedule, in quarters from the first; `end` is included.

    `done` is how many of its quarters are behind it, `late` that its end has passed undone.
    """

    milestone: Milestone
    start: int
    end: int
    done: int
    late: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """All bars by project, from quarter `first`, `length` quarters long; `now` is where today stands."""

    first: Quarter
    length: int
    now: float
    bars: Mapping[str, Sequence[Bar]]

    @property
    def years(self) -> list[int]:
        return list(range(self.first.year, self.first.year + self.length // 4))


def quarter_of(day: date) -> Quarter:
    """The quarter a day lies in."""
    return Quarter(day.year, (day.month + 2) // 3)


def lay_out(book: Book, today: date) -> Schedule | None:
    """The schedule of a plan in whole years; None while it has no milestones."""
    if not book.milestones:
        return None
    first = min(one.start for one in book.milestones).year
    last = max(max(one.end, one.done or one.end) for one in book.milestones).year
    start = Quarter(first, 1)
    length = min((last - first + 1) * 4, LONGEST)
    quarter = quarter_of(today)
    into = (today - date(quarter.year, quarter.number * 3 - 2, 1)).days / 91
    bars: dict[str, list[Bar]] = {project.id: [] for project in book.projects}
    for one in sorted(book.milestones, key=lambda each: (each.start, each.end, each.title)):
        bars.setdefault(one.project, []).append(_bar(one, start, quarter))
    return Schedule(
        start,
        length,
        quarter.ordinal - start.ordinal + into,
        {project: rows for project, rows in bars.items() if rows},
    )


def _bar(one: Milestone, first: Quarter, today: Quarter) -> Bar:
    start, end = one.start.ordinal - first.ordinal, one.end.ordinal - first.ordinal
    if one.done is not None:
        return Bar(one, start, end, one.done.ordinal - one.start.ordinal + 1, False)
    return Bar(one, start, end, 0, today > one.end)


def edits_of_moves(book: Book, first: Quarter, moves: Sequence[Mapping[str, object]]) -> list[Edit]:
    """The edits that dragging bars asks for; `InvalidInput` names each move that cannot be."""
    known = {one.id: one for one in book.milestones}
    edits: list[Edit] = []
    faults: list[Finding] = []
    for move in moves:
        id, start, end = move.get("id"), move.get("start"), move.get("end")
        milestone = known.get(str(id))
        if (
            milestone is None
            or not isinstance(start, int)
            or not isinstance(end, int)
            or not 0 <= start <= end < LONGEST
        ):
            faults.append(
                Finding(
                    str(id),
                    Text("옮길 수 없는 일정입니다.", "this bar cannot be moved there."),
                    Text("화면을 새로 고친 뒤 다시 옮기십시오.", "reload the page and move it again."),
                )
            )
            continue
        moved = replace(
            milestone,
            start=Quarter.at(first.ordinal + start),
            end=Quarter.at(first.ordinal + end),
        )
        if moved != milestone:
            edits.append(Edit(Table.MILESTONE, milestone.id, moved))
    if faults:
        raise InvalidInput(faults)
    return edits
