"""The pool's courses as the chart island reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sandan.clock import DAY_MS, HOUR_MS
from sandan.energy.model.pool import HourLine, Offer
from sandan.energy.model.rates import Floats
from sandan.energy.pages.curves import line
from sandan.energy.service.vpp.desk import Today
from sandan.energy.service.vpp.deviation import DayView, Record
from sandan.energy.service.vpp.gates import day_start
from sandan.words import Language, Text

TOLD = Text("제출한 예측", "forecast handed in")
MADE = Text("발전", "output")


def hours(
    name: Text, language: Language, start: int, values: Sequence[float | None] | Floats, kind: str = "line"
) -> dict[str, Any]:
    """Hours from `start` [ms]; what is missing is a gap."""
    data = [
        [start + at * HOUR_MS, None if value is None or value != value else round(float(value), 1)]
        for at, value in enumerate(values)
    ]
    return {
        "name": name.in_(language),
        "unit": "kWh",
        "kind": kind,
        "digits": 0,
        "interval": HOUR_MS,
        "data": data,
    }


def today_chart(today: Today, told: DayView | None, language: Language) -> dict[str, Any]:
    """Output of today in quarter-hours, the hourly forecast that counts, and what is expected of the rest."""
    series = [line(MADE, language, today.start, today.made, "kW")]
    if told is not None and any(one.told is not None for one in told.hours):
        flat = np.repeat([np.nan if one.told is None else one.told for one in told.hours], 4)
        series.append(line(TOLD, language, today.start, flat, "kW", "step"))
    series.append(line(Text("지금의 예측", "forecast now"), language, today.start, today.outlook, "kW"))
    return {"series": series, "from": today.start, "to": today.start + DAY_MS}


def day_chart(day: DayView, language: Language) -> dict[str, Any]:
    """A day's output beside the forecast that counts."""
    return {
        "series": [
            hours(MADE, language, day.hours[0].start, [one.made for one in day.hours], "bar"),
            hours(TOLD, language, day.hours[0].start, [one.told for one in day.hours], "step"),
        ],
        "from": day.hours[0].start,
        "to": day.hours[0].start + DAY_MS,
    }


def offer_chart(offer: Offer, language: Language) -> dict[str, Any]:
    """What would be handed in, within what may come."""
    start = day_start(offer.day)
    series = [
        hours(Text("제출할 예측", "to be handed in"), language, start, offer.energy.sum(axis=0), "step"),
        hours(Text("중앙값", "median"), language, start, offer.median),
    ]
    band = {
        "low": [[start + at * HOUR_MS, round(float(value), 1)] for at, value in enumerate(offer.low)],
        "high": [[start + at * HOUR_MS, round(float(value), 1)] for at, value in enumerate(offer.high)],
        "interval": HOUR_MS,
        "color": 1,
        "opacity": 0.16,
    }
    return {"series": series, "bands": [band], "from": start, "to": start + DAY_MS}


def daily(name: Text, language: Language, end: int, values: Floats, unit: str = "kWh") -> dict[str, Any]:
    """Days up to `end` [ms] as bars, from the first that is known."""
    known = np.flatnonzero(np.isfinite(values))
    values = values[known[0] :] if len(known) else values
    start = end - len(values) * DAY_MS
    data = [
        [start + at * DAY_MS, None if value != value else round(float(value), 1)]
        for at, value in enumerate(values)
    ]
    row = {
        "name": name.in_(language),
        "unit": unit,
        "kind": "bar",
        "digits": 1,
        "interval": DAY_MS,
        "data": data,
    }
    return {"series": [row], "from": start, "to": end}


def record_chart(record: Record, language: Language) -> dict[str, Any] | None:
    """The mean error of each day beside what the market's test lets pass; None before there are two days."""
    if len(record.daily) < 2:
        return None
    start, end = day_start(record.daily[0][0]), day_start(record.daily[-1][0]) + DAY_MS
    errors = [[day_start(day), None if error != error else round(error, 2)] for day, error in record.daily]
    limit = record.rule.entry_mean
    return {
        "series": [
            {
                "name": Text("하루 평균 오차", "mean error of the day").in_(language),
                "unit": "%",
                "kind": "bar",
                "digits": 1,
                "interval": DAY_MS,
                "data": errors,
            },
            {
                "name": Text("시험의 한도", "limit of the test").in_(language),
                "unit": "%",
                "kind": "line",
                "digits": 0,
                "data": [[start, limit], [end, limit]],
            },
        ],
        "from": start,
        "to": end,
    }


def light(lines: Sequence[HourLine]) -> list[HourLine]:
    """The hours in which anything was made or told: nights say nothing."""
    return [one for one in lines if (one.made or 0) > 0 or (one.told or 0) > 0]
