"""Days from a meter's steps: a day with a step missing is missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from sandan.clock import DAY_MS, SEOUL_MS
from sandan.energy.model.rates import SLOT_MS, Floats, Instants
from sandan.energy.model.savings import DayKind, Days
from sandan.errors import InvalidInput
from sandan.words import Text

_EPOCH = date(1970, 1, 1)


def days_of(
    start: Instants,
    energy: Floats,
    holidays: Collection[date],
    temperature: Floats | None = None,
    *,
    step_ms: int = SLOT_MS,
) -> Days:
    """The whole days in Seoul of a meter with steps `start` [ms, n] and `energy` [kWh, n].

    `temperature` [°C, n] is averaged over what is there, at least half of the day. Days that the steps cut
    short at either end are left out. Raises `InvalidInput` when steps are not a run or no day is whole.
    """
    if len(start) != len(energy) or np.any(np.diff(start) != step_ms) or DAY_MS % step_ms:
        raise InvalidInput.because(
            "start",
            Text("계량값의 간격이 고르지 않습니다.", "The steps are not a run."),
            Text("빠진 칸은 NaN으로 채워 주십시오.", "Fill missing steps with NaN."),
        )
    steps = DAY_MS // step_ms
    skip = int(-((start[0] + SEOUL_MS) // step_ms) % steps) if len(start) else 0
    n = (len(start) - skip) // steps
    if n < 1:
        raise InvalidInput.because(
            "start",
            Text("온전한 하루가 없습니다.", "No day is whole."),
            Text("하루 이상의 자료를 주십시오.", "Give a day or more."),
        )
    cut = slice(skip, skip + n * steps)
    slots = np.asarray(energy, dtype=np.float64)[cut].reshape(n, steps)
    day = (start[cut][::steps] + SEOUL_MS) // DAY_MS
    return Days(
        day=day,
        energy=slots.sum(axis=1),
        kind=kinds(day, holidays),
        temperature=None if temperature is None else _mean(np.asarray(temperature)[cut].reshape(n, steps)),
        slots=slots,
    )


def kinds(day: Instants, holidays: Collection[date]) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """`DayKind` of each day [n]."""
    off = frozenset(holidays)
    dates = [_EPOCH + timedelta(days=int(number)) for number in day]
    return np.array(
        [
            DayKind.HOLIDAY
            if one.weekday() == 6 or one in off
            else DayKind.SATURDAY
            if one.weekday() == 5
            else DayKind.WORKING
            for one in dates
        ],
        dtype=np.int8,
    )


def with_driver(days: Days, name: str, values: Mapping[date, float]) -> Days:
    """The days with one more driver, such as tonnes produced; days it does not name are missing."""
    column = np.array(
        [values.get(_EPOCH + timedelta(days=int(number)), np.nan) for number in days.day], dtype=np.float64
    )
    return replace(days, drivers={**days.drivers, name: column})


def between(days: Days, begin: int, end: int) -> Days:
    """The days from `begin` up to and without `end` [days since 1970]."""
    keep = (days.day >= begin) & (days.day < end)
    return Days(
        days.day[keep],
        days.energy[keep],
        days.kind[keep],
        None if days.temperature is None else days.temperature[keep],
        {name: column[keep] for name, column in days.drivers.items()},
        None if days.slots is None else days.slots[keep],
    )


def _mean(values: Floats) -> Floats:
    there = ~np.isnan(values)
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return np.where(count * 2 >= values.shape[1], total / np.maximum(count, 1), np.nan)
