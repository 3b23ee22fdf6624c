"""What was measured in a day or a month, read for the record that is handed in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np

from sandan.access import Actor
from sandan.clock import SEOUL, Period
from sandan.control.engine.environment.statement import CORRECTED, SIMULATED, Statement, StatementLine
from sandan.control.model.environment import POLLUTANTS, Verdict
from sandan.control.model.rights import WATCH
from sandan.control.service.environment.air import HOUR
from sandan.control.service.environment.boundary import TEN, judge_boundary
from sandan.control.service.environment.layers import AIR, SMELL, STACK
from sandan.control.service.environment.series import Array, read_steps
from sandan.control.service.environment.settings import SMELLS, EnvironmentSettings
from sandan.control.service.environment.stacks import LIMITED, StackTime, read_stacks
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.twin.model import Point, Thing
from sandan.twin.tables import quantities
from sandan.words import Text

KINDS = ("air_station", "odour_station", "stack")


def typed_period(text: str, now: datetime) -> Period:
    """A day (`2026-11-21`) or a month (`2026-11`) that has begun; empty is today.

    Raises `InvalidInput` for what is neither.
    """
    today = now.astimezone(SEOUL).date()
    text = text.strip() or today.isoformat()
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text):
            first = date.fromisoformat(f"{text}-01")
            start = Period.day(first).start
            after = Period.day((first + timedelta(days=31)).replace(day=1)).start
            period = Period(start, after)
        else:
            period = Period.day(date.fromisoformat(text))
    except (ValueError, OverflowError):
        period = None
    if period is None or period.start > now:
        raise InvalidInput.because(
            "of",
            Text("지난 날이나 달이 아닙니다.", "is no day or month that has begun."),
            Text("예: 2026-11-21 또는 2026-11", "for example 2026-11-21 or 2026-11"),
        )
    return period


def read_statement(
    store: Store, actor: Actor, period: Period, settings: EnvironmentSettings, now: datetime
) -> Statement:
    """Stacks by half-hours, smells by ten minutes, air by hours; of a firm's what the actor may see."""
    actor.require(WATCH)
    with store.registry.read() as conn:
        things = {one.id: one for one in store.things.all(conn, KINDS) if actor.sees(one.tenant)}
        points = [one for one in store.points.all(conn) if one.thing in things]
    until = min(period.end, now)
    until -= (until - period.start) % HOUR
    known = Period(period.start, max(until, period.start + HOUR))
    stacks = read_stacks(store, list(things.values()), points, known, settings, LIMITED)
    lines = sorted((_stack(one) for one in stacks), key=lambda one: (one.place, one.quantity.ko))
    groups = [
        (STACK, Text("30분 평균으로", "By half-hour means"), lines),
        (
            SMELL,
            Text("10분 평균으로", "By means of ten minutes"),
            _smells(store, things, points, known, settings),
        ),
        (AIR, Text("한 시간 평균으로", "By hourly means"), _air(store, things, points, known, settings)),
    ]
    return Statement(period, until, groups, _notes(settings, until < period.end))


def _stack(one: StackTime) -> StatementLine:
    halves = () if one.report is None else one.report.half_hours
    means = [(half.mean, half.start) for half in halves if half.mean is not None]
    top = max(means, default=None)
    remarks = [*([CORRECTED] if one.corrected else []), *([SIMULATED] if one.thing.simulated else [])]
    if one.report is None:
        remarks.append(Text("기준 또는 측정 간격이 없음", "no limit, or no interval"))
    elif one.report.breaches:
        times = len(one.report.breaches)
        remarks.append(Text(f"반복 초과 {times}회", f"{times} repeated breaches"))
    return StatementLine(
        one.thing.name,
        quantities()[one.point.quantity].name,
        quantities()[one.point.quantity].unit,
        one.point.high,
        float(np.mean([mean for mean, _ in means])) if means else None,
        None if top is None else top[0],
        None if top is None else datetime.fromtimestamp(top[1] / 1000, SEOUL),
        one.judged,
        None if one.report is None else one.over,
        one.count(Verdict.LEFT_OUT),
        one.count(Verdict.TOO_FEW),
        float(np.mean([half.share for half in halves])) if halves else 0.0,
        remarks,
        halves,
    )


