"""Ranges and buckets, gaps and freshness, wording and differences: the pure part."""

from __future__ import annotations

import ast
import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sandan
from sandan.clock import SEOUL, Period
from sandan.complex.engine import ranges, series, wording
from sandan.complex.engine.changes import differences
from sandan.complex.model import Freshness, Place
from sandan.errors import InvalidInput
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES

SOURCES = Path(sandan.__path__[0])
EVENTS = SOURCES / "complex" / "engine" / "events.csv"
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
QUARTER = timedelta(minutes=15)
MIDNIGHT = datetime(2026, 3, 4, tzinfo=SEOUL)
METER = Place(Point("m", "meter", "active_energy", QUARTER, number=1), "계량기", "meter")

moments = st.integers(946_652_400, 2_208_956_400).map(lambda s: datetime.fromtimestamp(s, SEOUL))
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=800))


@settings(deadline=None)  # tests are never timed
@given(moments, lengths, st.sampled_from(["1h", "1d", "1w", "1mo", "1y"]))
def test_buckets_cover_the_period_without_gap_or_overlap(start: datetime, length: timedelta, every: str):
    """Each bucket begins where the one before it ends; the first and last hold the ends of the period."""
    period = Period(start, start + length)
    found = ranges.buckets(period, every)
    assert found[0] <= period.start < ranges.next_start(found[0], every)
    assert found[-1] < period.end <= ranges.next_start(found[-1], every)
    assert [ranges.next_start(at, every) for at in found[:-1]] == found[1:]
    assert all(ranges.floor(at, every) == at for at in found)


@settings(deadline=None)  # tests are never timed
@given(moments, st.timedeltas(timedelta(minutes=1), timedelta(days=3650)), st.integers(1, 7200))
def test_automatic_interval_fits_a_chart(start: datetime, length: timedelta, seconds: int):
    """However long the period and however fast the point, a chart gets about 2,000 values at most."""
    period = Period(start, start + length)
    interval = timedelta(seconds=seconds)
    every = ranges.choose_every(period, [interval])
    if every == "raw":
        assert length / interval <= ranges.MOST_BUCKETS
    else:
        assert len(ranges.buckets(period, every)) <= ranges.MOST_BUCKETS + 2
        assert ranges.LENGTHS[every] >= interval


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", "2026-03-04", "2026-03-05"),
        ("yesterday", "2026-03-03", "2026-03-04"),
        ("7d", "2026-02-26", "2026-03-05"),
        ("month", "2026-03-01", "2026-04-01"),
        ("lastyear", "2025-01-01", "2026-01-01"),
    ],
)
def test_presets_follow_the_calendar_of_seoul(preset: str, first: str, last: str):
    """A preset is whole days of Seoul, also when the server's clock is in UTC."""
    found = ranges.preset(preset, NOW.astimezone(UTC))
    assert [end.isoformat() for end in (found.start, found.end)] == [
        f"{day}T00:00:00+09:00" for day in (first, last)
    ]


def test_typed_instants_are_seoul_time_and_faults_are_all_told():
    """An instant without a zone is Seoul's; two wrong ends give two findings."""
    assert ranges.instant("2026-01-01T09:00", "from") == datetime(2026, 1, 1, 9, tzinfo=SEOUL)
    assert ranges.instant("2026-01-01T00:00:00+00:00", "from") == datetime(2026, 1, 1, tzinfo=UTC)
    assert ranges.instant("2026-01-01T09:00 09:00", "from") == datetime(2026, 1, 1, 9, tzinfo=SEOUL)
    with pytest.raises(InvalidInput) as caught:
        ranges.period_of("", "어제", "2026-13-01", NOW)
    assert [finding.where for finding in caught.value.findings] == ["from", "to"]


def samples(rows: list[tuple[datetime, float, int]]) -> pa.Table:
    columns = [
        [1] * len(rows),
        [at for at, _, _ in rows],
        [at for at, _, _ in rows],
        [1] * len(rows),
        [value for _, value, _ in rows],
        [quality for _, _, quality in rows],
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SAMPLES, strict=True)]
    return pa.Table.from_arrays(arrays, schema=SAMPLES)


