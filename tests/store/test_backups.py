"""Backup while the store is in use, and restore, also from one database to the other."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import shapely
import sqlalchemy as sa

from sandan.access import SYSTEM
from sandan.clock import Period
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.store import Rule, Store, backup, open_store, restore
from sandan.store.backups import read_manifest
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def _samples(number: int, source: int, n: int, start: datetime = NOW) -> pa.Table:
    starts = [start + i * QUARTER for i in range(n)]
    columns = [[number] * n, starts, starts, [source] * n, [i / 3 for i in range(n)], [0] * n]
    return pa.table(columns, schema=SAMPLES)


def _fill(store: Store) -> Point:
    with store.registry.write() as conn:
        store.things.put(
            conn,
            [
                # The child's id comes before its parent's: rows are restored in order of id.
                Thing("a-meter", "meter", "수전 '1'\n", "z-firm", "z-firm", shapely.Point(126.1, 37.3)),
                Thing("z-firm", "firm", "한빛정밀", tenant="z-firm", attributes={"employees": 3, "x": 0.1}),
            ],
        )
        store.points.put(conn, [Point("p", "a-meter", "active_power", QUARTER, "z-firm", high=0.1)])
        store.rules.put(conn, Rule("tariff", "1", date(2026, 1, 1), "고시", {"rates": [1, 2.5, None]}))
        for i in range(3):
            store.events.append(
                conn, "AlarmRaised", actor=SYSTEM, subject="p", payload={"i": i / 3}, at=NOW, tenant="z-firm"
            )
        source = store.sources.number(conn, "mqtt")
        point = store.points.get(conn, "p")
    store.historian.append(_samples(point.number, source, 96))
    return point


@pytest.fixture
def saved(store: Store, tmp_path: Path) -> Iterator[Path]:
    """The backup of a small store, which is closed: the historian takes one folder at a time."""
    _fill(store)
    backup(store, tmp_path / "backup", NOW)
    store.close()
    return tmp_path / "backup"


def test_a_restored_store_holds_what_was_saved(
    saved: Path, empty_registry_url: str, tmp_path: Path, rooms: tuple[str, ...]
) -> None:
    """From either database to either: things, points, rules, events, chain and samples are the same."""
    historian = f"chdb:///{tmp_path / 'again'}"
    manifest = restore(saved, empty_registry_url, historian, rooms=rooms)
    assert (manifest.taken_at, manifest.head.seq, manifest.samples) == (NOW, 3, 96)
    with (
        open_store(empty_registry_url, historian, create=False, rooms=rooms) as store,
        store.registry.write() as conn,
    ):
        meter = store.things.get(conn, "a-meter")
        assert (meter.name, meter.geometry) == ("수전 '1'\n", shapely.Point(126.1, 37.3))
        assert store.things.get(conn, "z-firm").attributes == {"employees": 3, "x": 0.1}
        point = store.points.get(conn, "p")
        assert (point.number, point.high, point.interval) == (1, 0.1, QUARTER)
        assert store.rules.get(conn, "tariff", date(2026, 2, 1)).body == {"rates": [1, 2.5, None]}
        assert store.events.verify(conn, manifest.head).length == 3
        assert [event.at for event in store.events.find(conn, tenant="z-firm")] == [NOW] * 3
        # The log goes on where it stopped, and so do the numbers.
        assert store.events.append(
            conn, "BackupRestored", actor=SYSTEM, subject="store", payload={}, at=NOW
        ).seq == 4  # fmt: skip
        assert store.sources.number(conn, "file") == 2
        table = store.historian.scan([point], Period(NOW, NOW + timedelta(days=1)))
        assert table["value"].to_pylist() == [i / 3 for i in range(96)]


def test_a_backup_is_taken_while_others_write(store: Store, tmp_path: Path) -> None:
    """Writers go on during it; what is saved is one moment: every event of its head, none after."""
    point = _fill(store)
    stop = threading.Event()

    def write() -> None:
        day = NOW
        while not stop.is_set():
            day += timedelta(days=1)
            store.historian.append(_samples(point.number, 1, 96, day))
            with store.registry.write() as conn:
                store.events.append(
                    conn, "SamplesTaken", actor=SYSTEM, subject="p", payload={}, at=day
                )  # fmt: skip

    writer = threading.Thread(target=write)
    writer.start()
    try:
        manifest = backup(store, tmp_path / "backup", NOW)
    finally:
        stop.set()
        writer.join()
    assert manifest.tables["event"].rows == manifest.head.seq
    assert read_manifest(tmp_path / "backup") == manifest
    with store.registry.read() as conn:
        assert store.events.verify(conn, manifest.head).length >= manifest.head.seq


def test_tables_of_a_domain_that_is_not_loaded_are_saved(store: Store, tmp_path: Path) -> None:
    """The backup goes by what the database holds, not by what this process knows."""
    with store.registry.write() as conn:
        conn.exec_driver_sql("CREATE TABLE stranger (id INTEGER PRIMARY KEY, words TEXT)")
        conn.exec_driver_sql("INSERT INTO stranger VALUES (1, '안녕')")
    manifest = backup(store, tmp_path / "backup", NOW)
    assert manifest.tables["stranger"].rows == 1


def test_a_backup_goes_to_a_new_folder_only(store: Store, tmp_path: Path) -> None:
    """Two backups are never mixed in one folder."""
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "something").touch()
    with pytest.raises(Conflict):
        backup(store, tmp_path / "backup", NOW)


def test_a_restore_goes_to_an_empty_place_only(
    saved: Path, registry_url: str, tmp_path: Path, rooms: tuple[str, ...]
) -> None:
    """Nothing that is there is written over."""
    with pytest.raises(Conflict):
        restore(saved, registry_url, f"chdb:///{tmp_path / 'again'}", rooms=rooms)


def _forge(folder: Path, table: str, old: str, new: str) -> None:
    """Change a row and put its file's new digest into the manifest, as one who means it would."""
    path = folder / "registry" / f"{table}.jsonl.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    assert old in text
    path.write_bytes(gzip.compress(text.replace(old, new, 1).encode()))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["tables"][table]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_forged_event_is_found_and_nothing_is_restored(
    saved: Path, empty_registry_url: str, tmp_path: Path, rooms: tuple[str, ...]
) -> None:
    """The chain is walked before the registry is committed."""
    _forge(saved, "event", "AlarmRaised", "AlarmClosed")
    with pytest.raises(InvalidInput, match="문제") as error:
        restore(saved, empty_registry_url, f"chdb:///{tmp_path / 'again'}", rooms=rooms)
    assert error.value.findings[0].where == "event 1"
    engine = sa.create_engine(empty_registry_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as conn:
        assert sa.inspect(conn).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize("harm", ["unfinished", "cut", "gone", "other format"])
def test_a_damaged_backup_is_refused(saved: Path, tmp_path: Path, rooms: tuple[str, ...], harm: str) -> None:
    """Without manifest, or with a file that differs from it, nothing is begun."""
    manifest, table = saved / "manifest.json", saved / "registry" / "thing.jsonl.gz"
    if harm == "unfinished":
        manifest.unlink()
    elif harm == "cut":
        table.write_bytes(table.read_bytes()[:-9])
    elif harm == "gone":
        table.unlink()
    else:
        manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 99'))
    url = f"sqlite:///{tmp_path / 'new' / 'registry.db'}"
    with pytest.raises(InvalidInput) as error:
        restore(saved, url, f"chdb:///{tmp_path / 'again'}", rooms=rooms)
    assert len(error.value.findings) == 1
    with pytest.raises(NotFound):
        open_store(url, f"chdb:///{tmp_path / 'again'}", create=False)
