"""Files of readings: what their columns mean, and that importing twice is importing once."""

import math
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.ingest.conftest import every
from tests.shared import ENERGY

from sandan.access import SYSTEM
from sandan.clock import SEOUL, Period, SystemClock
from sandan.errors import InvalidInput, NotFound
from sandan.ingest.commands import draft_mapping, import_readings
from sandan.ingest.model import Reason
from sandan.ingest.records import find_held
from sandan.ingest.service import Pipeline
from sandan.ingest.service.imports import plan_import, run_import
from sandan.ingest.sources.files import FileSource
from sandan.ingest.sources.mapping import parse_mapping, read_mapping, shipped_mappings

STEEL = ENERGY / "steel_gwangyang_15min_2018.parquet"
KIT = ENERGY / "kit_plants_2016_15min_gappy.parquet"
needs_data = pytest.mark.skipif(not STEEL.exists(), reason="the energy data lie beside the project, not here")


def silent(_):
    """Nobody listens."""


def imported(store, path, **options):
    """Import one file and give its receipt."""
    (receipt,) = import_readings(store, SystemClock(), [path], say=silent, **options)
    return receipt


def point(store, id):
    """A point by id."""
    with store.registry.read() as conn:
        return store.points.get(conn, id)


@needs_data
def test_a_steel_plants_year_lands_in_its_firms_meter_to_the_last_digit(store):
    """35,040 quarter-hours of seven quantities; the year's energy is the file's sum."""
    receipt = imported(store, STEEL, firm="광양제강", create=True)
    assert (receipt.received, receipt.kept, receipt.gaps) == (7 * 35_040, 7 * 35_040, 0)
    year = Period(datetime(2018, 1, 1, tzinfo=SEOUL), datetime(2019, 1, 1, tzinfo=SEOUL))
    meter = "firm-광양제강.meter"
    (total,) = store.historian.roll([point(store, f"{meter}.active_energy")], year, "1y").to_pylist()
    assert total["value"] == math.fsum(pq.read_table(STEEL)["Usage_kWh"].to_pylist()) == 959_636.71
    assert (total["count"], total["coverage"]) == (35_040, 1.0)
    first = store.historian.scan([point(store, f"{meter}.load_type")], Period.day(date(2018, 1, 1)))
    assert first["start"][0].as_py() == datetime(2018, 1, 1, tzinfo=SEOUL)
    assert set(first["value"].to_pylist()) == {0.0}
    assert imported(store, STEEL, firm="광양제강").duplicates == 7 * 35_040
    assert store.historian.count() == 7 * 35_040


@needs_data
def test_a_gappy_series_keeps_its_gaps_and_a_day_says_its_coverage(store):
    """Twelve of every twenty-five hours are there; nothing is made up for the rest."""
    receipt = imported(store, KIT, firm="독일공장", create=True)
    assert receipt.kept == 7 * 5616
    an_hour_of_summer_time = 4
    assert receipt.gaps == 7 * (116 * 52 + an_hour_of_summer_time)
    days = Period(datetime(2016, 9, 2, tzinfo=SEOUL), datetime(2016, 9, 5, tzinfo=SEOUL))
    rows = store.historian.roll([point(store, "firm-독일공장.LG14.active_power")], days, "1d").to_pylist()
    assert [row["coverage"] for row in rows] == [0.5, 0.5, 0.5]
    hours = store.historian.roll([point(store, "firm-독일공장.LG14.active_power")], days, "1h")
    assert hours.num_rows == 36


def write(path, text, encoding="utf-8"):
    """A file of text."""
    path.write_text(text, encoding=encoding)
    return path


UCI = """date,Usage_kWh,Lagging_Current_Reactive.Power_kVarh,Leading_Current_Reactive_Power_kVarh,CO2(tCO2),\
Lagging_Current_Power_Factor,Leading_Current_Power_Factor,NSM,WeekStatus,Day_of_week,Load_Type
01/02/2018 0:15,3.17,2.95,0,0,73.21,100,900,Weekday,Monday,Light_Load
01/02/2018 0:00,4.00,4.46,0,0,66.77,100,0,Weekday,Monday,Maximum_Load
"""


