"""Charts of an event, and the picture of the days a baseline was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from sandan.clock import DAY_MS
from sandan.energy.engine.demand_response import baseline_rule
from sandan.energy.model.demand_response import DROPPED, HOURS, Adjustment, Dropped, Standing
from sandan.energy.model.rates import Floats
from sandan.energy.model.response import BASELINES, PROGRAMMES, Answer, Call, Offer
from sandan.energy.pages.curves import line
from sandan.energy.service.response.running import Running
from sandan.energy.service.response.settling import Mine
from sandan.words import Language, Text

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 220, 44, 8, 20
STANDINGS: Mapping[Standing, Text] = {
    Standing.WHOLE: Text("충분함", "enough days"),
    Standing.SHORT: Text("견줄 날이 모자람", "too few days"),
    Standing.NONE: Text("견줄 날이 없음", "no day to go by"),
}
FIELDS: Mapping[str, Text] = {
    "programme": Text("시장", "Programme"),
    "programmes": Text("참여하는 시장", "Takes part in"),
    "day": Text("날짜", "Day"),
    "hour": Text("시작 시", "From hour"),
    "hours": Text("시간 수", "Hours"),
    "kw": Text("감축량", "Reduction"),
    "award.kw": Text("낙찰량", "Award"),
    "mw": Text("입찰량", "Bid"),
    "sent_at": Text("입찰 시각", "Time of the bid"),
    "resource": Text("자원", "Resource"),
    "customers": Text("참여고객", "Customers"),
    "enrolments": Text("참여고객", "Customers"),
    "price": Text("가격", "Price"),
    "source": Text("출처", "Source"),
    "reason": Text("까닭", "Reason"),
    "meter": Text("계량기", "Meter"),
    "pledged": Text("감축 약속량", "Pledged"),
    "baseline": Text("CBL", "Baseline"),
    "cost": Text("감축 비용", "Cost"),
    "adjust": Text("당일조정", "Same-day adjustment"),
    "adjust_hours": Text("견줄 시간 수", "Hours compared"),
    "adjust_gap": Text("시작 전 비우는 시간", "Hours left out before"),
    "adjust_most": Text("최대 조정", "At most"),
    "day_from": Text("하루 사용량의 시작 시", "A day's use: from"),
    "day_to": Text("하루 사용량의 끝 시", "A day's use: to"),
    "day_hours": Text("하루 사용량의 시간대", "Hours of a day's use"),
    "paid_up_to": Text("정산 한도", "Paid up to"),
    "fails_below": Text("미이행 기준", "Failed below"),
    "operator_share": Text("사업자 몫", "Operator's share"),
    "base_pay": Text("기본정산금", "Base pay"),
    "rounding": Text("원 미만", "Fractions of a won"),
    "terms": Text("정산 조건", "Terms"),
}
"""What the fields of the desk's forms are called where something is wrong with them."""
ANSWERS: Mapping[Answer, Text] = {
    Answer.YES: Text("참여", "will reduce"),
    Answer.NO: Text("참여 못 함", "cannot"),
}


def running_chart(run: Running, language: Language) -> dict[str, Any]:
    """The day by quarter-hours: what would have been used, what was, and where it should be."""
    series = [
        line(Text("기준사용량 (CBL)", "baseline (CBL)"), language, run.start, run.baseline, "kW", "step"),
        line(Text("계량", "metered"), language, run.start, run.metered, "kW"),
        line(Text("목표", "target"), language, run.start, run.target, "kW", "step"),
    ]
    return {"series": series, "from": run.start, "to": run.start + DAY_MS}


@dataclass(frozen=True, slots=True)
class Course:
    """A day's line in the picture."""

    day: date
    path: str
    why: Text | None
    """Why it was dropped; None when it was used."""


@dataclass(frozen=True, slots=True)
class DaysPicture:
    """Where everything goes in the picture of days."""

    courses: Sequence[Course]
    baseline: str
    load: str
    window: tuple[float, float]
    """Left edge and width of the hours of the event."""
    ticks: Sequence[tuple[float, str]]
    levels: Sequence[tuple[float, float]]
    """Height and what it stands for [kW]."""
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day looked at, for the table below the picture, or several that were dropped alike."""

    day: date
    used: bool
    why: Text | None
    energy: float | None
    """In the hours of the event [kWh]."""
    since: date | None = None
    """The first of several days without any reading; `day` is the last."""
    days: int = 1


def days_picture(mine: Mine) -> tuple[DaysPicture | None, Sequence[DayLine]]:
    """The picture of a customer's days and the table of them, newest first."""
    expected = mine.part.expected
    if expected is None:
        return None, ()
    reasons: dict[date, Dropped] = dict(expected.made.dropped)
    days = sorted({*expected.made.days, *reasons}, reverse=True)
    call, history = mine.call, expected.history
    span = slice(call.hour, call.hour + call.hours)
    rows = {day: history[at] for at, day in enumerate(_days(call.day, len(history))) if day in set(days)}
    lines = [
        DayLine(
            day,
            day not in reasons,
            DROPPED[reasons[day]] if day in reasons else None,
            _sum(rows[day][span]) if day in rows else None,
        )
        for day in days
    ]
    lines = _silent_together(lines)
    shown = np.array([*rows.values(), expected.adjusted, expected.load])
    if np.isnan(shown).all():
        return None, lines
    scale = _scale(shown)
    step = (WIDTH - LEFT) / HOURS
    courses = [
        Course(day, _path(values, scale), DROPPED[reasons[day]] if day in reasons else None)
        for day, values in rows.items()
        if not np.isnan(values).all()
    ]
    low, high = scale
    levels = [(_y(value, scale), value) for value in (low, (low + high) / 2, high - (high - low) / 10)]
    ticks = [(LEFT + step * hour, f"{hour:02}") for hour in range(0, HOURS, 3)]
    window = (LEFT + step * call.hour, step * call.hours)
    base, load = _path(expected.adjusted, scale), _path(expected.load, scale)
    return DaysPicture(courses, base, load, window, ticks, levels), lines


