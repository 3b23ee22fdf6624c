"""Progress: what was planned to be reached by a day, what was reported, and the gap between them.

Planned progress comes from yearly targets (a straight line between the ends of two years) or, where a
plan has none, from its milestones. The findings, the suggested state and the forecast all ask here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sandan.programme.engine.checking import PROGRESS
from sandan.programme.engine.names import measure_name
from sandan.programme.model.plan import Fact, Milestone
from sandan.programme.model.statements import NOWHERE, Origin, Statement
from sandan.programme.model.vocabulary import FactKind, Kind, Quarter

_YEAR = re.compile(r"(?:19|20)\d\d")
_OWN_PLAN = re.compile(r"(?:연차별|연도별|단계별|추진|이행|사업)+(?:계획|목표|일정)")
"""What a card heads the row of its own yearly progress with, rather than 추진율."""
_DATE = re.compile(r"((?:19|20)\d\d)\s*[.년-]\s*(\d{1,2})(?!\d)\s*[.월]?")
_LAST_MONTH = re.compile(r"[~∼〜–-]\s*(\d{1,2})\s*[.월]")


@dataclass(frozen=True, slots=True)
class Planned:
    """What was to be reached by the end of a year [%]."""

    year: int
    value: float
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Reported:
    """What was reported [%], as of a day; `dated` is false when the day is only today."""

    value: float
    day: date
    dated: bool
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Delay:
    """Progress short of the plan: what is planned by the end of the year, and by a straight line so far."""

    planned: Planned
    by_now: float
    reported: Reported


def planned_by(planned: Sequence[Planned], day: date) -> float | None:
    """Progress [%] planned by `day`, on the straight line between the ends of two years.

    by_now = last + (this - last) * days gone / days of the year; before the first year with a target
    nothing is planned (None), after the last one its target stays.

    >>> round(planned_by([Planned(2023, 40), Planned(2024, 60)], date(2024, 7, 31)), 1)
    51.6
    """
    years = sorted(planned, key=lambda one: one.year)
    this = next((one for one in reversed(years) if one.year <= day.year), None)
    if this is None:
        return None
    before = next((one.value for one in reversed(years) if one.year < this.year), 0.0)
    gone = 1.0
    if this.year == day.year:
        start, end = date(this.year, 1, 1), date(this.year, 12, 31)
        gone = (day - start).days / (end - start).days
    return before + (this.value - before) * gone


def check_progress(planned: Sequence[Planned], reported: Reported) -> Delay | None:
    """Whether reported progress [%] is short of what is planned for its year; None when it is not.

    >>> day = date(2024, 7, 31)
    >>> round(check_progress([Planned(2023, 40), Planned(2024, 60)], Reported(50, day, True)).by_now, 1)
    51.6
    """
    due = [one for one in planned if one.year <= reported.day.year]
    this = max(due, key=lambda one: one.year, default=None)
    by_now = planned_by(planned, reported.day)
    if this is None or by_now is None or reported.value >= this.value:
        return None
    return Delay(this, by_now, reported)


def scheduled_share(milestones: Iterable[Milestone], by: Quarter) -> float | None:
    """The share [0, 1] of the planned work that the milestones put up to the end of a quarter.

    A milestone weighs as many quarters as it lasts and is worked off evenly. None without milestones.
    """
    whole = passed = 0
    for one in milestones:
        length = one.end.ordinal - one.start.ordinal + 1
        whole += length
        passed += min(max(by.ordinal - one.start.ordinal + 1, 0), length)
    return passed / whole if whole else None


def finished_share(milestones: Iterable[Milestone], by: Quarter) -> float | None:
    """The share [0, 1] of the planned work in milestones that were done by the end of a quarter."""
    whole = done = 0
    for one in milestones:
        length = one.end.ordinal - one.start.ordinal + 1
        whole += length
        if one.done is not None and one.done <= by:
            done += length
    return done / whole if whole else None


def yearly_targets(statements: Iterable[Statement]) -> list[Planned]:
    """The yearly targets of a subject's own progress, in per cent: 추진율, or its 연차별 추진계획."""
    return [
        Planned(int(one.period), float(one.value), one.origin)
        for one in statements
        if one.kind is Kind.TARGET
        and one.unit == "%"
        and one.value is not None
        and one.period
        and _YEAR.fullmatch(one.period)
        and _is_progress(one.measure)
    ]


def _is_progress(measure: str) -> bool:
    name = measure_name(measure)
    return name == PROGRESS or _OWN_PLAN.fullmatch(name) is not None


def reports(statements: Iterable[Statement], facts: Sequence[Fact], today: date) -> list[Reported]:
    """Every report of a subject's own progress with its day: its period, the last dated achievement of the
    same document, or today; no day is later than today."""
    found = []
    for one in statements:
        if one.kind is not Kind.PROGRESS or one.unit != "%" or one.value is None:
            continue
        if measure_name(one.measure) != PROGRESS:
            continue
        day = end_of_period(one.period)
        if day is None:
            day = last_dated(
                [
                    fact.when or fact.text
                    for fact in facts
                    if fact.kind is FactKind.ACHIEVEMENT and fact.origin.document == one.origin.document
                ]
            )
        found.append(
            Reported(float(one.value), min(day, today) if day else today, day is not None, one.origin)
        )
    return found


def newest_report(statements: Iterable[Statement], facts: Sequence[Fact], today: date) -> Reported | None:
    """The newest report of progress; a dated one before an undated one, the last of equals."""
    found: Reported | None = None
    for one in reports(statements, facts, today):
        if found is None or (one.dated, one.day) >= (found.dated, found.day):
            found = one
    return found


def end_of_period(period: str | None) -> date | None:
    """The last day of a year, quarter or month; None for what is no such period."""
    if not period:
        return None
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", period):
        return _month_end(int(match[1]), int(match[2]) * 3)
    if match := re.fullmatch(r"(\d{4})-(\d{2})", period):
        return _month_end(int(match[1]), int(match[2]))
    return date(int(period), 12, 31) if _YEAR.fullmatch(period) else None


def last_dated(texts: Sequence[str]) -> date | None:
    """The end of the latest month that achievements name: `2024. 07.`, `2023. 03. ~ 08.`, `2024-07`."""
    found = []
    for text in texts:
        for match in _DATE.finditer(text):
            until = _LAST_MONTH.match(text[match.end() :].lstrip())
            day = _month_end(int(match[1]), int(until[1] if until else match[2]))
            if day:
                found.append(day)
    return max(found, default=None)


def _month_end(year: int, month: int) -> date | None:
    if not 1 <= month <= 12:
        return None
    return date(year, 12, 31) if month == 12 else date.fromordinal(date(year, month + 1, 1).toordinal() - 1)
