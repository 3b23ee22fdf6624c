"""A plan in the International Aid Transparency Initiative's activity standard 2.03: one activity a project.

The order of elements is the standard's. A budget of IATI is of one year at most, so that money without a
year is told in the description; a project without any date cannot be an activity, and a comment says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from lxml import etree

from sandan.clock import SEOUL
from sandan.errors import InvalidInput
from sandan.programme.engine.card import year_rows
from sandan.programme.engine.ledger import Cell
from sandan.programme.engine.publishing.legible import legible
from sandan.programme.engine.publishing.publisher import Publisher
from sandan.programme.engine.publishing.spans import days_of, days_of_quarter
from sandan.programme.engine.publishing.subjects import Subject, subjects_of
from sandan.programme.engine.wording import won
from sandan.programme.model.plan import Book, Measure, Plan, StateSet
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import (
    Direction,
    Kind,
    PledgeState,
    period_name,
    period_order,
    source_name,
    sources,
)
from sandan.words import Text

VERSION = "2.03"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PIPELINE, _UNDER_WAY = "1", "2"
_STATUS = {
    PledgeState.COMPLETED: "4",
    PledgeState.CONTINUING: _UNDER_WAY,
    PledgeState.ON_TRACK: _UNDER_WAY,
    PledgeState.PARTIAL: _UNDER_WAY,
    PledgeState.HELD: "6",
    PledgeState.DROPPED: "5",
}
"""IATI codelist ActivityStatus: 1 pipeline, 2 implementation, 4 closed, 5 cancelled, 6 suspended."""
_LOCAL_GOVERNMENT = "11"
_ORGANISATION = {"국비": "10", "민자": "70", "기타": "90"}
"""IATI codelist OrganisationType: 10 government, 11 local government, 70 private sector, 90 other."""
_FUNDING, _ACCOUNTABLE, _IMPLEMENTING = "1", "2", "4"
_PLANNED_START, _PLANNED_END, _ACTUAL_END = "1", "3", "4"
_RESULT_OTHER = "9"
_PERCENTAGE, _UNIT = "2", "1"
_COUNTRY = "KR"


def iati(book: Book, publisher: Publisher) -> bytes:
    """The activities of a plan as XML; a plan without projects is one activity itself.

    `InvalidInput` names every setting that is missing, or says that nothing in the plan has a date.
    Source: IATI activity standard 2.03, `iati-activities-schema.xsd`.
    """
    publisher.require("publisher", "organisation")
    at = (book.version.published_at or book.version.at).astimezone(SEOUL).isoformat(timespec="seconds")
    root = etree.Element("iati-activities", {"version": VERSION, "generated-datetime": at})
    goal = _last_target([one for one in book.statements if one.subject == book.plan.id])
    for subject in subjects_of(book):
        dates = _dates(book.plan, subject, goal)
        if dates:
            root.append(_activity(book, subject, dates, publisher, at))
        else:
            root.append(
                etree.Comment(f" {_comment(subject.project.id)}: no date is stated; not an activity ")
            )
    if root.find("iati-activity") is None:
        raise InvalidInput.because(
            book.plan.id,
            Text("기간이 있는 사업이 없습니다.", "no project has a date."),
            Text("사업기간이나 계획 기간을 입력하십시오.", "enter the period of a project or of the plan."),
        )
    found = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    assert isinstance(found, bytes)
    return found


def _comment(text: str) -> str:
    return legible(text).replace("--", "- -")


def _activity(
    book: Book, subject: Subject, dates: Mapping[str, date], publisher: Publisher, at: str
) -> etree._Element:
    project = subject.project
    activity = etree.Element(
        "iati-activity", {_LANG: "ko", "default-currency": "KRW", "last-updated-datetime": at}
    )
    _leaf(activity, "iati-identifier", _identifier(publisher, project.id))
    reporting = {"ref": publisher.organisation, "type": _LOCAL_GOVERNMENT}
    _told(activity, "reporting-org", publisher.publisher, reporting)
    _told(activity, "title", project.title)
    _told(activity, "description", _description(subject), {"type": "1"})
    _organisations(activity, subject, publisher)
    today = book.version.at.astimezone(SEOUL).date()
    _leaf(activity, "activity-status", "", {"code": _status(subject.state, dates, today)})
    for kind, day in dates.items():
        _leaf(activity, "activity-date", "", {"type": kind, "iso-date": day.isoformat()})
    _leaf(activity, "recipient-country", "", {"code": _COUNTRY, "percentage": "100"})
    _budgets(activity, subject.money, today)
    if project.parent:
        _leaf(activity, "related-activity", "", {"ref": _identifier(publisher, project.parent), "type": "1"})
    measures = {(one.name, one.unit): one for one in subject.measures}
    _results(activity, subject.statements, measures)
    return activity


def _identifier(publisher: Publisher, project: str) -> str:
    return f"{publisher.organisation}-{project}"


def _leaf(
    parent: etree._Element, name: str, text: str = "", attributes: Mapping[str, str] | None = None
) -> etree._Element:
    found = etree.SubElement(parent, name, dict(attributes or {}))
    if text:
        found.text = legible(text)
    return found


def _told(
    parent: etree._Element, name: str, text: str, attributes: Mapping[str, str] | None = None
) -> etree._Element:
    """An element that says something in a narrative, as most of IATI's do."""
    found = _leaf(parent, name, "", attributes)
    _leaf(found, "narrative", text or "–")
    return found