def said() -> Mapping[str, Any]:
    """Names the templates of the desk share."""
    return {
        "programmes": PROGRAMMES,
        "baselines": BASELINES,
        "standings": STANDINGS,
        "answers": ANSWERS,
        "fields": FIELDS,
        "hours_of": hours_of,
        "adjustment_of": adjustment_of,
        "day_long": timedelta(days=1),
    }


def averaging(mine: Mine) -> Text:
    """How the days of a baseline become one, as they were enough or not."""
    if mine.part.expected is not None and mine.part.expected.made.standing is not Standing.WHOLE:
        return Text(
            "날이 모자라, 시간마다 뺄 수 있는 만큼만 빼고 나머지를 평균했습니다.",
            "There were too few, so each hour drops what can be dropped and averages the rest.",
        )
    rule = baseline_rule(mine.part.enrolment.baseline, mine.call.day)
    rest = rule.days - rule.drop_high - rule.drop_low
    low, high = rule.drop_low, rule.drop_high
    if not high:
        return Text(
            f"시간마다 가장 낮은 {low}일을 빼고 나머지 {rest}일을 평균합니다.",
            f"Each hour by itself drops the {low} lowest and averages the other {rest}.",
        )
    return Text(
        f"시간마다 가장 높은 {high}일과 가장 낮은 {low}일을 빼고 나머지 {rest}일을 평균합니다.",
        f"Each hour by itself drops the {high} highest and {low} lowest and averages the other {rest}.",
    )


def hours_of(call: Call | Offer) -> str:
    """`14:00–16:00`."""
    return f"{call.hour:02}:00–{call.hour + call.hours:02}:00"


def adjustment_of(one: Adjustment | None) -> Text:
    """A same-day adjustment in words."""
    if one is None:
        return Text("당일조정 없음", "no same-day adjustment")
    how = Text("더하기", "added") if one.kind == "add" else Text("비율", "scaled")
    return Text(
        f"당일조정 {how.ko}: 시작 {one.gap}시간 전까지 {one.hours}시간, 최대 {one.most:.0%}",
        f"same-day adjustment {how.en}: {one.hours} h until {one.gap} h before, at most {one.most:.0%}",
    )


def _days(day: date, n: int) -> list[date]:
    return [day - timedelta(days=n - at) for at in range(n)]


def _silent_together(lines: Sequence[DayLine]) -> list[DayLine]:
    """Days at the far end without any reading as one line: before a meter spoke there is nothing to see."""
    told = [at for at, one in enumerate(lines) if one.used or one.energy is not None]
    first = told[-1] + 1 if told else 0
    silent = lines[first:]
    if len(silent) < 3:
        return list(lines)
    newest, oldest = silent[0], silent[-1]
    return [*lines[:first], DayLine(newest.day, False, newest.why, None, oldest.day, len(silent))]


def _scale(shown: Floats) -> tuple[float, float]:
    """Lowest and highest value drawn: from zero, unless all that is shown lies far above it."""
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    room = high - low or 1.0
    return (low - 0.3 * room if low > 1.5 * room else min(0.0, low)), high + 0.08 * room


def _y(value: float, scale: tuple[float, float]) -> float:
    low, high = scale
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low)), 1)


def _path(values: Floats, scale: tuple[float, float]) -> str:
    """A line through the middles of the hours; a missing hour lifts the pen."""
    step, made, down = (WIDTH - LEFT) / HOURS, [], False
    for hour, value in enumerate(values.tolist()):
        if value != value:
            down = False
            continue
        made.append(f"{'L' if down else 'M'}{LEFT + step * (hour + 0.5):.1f} {_y(value, scale)}")
        down = True
    return " ".join(made)


def _sum(values: Floats) -> float | None:
    return None if np.isnan(values).any() else float(values.sum())
