"""Append and every read, against both forms."""

from __future__ import annotations

import cmath
import math
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandan.clock import SEOUL, Period
from sandan.errors import InvalidInput
from sandan.store.historian import HELD, ROLLED, ROLLED_ACROSS, Limits
from sandan.twin.samples import SAMPLES, Stream

T0 = datetime(2025, 1, 1, tzinfo=SEOUL)
Q = timedelta(minutes=15)
YEAR = Period(T0, T0 + timedelta(days=365))


def quarter_hours(point, values, *, start=T0, source=1, quality=0, known=Q):
    return [(point, start + i * Q, start + i * Q + known, source, v, quality) for i, v in enumerate(values)]


def test_what_was_appended_is_read_back(historian, batch, point, rows_of):
    """A batch comes back as it went in, ordered by point and start."""
    rows = quarter_hours(7, [1.5, 2.5]) + quarter_hours(3, [-1.0, 0.1])
    historian.append(batch(rows))
    assert rows_of(historian.scan([point(7), point(3)], YEAR)) == sorted(rows)


def test_a_batch_in_slices_and_pieces_is_one_batch(historian, batch, point, rows_of):
    """How Arrow has cut a table into chunks does not show."""
    rows = quarter_hours(1, [float(i) for i in range(50)])
    whole = batch(rows)
    historian.append(
        pa.concat_tables([whole.slice(3, 20), whole.slice(30, 0), whole.slice(23), whole.slice(0, 3)])
    )
    assert rows_of(historian.scan([point(1)], YEAR)) == rows


def test_a_batch_sent_twice_is_kept_once(historian, batch, point):
    """Duplicates count once in every read, before any merge."""
    rows = quarter_hours(1, [1.0] * 8)
    for _ in range(3):
        historian.append(batch(rows))
    historian.append(batch(rows[2:5] + rows[2:5]))
    assert historian.count() == 8
    assert historian.scan([point(1)], YEAR).num_rows == 8
    assert historian.scan([point(1)], YEAR, revisions=True).num_rows == 8
    assert historian.roll([point(1)], YEAR, "1d")["value"].to_pylist() == [8.0]
    assert historian.roll([point(1)], YEAR, "1d")["count"].to_pylist() == [8]


def test_a_correction_is_a_new_row_and_the_past_stays_readable(historian, batch, point):
    """A later `known_at` counts from then on; `as_of` before it answers as before."""
    historian.append(batch(quarter_hours(1, [1.0, 2.0, 3.0])))
    noticed = T0 + timedelta(days=2)
    historian.append(batch([(1, T0 + Q, noticed, 2, 20.0, 0)]))
    before, after = noticed - Q, noticed
    for as_of, total, rows in ((before, 6.0, 3), (after, 24.0, 4), (None, 24.0, 4)):
        assert historian.roll([point(1)], YEAR, "1d", as_of=as_of)["value"].to_pylist() == [total]
        assert historian.scan([point(1)], YEAR, as_of=as_of, revisions=True).num_rows == rows


def test_streams_do_not_mix(historian, batch, point, rows_of):
    """A forecast under the same point is read only as a forecast, and hides no measurement."""
    actual = quarter_hours(1, [1.0, 2.0])
    forecast = quarter_hours(1, [9.0] * 5, source=3, known=-timedelta(hours=12))
    historian.append(batch(actual + forecast))
    assert rows_of(historian.latest([point(1)])) == actual[-1:]
    assert rows_of(historian.latest([point(1)], stream=Stream.FORECAST)) == forecast[-1:]
    assert rows_of(historian.scan([point(1)], YEAR)) == actual
    assert rows_of(historian.scan([point(1)], YEAR, stream=Stream.FORECAST)) == forecast
    assert historian.roll([point(1)], YEAR, "1d", stream=Stream.FORECAST)["value"].to_pylist() == [45.0]
    assert historian.scan([point(1)], YEAR, stream=Stream.SCHEDULE).num_rows == 0


def test_latest_in_the_past_looks_behind_the_newest_row(historian, batch, point, rows_of):
    """An `as_of` answers with what was the latest then, however long ago that had been."""
    old = (1, T0 - timedelta(days=500), T0 - timedelta(days=499), 1, 5.0, 0)
    older = (2, T0 - timedelta(days=20), T0 - timedelta(days=20), 1, 6.0, 0)
    unchanged = (4, T0 - timedelta(days=40), T0 - timedelta(days=40), 1, 8.0, 0)
    new = [(n, T0 + Q, T0 + 2 * Q, 1, 7.0, 0) for n in (1, 2, 3)]
    historian.append(batch([old, older, unchanged, *new]))
    assert rows_of(historian.latest(as_of=T0)) == [old, older, unchanged]
    assert rows_of(historian.latest()) == [*new, unchanged]
    assert rows_of(historian.latest([point(3), point(4)])) == [new[2], unchanged]