def test_the_row_of_midnight_closes_the_day_it_bears(tmp_path, store):
    """As published, 1 February 0:00 is the last quarter of that day, not its first."""
    path = write(tmp_path / "steel.csv", UCI)
    assert imported(store, path, firm="제강", create=True).kept == 14
    starts = every(store, "firm-제강.meter.active_energy")["start"].to_pylist()
    quarter = timedelta(minutes=15)
    assert starts == [datetime(2018, 2, 1, tzinfo=SEOUL), datetime(2018, 2, 2, tzinfo=SEOUL) - quarter]


def test_a_korean_windows_file_with_thousands_words_and_holes(tmp_path, store):
    """Empty cells are gaps; words that mean nothing are held back with their whole row."""
    mapping = write(
        tmp_path / "m.toml",
        """
        interval = "1h"
        [time]
        column = "일시"
        format = "%Y.%m.%d %H:%M"
        [columns."전력량(MWh)"]
        quantity = "active_energy"
        unit = "MWh"
        point = "h.energy"
        """,
    )
    rows = ["일시,전력량(MWh),비고"]
    rows += ['2026.01.01 00:00,"1,0.5",', "2026.01.01 01:00,,정전", "2026.01.01 02:00,고장,", "어제,1,"]
    path = write(tmp_path / "a.csv", "\n".join(rows), "cp949")
    with store.registry.write() as conn:
        from_m1 = store.points.get(conn, "m1.energy")
        store.points.put(
            conn, [type(from_m1)("h.energy", "m1", "active_energy", timedelta(hours=1), tenant="firm-a")]
        )
    receipt = imported(store, path, mapping=mapping)
    assert every(store, "h.energy")["value"].to_pylist() == [10_500.0]
    assert receipt.reasons[Reason.UNREADABLE] == 2
    with store.registry.read() as conn:
        raw = [h.raw for h in find_held(conn, SYSTEM)]
    assert any("고장" in text for text in raw)
    assert any("어제" in text for text in raw)


def test_a_long_file_names_its_points(tmp_path, store):
    """One row a value, each with its own unit and quality; times with offsets are taken at their word."""
    mapping = write(
        tmp_path / "m.toml",
        '[time]\ncolumn = "t"\n[long]\naddress = "tag"\nvalue = "v"\nunit = "u"\nquality = "q"\n',
    )
    lines = [
        "t,tag,v,u,q",
        "2026-01-01T00:00:00Z,m1.energy,1500,Wh,0",
        "2026-01-01T09:15:00,m1.energy,2,kWh,1",
    ]
    assert imported(store, write(tmp_path / "l.csv", "\n".join(lines) + "\n"), mapping=mapping).kept == 2
    rows = every(store, "m1.energy").to_pylist()
    assert [(r["value"], r["quality"]) for r in rows] == [(1.5, 0), (2.0, 1)]
    assert rows[1]["start"] - rows[0]["start"] == timedelta(minutes=15)


def test_a_time_that_a_change_of_clocks_makes_twice_is_not_guessed(tmp_path, store):
    """Half past two on the last Sunday of October in Berlin could be either of two."""
    mapping = write(
        tmp_path / "m.toml",
        '[time]\ncolumn = "t"\nzone = "Europe/Berlin"\n'
        '[columns.v]\nquantity = "active_energy"\npoint = "m1.energy"\n',
    )
    path = write(tmp_path / "b.csv", "t,v\n2025-10-26T01:30,1\n2025-10-26T02:30,2\n2025-10-26T03:30,3\n")
    receipt = imported(store, path, mapping=mapping)
    assert (receipt.kept, receipt.reasons) == (2, {Reason.NO_TIME: 1})


