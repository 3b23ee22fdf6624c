"""Forecasts told in the house: what is kept of them, and how they are judged."""

from datetime import timedelta

import numpy as np
import pytest
from tests.energy.service.works import ENGINEER, FIRM, POINTS, fill

from sandan.clock import QUARTER_HOUR, Period
from sandan.energy.model.forecast import Method
from sandan.energy.model.outlook import Gate
from sandan.energy.records.forecasts import newest_told, pack, records_of, told_at_gate, unpack
from sandan.energy.service.forecasts import forecast_board, show_forecast
from sandan.energy.service.outlook import AHEAD, Outlook, site_series
from sandan.energy.service.track import review, review_due
from sandan.errors import NotFound
from sandan.twin.samples import Stream


def test_what_is_told_is_a_sample_with_the_moment_it_was_known(store, clock):
    """The median of each series lies in the forecast stream, known at the run, the quantiles beside it."""
    now = clock.now() + timedelta(minutes=7)
    fill(store, now)
    outlook = Outlook(store)
    assert outlook.due(now)
    run = outlook.tell(now)
    assert (run.told, run.naive, run.silent, run.gate) == (4, 0, 0, Gate.HOURLY)
    assert not outlook.due(now)
    with store.registry.read() as conn:
        point = store.points.get(conn, "m-1.active_energy")
        told = newest_told(conn, ["m-1.active_energy", site_series("m-1")])
    rows = store.historian.scan(
        [point], Period(now - QUARTER_HOUR, now + timedelta(days=3)), stream=Stream.FORECAST
    )
    kept = told["m-1.active_energy"]
    assert len(rows) == len(kept.values) == AHEAD
    assert set(rows["known_at"].to_pylist()) == {now}
    assert rows["start"][0].as_py() == clock.now() == kept.until
    middle = kept.values[:, kept.quantiles.index(0.5)]
    assert np.allclose(rows["value"].to_numpy(), middle, rtol=2e-3)
    assert (np.diff(kept.values, axis=1) >= 0).all()
    assert kept.method is Method.LEARNED
    # At dusk the battery gives 10 kWh in a quarter-hour, which the site would otherwise take.
    site = told[site_series("m-1")].values[:, kept.quantiles.index(0.5)]
    dusk = slice(8 * 4, 10 * 4)
    assert np.isclose((site[dusk] - middle[dusk]).mean(), 10, atol=2)
    assert (
        store.historian.scan([point], Period(now, now + timedelta(days=1)), stream=Stream.ACTUAL).num_rows
        == 0
    )


def test_only_gates_are_kept_once_they_are_superseded(store, clock):
    """A forecast between gates gives way to the next; one of 10:00 stays for its record."""
    now = clock.now()
    fill(store, now)
    outlook = Outlook(store)
    outlook.tell(now)
    assert outlook.tell(now + timedelta(hours=1)).gate is Gate.TEN
    assert outlook.due(now + timedelta(hours=2))
    outlook.tell(now + timedelta(hours=2, minutes=1))
    with store.registry.read() as conn:
        gates = told_at_gate(conn, Gate.TEN, now)
        assert {one.until for one in gates} == {now + timedelta(hours=1)}
        assert {one.until for one in newest_told(conn, [one.series for one in gates]).values()} == {
            now + timedelta(hours=2)
        }
        assert told_at_gate(conn, Gate.HOURLY, now)[0].until == now + timedelta(hours=2)


def test_each_forecast_is_judged_beside_last_week(store, clock):
    """Until enough was kept, past mornings are forecast again, and the record says so."""
    now = clock.now()
    measured = fill(store, now)["m-1.active_energy"]
    outlook = Outlook(store)
    outlook.tell(now)
    assert review_due(store, now)
    review(store, outlook, now)
    assert not review_due(store, now)
    assert review_due(store, now + timedelta(days=1))
    with store.registry.read() as conn:
        found = records_of(conn)
    assert set(found) == {one.id for one in POINTS[:3]} | {site_series("m-1")}
    record = found["m-1.active_energy"]
    assert record.again
    assert record.days == 14
    # The last fourteen whole days before this one, of which nine hours are over.
    days = np.arange(-36 - 14 * 96, -36)
    last_week = np.abs(measured[days] - measured[days - 672]).sum() / measured[days].sum()
    assert np.isclose(record.naive, last_week, rtol=1e-3)
    assert np.isclose(record.gain, 1 - record.error / record.naive)
    assert 0.5 < record.coverage <= 1


def test_with_little_history_last_week_is_told_and_said_to_be(store, clock):
    """Ten days teach nothing: the naive forecast comes, without spread and without a record."""
    now = clock.now()
    fill(store, now, days=10)
    outlook = Outlook(store)
    run = outlook.tell(now)
    assert run.naive == 3
    review(store, outlook, now)
    shown = show_forecast(store, ENGINEER, "m-2.active_energy", now)
    assert shown.told is not None
    assert shown.told.method is Method.NAIVE
    assert shown.line.record is None


def test_a_complex_without_meters_tells_nothing(store, clock):
    """No series, no forecast, no fault."""
    outlook = Outlook(store)
    assert outlook.tell(clock.now()).told == 0
    assert review(store, outlook, clock.now()) == []


def test_a_firm_sees_only_its_own_forecasts(store, clock):
    """Another firm's series is not there for it; what a plan alone needs is nobody's to see."""
    now = clock.now()
    fill(store, now)
    outlook = Outlook(store)
    outlook.tell(now)
    review(store, outlook, now)
    staff, own = forecast_board(store, ENGINEER), forecast_board(store, FIRM)
    assert {one.series.id for one in staff.lines} == {one.id for one in POINTS[:3]}
    assert {one.series.id for one in own.lines} == {"m-1.active_energy", "pv-1.generation_energy"}
    with pytest.raises(NotFound):
        show_forecast(store, FIRM, "m-2.active_energy", now)
    with pytest.raises(NotFound):
        show_forecast(store, ENGINEER, site_series("m-1"), now)


def test_packing_keeps_three_digits():
    """What is unpacked is what was packed, missing spread included."""
    values = np.array([[1.2345, 100.25, np.nan], [0, 5000.7, 64000]], np.float32)
    assert np.allclose(unpack(pack(values), 3), values, rtol=1e-3, equal_nan=True)
