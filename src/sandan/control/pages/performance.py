"""How well the alarms serve the people who get them, against what ISA-18.2 and EEMUA 191 call good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from sandan.clock import SEOUL, Period, instant, milliseconds
from sandan.control.engine.alarms.flood import flood_params
from sandan.control.engine.alarms.performance import TEN_MINUTES, VERDICTS, Performance, Verdict, norms
from sandan.control.engine.board import STATE_NAMES
from sandan.control.model.alarms import VERDICTS as ALARM_VERDICTS
from sandan.control.model.rights import CASES
from sandan.control.records.alarms import Occurrence
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.alarms.lists import alarm_url
from sandan.control.service.alarms.performance import Review, evidence_of, review_alarms
from sandan.domain import Here, Visit
from sandan.sheets import sheet_text
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("control", prefix="/control/performance")
HEADS = (
    Text("경보 식별자", "Alarm id"),
    Text("경보", "Alarm"),
    Text("장소", "Place"),
    Text("등급", "Priority"),
    Text("알림", "Told"),
    Text("발생", "Came"),
    Text("확인", "Acknowledged"),
    Text("복귀", "Returned"),
    Text("확인자", "By"),
    Text("값", "Value"),
    Text("판정", "Verdict"),
)
MOST_ROWS = 500
LISTED = 15
"""Rows of a list before the rest becomes a number."""
MOST_OPERATORS = 99
TEN = timedelta(minutes=10)
BADGES = {Verdict.GOOD: "good", Verdict.BEARABLE: "warn", Verdict.POOR: "bad"}


def _today(now: datetime) -> datetime:
    return now.astimezone(SEOUL).replace(hour=0, minute=0, second=0, microsecond=0)


def _last(length: timedelta) -> Callable[[datetime], datetime]:
    def start(now: datetime) -> datetime:
        """Whole tens of minutes, so that the bars of the chart are those of the clock."""
        return instant(milliseconds(now - length) // TEN_MINUTES * TEN_MINUTES)

    return start


SPANS: Mapping[str, tuple[Text, Callable[[datetime], datetime]]] = {
    "24h": (Text("지난 24시간", "Last 24 hours"), _last(timedelta(hours=24))),
    "today": (Text("오늘", "Today"), _today),
    "7d": (Text("지난 7일", "Last 7 days"), _last(timedelta(days=7))),
    "30d": (Text("지난 30일", "Last 30 days"), _last(timedelta(days=30))),
}
"""What may be looked at, each up to now; the first unless somebody chooses."""


@routes.page("", permission=CASES)
def performance_page(
    here: Here,
    span: Annotated[str, Query(max_length=10)] = "",
    operators: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The measures of a period, and the alarms that made them what they are."""
    span, people, period = _asked(here, span, operators)
    layout = here.house.part(AlarmDesk).list.layout
    review = review_alarms(here.store, here.actor, layout, period, people, here.now)
    found = review.performance
    return here.render(
        "control/performance/page.html",
        found=found,
        line_of=review.line,
        span=span,
        spans={id: name for id, (name, _) in SPANS.items()},
        operators=people,
        most_operators=MOST_OPERATORS,
        flood_above=flood_params().flood_above * people,
        chart=_chart(here, found),
        floods=[
            (i, one, instant(one.start), instant(min(one.end, milliseconds(here.now))))
            for i, one in enumerate(found.floods)
        ],
        stale=frozenset(found.stale),
        listed=LISTED,
        verdicts=VERDICTS,
        badges=BADGES,
        state_names=STATE_NAMES,
        alarm_url=alarm_url,
    )


@routes.page("/evidence", permission=CASES)
def evidence_page(
    here: Here,
    of: Annotated[str, Query(max_length=40)] = "day",
    span: Annotated[str, Query(max_length=10)] = "",
    operators: Annotated[str, Query(max_length=10)] = "",
    form: Annotated[str, Query(alias="as", max_length=5)] = "",
) -> Response:
    """The occurrences behind one figure, newest first; `as=csv` gives all of them as a file."""
    span, people, period = _asked(here, span, operators)
    layout = here.house.part(AlarmDesk).list.layout
    review, found = evidence_of(here.store, here.actor, layout, period, people, here.now, of)
    if form == "csv":
        return attachment(sheet_text(_rows(here, review, found)), f"alarms-{of}-{span}.csv")
    norm = norms().get(of)
    return here.render(
        "control/performance/evidence.html",
        of=of,
        title=norm.name if norm else None,
        source=norm.source if norm else None,
        measure=next((one for one in review.performance.measures if one.norm.id == of), None),
        span=span,
        span_name=SPANS[span][0],
        operators=people,
        period=period,
        rows=found[:MOST_ROWS],
        total=len(found),
        line_of=review.line,
        alarm_url=alarm_url,
        state_names=STATE_NAMES,
        alarm_verdicts=ALARM_VERDICTS,
    )


def _asked(here: Visit, span: str, operators: str) -> tuple[str, int, Period]:
    """Which span, how many operators, and the period up to now."""
    if span not in SPANS:
        span = next(iter(SPANS))
    # At the stroke of midnight today is still a moment long.
    period = Period(min(SPANS[span][1](here.now), here.now - timedelta(seconds=1)), here.now)
    return span, operators_at_work(here, operators), period


def _rows(here: Visit, review: Review, found: Sequence[Occurrence]) -> Iterator[Sequence[object]]:
    """The occurrences as a spreadsheet holds them, times in Korea."""
    said = [word.in_(here.language) for word in HEADS]
    yield said
    for one in found:
        line = review.line(one.alarm)
        times = (one.told, one.raised, one.acknowledged, one.returned)
        yield [
            one.alarm,
            "" if line is None else line.name.in_(here.language),
            "" if line is None else line.place,
            one.priority,
            *(
                None if at is None else at.astimezone(SEOUL).isoformat(sep=" ", timespec="seconds")
                for at in times
            ),
            one.acknowledged_by,
            one.value,
            one.verdict,
        ]


def operators_at_work(here: Visit, asked: str = "") -> int:
    """How many share the alarms: as asked, else by the settings (`[control] operators`)."""
    given = asked if asked.isdecimal() else here.house.settings.table("control").get("operators", 1)
    return min(max(int(given), 1), MOST_OPERATORS)


def _chart(here: Visit, found: Performance) -> dict[str, Any] | None:
    """Alarms in each ten minutes, and where a flood begins; None when there was none."""
    if not found.alarms:
        return None
    start, end = milliseconds(found.period.start), milliseconds(found.period.end)
    names = (Text("10분간 경보", "Alarms in 10 minutes"), Text("폭주 기준", "A flood begins above"))
    above = flood_params().flood_above * found.operators
    bars = {
        "name": names[0].in_(here.language),
        "kind": "bar",
        "interval": TEN_MINUTES,
        "digits": 0,
        "data": [[start + i * TEN_MINUTES, count] for i, count in enumerate(found.rate.tolist())],
    }
    edge = {
        "name": names[1].in_(here.language),
        "kind": "line",
        "digits": 0,
        "data": [[start, above], [end, above]],
    }
    return {"series": [bars, edge], "from": start, "to": end}
