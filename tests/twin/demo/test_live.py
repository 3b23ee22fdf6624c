"""The demo complex in motion: one truth at every speed, and physics one would believe."""

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandan.clock import SEOUL, Period, Window
from sandan.errors import NotFound
from sandan.twin.demo import DemoParams, behave, generate
from sandan.twin.samples import READINGS
from sandan.twin.tables import quantities

MONDAY, SUNDAY, HOLIDAY = date(2026, 5, 18), date(2026, 5, 17), date(2026, 5, 25)
QUARTER = timedelta(minutes=15)
COMPLEX = generate(DemoParams(seed=3, firms=80))
CALM = behave(COMPLEX, troubles=False)
TROUBLED = behave(COMPLEX)


def _ids(kind, quantity):
    return [p.id for p in COMPLEX.points if p.thing.startswith(f"{kind}-") and p.quantity == quantity]


def _day(day, points, behaviour=CALM):
    return behaviour.at(Window(Period.day(day).start, QUARTER, 96), points)


def test_readings_have_the_shape_that_sources_deliver():
    """Every reading names a point, a start on its interval, and a value in the quantity's possible range."""
    of = {point.id: quantities()[point.quantity] for point in COMPLEX.points}
    table = pa.concat_tables(TROUBLED.readings(Period(_at(10), _at(10) + timedelta(hours=1))))
    assert table.schema == READINGS
    for address, value in zip(table["address"].to_pylist(), table["value"].to_pylist(), strict=True):
        assert of[address].low <= value <= of[address].high, (address, value)


def test_a_month_at_once_and_a_live_run_agree():
    """What ticks deliver over twenty minutes is what a backfill of the same time gives, each reading once."""
    begin, end = _at(13, 50), _at(14, 10)
    before = pa.concat_tables(TROUBLED.readings(Period(begin - timedelta(hours=1), begin), arrived_by=begin))
    live = [
        TROUBLED.tick(begin + timedelta(seconds=s), begin + timedelta(seconds=s + 7))
        for s in range(0, 1190, 7)
    ]
    last = begin + timedelta(seconds=1190)
    live.append(TROUBLED.tick(last, end))
    whole = pa.concat_tables(
        behave(COMPLEX).readings(Period(begin - timedelta(hours=1), end), arrived_by=end)
    )
    assert _sorted(pa.concat_tables([before, *live])) == _sorted(whole)


def test_values_do_not_depend_on_what_was_asked_before():
    """The same instant has the same value alone, within a window, and in another order of points."""
    points = [point.id for point in COMPLEX.points]
    window = Window(_at(9), timedelta(minutes=10), 12)
    together = TROUBLED.at(window, points)
    fresh = behave(COMPLEX)
    alone = np.vstack(
        [fresh.at(Window(t, QUARTER, 1), points[::-1])[:, ::-1] for t in reversed(list(window))]
    )
    np.testing.assert_array_equal(together, alone[::-1])


@settings(max_examples=10, deadline=None)
@given(day=st.dates(date(2024, 1, 1), date(2027, 12, 31)), quarter=st.integers(0, 95))
def test_energy_is_the_integral_of_power(day, quarter):
    """A quarter-hour's kWh are the mean of its ninety powers times a quarter, peaks and clouds included."""
    start = Period.day(day).start + quarter * QUARTER
    for kind, power, energy in (
        ("meter", "active_power", "active_energy"),
        ("pv", "generation_power", "generation_energy"),
    ):
        # A dead gateway loses readings, not energy: ask the physics under it.
        starts = np.arange(int(start.timestamp()), int(start.timestamp()) + 900, 10)
        drawn = TROUBLED.physics.values(kind, power, starts, 10).mean(0) / 4
        counted = TROUBLED.physics.values(kind, energy, starts[:1], 900)[0]
        np.testing.assert_allclose(counted, drawn, rtol=2e-3 if kind == "pv" else 1e-9, atol=1e-6)


