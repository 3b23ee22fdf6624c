"""굴뚝 자동측정 (TMS): the 30-minute mean decides, and only what counts goes into it.

What counts follows CleanSYS's steps of validity. How many half-hours over the limit are a breach is in
no source we found: without the operator's rule each one stands for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.environment.means import mean_windows
from sandan.control.engine.environment.tables import stack_states
from sandan.control.model.environment import (
    HalfHour,
    RepeatRule,
    StackReport,
    StackState,
    Verdict,
    Window,
)
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

HALF_HOUR_MS = 1_800_000
WEEK_MS = 7 * 86_400_000
AIR_OXYGEN = 21.0
"""Oxygen of the air as the formula has it [%]."""


def correct_oxygen(
    value: NDArray[np.float64], oxygen: NDArray[np.float64], standard: float
) -> NDArray[np.float64]:
    """Concentrations at the standard oxygen of the stack, shape (samples,); NaN where that cannot be said.

    C = Ca·(21 − Os)/(21 − Oa), with Oa the oxygen measured and Os the standard one [%]. Air is no flue gas:
    from 21 % on there is no answer. Source: the usual text of 대기환경보전법 시행규칙 별표 8, to be
    confirmed; which standard a stack has stands in its permit.

    >>> correct_oxygen(np.array([100.0]), np.array([13.0]), 4.0).round(1).tolist()
    [212.5]
    """
    left = AIR_OXYGEN - oxygen
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((oxygen >= 0) & (left > 0), value * (AIR_OXYGEN - standard) / left, np.nan)


def assess_stack(
    start: NDArray[np.int64],
    value: NDArray[np.float64],
    state: Sequence[str],
    *,
    limit: float,
    interval: int,
    needed: float,
    since: int,
    until: int,
    rule: RepeatRule | None = None,
    states: Mapping[str, StackState] | None = None,
) -> StackReport:
    """The 30-minute means of one stack and pollutant in [since, until) [ms since 1970] against its limit.

    `start` [ms], `value` [unit of the limit] and `state` (ids of `stack_states`), shape (samples,);
    `limit` is that of the firm's permit, `interval` [ms] the spacing of samples, `needed` the share of
    them a half-hour needs. A half-hour is over when its mean is above the limit. `rule` tells which
    repetitions are a breach; without one the report says that none was applied.

    Raises `InvalidInput` with every state unknown. Source: REFERENCE.md A23; validity steps of
    https://cleansys.or.kr:443/introData.do.
    """
    known = stack_states() if states is None else states
    strangers = sorted(set(state) - set(known))
    if strangers or not limit > 0:
        raise InvalidInput(_findings(strangers, limit))
    counts = np.array([known[one].counts for one in state], np.bool_)
    window = Window(HALF_HOUR_MS, interval, needed)
    means = mean_windows(start, value, window, since=since, until=until, counts=counts)
    half_hours = [
        _judge(int(begin), float(mean), float(share), int(left_out), limit)
        for begin, mean, share, left_out in zip(
            means.start, means.mean, means.share, means.left_out, strict=True
        )
    ]
    return StackReport(half_hours, find_breaches(half_hours, rule or RepeatRule()), _notes(rule, half_hours))


def find_breaches(half_hours: Sequence[HalfHour], rule: RepeatRule) -> Sequence[tuple[int, Text]]:
    """Where half-hours over the limit complete a breach by `rule`, by their start [ms since 1970].

    In a row means of half-hours that follow each other: one without a mean interrupts, since nothing is
    known of it. A week is the seven days that end with the half-hour. A longer run is one breach,
    and so is a week that stays full.
    """
    found: list[tuple[int, Text]] = []
    in_a_row, over, full = 0, [], False
    for one in half_hours:
        if one.verdict is not Verdict.OVER:
            in_a_row = 0
            continue
        in_a_row += 1
        over.append(one.start)
        if rule.in_a_row is not None and in_a_row == rule.in_a_row:
            found.append(
                (
                    one.start,
                    Text(
                        f"30분 평균이 {in_a_row}회 연속 기준을 초과했습니다.",
                        f"{in_a_row} half-hours in a row were over the limit.",
                    ),
                )
            )
        over = [begin for begin in over if begin > one.start - WEEK_MS]
        was_full, full = full, rule.in_a_week is not None and len(over) >= rule.in_a_week
        if full and not was_full:
            found.append(
                (
                    one.start,
                    Text(
                        f"최근 7일 동안 30분 평균이 {len(over)}회 기준을 초과했습니다.",
                        f"{len(over)} half-hours within seven days were over the limit.",
                    ),
                )
            )
    return found


def _judge(start: int, mean: float, share: float, left_out: int, limit: float) -> HalfHour:
    there = Text(f"유효자료 {share:.0%}", f"{share:.0%} of the data count")
    if mean == mean:
        over = mean > limit
        word = Text("초과", "over") if over else Text("이내", "within")
        return HalfHour(
            start,
            mean,
            share,
            Verdict.OVER if over else Verdict.WITHIN,
            Text(
                f"30분 평균 {mean:.4g}, 기준 {limit:g} {word.ko} ({there.ko}).",
                f"30-minute mean {mean:.4g}, {word.en} the limit of {limit:g} ({there.en}).",
            ),
        )
    if left_out:
        return HalfHour(
            start,
            None,
            share,
            Verdict.LEFT_OUT,
            Text(
                f"상태표시로 {left_out}개 값을 제외하여 판정하지 않습니다 ({there.ko}).",
                f"Not judged: {left_out} values are left out by their state ({there.en}).",
            ),
        )
    return HalfHour(
        start,
        None,
        share,
        Verdict.TOO_FEW,
        Text(f"자료가 부족하여 판정하지 않습니다 ({there.ko}).", f"Not judged: too few data ({there.en})."),
    )


def _notes(rule: RepeatRule | None, half_hours: Sequence[HalfHour]) -> Sequence[Text]:
    notes = []
    if rule is None or (rule.in_a_row is None and rule.in_a_week is None):
        notes.append(
            Text(
                "반복 초과 기준이 설정되지 않아 30분 평균의 초과 여부만 표시합니다.",
                "No rule of repetition is set: only each half-hour over the limit is shown.",
            )
        )
    blank = sum(one.mean is None for one in half_hours)
    if blank:
        notes.append(
            Text(
                f"{len(half_hours)}개 구간 중 {blank}개는 판정하지 못했습니다.",
                f"{blank} of {len(half_hours)} half-hours could not be judged.",
            )
        )
    return notes


def _findings(strangers: Sequence[str], limit: float) -> Sequence[Finding]:
    findings = [
        Finding(
            "state",
            Text(
                f"측정기 상태 '{one}'을(를) 알 수 없습니다.", f"The state '{one}' of the monitor is unknown."
            ),
            Text("상태표에 있는 값을 쓰거나 상태표에 추가하십시오.", "use a state of the table, or add it."),
        )
        for one in strangers
    ]
    if not limit > 0:
        findings.append(
            Finding(
                "limit",
                Text(f"배출허용기준 {limit:g}이(가) 0보다 크지 않습니다.", "The limit is not above zero."),
                Text("사업장의 허가 기준을 적으십시오.", "write the limit of the firm's permit."),
            )
        )
    return findings
