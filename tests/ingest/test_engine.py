"""The checks of a batch: what is kept, dropped as known, corrected, held back."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.ingest.engine import NEVER, Catalogue, advance, check
from sandan.ingest.model import CODES, REASONS, Binding, Reason, Terms
from sandan.twin.model import Point, Quality
from sandan.twin.samples import READINGS, SAMPLES

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
POINTS = (
    Point("m1.energy", "m1", "active_energy", QUARTER, tenant="firm-a", number=1),
    Point("m2.energy", "m2", "active_energy", QUARTER, tenant="firm-b", number=2),
    Point("t1.temperature", "t1", "air_temperature", None, number=5),
)
CATALOGUE = Catalogue.of(POINTS, [Binding("gw", "40001", "m1.energy", "Wh", 10.0, 0.0)])


def readings(*rows):
    """Rows of (address, start, value, unit, quality), short ones filled with nulls."""
    columns = zip(*(row + (None,) * (5 - len(row)) for row in rows), strict=True)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, READINGS, strict=True)], schema=READINGS)


def ago(quarters):
    """The start of the quarter-hour that many before now."""
    return NOW - quarters * QUARTER


def memory(*samples):
    """A historian's `holds` over a few samples, newest known last."""

    def holds(keys):
        kept = {(s["point"], s["start"], s["source"]): s for table in samples for s in table.to_pylist()}
        found = [kept[k] for k in (tuple(row.values()) for row in keys.to_pylist()) if k in kept]
        return pa.Table.from_pylist(found, SAMPLES)

    return holds


def test_a_good_reading_becomes_a_sample_of_its_point():
    """The value comes through with the same bits, known from the moment it was checked."""
    result = check(readings(("m1.energy", ago(1), 0.1 + 0.2)), CATALOGUE, Terms(), NOW, number=7)
    assert result.samples.to_pylist() == [
        {"point": 1, "start": ago(1), "known_at": NOW, "source": 7, "value": 0.1 + 0.2, "quality": 0}
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("nowhere", ago(1), 1.0), Reason.UNKNOWN_POINT),
        (("m1.energy", None, 1.0), Reason.NO_TIME),
        (("m1.energy", ago(1), None), Reason.NO_VALUE),
        (("m1.energy", ago(1), float("nan")), Reason.NO_VALUE),
        (("m1.energy", ago(1), 1.0, "°C"), Reason.UNIT),
        (("m1.energy", ago(1), 1.0, "furlong"), Reason.UNIT),
        (("m1.energy", ago(1), -0.1), Reason.RANGE),
        (("m1.energy", ago(1), float("inf")), Reason.RANGE),
        (("m1.energy", ago(1), 1.0, None, 9), Reason.QUALITY),
        (("m1.energy", ago(1), 1.0, None, 2), Reason.QUALITY),
        (("m1.energy", NOW + timedelta(minutes=6), 1.0), Reason.FUTURE),
        (("m1.energy", datetime(1970, 1, 1, tzinfo=UTC), 1.0), Reason.TOO_OLD),
        (("m1.energy", NOW - timedelta(days=401), 1.0), Reason.TOO_OLD),
    ],
)
def test_what_fails_is_held_back_with_its_reason(row, reason):
    """The reading is kept as it came, beside the reason; its neighbour passes."""
    result = check(readings(row, ("t1.temperature", ago(0), 3.0)), CATALOGUE, Terms(), NOW)
    assert result.quarantined["reason"].to_pylist() == [reason]
    assert result.quarantined["address"].to_pylist() == [row[0]]
    assert result.receipt.reasons == {reason: 1}
    assert result.samples.num_rows == 1


def test_every_reason_has_a_text_and_a_remedy():
    """Nobody is left alone with a code."""
    assert set(REASONS) == set(CODES) == set(Reason)


def test_units_are_converted_per_reading():
    """A reading's own unit decides; a null means the point's."""
    batch = readings(
        ("m1.energy", ago(2), 1500.0, "Wh"),
        ("m1.energy", ago(1), 1.5),
        ("t1.temperature", ago(1), 293.15, "K"),
    )
    values = check(batch, CATALOGUE, Terms(), NOW).samples["value"].to_pylist()
    assert values == pytest.approx([1.5, 1.5, 20.0])