@settings(deadline=None)  # tests are never timed
@given(st.lists(st.booleans(), min_size=36, max_size=36))
def test_raw_gaps_are_marked_and_nothing_is_lost(there: list[bool]):
    """Every sample comes through once, in order, and no line could be drawn over a missing one."""
    rows = [(MIDNIGHT + i * QUARTER, float(i), 0) for i, is_there in enumerate(there) if is_there]
    found = series.raw_series(METER, samples(rows), Period.day(MIDNIGHT.date()), NOW)
    known = ~np.isnan(found.value)
    assert found.value[known].tolist() == [value for _, value, _ in rows]
    assert (np.diff(found.start) > 0).all()
    step = QUARTER // timedelta(milliseconds=1)
    together = known[1:] & known[:-1]
    assert (np.diff(found.start)[together] == step).all()
    assert found.summary.expected == 36
    assert found.summary.count == len(rows)


def test_bad_samples_are_shown_but_not_counted():
    """A sample its own device calls bad is drawn, and left out of total and coverage."""
    rows = [(MIDNIGHT, 5.0, 0), (MIDNIGHT + QUARTER, 99.0, 3)]
    found = series.raw_series(METER, samples(rows), Period(MIDNIGHT, MIDNIGHT + 2 * QUARTER), NOW)
    assert found.value.tolist() == [5.0, 99.0]
    assert (found.summary.total, found.summary.count, found.summary.expected) == (5.0, 1, 2)


@pytest.mark.parametrize(
    ("interval", "silent", "expected"),
    [
        (QUARTER, timedelta(minutes=60), Freshness.FRESH),
        (QUARTER, timedelta(minutes=61), Freshness.STALE),
        (timedelta(seconds=1), timedelta(seconds=50), Freshness.FRESH),
        (timedelta(seconds=1), timedelta(seconds=62), Freshness.STALE),
        (None, timedelta(days=30), Freshness.FRESH),
    ],
)
def test_silence_becomes_staleness(interval: timedelta | None, silent: timedelta, expected: Freshness):
    """A point is stale after three intervals without a word, never one that speaks only on change."""
    point = Point("p", "t", "active_energy", interval)
    assert series.freshness(point, NOW - silent, NOW) is expected


def test_coverage_is_said_in_words():
    """A part is never told as the whole."""
    assert wording.coverage_in_words(96, 96).ko == "96건 모두 받음"
    assert wording.coverage_in_words(91, 96).ko == "96건 중 91건 받음 (94.8 %)"
    assert wording.coverage_in_words(99_999, 100_000).en == "99,999 of 100,000 received (99.9 %)"
    assert wording.coverage_in_words(0, 96).en == "none of 96 received"
    assert wording.coverage_in_words(0, None).ko == "받은 값 없음"


def test_unknown_events_are_told_by_their_own_name():
    """An event of a domain nobody has written a sentence for is still told."""
    told = wording.sentence("PumpPainted", "kim", "pump-1", {})
    assert told.en == "kim: pump-1 – pump painted"
    known = wording.sentence("ThingsImported", "kim", "complex", {"filename": "a.csv", "added": 1200})
    assert "1,200" in known.ko
    assert "–" in known.ko
    assert wording.kind_in_words("ThingsImported").ko == "설비·기업 가져옴"


def test_events_speak_of_roles_accounts_and_the_system_in_words():
    """What a program wrote into the payload is said as a person would say it."""
    told = wording.sentence("UserAdded", "system", "account:kim", {"roles": ["viewer"]})
    assert told.ko == "시스템이 kim을(를) 추가했습니다 (역할 열람자)"
    assert told.en == "the system added kim (roles Viewer)"


def test_every_event_of_ours_has_a_sentence():
    """Whatever our own code appends to the log is told in both languages."""
    told = {row["kind"] for row in csv.DictReader(EVENTS.read_text(encoding="utf-8").splitlines())}
    appended = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("events.append"):
                kind = node.args[1]
                appended |= {kind.value} if isinstance(kind, ast.Constant) else set()
    assert appended <= told
    assert appended


def test_differences_name_each_field():
    """Name, geometry and attributes are compared; what is the same is not mentioned."""
    before = Thing("a", "firm", "가람", attributes={"employees": 10, "ksic": "C10"})
    after = Thing("a", "firm", "가람정밀", attributes={"employees": 12, "ksic": "C10"})
    found = {one.field.en: (one.before, one.after) for one in differences(before, after)}
    assert found == {"Name": ("가람", "가람정밀"), "Employees": (10, 12)}
