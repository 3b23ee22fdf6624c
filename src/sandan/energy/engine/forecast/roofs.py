"""What roofs will give, by the weather that was told where there is any, and by the clear sky where not."""

from __future__ import annotations

import numpy as np

from sandan.energy.engine.forecast.issued import solar_as_issued
from sandan.energy.engine.forecast.sky import QUANTILES, solar_from_history
from sandan.energy.model.forecast import Forecast, History, Method, Weather

SKY = ("direct", "diffuse")
"""How direct and diffuse radiation on the level are called in the weather, unless said."""


def forecast_roofs(
    history: History,
    latitude: float,
    longitude: float,
    until: int,
    horizon: int,
    quantiles: tuple[float, ...] = QUANTILES,
    weather: Weather | None = None,
    sky: tuple[str, str] = SKY,
) -> Forecast:
    """Quantiles of generation for `horizon` slots from `until` (ms UTC), by the best that is known.

    With `weather` as issued, what each roof made of such weather so far (`solar_as_issued`); for slots, and
    for roofs, of which that says nothing, the clear sky and the clouds of the last weeks
    (`solar_from_history`). NaN where neither can tell. Raises `InvalidInput` where the weather lacks `sky`.
    """
    usual = solar_from_history(history, latitude, longitude, until, horizon, quantiles)
    if weather is None:
        return usual
    told = solar_as_issued(history, weather, *sky, longitude, until, horizon, quantiles)
    values = np.where(np.isnan(told.values), usual.values, told.values)
    method = np.where(np.isnan(values).all(axis=(1, 2)), Method.NAIVE, Method.LEARNED).astype(np.int8)
    return Forecast(history.series, until, usual.start, quantiles, values, method)