def test_latest_of_many_listed_points_is_of_those_only(historian, batch, point):
    """However many points are named, others do not slip in."""
    historian.append(batch([(n, T0, T0, 1, 1.0, 0) for n in range(5_000)]))
    for n in (10, 4_000):
        found = historian.latest([point(number) for number in range(1, n + 1)])
        assert found["point"].to_pylist() == list(range(1, n + 1))


def test_a_partial_hour_is_never_taken_for_a_whole_one(historian, batch, point):
    """Coverage counts against the whole bucket: gaps, bad samples and a period that cuts it all show."""
    rows = quarter_hours(1, [1.0] * 8)
    rows[5] = (*rows[5][:5], 3)
    historian.append(batch(rows))
    rolled = historian.roll([point(1)], Period(T0 + 2 * Q, T0 + timedelta(days=1)), "1h")
    assert rolled.schema == ROLLED
    assert rolled["count"].to_pylist() == [2, 3]
    assert rolled["expected"].to_pylist() == [4, 4]
    assert rolled["coverage"].to_pylist() == [0.5, 0.75]
    assert [s.astimezone(SEOUL) for s in rolled["start"].to_pylist()] == [T0, T0 + timedelta(hours=1)]


def test_a_point_without_interval_has_no_coverage(historian, batch, point):
    """Who speaks only on change is never said to be complete."""
    historian.append(batch(quarter_hours(1, [1.0, 2.0])))
    rolled = historian.roll([point(1, minutes=None)], YEAR, "1d")
    assert (rolled["expected"].to_pylist(), rolled["coverage"].to_pylist()) == ([None], [None])


def test_every_quantity_rolls_up_its_own_way(historian, batch, point):
    """Energy sums, power averages, leakage peaks, a level keeps its last, a direction turns."""
    points = [
        point(1, "active_energy"), point(2, "active_power"), point(3, "leakage_current"),
        point(4, "tank_level"), point(5, "wind_direction"),
    ]  # fmt: skip
    historian.append(batch([row for p in points for row in quarter_hours(p.number, [350.0, 340.0, 30.0])]))
    rolled = historian.roll(points, YEAR, "1h")
    *values, bearing = rolled["value"].to_pylist()
    assert values == [720.0, 240.0, 350.0, 30.0]
    mean = sum(cmath.rect(1, math.radians(degrees)) for degrees in (350.0, 340.0, 30.0))
    assert bearing == pytest.approx(math.degrees(cmath.phase(mean)) % 360)
    assert rolled["minimum"].to_pylist() == [30.0] * 4 + [None]
    assert rolled["maximum"].to_pylist() == [350.0] * 4 + [None]


def test_opposite_winds_have_no_direction(historian, batch, point):
    """Where the mean vector vanishes there is no value, not north."""
    historian.append(batch(quarter_hours(1, [90.0, 270.0])))
    assert historian.roll([point(1, "wind_direction")], YEAR, "1h")["value"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("every", "starts"),
    [
        ("1d", ["2024-12-31", "2025-01-01", "2025-01-06"]),
        ("1w", ["2024-12-30", "2025-01-06"]),
        ("1mo", ["2024-12-01", "2025-01-01"]),
        ("1y", ["2024-01-01", "2025-01-01"]),
    ],
)
def test_buckets_follow_the_calendar_of_seoul(historian, batch, point, every, starts):
    """Midnight, Monday, the first of the month and of the year are Seoul's."""
    moments = [T0 - Q, T0, datetime(2025, 1, 6, tzinfo=SEOUL)]
    historian.append(batch([(1, at, at, 1, 1.0, 0) for at in moments]))
    rolled = historian.roll([point(1)], Period(T0 - timedelta(days=9), T0 + timedelta(days=9)), every)
    days = [start.astimezone(SEOUL) for start in rolled["start"].to_pylist()]
    assert [f"{day:%F}" for day in days] == starts
    assert {f"{day:%T}" for day in days} == {"00:00:00"}
    lengths = {"1d": [96] * 3, "1w": [672] * 2, "1mo": [2976] * 2, "1y": [366 * 96, 365 * 96]}
    assert rolled["expected"].to_pylist() == lengths[every]


