"""What is expected of meters and roofs, each forecast with its own record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import numpy as np
from starlette.responses import Response

from sandan.clock import milliseconds
from sandan.domain import Here
from sandan.energy.model.forecast import Method
from sandan.energy.model.outlook import Of, Told
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS
from sandan.energy.model.rights import SEE
from sandan.energy.pages.curves import band, line
from sandan.energy.service.forecasts import Line, Shown, forecast_board, show_forecast
from sandan.web import Routes
from sandan.words import Language, Text

routes = Routes("energy", prefix="/energy/forecasts")
LISTED = 10
KINDS_OF = {
    Of.METER: Text("전력 사용", "Load"),
    Of.ROOF: Text("태양광", "Solar roofs"),
    Of.SITE: Text("배터리를 뺀 사용", "Load without battery"),
}
METHODS = {
    Method.LEARNED: Text("학습한 모형", "learned"),
    Method.NAIVE: Text("지난주 같은 시각 (자료 부족)", "last week's same hour (too little history)"),
}
HOUR = timedelta(hours=1)


@routes.page("", permission=SEE)
def forecasts_page(here: Here) -> Response:
    """The least and the most exact forecasts, and how they do against the naive one."""
    board = forecast_board(here.store, here.actor)
    judged = [(KINDS_OF[of], _summary(board.of(of)), board.of(of)) for of in (Of.METER, Of.ROOF)]
    return here.render(
        "energy/forecasts.html",
        board=board,
        judged=[one for one in judged if one[2]],
        listed=LISTED,
        forecast_url=forecast_url,
    )


@routes.page("/{series:path}", permission=SEE)
def forecast_page(series: str, here: Here) -> Response:
    """One forecast as a fan, and its record."""
    shown = show_forecast(here.store, here.actor, series, here.now)
    return here.render(
        "energy/forecast.html",
        shown=shown,
        record=shown.line.record,
        told=shown.told,
        kind=KINDS_OF[shown.line.series.of],
        method=None if shown.told is None else METHODS[shown.told.method],
        chart=_fan(shown, here.language),
        hours=_hours(shown.told),
        forecast_url=forecast_url,
    )


def forecast_url(series: str) -> str:
    """The address of a forecast."""
    return f"/energy/forecasts/{quote(series, safe='')}"


def _summary(lines: Sequence[Line]) -> dict[str, float]:
    """The middle of all records of a kind."""
    records = [one.record for one in lines if one.record is not None]

    def middle(values: list[float]) -> float:
        known = [value for value in values if value == value]
        return float(np.median(known)) if known else float("nan")

    return {
        "error": middle([one.error for one in records]),
        "naive": middle([one.naive for one in records]),
        "gain": middle([one.gain for one in records]),
        "coverage": middle([one.coverage for one in records]),
        "worse": float(sum(one.gain < 0 for one in records)),
    }


def _fan(shown: Shown, language: Language) -> dict[str, Any] | None:
    """What was measured, the median, and the bands in which nine and five of ten values are to fall."""
    told = shown.told
    series = [line(Text("계측", "measured"), language, shown.start, shown.measured, "kW")]
    bands: list[dict[str, Any]] = []
    end = shown.start + len(shown.measured) * SLOT_MS
    if told is not None:
        begin = milliseconds(told.until)
        by = dict(zip(told.quantiles, (told.values / SLOT_HOURS).T, strict=True))
        series.append(line(Text("예측 (중앙값)", "forecast (median)"), language, begin, by[0.5], "kW"))
        for low, high, opacity in ((0.05, 0.95, 0.14), (0.25, 0.75, 0.22)):
            if low in by and high in by and (made := band(begin, by[low], by[high], 2, opacity)):
                bands.append(made)
        end = begin + len(told.values) * SLOT_MS
    elif np.isnan(shown.measured).all():
        return None
    return {"series": series, "bands": bands, "from": shown.start, "to": end}


def _hours(told: Told | None) -> list[dict[str, Any]]:
    """The forecast hour by hour [kW], for those who read rather than look."""
    if told is None:
        return []
    kw = told.values / SLOT_HOURS
    rows = []
    for at in range(0, len(kw) - 3, 4):
        part = {q: float(kw[at : at + 4, n].mean()) for n, q in enumerate(told.quantiles)}
        rows.append(
            {"at": told.until + at // 4 * HOUR, "low": part.get(0.1), "mid": part[0.5], "high": part.get(0.9)}
        )
    return rows
