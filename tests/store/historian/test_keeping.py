"""Backup, restore and retention, against both forms; and the engine in this process on its own."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pyarrow.parquet as pq
import pytest

from sandan.clock import SEOUL, Period
from sandan.errors import Conflict, InvalidInput, Unavailable
from sandan.store.historian import Retention, engine
from sandan.twin.samples import Stream

T0 = datetime(2025, 1, 1, tzinfo=SEOUL)
Q = timedelta(minutes=15)
YEAR = Period(T0, T0 + timedelta(days=365))


def spread(points, days, source=1):
    """One sample a day and point, through several months."""
    return [
        (p, T0 + timedelta(days=d, hours=9), T0 + timedelta(days=d + 1), source, p + d / 8, 0)
        for p in points
        for d in range(days)
    ]


def test_a_backup_restores_to_the_same_answers(historian, reopen, batch, point, tmp_path, nodes):
    """All rows and revisions come back, also into a cluster of another shape."""
    points = [point(n) for n in range(1, 21)]
    historian.append(batch(spread(range(1, 21), 70)))
    historian.append(batch([(3, T0, T0 + timedelta(days=80), 2, 99.0, 1)]))
    historian.backup(tmp_path / "copy")
    with reopen(nodes.url(nodes.all[:3], replicas=1)) as other:
        other.restore(tmp_path / "copy")
        assert other.count() == historian.count() == 1401
        assert other.latest() == historian.latest()
        assert other.scan(points, YEAR, revisions=True) == historian.scan(points, YEAR, revisions=True)
        with pytest.raises(Conflict):
            other.restore(tmp_path / "copy")


def test_a_backup_taken_while_samples_arrive_holds_every_batch_acknowledged_before(
    historian, batch, tmp_path
):
    """Appends go on during a backup; what was acknowledged when it began is in it, and nothing is torn."""
    stop, acknowledged = Event(), []

    def write() -> None:
        while not stop.is_set():
            n = len(acknowledged) + 1
            historian.append(batch(spread([n], 40)))
            acknowledged.append(n)

    writer = Thread(target=write)
    writer.start()
    try:
        while len(acknowledged) < 5:
            stop.wait(0.01)
        before = len(acknowledged)
        historian.backup(tmp_path / "copy")
    finally:
        stop.set()
        writer.join()
    rows = [pq.read_table(file) for file in (tmp_path / "copy").glob("samples-*.parquet")]
    found = [point for table in rows for point in table["point"].to_pylist()]
    assert all(found.count(n) == 40 for n in range(1, before + 1))


def test_a_damaged_backup_is_refused_before_anything_is_written(historian, batch, tmp_path):
    """Every file that differs from the manifest is named; a folder without manifest is no backup."""
    historian.append(batch(spread([1], 40)))
    historian.backup(tmp_path / "copy")
    historian.forget(T0 + timedelta(days=400))
    with (tmp_path / "copy" / "samples-202502.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(InvalidInput) as refused:
        historian.restore(tmp_path / "copy")
    assert [finding.where.rpartition("/")[2] for finding in refused.value.findings] == [
        "samples-202502.parquet"
    ]
    assert historian.count() == 0
    with pytest.raises(InvalidInput):
        historian.restore(tmp_path)
    with pytest.raises(Conflict):
        historian.backup(tmp_path / "copy")


def test_a_forgotten_month_leaves_its_hours(historian, batch, point, tmp_path, reopen, url):
    """Samples go by whole months; hours and longer steps still add up to the last digit."""
    points = [point(1), point(2), point(3, "wind_direction"), point(4, "tank_level")]
    rows = [
        (n, T0 + timedelta(days=d) + i * Q, T0 + timedelta(days=d) + i * Q, 1, 0.1 * n + i, 0)
        for n in range(1, 5)
        for d in (3, 33)
        for i in range(8)
    ]
    historian.append(batch([*rows, *rows]))
    whole = {every: historian.roll(points, YEAR, every) for every in ("1h", "1d", "1y")}
    summed = historian.roll(points[:2], YEAR, "1mo", across=True)
    historian.forget(datetime(2025, 2, 20, tzinfo=UTC))
    historian.append(batch(rows[:8]))
    assert historian.scan(points[:1], YEAR)["start"].to_pylist()[0] == T0 + timedelta(days=33)
    for every, rolled in whole.items():
        left = historian.roll(points, YEAR, every)
        assert left.drop(["value"]) == rolled.drop(["value"])
        assert left["value"].to_pylist() == pytest.approx(rolled["value"].to_pylist(), abs=1e-9)
        assert left["value"].to_pylist()[0] == rolled["value"].to_pylist()[0]
    assert historian.roll(points[:2], YEAR, "1mo", across=True) == summed
    assert historian.roll(points, Period(T0, T0 + timedelta(days=9)), "15min").num_rows == 0


def test_retention_counts_whole_months_per_stream(url, reopen, batch, point):
    """Forecasts may go earlier than measurements; the latest of a dead point goes with its month."""
    now = datetime(2025, 4, 10, tzinfo=UTC)
    with reopen(url, retention=Retention(actual=2, forecast=1, leave_hours=False)) as historian:
        historian.append(batch(spread([1], 90) + spread([1], 90, source=3) + spread([2], 5)))
        historian.retain(now)
        for stream, first in ((Stream.ACTUAL, 2), (Stream.FORECAST, 3)):
            rows = historian.scan([point(1), point(2)], YEAR, stream=stream)
            assert min(rows["start"].to_pylist()).month == first
        assert historian.latest()["point"].to_pylist() == [1]
        assert historian.roll([point(1)], YEAR, "1mo").num_rows == 2
        kept = historian.count()
        historian.retain(now)
        assert historian.count() == kept


def test_a_retention_of_nothing_is_refused():
    """At least the running month stays."""
    with pytest.raises(InvalidInput):
        Retention(actual=0)


def test_one_path_belongs_to_one_process(tmp_path, reopen, batch):
    """A second process is told who must stop; the first is not disturbed."""
    url = f"chdb:///{tmp_path}/historian"
    second = (
        "from sandan.store.historian import open_historian\n"
        f"open_historian({url!r}, sources=lambda stream: set())"
    )
    with reopen(url) as historian:
        refused = subprocess.run([sys.executable, "-c", second], capture_output=True, text=True, check=False)
        assert "Unavailable" in refused.stderr
        historian.append(batch(spread([1], 2)))
        assert historian.count() == 2


def test_reads_go_on_while_a_batch_is_written(tmp_path, reopen, batch):
    """Readers on other sessions see whole batches only, growing."""
    with reopen(f"chdb:///{tmp_path}/historian") as historian:
        done, seen = Event(), []

        def read() -> None:
            while not done.is_set():
                seen.append(historian.count())

        readers = [Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for n in range(20):
            historian.append(batch(spread([n], 20)))
        done.set()
        for reader in readers:
            reader.join()
        assert historian.count() == 400
        assert all(n % 20 == 0 for n in seen)


def test_after_an_error_the_next_question_gets_its_own_answer(tmp_path, reopen, batch, point):
    """No rest of a failed answer leaks into another."""
    with reopen(f"chdb:///{tmp_path}/historian", limits=engine.Limits(rows=5)) as historian:
        historian.append(batch(spread([1], 9)))
        for _ in range(4):
            with pytest.raises(InvalidInput):
                historian.scan([point(1)], YEAR)
            assert historian.count() == 9


def test_a_closed_historian_says_so(tmp_path, reopen):
    """Closing twice is harmless; using it afterwards is an answer, not a crash."""
    historian = reopen(f"chdb:///{tmp_path}/historian")
    historian.close()
    historian.close()
    with pytest.raises(Unavailable):
        historian.count()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            "Code: 243. DB::Exception: Cannot reserve 1.00 MiB. (NOT_ENOUGH_SPACE)",
            Unavailable,
        ),
        ("Code: 74. DB::Exception: write failed, errno: 28, strerror: No space left on device", Unavailable),
        ("Code: 241. DB::Exception: Query memory limit exceeded", InvalidInput),
        ("Code: 396. DB::Exception: Limit for result exceeded", InvalidInput),
        ("Code: 60. DB::Exception: Unknown table", Unavailable),
    ],
)
def test_errors_are_sorted_by_who_must_act(message, kind):
    """Too large a question is the asker's; a full disk and the rest are the operator's."""
    assert type(engine.explain(RuntimeError(message))) is kind
    assert type(engine.explain(RuntimeError(message), writing=True)) is Unavailable


def test_the_manifest_lists_what_any_tool_can_read(historian, batch, tmp_path):
    """A backup is plain Parquet: one file a month with the SAMPLES columns."""
    historian.append(batch(spread([1, 2], 40)))
    historian.backup(tmp_path / "copy")
    files = json.loads((tmp_path / "copy" / "historian.json").read_text())["files"]
    months = {file["name"]: file["rows"] for file in files if file["table"] == "samples"}
    assert months == {"samples-202501.parquet": 62, "samples-202502.parquet": 18}
    assert pq.read_table(tmp_path / "copy" / "samples-202502.parquet").num_rows == 18


FILL = """
import os, subprocess, sys
from datetime import datetime, UTC
import numpy as np, pyarrow as pa
from sandan.errors import Unavailable
from sandan.store.historian import open_historian
from sandan.twin.samples import INSTANT, SAMPLES
folder, n, acknowledged = sys.argv[1], 50_000, 0
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], check=True)

