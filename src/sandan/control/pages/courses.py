"""The course of concentration and dose at a place as a chart and as rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandan.control.model.substances import Threshold
from sandan.control.service.hazard.course import PlaceCourse
from sandan.words import Language, Text


@dataclass(frozen=True, slots=True)
class PassingRow:
    """When a threshold is passed at a place and when its dose is reached; None for never."""

    threshold: Threshold
    since: datetime | None
    until: datetime | None
    load: float | None
    filled: datetime | None
    lasts: bool
    """It is still passed when the hour computed ends."""


def course_rows(shown: PlaceCourse) -> list[PassingRow]:
    """A row for each threshold, highest first."""

    def at(seconds: float) -> datetime | None:
        return shown.started + timedelta(seconds=seconds) if math.isfinite(seconds) else None

    return [
        PassingRow(
            one.threshold,
            at(one.since),
            at(one.until),
            None if math.isnan(one.load) else one.load,
            at(one.filled),
            math.isfinite(one.since) and math.isinf(one.until),
        )
        for one in shown.course.passings
    ]


def course_chart(shown: PlaceCourse, language: Language) -> Mapping[str, Any]:
    """Concentration outdoors and indoors on one axis with the thresholds' lines, the dose on the other."""
    course = shown.course
    start = round(shown.started.timestamp() * 1000)
    steps = [start + round(seconds * 1000) for seconds in course.times.tolist()]

    def line(name: Text | str, unit: str, values: Sequence[float]) -> dict[str, Any]:
        return {
            "name": name if isinstance(name, str) else name.in_(language),
            "unit": unit,
            "kind": "line",
            "digits": 1,
            "data": [[start, 0.0], *([at, value] for at, value in zip(steps, values, strict=True))],
        }

    highest = float(course.outdoors.max())
    series = [line(Text("바깥 농도", "Outdoors"), "ppm", course.outdoors.tolist())]
    if course.indoors is not None:
        series.append(line(Text("닫힌 실내", "Closed room"), "ppm", course.indoors.tolist()))
    unit = dose_unit(course.exponent)
    series.append(line(Text("누적 노출", "Dose"), unit, course.dose.tolist()))
    series += [
        {
            "name": f"{one.threshold.label} {one.level:g} ppm",
            "unit": "ppm",
            "kind": "line",
            "digits": 1,
            "data": [[start, one.level], [steps[-1], one.level]],
        }
        for one in course.passings
        if one.level <= max(3 * highest, min(each.level for each in course.passings))
    ]
    return {"series": series, "from": start, "to": steps[-1]}


def dose_unit(exponent: float) -> str:
    """ppmⁿ·min with its n; without a toxic exponent concentration times time."""
    return "ppm·min" if exponent == 1 else f"ppm^{exponent:g}·min"
