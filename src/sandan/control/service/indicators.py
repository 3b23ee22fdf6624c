"""What the control centre can prove: how fast it was, how often its alarms were false, whether it practised.

Each figure is computed from what was known at `as_of`: events and occurrences that came later do not count.
"""

from __future__ import annotations

from datetime import datetime

from sandan.clock import Period
from sandan.control.model.alarms import Verdict
from sandan.control.records.alarms import Occurrence, occurrences
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


def _reported(store: Store, period: Period, as_of: datetime) -> Evidence:
    closed = _events(store, "LegalClockAnswered", period, as_of)
    found = [
        (event.subject, float(str(event.payload["seconds"])) / 60)
        for event in closed
        if event.payload.get("seconds") is not None and not event.payload.get("drill")
    ]
    return Evidence(
        sum(minutes for _, minutes in found),
        float(len(found)),
        1.0,
        [f"{subject}: {minutes:.1f} min" for subject, minutes in found],
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
            "최초 감지에서 법정 신고를 마치기까지 걸린 시간의 평균(화학사고는 15분 안). 훈련은 뺍니다.",
            "The mean time from first detection to the report the law asks for (chemical accidents: within "
            "15 minutes). Drills do not count.",
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
