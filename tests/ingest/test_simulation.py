"""The weather to come of a demo complex."""

from datetime import timedelta

import numpy as np

from sandan.clock import Period, Window
from sandan.ingest import foretell_weather, simulated
from sandan.twin.demo import DemoParams
from sandan.twin.samples import Stream


def test_the_demos_weather_is_foretold_for_two_days_and_nearly_right(sqlite_store, clock):
    """Each hour of wind and rain, as a forecast and not as a measurement; this hour's wind is the mean."""
    behaviour = simulated(DemoParams(firms=50))
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, behaviour.complex.things)
        sqlite_store.points.put(conn, behaviour.complex.points)
        wind = sqlite_store.points.get(conn, "weather_station-0001.wind_speed")
    now = clock.now()
    foretell_weather(sqlite_store, behaviour, now)
    two_days = Period(now, now + timedelta(days=2))
    told = sqlite_store.historian.scan([wind], two_days, stream=Stream.FORECAST)
    assert told.num_rows == 48
    assert set(told["known_at"].to_pylist()) == {now}
    hour = behaviour.at(Window(now, timedelta(minutes=1), 60), [wind.id])
    assert told["value"][0].as_py() == round(float(np.nanmean(hour)), 2)
    assert sqlite_store.historian.scan([wind], two_days).num_rows == 0
