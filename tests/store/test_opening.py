"""The store as one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from sandan.errors import InvalidInput, NotFound
from sandan.store import Store, open_store
from sandan.store.registry import open_registry
from sandan.testing import temporary_store
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES, Stream

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)


def test_the_historian_knows_sources_by_their_stream(store: Store) -> None:
    """A forecast registered in the registry is not taken for what happened, from its first sample."""
    with store.registry.write() as conn:
        store.things.put(conn, [Thing("c", "complex", "가온 산업단지")])
        store.points.put(conn, [Point("p", "c", "wind_speed", timedelta(hours=1))])
        point = store.points.get(conn, "p")
        numbers = [
            store.sources.number(conn, "weather", stream) for stream in (Stream.ACTUAL, Stream.FORECAST)
        ]
    for value, number in zip((3.5, 9.0), numbers, strict=True):
        store.historian.append(
            pa.table([[point.number], [NOW], [NOW], [number], [value], [0]], schema=SAMPLES)
        )
    for stream, value in ((Stream.ACTUAL, 3.5), (Stream.FORECAST, 9.0)):
        assert store.historian.latest([point], stream=stream)["value"].to_pylist() == [value]


def test_what_is_stored_is_there_when_opened_again(tmp_path: Path, rooms: tuple[str, ...]) -> None:
    """Closing and opening keeps things; relative folders that are missing are made."""
    urls = (f"sqlite:///{tmp_path / 'a' / 'b' / 'registry.db'}", f"chdb:///{tmp_path / 'a' / 'historian'}")
    with open_store(*urls, rooms=rooms) as store, store.registry.write() as conn:
        store.things.put(conn, [Thing("c", "complex", "가온 산업단지")])
    with open_store(*urls, create=False, rooms=rooms) as store, store.registry.read() as conn:
        assert store.things.get(conn, "c").name == "가온 산업단지"


def test_without_create_nothing_is_made(tmp_path: Path) -> None:
    """A store that is not there is not found, and its folder does not appear."""
    with pytest.raises(NotFound):
        open_store(f"sqlite:///{tmp_path / 'x' / 'r.db'}", f"chdb:///{tmp_path / 'x' / 'h'}", create=False)
    assert not (tmp_path / "x").exists()


def test_a_historian_that_does_not_open_leaves_no_connection(tmp_path: Path) -> None:
    """The registry is closed again; it can be moved away, and closing twice is harmless."""
    url = f"sqlite:///{tmp_path / 'registry.db'}"
    with pytest.raises(InvalidInput):
        open_store(url, "memory://", rooms=())
    assert not (tmp_path / "registry.db-wal").exists()
    registry = open_registry(url)
    registry.close()
    registry.close()


def test_a_temporary_store_is_real_and_goes_away(rooms: tuple[str, ...]) -> None:
    """What tests of plug-ins stand on keeps things while it is open and leaves no folder."""
    with temporary_store(rooms=rooms) as store, store.registry.write() as conn:
        path = Path(str(store.registry.engine.url.database))
        store.things.put(conn, [Thing("c", "complex", "가온 산업단지")])
        assert store.historian.count() == 0
        assert path.exists()
    assert not path.parent.exists()
