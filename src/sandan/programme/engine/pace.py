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

from sandan.programme.engine.findings.index import BookIndex
from sandan.programme.engine.forecast import ForecastProblem, Pace
from sandan.programme.engine.progress import end_of_period, finished_share, reports
from sandan.programme.engine.schedule import quarter_of
from sandan.programme.model.plan import Milestone
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import TERM, TOTAL, Quarter, Stage


def family_of(index: BookIndex, project: str) -> list[str]:
    """A project with all its parts, by id, the project first."""
    family = [project]
    for one in family:
        family += [part.id for part in index.children.get(one, ()) if part.id not in family]
    return family


def pace_of(index: BookIndex, project: str, today: date) -> ForecastProblem:
    """What the plan knows of a project's pace up to the last whole quarter before `today`.

    Progress: dated reports. Milestones: the share of planned quarters done, from the quarter before the first
    milestone starts; none where no milestone was ever done. Spending: cumulative won over the planned
    total; of a parent its own figure or its parts' sum, whichever is more, never both."""
    as_of = Quarter.at(quarter_of(today).ordinal - 1)
    told = reports(index.progress.get(project, ()), index.facts.get(project, ()), today)
    reported = {quarter_of(one.day): one.value / 100 for one in told if one.dated}
    family = family_of(index, project)
    milestones = [one for id in family for one in index.milestones.get(id, ())]
    shares = {
        Pace.PROGRESS: reported,
        Pace.MILESTONES: _milestones(milestones, as_of),
        Pace.SPENDING: _spending(index, family),
    }
    # A report within the running quarter is known, though the quarter is not over.
    newest = max([*reported, as_of])
    return ForecastProblem({pace: rows for pace, rows in shares.items() if rows}, newest)


def finished_projects(index: BookIndex, today: date, most: int) -> list[str]:
    """The projects that are done and have a history to learn from, at most so many, the last done first."""
    found: list[tuple[int, str]] = []
    now = quarter_of(today)
    for id in index.projects:
        steps = index.milestones.get(id, ())
        done = [one.done.ordinal for one in steps if one.done is not None and one.done < now]
        whole = [
            quarter.ordinal
            for one in index.progress.get(id, ())
            if one.unit == "%" and (one.value or 0) >= 100 and (quarter := _quarter(one.period))
        ]
        if (steps and len(done) == len(steps)) or whole:
            found.append((max([*done, *whole]), id))
    return [id for _, id in sorted(found, reverse=True)[:most]]


def _quarter(period: str | None) -> Quarter | None:
    day = end_of_period(period)
    return quarter_of(day) if day else None


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


def _spending(index: BookIndex, family: Sequence[str]) -> dict[Quarter, float]:
    """Cumulative spending over the planned total, for every quarter in which any was reported."""
    planned: dict[str, list[Statement]] = defaultdict(list)
    spent: dict[str, dict[str | None, dict[Quarter, int]]] = defaultdict(lambda: defaultdict(dict))
    for one in (row for id in family for row in index.budgets.get(id, ())):
        if not isinstance(one.value, int):
            continue
        if one.stage is Stage.EXECUTED and one.period and "-Q" in one.period:
            spent[one.subject][one.source][Quarter.read(one.period)] = one.value
        elif one.stage in (None, Stage.PLANNED):
            planned[one.subject].append(one)

    def rolled(project: str, own: Callable[[str], int]) -> int:
        return max(own(project), sum(rolled(part.id, own) for part in index.children.get(project, ())))

    whole = rolled(family[0], lambda one: planned_total(planned[one]))
    quarters = sorted({at for sources in spent.values() for rows in sources.values() for at in rows})
    if not whole:
        return {}
    return {at: rolled(family[0], partial(_spent_by, spent, at)) / whole for at in quarters}


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
