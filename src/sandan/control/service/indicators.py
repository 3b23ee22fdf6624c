"""What the control centre can prove: how fast it was, how often its alarms were false, whether it practised.

Each figure is computed from what was known at `as_of`: events and occurrences that came later do not count.
"""

from __future__ import annotations

from datetime import datetime

from sandan.clock import Period
from sandan.control.model.alarms import Verdict
from sandan.control.records.alarms import Occurrence, occurrences
from sandan.control.records.incidents import cases
from sandan.domain import Evidence, Indicator
from sandan.store import Event, Store
from sandan.words import Text

URGENT = 2
"""Alarms of this priority and above are what people are measured by."""
MOST = 100_000


def _acknowledged(store: Store, period: Period, as_of: datetime) -> Evidence:
    shown = _shown(store, period, as_of)
    answered = [
        (one, (one.acknowledged - one.raised).total_seconds() / 60)
        for one in shown
        if one.acknowledged is not None and one.acknowledged <= as_of
    ]
    return Evidence(
        sum(minutes for _, minutes in answered),
        float(len(answered)),
        _share(len(answered), len(shown)),
        [f"{one.alarm} #{one.number}: {minutes:.1f} min" for one, minutes in answered],
    )


def _accidents(store: Store, period: Period, as_of: datetime) -> Evidence:
    """Counted by when they were first detected; how one was closed last before `as_of` decides."""
    ended = {"IncidentClosed", "IncidentReopened", "IncidentMerged", "IncidentParted"}
    span = Period(period.start, max(as_of, period.start))
    detected: dict[str, datetime] = {}
    last: dict[str, Event] = {}
    with store.registry.read() as conn:
        for event in store.events.find(conn, kind="IncidentOpened", period=span, limit=MOST):
            if not event.payload.get("drill"):
                detected[event.subject] = datetime.fromisoformat(str(event.payload["detected"]))
        for kind in ended:
            for event in store.events.find(conn, kind=kind, period=span, limit=MOST):
                if event.subject not in last or last[event.subject].seq < event.seq:
                    last[event.subject] = event
    there = [id for id, at in sorted(detected.items()) if period.start <= at < period.end]
    own = [id for id in there if id not in last or last[id].kind != "IncidentMerged"]
    closed = [id for id in own if id in last and last[id].kind == "IncidentClosed"]
    found = [id for id in closed if last[id].payload.get("major")]
    return Evidence(float(len(found)), None, _share(len(closed), len(own)), [_harm(last[id]) for id in found])


def _harm(closed: Event) -> str:
    said = closed.payload
    release = ", release" if said.get("release") else ""
    return f"{closed.subject}: {said.get('deaths', 0)} dead, {said.get('loss', 0):,} won{release}"


def _reported(store: Store, period: Period, as_of: datetime) -> Evidence:
    with store.registry.read() as conn:
        every = cases.clocks_of_period(conn, period)
    due = [
        (id, one)
        for id, one in every
        if one.started_at <= as_of and not (one.exempt and one.written_at and one.written_at <= as_of)
    ]
    found = [
        (id, (one.answered_at - one.started_at).total_seconds() / 60)
        for id, one in due
        if one.answered_at is not None and one.written_at is not None and one.written_at <= as_of
    ]
    return Evidence(
        sum(minutes for _, minutes in found),
        float(len(found)),
        _share(len(found), len(due)),
        [f"{id}: {minutes:.1f} min" for id, minutes in found],
    )


def _false_alarms(store: Store, period: Period, as_of: datetime) -> Evidence:
    shown = _shown(store, period, as_of)
    judged = [one for one in shown if one.verdict]
    false = [one for one in judged if one.verdict == Verdict.FALSE]
    return Evidence(
        100.0 * len(false),
        float(len(judged)),
        _share(len(judged), len(shown)),
        [f"{one.alarm} #{one.number}: {one.verdict}" for one in judged],
    )


def _drills(store: Store, period: Period, as_of: datetime) -> Evidence:
    held = sorted({event.subject for event in _events(store, "DrillEnded", period, as_of)})
    return Evidence(float(len(held)), None, 1.0, held)


def _shown(store: Store, period: Period, as_of: datetime) -> list[Occurrence]:
    with store.registry.read() as conn:
        found = occurrences(conn, period=period, limit=MOST)
    return [one for one in found if not one.hidden and one.priority <= URGENT and one.told <= as_of]


def _events(store: Store, kind: str, period: Period, as_of: datetime) -> list[Event]:
    if as_of <= period.start:
        return []
    span = Period(period.start, min(period.end, as_of))
    with store.registry.read() as conn:
        return store.events.find(conn, kind=kind, period=span, limit=MOST)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "serious_accidents",
        Text("중대사고", "Serious accidents"),
        "건",
        Text(
            "산업단지공단의 정의: 사망, 재산 피해 1억 원 이상, 유해물질 누출 가운데 하나. 최초 감지 "
            "시각으로 세고 종결 때 적은 피해로 판정하며, 종결하지 않은 사건은 포함률로 알립니다. 훈련과 "
            "병합된 사건은 뺍니다.",
            "As KICOX defines them: a death, ₩100 million of property, or a hazardous release. Counted by "
            "when they were first detected, judged by what was said on closing; incidents not closed yet "
            "show in the coverage. Drills and what was merged do not count.",
        ),
        _accidents,
    ),
    Indicator(
        "detection_to_acknowledge",
        Text("감지에서 확인까지", "From detection to acknowledgement"),
        "분",
        Text(
            "긴급·높음 경보가 발생해 사람이 확인하기까지 걸린 시간의 평균. 억제·보류된 경보는 세지 않고, "
            "확인하지 않은 것은 포함률로 알립니다.",
            "The mean time from when a critical or high alarm came until a person acknowledged it. What was "
            "set aside does not count; what nobody acknowledged shows in the coverage.",
        ),
        _acknowledged,
    ),
    Indicator(
        "detection_to_report",
        Text("감지에서 신고까지", "From detection to report"),
        "분",
        Text(
            "최초 감지에서 법정 신고를 마치기까지 걸린 시간의 평균(화학사고는 15분 안). 신고하지 않은 것은 "
            "포함률로 알리고, 예외로 남긴 것과 훈련은 뺍니다.",
            "The mean time from first detection to the report the law asks for (chemical accidents: within "
            "15 minutes). What was not reported shows in the coverage; exemptions and drills do not count.",
        ),
        _reported,
    ),
    Indicator(
        "false_alarm_rate",
        Text("오경보율", "False-alarm rate"),
        "%",
        Text(
            "사람이 판정한 긴급·높음 경보 가운데 오경보의 비율. 판정하지 않은 것은 포함률로 알립니다.",
            "False alarms among the critical and high alarms that people judged; those nobody judged show in "
            "the coverage.",
        ),
        _false_alarms,
    ),
    Indicator(
        "drills_held",
        Text("실시한 훈련", "Drills held"),
        "건",
        Text("기간 안에 끝까지 마친 훈련의 수.", "Drills carried through to the end in the period."),
        _drills,
    ),
)