def test_points_add_up_across(historian, batch, point):
    """The sum over points covers all of them: a silent meter lowers the coverage."""
    points = [point(n) for n in range(1, 5)]
    historian.append(batch([row for n in (1, 2, 3) for row in quarter_hours(n, [0.1 * n] * 4)]))
    rolled = historian.roll(points, YEAR, "1h", across=True)
    assert rolled.schema == ROLLED_ACROSS
    assert rolled["value"].to_pylist() == [math.fsum([0.1, 0.2, 0.1 * 3] * 4)]
    assert (rolled["count"].to_pylist(), rolled["expected"].to_pylist()) == ([12], [16])
    assert rolled["coverage"].to_pylist() == [0.75]
    assert rolled["minimum"].to_pylist() == rolled["maximum"].to_pylist() == [None]


def test_power_across_points_is_the_sum_of_the_means(historian, batch, point):
    """Two feeders of 10 and 20 kW are 30 kW, however many samples each sent."""
    points = [point(1, "active_power"), point(2, "active_power")]
    historian.append(batch(quarter_hours(1, [10.0] * 4) + quarter_hours(2, [20.0] * 2)))
    assert historian.roll(points, YEAR, "1h", across=True)["value"].to_pylist() == [30.0]


def test_what_does_not_add_up_is_refused(historian, point):
    """kWh and kW, or two wind directions, have no sum."""
    for quantities in (("active_energy", "active_power"), ("wind_direction", "wind_direction")):
        with pytest.raises(InvalidInput):
            historian.roll([point(i, q) for i, q in enumerate(quantities)], YEAR, "1h", across=True)


def test_a_year_adds_up_to_the_last_digit(historian, batch, point):
    """35,040 energies with two decimals give the correctly rounded sum, in any order of arrival."""
    values = [round(((i * 7919) % 15717) / 100 + 0.01 * (i % 3), 2) for i in range(35_040)]
    rows = quarter_hours(1, values)
    for part in (rows[1::2], rows[::2]):
        historian.append(batch(part))
    for across in (False, True):
        rolled = historian.roll([point(1)], YEAR, "1y", across=across)
        assert rolled["value"].to_pylist() == [math.fsum(values)]
        assert rolled["coverage"].to_pylist() == [1.0]


def test_holds_tells_the_newest_row_of_each_key(historian, batch):
    """Keys that are there come back with their newest value; the others do not come back."""
    historian.append(batch(quarter_hours(1, [1.0, 2.0])))
    historian.append(batch([(1, T0, T0 + timedelta(days=1), 1, 5.0, 1)]))
    asked = batch([(1, T0, T0, 1, 0.0, 0), (1, T0, T0, 2, 0.0, 0), (1, T0 + Q, T0, 1, 0.0, 0)])
    held = historian.holds(asked.select(["point", "start", "source"]))
    assert held.schema == HELD
    assert sorted(held.select(["value", "quality"]).to_pylist(), key=lambda row: row["value"]) == [
        {"value": 2.0, "quality": 0},
        {"value": 5.0, "quality": 1},
    ]
    twice = pa.concat_tables([asked, asked]).select(["point", "start", "source"])
    assert historian.holds(twice).num_rows == 2
    assert historian.holds(asked.slice(0, 0)).num_rows == 0


def test_nothing_asked_is_nothing_found(historian, point):
    """No points, no rows: an empty table of the right shape."""
    assert historian.scan([], YEAR).schema == SAMPLES
    assert historian.latest([]).num_rows == 0
    assert historian.latest().num_rows == 0
    assert historian.roll([point(1)], YEAR, "1h").schema == ROLLED
    assert historian.roll([point(1)], YEAR, "1h", across=True).schema == ROLLED_ACROSS
    assert (historian.count(), historian.scan([point(1)], YEAR).num_rows) == (0, 0)


def test_a_batch_of_the_wrong_shape_is_refused_with_every_finding(historian, batch):
    """Each column that is missing or of another type is named."""
    rows = batch(quarter_hours(1, [1.0])).drop(["value"]).set_column(0, "point", pa.array([1], pa.int64()))
    with pytest.raises(InvalidInput) as refused:
        historian.append(rows)
    assert [finding.where for finding in refused.value.findings] == ["point", "value"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -2e12])