def batch(i):
    start = pa.array(np.full(n, np.datetime64(1_735_689_600_000 + i * 900_000, "ms"))).cast(INSTANT)
    values = pa.array(np.random.default_rng(i).normal(size=n))
    columns = [np.arange(n, dtype="u4"), start, start, np.ones(n, "u2"), values, np.zeros(n, "u1")]
    return pa.table(columns, schema=SAMPLES)

def keep():
    return open_historian(f"chdb:///{folder}/h", sources=lambda stream: {1})

with keep() as historian:
    try:
        while acknowledged < 200:
            historian.append(batch(acknowledged))
            acknowledged += 1
    except Unavailable as error:
        print(error.in_("en"))
    subprocess.run(["mount", "-o", "remount,size=200m", folder], check=True)
    historian.append(batch(acknowledged))
with keep() as historian:
    print(historian.count() == (acknowledged + 1) * n)
"""


def test_a_full_disk_acknowledges_nothing_it_does_not_keep(tmp_path):
    """The append that does not fit raises; with room again it succeeds, and nothing acknowledged is gone."""
    namespace = ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel lets nobody mount a small disk: unshare is not permitted")
    done = subprocess.run(
        [*namespace, sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True, check=False
    )
    said = done.stdout.splitlines()
    assert len(said) == 2, done.stderr
    assert "disk is full" in said[0]
    assert said[1] == "True"
