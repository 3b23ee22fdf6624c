"""The weather to come of a demo complex."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandan.clock import Period, Window
from sandan.ingest import foretell_weather, simulated
from sandan.ingest.sources.simulator import catch_up
from sandan.twin.demo import DemoParams
from sandan.twin.samples import INSTANT, Stream


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


def test_a_demo_tells_a_week_of_its_batteries_once_in_a_quarter_hour(clock):
    """Days back there is one reading of a battery's power in each quarter-hour, and every chunk has some."""
    behaviour = simulated(DemoParams(firms=50))
    now = clock.now()
    chunks = list(catch_up(behaviour, now - timedelta(days=2), now))
    assert all(chunk.num_rows for chunk in chunks)
    told = pa.concat_tables(chunks)
    power = told.filter(pc.equal(told["address"], "battery-0001.battery_power"))
    early = power.filter(pc.less(power["start"], pa.scalar(now - timedelta(days=1), INSTANT)))
    assert 90 <= early.num_rows <= 96
