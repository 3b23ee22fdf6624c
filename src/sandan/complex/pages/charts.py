"""Series as the chart island and the API's readers take them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from sandan.complex.engine.ranges import LENGTHS
from sandan.complex.engine.series import to_ms
from sandan.complex.model import RAW, Series, Shown
from sandan.words import Language

BARS = 400
"""Beyond so many buckets bars are thinner than a pixel, and a line reads better."""
_SAME_LENGTH = {"15min", "30min", "1h", "1d", "1w"}


def chart(shown: Shown, language: Language, *, drawn: bool = False) -> dict[str, Any]:
    """What the chart island reads; gaps are nulls with coverage 0.

    Only `drawn`, values are cut to the decimals an eye could tell apart, which halves the page.
    """
    period = shown.selection.period
    return {
        "from": to_ms(period.start),
        "to": to_ms(period.end),
        "every": shown.every,
        "coarsened": shown.coarsened,
        "series": [_series(series, language, drawn) for series in shown.series],
    }


def _series(series: Series, language: Language, drawn: bool) -> dict[str, Any]:
    place, summary = series.place, series.summary
    value = np.round(series.value, digits(series) + 2) if drawn else series.value
    return {
        "point": place.point.id,
        "name": place.label.in_(language),
        "quantity": place.point.quantity,
        "unit": place.quantity.unit,
        "kind": _kind(series),
        "digits": digits(series),
        "simulated": place.point.simulated,
        "interval": _interval(series),
        "data": list(zip(series.start.tolist(), _nulls(value), strict=True)),
        "coverage": [round(share, 4) for share in series.coverage.tolist()],
        "summary": {
            "count": summary.count,
            "expected": summary.expected,
            "coverage": summary.coverage,
            "minimum": summary.minimum,
            "mean": summary.mean,
            "maximum": summary.maximum,
            "total": summary.total,
        },
    }


def _nulls(values: Any) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _kind(series: Series) -> str:
    rollup = series.place.quantity.rollup
    if rollup == "sum" and series.every != RAW and len(series.start) <= BARS:
        return "bar"
    return "step" if rollup in ("sum", "last") else "line"


def _interval(series: Series) -> int | None:
    """The spacing in milliseconds; None where it is not constant (months) or not known."""
    if series.every == RAW:
        interval = series.place.point.interval
        return None if interval is None else interval // timedelta(milliseconds=1)
    if series.every in _SAME_LENGTH:
        return LENGTHS[series.every] // timedelta(milliseconds=1)
    return None


def digits(series: Series) -> int:
    """Decimals for the largest value shown."""
    largest = float(np.nanmax(np.abs(series.value))) if np.isfinite(series.value).any() else 0.0
    return 0 if largest >= 1000 else 1 if largest >= 100 else 2 if largest >= 1 else 3


def rows_of(series: Sequence[Series], first: int, most: int) -> tuple[list[list[Any]], int]:
    """The series side by side as table rows from row `first`: instant, then a value or None for each."""
    if not series:
        return [], 0
    starts = np.unique(np.concatenate([one.start for one in series]))
    wanted = starts[first : first + most]
    rows: list[list[Any]] = [[int(start)] for start in wanted]
    for one in series:
        at = np.searchsorted(one.start, wanted)
        for row, (start, i) in enumerate(zip(wanted, at, strict=True)):
            there = i < len(one.start) and one.start[i] == start
            value = float(one.value[i]) if there else float("nan")
            rows[row].append((None if value != value else value, float(one.coverage[i]) if there else None))
    return rows, len(starts)