def _smells(
    store: Store,
    things: dict[str, Thing],
    points: Sequence[Point],
    period: Period,
    settings: EnvironmentSettings,
) -> list[StatementLine]:
    asked = _asked(things, points, "odour_station", SMELLS)
    tens, coverage = read_steps(store, asked, period, "10min", TEN)
    lines = []
    for point, row, share in zip(asked, tens, coverage, strict=True):
        verdict = judge_boundary(point.quantity, 0.0, settings)
        limit = None if verdict is None else verdict.applied
        lines.append(_line(things[point.thing], point, row, share, period, TEN, limit))
    return lines


def _air(
    store: Store,
    things: dict[str, Thing],
    points: Sequence[Point],
    period: Period,
    settings: EnvironmentSettings,
) -> list[StatementLine]:
    asked = _asked(things, points, "air_station", tuple(POLLUTANTS))
    hourly, coverage = read_steps(store, asked, period, "1h", HOUR)
    if settings.hour_share is not None:
        hourly = np.where(coverage >= settings.hour_share, hourly, np.nan)
    return [
        _line(things[point.thing], point, row, share, period, HOUR, None)
        for point, row, share in zip(asked, hourly, coverage, strict=True)
    ]


def _asked(things: dict[str, Thing], points: Sequence[Point], kind: str, names: Sequence[str]) -> list[Point]:
    found = [one for one in points if things[one.thing].kind == kind and one.quantity in names]
    return sorted(found, key=lambda one: (things[one.thing].name, names.index(one.quantity)))


def _line(
    thing: Thing,
    point: Point,
    row: Array,
    share: Array,
    period: Period,
    step: timedelta,
    limit: float | None,
) -> StatementLine:
    there = np.isfinite(row)
    top = int(np.nanargmax(row)) if there.any() else None
    quantity = quantities()[point.quantity]
    return StatementLine(
        thing.name,
        quantity.name,
        quantity.unit,
        limit,
        float(row[there].mean()) if there.any() else None,
        None if top is None else float(row[top]),
        None if top is None else period.start + top * step,
        int(there.sum()),
        None if limit is None else int((row[there] > limit).sum()),
        0,
        int((~there).sum()),
        float(np.clip(share, 0, 1).mean()) if len(share) else 0.0,
        [SIMULATED] if thing.simulated else [],
    )


def _notes(settings: EnvironmentSettings, partial: bool) -> list[Text]:
    notes = [
        Text(
            "굴뚝의 평균은 판정한 30분 평균의 산술평균이며 배출량이 아닙니다. "
            "관제센터(CleanSYS)의 확정자료와 다를 수 있습니다.",
            "A stack's mean is that of the half-hours judged and no amount emitted; "
            "it may differ from what CleanSYS settled.",
        ),
        Text(
            "악취측정소의 값은 센서 값으로 법정 판정이 아닙니다. "
            "초과는 10분 평균이 부지경계선 기준을 넘은 횟수입니다.",
            "Odour stations are sensors, no finding in the sense of the law; "
            "over counts ten-minute means above the limit at the boundary.",
        ),
        Text(
            "수정되거나 늦게 온 자료는 다시 만들면 반영됩니다.",
            "Data that came late or were put right are in it when it is made again.",
        ),
    ]
    if settings.half_hour_share is None:
        notes.append(
            Text(
                "stack_half_hour_share가 설정되지 않아 자료가 모두 있는 30분만 판정했습니다.",
                "stack_half_hour_share is not set: only half-hours with all their data are judged.",
            )
        )
    if partial:
        notes.insert(0, Text("기간이 아직 끝나지 않았습니다.", "The period has not ended yet."))
    return notes