def _description(subject: Subject) -> str:
    """What it is for, and the money that has no year."""
    undated = [
        f"{source_name(cell.source).ko} {period_name(cell.period).ko if cell.period else ''} "
        f"{won(cell.won).ko}".replace("  ", " ")
        for cell in subject.money
        if days_of(cell.period) is None
    ]
    return "\n".join([subject.description, *undated]).strip() or subject.project.title


def _organisations(activity: etree._Element, subject: Subject, publisher: Publisher) -> None:
    accountable = {"role": _ACCOUNTABLE, "ref": publisher.organisation, "type": _LOCAL_GOVERNMENT}
    _told(activity, "participating-org", publisher.publisher, accountable)
    used = {cell.source for cell in subject.money}
    for id, source in sources().items():
        if id in used:
            kind = _ORGANISATION.get(id, _LOCAL_GOVERNMENT)
            _told(activity, "participating-org", source.name.ko, {"role": _FUNDING, "type": kind})
    project = subject.project
    for name in dict.fromkeys(name for name in (project.owner, *project.cooperating) if name):
        _told(activity, "participating-org", name, {"role": _IMPLEMENTING})


def _status(state: StateSet | None, dates: Mapping[str, date], today: date) -> str:
    if state is not None:
        return _STATUS[state.state]
    start = dates.get(_PLANNED_START)
    return _PIPELINE if start and start > today else _UNDER_WAY


def _dates(plan: Plan, subject: Subject, goal: date | None) -> dict[str, date]:
    """The project's own dates; where it has none those of its milestones, the plan's term, the years of
    its money, or the end of its last target and at last of the plan's own (`goal`)."""
    start, end = subject.project.start, subject.project.end
    steps = subject.milestones
    if start is None and end is None and steps:
        start = min(days_of_quarter(one.start)[0] for one in steps)
        end = max(days_of_quarter(one.end)[1] for one in steps)
    if start is None and end is None:
        start, end = plan.term_start, plan.term_end
    if start is None and end is None:
        money = [
            days for one in subject.statements if one.kind is Kind.BUDGET and (days := days_of(one.period))
        ]
        start = min((first for first, _ in money), default=None)
        end = max((last for _, last in money), default=_last_target(subject.statements) or goal)
    found = {_PLANNED_START: start, _PLANNED_END: end}
    state = subject.state
    if state is not None and state.state is PledgeState.COMPLETED and steps and all(s.done for s in steps):
        found[_ACTUAL_END] = max(days_of_quarter(s.done)[1] for s in steps if s.done)
    return {kind: day for kind, day in found.items() if day is not None}


def _last_target(statements: Sequence[Statement]) -> date | None:
    ends = (days[1] for one in statements if one.kind is Kind.TARGET and (days := days_of(one.period)))
    return max(ends, default=None)


def _budgets(activity: etree._Element, own: Sequence[Cell], said_on: date) -> None:
    """Planned money by year, sources together: a budget of IATI has no source."""
    by_period: dict[str, int] = defaultdict(int)
    for cell in own:
        if cell.period is not None and days_of(cell.period):
            by_period[cell.period] += cell.won
    for period, amount in sorted(by_period.items()):
        days = days_of(period)
        assert days is not None
        budget = _leaf(activity, "budget", "", {"type": "1", "status": "1"})
        _leaf(budget, "period-start", "", {"iso-date": days[0].isoformat()})
        _leaf(budget, "period-end", "", {"iso-date": days[1].isoformat()})
        _leaf(budget, "value", str(amount), {"currency": "KRW", "value-date": said_on.isoformat()})


def _results(
    activity: etree._Element, said: Sequence[Statement], measures: Mapping[tuple[str, str], Measure]
) -> None:
    """Targets and reports of each measure, by year or quarter."""
    grouped: dict[tuple[str, str], dict[str, list[Statement]]] = defaultdict(lambda: defaultdict(list))
    for row in year_rows(said):
        for period, cells in row.cells.items():
            if period is not None and days_of(period):
                grouped[row.measure, row.unit][period] += cells
    for (name, unit), periods in grouped.items():
        result = _leaf(activity, "result", "", {"type": _RESULT_OTHER, "aggregation-status": "false"})
        _told(result, "title", name)
        measure = measures.get((name, unit))
        up = measure is None or measure.direction is Direction.UP
        indicator = _leaf(
            result,
            "indicator",
            "",
            {"measure": _PERCENTAGE if unit == "%" else _UNIT, "ascending": "true" if up else "false"},
        )
        _told(indicator, "title", f"{name} ({unit})" if unit else name)
        for period in sorted(periods, key=period_order):
            _period(indicator, period, periods[period])


def _period(indicator: etree._Element, period: str, said: Sequence[Statement]) -> None:
    days = days_of(period)
    assert days is not None
    found = _leaf(indicator, "period")
    _leaf(found, "period-start", "", {"iso-date": days[0].isoformat()})
    _leaf(found, "period-end", "", {"iso-date": days[1].isoformat()})
    for kind, name in ((Kind.TARGET, "target"), (Kind.PROGRESS, "actual")):
        for one in said:
            if one.kind is kind and one.value is not None:
                _leaf(found, name, "", {"value": _number(one.value)})
            elif one.kind is kind:
                comment = _leaf(found, name)
                _told(comment, "comment", "미정")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