async def test_an_import_that_was_cut_short_goes_on_where_it_stopped(tmp_path, store, monkeypatch):
    """What was kept is not read again."""
    monkeypatch.setattr("sandan.ingest.sources.files.PIECE", 100)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = pa.table(
        {"t": [start + i * timedelta(minutes=15) for i in range(1000)], "v": [float(i) for i in range(1000)]}
    )
    pq.write_table(rows, tmp_path / "f.parquet")
    said = {"time": {"column": "t"}, "columns": {"v": {"quantity": "active_energy", "point": "m1.energy"}}}
    mapping, path = parse_mapping(said, "m"), tmp_path / "f.parquet"
    real = FileSource.deliveries

    async def cut(self):
        async for i, delivery in _numbered(real(self)):
            if i == 4:
                return
            yield delivery

    monkeypatch.setattr(FileSource, "deliveries", cut)
    async with Pipeline(store, SystemClock()) as pipeline:
        await run_import(store, pipeline, plan_import(store, path, mapping=mapping), SYSTEM)
    monkeypatch.setattr(FileSource, "deliveries", real)
    plan = plan_import(store, path, mapping=mapping)
    assert plan.done == 400
    told = []
    async with Pipeline(store, SystemClock()) as pipeline:
        imported = await run_import(
            store, pipeline, plan, SYSTEM, progress=lambda done, rows: told.append(done)
        )
    assert (imported.receipt.received, imported.receipt.duplicates) == (600, 0)
    assert (told[0], told[-1]) == (400, 1000)
    assert every(store, "m1.energy").num_rows == 1000
    assert plan_import(store, path, mapping=mapping).done == 0


async def _numbered(items):
    """`enumerate` for asynchronous iterators."""
    i = 0
    async for item in items:
        yield i, item
        i += 1


def test_a_dry_run_writes_nothing(tmp_path, store):
    """Not even the points it would make."""
    receipt = imported(store, write(tmp_path / "s.csv", UCI), firm="제강", create=True, dry_run=True)
    assert receipt.kept == 14
    with store.registry.read() as conn, pytest.raises(NotFound):
        store.points.get(conn, "firm-제강.meter.active_energy")
    assert store.historian.count() == 0


def test_what_does_not_fit_is_told_before_anything_is_written(tmp_path, store):
    """An unknown firm, missing points, columns that are not there, a file nobody knows."""
    path = write(tmp_path / "s.csv", UCI)
    with pytest.raises(NotFound):
        plan_import(store, path, firm="제강")
    with pytest.raises(InvalidInput) as caught:
        plan_import(store, path, firm="가나정밀")
    assert len(caught.value.findings) == 7
    with pytest.raises(InvalidInput, match="1건"):
        plan_import(store, path)
    odd = write(tmp_path / "odd.csv", "a,b\n1,2\n")
    with pytest.raises(InvalidInput):
        plan_import(store, odd)
    with pytest.raises(InvalidInput) as caught:
        plan_import(store, odd, mapping=shipped_mappings()[0])
    assert "LG 14" in caught.value.findings[1].where
    with pytest.raises(InvalidInput):
        plan_import(store, write(tmp_path / "junk.csv", "\x00\x01"))


def test_a_mapping_is_read_with_every_finding(tmp_path):
    """Wrong zone, stamp, quantity, unit and shape at once."""
    text = """
    interval = "soon"
    [time]
    zone = "Asia/Atlantis"
    stamp = "middle"
    [columns.a]
    quantity = "vibes"
    unit = "furlong"
    [long]
    address = "x"
    """
    with pytest.raises(InvalidInput) as caught:
        read_mapping(write(tmp_path / "m.toml", text))
    assert len(caught.value.findings) == 7
    with pytest.raises(InvalidInput):
        read_mapping(write(tmp_path / "n.toml", "= ="))


def test_a_mapping_is_proposed_from_the_headers(tmp_path, store):
    """The proposal is itself a mapping that can be used."""
    path = write(tmp_path / "p.csv", "측정일시,유효전력(kW),기온,비고\n31/12/2025 13:00,1.5,3,-\n")
    draft = draft_mapping(path)
    assert 'format = "%d/%m/%Y %H:%M"' in draft
    mapping = read_mapping(write(tmp_path / "m.toml", draft))
    assert [(c.column, c.quantity, c.unit) for c in mapping.columns] == [
        ("유효전력(kW)", "active_power", "kW"),
        ("기온", "air_temperature", "°C"),
    ]
    if STEEL.exists():
        assert 'quantity = "active_energy"' in draft_mapping(STEEL)
