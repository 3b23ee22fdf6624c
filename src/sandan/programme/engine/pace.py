"""How far a project had come at the end of each quarter: what a forecast is made from.

Milestones and spending of a project's parts are its own. Money spent is what quarterly checks report,
cumulative by source, over the largest total that was planned for it (a project may have two totals, both
right: 702억 in all and 297.7억 of it within the term).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial

from sandan.programme.engine.forecast import ForecastProblem, Pace
from sandan.programme.engine.progress import finished_share, reports
from sandan.programme.engine.schedule import quarter_of
from sandan.programme.model.plan import Book, Milestone
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import TERM, TOTAL, Kind, Quarter, Stage


def family_of(book: Book, project: str) -> set[str]:
    """A project with all its parts, by id."""
    family, before = {project}, 0
    while len(family) > before:
        before = len(family)
        family |= {one.id for one in book.projects if one.parent in family}
    return family


def pace_of(book: Book, project: str, today: date) -> ForecastProblem:
    """What the plan knows of a project's pace up to the last whole quarter before `today`.

    Progress: dated reports. Milestones: the share of planned quarters done, from the quarter before the first
    milestone starts; none where no milestone was ever done. Spending: cumulative won over the planned
    total; of a parent its own figure or its parts' sum, whichever is more, never both."""
    as_of = Quarter.at(quarter_of(today).ordinal - 1)
    family = family_of(book, project)
    own = [one for one in book.statements if one.subject == project]
    facts = [one for one in book.facts if one.subject == project]
    reported = {quarter_of(one.day): one.value / 100 for one in reports(own, facts, today) if one.dated}
    shares = {
        Pace.PROGRESS: reported,
        Pace.MILESTONES: _milestones([one for one in book.milestones if one.project in family], as_of),
        Pace.SPENDING: _spending(book, project, family),
    }
    # A report within the running quarter is known, though the quarter is not over.
    newest = max([*reported, as_of])
    return ForecastProblem({pace: rows for pace, rows in shares.items() if rows}, newest)


def _milestones(milestones: Sequence[Milestone], as_of: Quarter) -> dict[Quarter, float]:
    """The share done at the end of every quarter since the first milestone began."""
    done = [one.done for one in milestones if one.done is not None]
    if not done:
        return {}
    start = min(min(one.start for one in milestones), *done).ordinal
    found = {}
    for ordinal in range(start - 1, max(as_of, *done).ordinal + 1):
        share = finished_share(milestones, Quarter.at(ordinal))
        if share is not None:
            found[Quarter.at(ordinal)] = share
    return found


def _spending(book: Book, project: str, family: set[str]) -> dict[Quarter, float]:
    """Cumulative spending over the planned total, for every quarter in which any was reported."""
    planned: dict[str, list[Statement]] = defaultdict(list)
    spent: dict[str, dict[str | None, dict[Quarter, int]]] = defaultdict(lambda: defaultdict(dict))
    for one in book.statements:
        if one.subject not in family or one.kind is not Kind.BUDGET or not isinstance(one.value, int):
            continue
        if one.stage is Stage.EXECUTED and one.period and "-Q" in one.period:
            spent[one.subject][one.source][Quarter.read(one.period)] = one.value
        elif one.stage in (None, Stage.PLANNED):
            planned[one.subject].append(one)
    parts: dict[str, list[str]] = defaultdict(list)
    for row in book.projects:
        if row.id in family and row.parent in family and row.id != project:
            parts[row.parent].append(row.id)

    def rolled(id: str, own: Callable[[str], int]) -> int:
        return max(own(id), sum(rolled(part, own) for part in parts[id]))

    whole = rolled(project, lambda one: planned_total(planned[one]))
    quarters = sorted({at for sources in spent.values() for rows in sources.values() for at in rows})
    if not whole:
        return {}
    return {at: rolled(project, partial(_spent_by, spent, at)) / whole for at in quarters}


def _spent_by(
    spent: Mapping[str, Mapping[str | None, Mapping[Quarter, int]]], at: Quarter, project: str
) -> int:
    """A project's own cumulative spending at the end of a quarter: the newest of each source."""
    found = 0
    for rows in spent.get(project, {}).values():
        newest = max((quarter for quarter in rows if quarter <= at), default=None)
        found += 0 if newest is None else rows[newest]
    return found


def planned_total(planned: Iterable[Statement]) -> int:
    """The largest total [won] planned for one project: a stated one, or the parts of one table added up."""
    stated = [0]
    by_source: dict[tuple[str, str | None], int] = defaultdict(int)
    by_cell: dict[tuple[str, str | None], int] = defaultdict(int)
    for one in planned:
        value, table = int(one.value or 0), (one.measure, one.origin.document)
        total = one.period in (None, TOTAL)
        if one.source in (None, TOTAL):
            stated += [value] if total else []
        elif total:
            by_source[table] += value
        elif one.period != TERM:
            by_cell[table] += value
    return max([*stated, *by_source.values(), *by_cell.values()])