def test_a_binding_gives_address_scale_and_unit_to_its_source_alone():
    """Register 40001 of this gateway counts tens of watt-hours; for another gateway it means nothing."""
    batch = readings(("40001", ago(1), 25.0))
    mine = check(batch, CATALOGUE, Terms(), NOW, source="gw")
    assert mine.samples["point"].to_pylist() == [1]
    assert mine.samples["value"].to_pylist() == pytest.approx([0.25])
    assert check(batch, CATALOGUE, Terms(), NOW, source="other").receipt.reasons == {Reason.UNKNOWN_POINT: 1}


@pytest.mark.parametrize("row", [("40001", ago(1), 1e308), ("m1.energy", ago(1), 1e308, "MWh")])
def test_what_no_float_can_hold_once_converted_is_out_of_range(row):
    """The largest numbers times ten, or a thousand, are held back like any other that cannot be."""
    result = check(readings(row), CATALOGUE, Terms(), NOW, source="gw")
    assert result.receipt.reasons == {Reason.RANGE: 1}


def test_a_firms_device_writes_only_its_own_points():
    """Another firm's meter and the complex's stations are out of its reach."""
    batch = readings(("m1.energy", ago(1), 1.0), ("m2.energy", ago(1), 1.0), ("t1.temperature", ago(1), 1.0))
    result = check(batch, CATALOGUE, Terms(tenant="firm-a"), NOW)
    assert result.samples["point"].to_pylist() == [1]
    assert result.receipt.reasons == {Reason.FOREIGN_POINT: 2}


def test_the_same_again_is_a_duplicate_and_another_value_a_correction():
    """A duplicate is dropped and counted; a correction is a new row, known later."""
    first = check(readings(("m1.energy", ago(1), 1.0), ("m2.energy", ago(1), 2.0)), CATALOGUE, Terms(), NOW)
    later = NOW + timedelta(hours=1)
    again = readings(("m1.energy", ago(1), 1.0), ("m2.energy", ago(1), 2.5))
    result = check(again, CATALOGUE, Terms(), later, holds=memory(first.samples))
    assert (result.receipt.duplicates, result.receipt.corrections) == (1, 1)
    assert [(r["point"], r["value"], r["known_at"]) for r in result.samples.to_pylist()] == [(2, 2.5, later)]


def test_a_correction_is_known_later_even_when_the_clock_went_back():
    """Otherwise `as_of` would show the old value for ever."""
    first = check(readings(("m1.energy", ago(9), 1.0)), CATALOGUE, Terms(), NOW)
    back = NOW - timedelta(hours=1)
    result = check(
        readings(("m1.energy", ago(9), 2.0)), CATALOGUE, Terms(), back, holds=memory(first.samples)
    )
    assert result.samples["known_at"].to_pylist() == [NOW + timedelta(milliseconds=1)]