def test_a_value_that_cannot_be_summed_is_refused(historian, batch, value):
    """NaN and infinities belong in quarantine, not in the historian."""
    with pytest.raises(InvalidInput):
        historian.append(batch(quarter_hours(1, [1.0, value])))


def test_an_unknown_step_is_refused_with_the_known_ones(historian, point):
    """The answer to a wrong `every` lists what there is."""
    with pytest.raises(InvalidInput, match="1") as refused:
        historian.roll([point(1)], YEAR, "2h")
    assert "15min" in refused.value.findings[0].remedy.en


def test_too_much_at_once_is_refused_with_a_way_out(url, reopen, batch, point):
    """A read beyond the limit says to narrow or to roll up, and the same rows rolled up are fine."""
    with reopen(url, limits=Limits(rows=50)) as historian:
        historian.append(batch(quarter_hours(1, [1.0] * 60)))
        with pytest.raises(InvalidInput) as refused:
            historian.scan([point(1)], YEAR)
        assert "roll up" in refused.value.findings[0].remedy.en
        assert historian.roll([point(1)], YEAR, "1d").num_rows == 1


def test_what_was_appended_is_there_after_reopening(url, reopen, batch, point, rows_of):
    """Closing and opening again loses nothing, the latest values included."""
    rows = quarter_hours(1, [1.0, 2.0])
    with reopen(url) as historian:
        historian.append(batch(rows))
    with reopen(url) as historian:
        assert rows_of(historian.scan([point(1)], YEAR)) == rows
        assert rows_of(historian.latest()) == rows[1:]
        assert historian.size() > 0


START = st.integers(0, 12).map(lambda i: T0 + timedelta(days=27) + i * timedelta(hours=13))
KNOWN = st.integers(0, 6).map(lambda i: T0 + timedelta(days=30 + i))
VALUE = st.one_of(
    st.integers(-100, 100).map(lambda i: i / 10),
    st.floats(-1e9, 1e9).map(lambda v: v if abs(v) >= 1e-13 else 0.0),  # exact.py says why
)
NUMBERS = iter(range(1000, 10**9, 10))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_order_and_duplication_do_not_matter(historian, batch, model, point, rows_of, data):
    """Whatever arrives in whatever order, however often: reads agree with the plain model, for any as_of."""
    row = st.tuples(
        st.integers(0, 2),
        START,
        KNOWN,
        st.sampled_from([1, 2, 3]),
        VALUE,
        st.sampled_from([0, 1, 3]),
    )
    base = next(NUMBERS)  # every example has points of its own in one historian
    drawn = data.draw(st.lists(row, min_size=1, max_size=30))
    rows = [(base + number, *rest) for number, *rest in drawn]
    sent = [*rows, *(rows[i % len(rows)] for i in data.draw(st.lists(st.integers(0, 29), max_size=10)))]
    sent = [sent[i] for i in data.draw(st.permutations(range(len(sent))))]
    cut = data.draw(st.integers(0, len(sent)))
    historian.append(batch(sent[:cut]))
    historian.append(batch(sent[cut:]))
    as_of = data.draw(st.none() | KNOWN)
    points = [point(base + i) for i in range(3)]
    expected = model(rows)
    assert rows_of(historian.scan(points, YEAR, as_of=as_of)) == expected.scan(points, YEAR, as_of)
    assert rows_of(historian.latest(points, as_of=as_of)) == expected.latest(points, as_of)
    known = {r for r in expected.known(as_of) if YEAR.start <= r[1] < YEAR.end}
    assert set(rows_of(historian.scan(points, YEAR, as_of=as_of, revisions=True))) == known
    values = expected.roll(points, YEAR, _month, as_of)
    rolled = historian.roll(points, YEAR, "1mo", as_of=as_of).to_pylist()
    assert {(r["point"], r["start"]): (r["value"], r["count"]) for r in rolled} == {
        key: (math.fsum(of_bucket), len(of_bucket)) for key, of_bucket in values.items()
    }
    across = historian.roll(points, YEAR, "1y", as_of=as_of, across=True)["value"].to_pylist()
    everything = [v for of_bucket in values.values() for v in of_bucket]
    assert across == ([math.fsum(everything)] if everything else [])


def _month(at: datetime) -> datetime:
    local = at.astimezone(SEOUL)
    return datetime(local.year, local.month, 1, tzinfo=SEOUL).astimezone(UTC)
