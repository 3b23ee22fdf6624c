"""Connecting to the registry and its transactions."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from sandan.errors import Conflict, InvalidInput, NotFound, Unavailable
from sandan.store import Registry, Sources, Things
from sandan.store.registry import PASSWORD, insert_rows, open_registry
from sandan.store.schema import point, source, thing
from sandan.twin.model import Thing

FIRST, SECOND = Thing("c1", "complex", "가"), Thing("c2", "complex", "나")
THINGS = Things()


def test_a_failed_transaction_leaves_nothing(registry: Registry) -> None:
    """What was written before the error is gone with it."""

    def fail() -> None:
        with registry.write() as conn:
            THINGS.put(conn, [FIRST])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    with registry.read() as conn:
        assert THINGS.count(conn) == 0


def test_a_reader_sees_one_moment(registry: Registry) -> None:
    """What is committed while a reader looks does not change what it sees."""
    with registry.read() as reader:
        assert THINGS.count(reader) == 0
        with registry.write() as conn:
            THINGS.put(conn, [FIRST])
        assert THINGS.count(reader) == 0
    with registry.read() as reader:
        assert THINGS.count(reader) == 1


def test_a_reader_cannot_write(registry: Registry) -> None:
    """A read transaction refuses every change, on both databases."""
    with pytest.raises((Unavailable, sa.exc.DBAPIError)), registry.read() as conn:
        conn.execute(sa.delete(thing))
    with registry.write() as conn:  # the connection goes back to the pool able to write
        THINGS.put(conn, [FIRST])


def test_one_writer_at_a_time(registry: Registry) -> None:
    """A second writer waits for the first and then sees what it wrote."""
    seen: list[int] = []

    def second() -> None:
        with registry.write() as conn:
            seen.append(THINGS.count(conn))
            THINGS.put(conn, [SECOND])

    with registry.write() as conn:
        waiting = threading.Thread(target=second)
        waiting.start()
        THINGS.put(conn, [FIRST])
        waiting.join(0.2)
        assert seen == []
    waiting.join(10)
    assert seen == [1]


def test_a_writer_waits_only_so_long(registry_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that opens a second transaction inside its first is told, and does not wait for itself."""
    monkeypatch.setattr("sandan.store.registry.BUSY_SECONDS", 1)
    registry = open_registry(registry_url)
    with registry.write(), pytest.raises(Unavailable), registry.write():
        pass
    with registry.write() as conn:
        THINGS.put(conn, [FIRST])
    registry.close()


def test_many_rows_that_clash_with_one_are_a_conflict(registry: Registry) -> None:
    """The fast way in reports what it meets as the slow one does."""
    row = {"number": 1, "id": "mqtt", "stream": "actual"}

    def clash() -> None:
        with registry.write() as conn:
            insert_rows(conn, source, [row, {**row, "number": 2}])

    with pytest.raises(Conflict):
        clash()


def test_what_contradicts_the_stored_is_a_conflict(registry: Registry) -> None:
    """A row that refers to nothing is refused at commit, and nothing stays."""
    stray = {"id": "p", "number": 1, "thing": "nowhere", "quantity": "active_power", "simulated": False}

    def contradict() -> None:
        with registry.write() as conn:
            THINGS.put(conn, [FIRST])
            conn.execute(sa.insert(point).values(stray))

    with pytest.raises(Conflict):
        contradict()
    with registry.write() as conn:
        assert THINGS.count(conn) == 0
        assert Sources().number(conn, "again") == 1


@pytest.mark.parametrize("url", ["", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "registry.db"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    """Only file-based SQLite and PostgreSQL are known."""
    with pytest.raises(InvalidInput):
        open_registry(url)


def test_a_password_in_the_address_is_refused() -> None:
    """The finding names the environment variable and does not repeat the password."""
    with pytest.raises(InvalidInput) as error:
        open_registry("postgresql://sandan:s3cret@127.0.0.1/sandan")
    said = error.value.in_("en")
    assert PASSWORD in said
    assert "s3cret" not in said


def test_the_password_comes_from_the_environment(
    postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is made with it, and the engine's address shows it to nobody."""
    monkeypatch.setenv(PASSWORD, "s3cret")
    registry = open_registry(f"{postgresql_server}/postgres")
    assert registry.engine.url.password == "s3cret"
    assert "s3cret" not in repr(registry)
    registry.close()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """The operator is told; nothing is made."""
    with pytest.raises(Unavailable):
        open_registry("postgresql://sandan@127.0.0.1:1/nothing")


def test_without_create_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """A mistyped path does not become an empty registry."""
    path = tmp_path / "typo" / "registry.db"
    with pytest.raises(NotFound):
        open_registry(f"sqlite:///{path}", create=False)
    assert not path.parent.exists()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    """A file in the way of the folder is the operator's to move."""
    (tmp_path / "in the way").touch()
    with pytest.raises(Unavailable):
        open_registry(f"sqlite:///{tmp_path / 'in the way' / 'x' / 'registry.db'}")


def test_sqlite_is_durable_and_keeps_references(tmp_path: Path) -> None:
    """Every connection writes ahead, syncs fully and holds foreign keys."""
    registry = open_registry(f"sqlite:///{tmp_path / 'registry.db'}")
    with registry.read() as conn:
        found = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    registry.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