def test_values_of_one_interval_inside_a_batch_are_kept_in_order():
    """One, one again, two, one: three rows, each known a millisecond after the one before."""
    batch = readings(*[("m1.energy", ago(1), v) for v in (1.0, 1.0, 2.0, 1.0)])
    result = check(batch, CATALOGUE, Terms(), NOW)
    rows = [
        (r["value"], (r["known_at"] - NOW) // timedelta(milliseconds=1)) for r in result.samples.to_pylist()
    ]
    assert rows == [(1.0, 0), (2.0, 1), (1.0, 2)]
    assert (result.receipt.duplicates, result.receipt.corrections) == (1, 2)


def test_only_readings_not_newer_than_the_newest_are_looked_up():
    """The usual case costs no question to the historian."""
    newest = np.full(CATALOGUE.size, NEVER, np.int64)
    first = check(readings(("m1.energy", ago(2), 1.0)), CATALOGUE, Terms(), NOW, newest=newest)
    advance(newest, first.samples)
    asked = []

    def holds(keys):
        asked.extend(keys["start"].to_pylist())
        return memory(first.samples)(keys)

    batch = readings(("m1.energy", ago(1), 1.0), ("m1.energy", ago(2), 1.0))
    result = check(batch, CATALOGUE, Terms(), NOW, newest=newest, holds=holds)
    assert asked == [ago(2)]
    assert (result.receipt.kept, result.receipt.duplicates) == (1, 1)


def test_skipped_intervals_are_counted_as_gaps():
    """Between the newest known and the batch, and inside it; points without an interval have none."""
    newest = np.full(CATALOGUE.size, NEVER, np.int64)
    before = check(readings(("m1.energy", ago(10), 1.0)), CATALOGUE, Terms(), NOW, newest=newest)
    assert before.receipt.gaps == 0
    advance(newest, before.samples)
    batch = readings(("m1.energy", ago(2), 1.0), ("m1.energy", ago(7), 1.0), ("t1.temperature", ago(3), 1.0))
    assert check(batch, CATALOGUE, Terms(), NOW, newest=newest).receipt.gaps == 2 + 4


def test_an_issue_time_given_by_the_sender_is_kept():
    """An older vintage of a forecast may arrive after a newer one, and is not taken for a correction."""
    terms = Terms(tolerance=None)
    newer = check(readings(("m1.energy", ago(-8), 1.0)), CATALOGUE, terms, NOW, known_at=NOW)
    older = NOW - timedelta(hours=6)
    result = check(
        readings(("m1.energy", ago(-8), 1.0)),
        CATALOGUE,
        terms,
        NOW,
        known_at=older,
        holds=memory(newer.samples),
    )
    assert result.samples["known_at"].to_pylist() == [older]
    assert result.receipt.corrections == 0


def test_what_a_person_released_is_marked():
    """Range still holds; quality says that somebody looked."""
    result = check(readings(("m1.energy", ago(1), 1.0)), CATALOGUE, Terms(released=True), NOW)
    assert result.samples["quality"].to_pylist() == [Quality.RELEASED]


rows = st.tuples(
    st.sampled_from(["m1.energy", "m2.energy", "t1.temperature", "40001", "nowhere", ""]),
    st.one_of(
        st.none(), st.sampled_from([ago(i) for i in range(-2, 6)]), st.just(datetime(1970, 1, 2, tzinfo=UTC))
    ),
    st.one_of(st.none(), st.sampled_from([0.0, 1.0, -5.0, 1e9]), st.floats()),
    st.sampled_from([None, "kWh", "Wh", "°C", "K", "?"]),
    st.sampled_from([None, 0, 1, 2, 3, 200]),
)


@given(st.lists(st.lists(rows, max_size=12), max_size=4), st.booleans())
def test_nothing_is_lost_and_nothing_doubled(batches, firm):
    """Readings in = samples + duplicates + quarantined, and no two samples share what makes them one."""
    terms, newest, kept = (
        Terms(tenant="firm-a" if firm else None),
        np.full(CATALOGUE.size, NEVER, np.int64),
        [],
    )
    for i, batch in enumerate(batches):
        table = readings(*batch) if batch else READINGS.empty_table()
        now = NOW + timedelta(seconds=i)
        result = check(
            table,
            CATALOGUE,
            terms,
            now,
            source="gw",
            number=1,
            newest=newest,
            holds=memory(*kept),
            known_at=None,
        )
        receipt = result.receipt
        assert receipt.received == len(batch) == receipt.kept + receipt.duplicates + receipt.quarantined
        assert sum(receipt.reasons.values()) == receipt.quarantined
        kept.append(result.samples)
        advance(newest, result.samples)
        again = check(table, CATALOGUE, terms, now, source="gw", number=1, newest=newest, holds=memory(*kept))
        if len({(r[0], r[1]) for r in batch}) == len(batch) and not any(r[0] == "40001" for r in batch):
            assert again.samples.num_rows == 0
    every = [(r["point"], r["start"], r["known_at"], r["source"]) for t in kept for r in t.to_pylist()]
    assert len(every) == len(set(every))