@settings(max_examples=8, deadline=None)
@given(day=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_no_meter_draws_more_than_its_contract_or_less_than_nothing(day):
    """Only a scripted peak goes beyond the contract; shaving never turns a meter backwards."""
    meters = [p for p in COMPLEX.points if p.quantity == "active_power" and p.thing.startswith("meter")]
    drawn = _day(day, [p.id for p in meters])
    assert (drawn <= np.array([p.high for p in meters]) + 1e-9).all()
    assert (drawn >= 0).all()


@settings(max_examples=8, deadline=None)
@given(day=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_the_sun_sets_and_a_plant_keeps_below_its_capacity(day):
    """Nothing at night, something by day, never more than the modules can give."""
    capacity = np.array([t.attributes["capacity"] for t in COMPLEX.things if t.kind == "pv"])
    made = _day(day, _ids("pv", "generation_power"))
    assert (made[:16] == 0).all()
    assert (made[90:] == 0).all()
    assert (made.max(0) > 0).all()
    assert (made <= capacity).all()


def test_people_go_home():
    """One-shift firms draw little at night and pause for lunch; on Sundays and holidays all draw less."""
    shifts = {t.id: t.attributes["shifts"] for t in COMPLEX.things if t.kind == "firm"}
    meters = [p for p in COMPLEX.points if p.quantity == "active_power" and p.thing.startswith("meter")]
    single = [p.id for p in meters if shifts[p.tenant] == 1]
    work = _day(MONDAY, single).sum(1)
    assert work[8:16].mean() < 0.5 * work[40:46].mean()
    assert work[48:52].mean() < 0.9 * work[42:47].mean()
    whole, sunday, holiday = (_day(day, [p.id for p in meters]).sum() for day in (MONDAY, SUNDAY, HOLIDAY))
    assert sunday < 0.75 * whole
    assert holiday < 0.75 * whole


def test_a_cold_night_and_a_hot_noon_show_in_the_thermometer():
    """January is colder than August, and the afternoon warmer than the small hours."""
    point = _ids("weather_station", "air_temperature")[:1]
    january, august = (
        CALM.at(Window(datetime(2026, m, 1, tzinfo=SEOUL), timedelta(hours=1), 24 * 28), point)
        for m in (1, 8)
    )
    assert january.mean() < 3 < 22 < august.mean()
    course = august.reshape(28, 24).mean(0)
    assert course[14:17].mean() > course[3:6].mean() + 2


def test_battery_charges_at_night_and_spends_by_day():
    """State of charge falls while power flows out, rises while it flows in, and stays within its walls."""
    power, charge = (_day(MONDAY, _ids("battery", q)) for q in ("battery_power", "state_of_charge"))
    assert (charge >= 0).all()
    assert (charge <= 100).all()
    change = np.diff(charge, axis=0)
    assert (change[power[:-1] > 1] < 0).all()
    assert (change[power[:-1] < -1] > 0).all()


def test_transformer_follows_its_load_slowly():
    """Oil is warmest after the load's peak, and every transformer is warmer than the air."""
    oil = _day(MONDAY, _ids("transformer", "transformer_temperature"))
    air = _day(MONDAY, _ids("weather_station", "air_temperature")[:1])
    load = _day(MONDAY, _ids("transformer", "transformer_loading"))
    assert (oil > air - 1).all()
    rise = (oil - air).mean(1)
    assert rise[:72].argmax() > load.mean(1)[:72].argmax()


def test_feeder_carries_what_its_meters_draw():
    """The substation's power is its customers' within losses and ripple."""
    meters = _day(MONDAY, _ids("meter", "active_power")).sum(1)
    station = _day(MONDAY, _ids("substation", "active_power")).sum(1)
    np.testing.assert_allclose(station, 1.02 * meters, rtol=0.05)


def test_another_seed_is_another_week():
    """Weather and moods follow the seed; the complex does not."""
    points = _ids("meter", "active_power")[:5]
    assert not np.array_equal(_day(MONDAY, points), _day(MONDAY, points, behave(COMPLEX, seed=99)))


def test_an_unknown_point_is_named():
    """Asking for what is not there says so."""
    with pytest.raises(NotFound, match="no-such-point"):
        CALM.at(Window(_at(9), QUARTER, 1), ["no-such-point"])


def _at(hour, minute=0):
    return datetime(2026, 5, 18, hour, minute, tzinfo=SEOUL)


def _sorted(table):
    table = table.combine_chunks().sort_by([("address", "ascending"), ("start", "ascending")])
    assert pc.count_distinct(pc.binary_join_element_wise(
        table["address"], table["start"].cast(pa.int64()).cast(pa.string()), "@"
    )).as_py() == len(table)  # fmt: skip
    return table.to_pydict()
