"""How good the forecasts are: the day-ahead error of each series beside the naive one's, over some weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from sandan.clock import DAY_MS, midnight, milliseconds
from sandan.energy.engine.forecast import calibrate, naive_week, predict, score, solar_from_history, train
from sandan.energy.model.forecast import Forecast, History
from sandan.energy.model.outlook import Gate, Of, Series, SeriesRecord, Told
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.records.forecasts import put_records, records_of, told_at_gate
from sandan.energy.service.outlook import Outlook, calendar_of, place_of, rows_of
from sandan.store import Store

WEEKS = 4
ENOUGH = 7
"""Mornings whose forecasts were kept before the record is made of those alone."""
MADE_AGAIN = 14
FEWEST = 5
"""Days that a record made again must at least be of."""
LEAST = 28
"""Days of readings before the first that is made again."""
TEN = 10 * 3_600_000
DAY = 96


def review(store: Store, outlook: Outlook, now: datetime) -> list[SeriesRecord]:
    """Reckon and keep the record of every series; once a day is enough."""
    series, history = outlook.history(now)
    with store.registry.read() as conn:
        kept = told_at_gate(conn, Gate.TEN, now - timedelta(weeks=WEEKS))
    made = _of_kept(kept, history, now)
    missing = [at for at, one in enumerate(series) if one.id not in made]
    if missing:
        made |= _made_again(series, history, missing, now)
    with store.registry.write() as conn:
        put_records(conn, list(made.values()))
    return list(made.values())


def review_due(store: Store, now: datetime) -> bool:
    """Whether the records are of another day."""
    with store.registry.read() as conn:
        kept = records_of(conn)
    newest = max((one.reckoned_at for one in kept.values()), default=None)
    return newest is None or midnight(milliseconds(newest)) != midnight(milliseconds(now))


def tomorrow_of(forecast: Forecast) -> Forecast:
    """The part that speaks of the day after the one it was told on."""
    first = (midnight(forecast.until) + DAY_MS - forecast.until) // SLOT_MS
    part = slice(first, first + DAY)
    return replace(forecast, start=forecast.start[part], values=forecast.values[:, part])


def _of_kept(kept: Sequence[Told], history: History, now: datetime) -> dict[str, SeriesRecord]:
    by_series: dict[str, list[Told]] = defaultdict(list)
    for one in kept:
        # Its day must be over before it can be judged.
        if midnight(milliseconds(one.until)) + 2 * DAY_MS <= history.end:
            by_series[one.series].append(one)
    row_of = {id: at for at, id in enumerate(history.series)}
    found = {}
    for id, told in by_series.items():
        if id in row_of and len(told) >= ENOUGH:
            forecasts = [tomorrow_of(_forecast_of(one)) for one in told]
            part = rows_of(history, [row_of[id]])
            found[id] = _records(forecasts, part, now, again=False)[0]
    return found


def _forecast_of(one: Told) -> Forecast:
    until = milliseconds(one.until)
    start = until + np.arange(len(one.values), dtype=np.int64) * SLOT_MS
    return Forecast(
        (one.series,), until, start, one.quantiles, one.values[None], np.array([one.method], np.int8)
    )


def _made_again(
    series: Sequence[Series], history: History, rows: Sequence[int], now: datetime
) -> dict[str, SeriesRecord]:
    """What would have been told on the mornings past, from what had been measured by then."""
    last = midnight(history.end)
    mornings = [last - back * DAY_MS + TEN for back in range(MADE_AGAIN + 1, 1, -1)]
    loads = [at for at in rows if series[at].of is not Of.ROOF]
    roofs = [at for at in rows if series[at].of is Of.ROOF]
    found: list[SeriesRecord] = []
    if loads:
        part = rows_of(history, loads)
        first = int(np.argmax(np.isfinite(part.values).any(axis=0)))
        begin = history.start + first * SLOT_MS
        able = [at for at in mornings if at - begin >= LEAST * DAY_MS]
        if len(able) >= FEWEST:
            model = train(part.before(able[0]), calendar_of(history))
            told = []
            for at in able:
                if at != able[0]:
                    model = calibrate(model, part.before(at), midnight(at) - DAY_MS)
                told.append(tomorrow_of(predict(model, part, at, 2 * DAY)))
            found += _records(told, part, now, again=True)
    place = place_of([series[at].thing for at in roofs])
    if place is not None:
        part = rows_of(history, roofs)
        told = [tomorrow_of(solar_from_history(part, *place, at, 2 * DAY)) for at in mornings]
        found += _records(told, part, now, again=True)
    return {one.series: one for one in found if one.days >= FEWEST}


def _records(
    forecasts: Sequence[Forecast], actual: History, now: datetime, *, again: bool
) -> list[SeriesRecord]:
    naive = [tomorrow_of(naive_week(actual, one.until, 2 * DAY)) for one in forecasts]
    mine, other = score(forecasts, actual), score(naive, actual)
    return [
        SeriesRecord(
            id,
            now,
            round(int(mine.slots[at]) / DAY),
            again,
            float(mine.n_mae[at]),
            float(other.n_mae[at]),
            float(mine.mase[at]),
            float(mine.coverage[at]),
        )
        for at, id in enumerate(actual.series)
    ]
