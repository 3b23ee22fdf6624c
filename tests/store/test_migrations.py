"""The way to today's tables."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from sandan.errors import Unavailable
from sandan.store import Registry, metadata
from sandan.store.migrations import VERSION_TABLE, migrate, revisions, steps
from sandan.store.registry import open_registry


@pytest.fixture
def empty(empty_registry_url: str) -> Iterator[Registry]:
    registry = open_registry(empty_registry_url)
    yield registry
    registry.close()


def test_migrations_make_exactly_the_tables_the_code_declares(
    registry: Registry, rooms: tuple[str, ...]
) -> None:
    """Nothing is left for autogenerate to do, for the core and for every domain that keeps tables."""
    for room in rooms:
        if find_spec(f"{room}.records") is not None:
            import_module(f"{room}.records")
    with registry.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    ours = [d for d in differences if not (d[0] == "remove_table" and d[1].name == VERSION_TABLE)]
    assert ours == []


def test_a_second_run_does_nothing(registry: Registry, rooms: tuple[str, ...]) -> None:
    """A database of today is left alone, without so much as a lock."""
    with registry.write() as conn:
        before = revisions(conn)
        migrate(registry, rooms)
        assert revisions(conn) == before


def test_processes_that_start_together_migrate_once(empty: Registry, rooms: tuple[str, ...]) -> None:
    """Of several that find an empty database one makes the tables and the others find them made."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate(empty, rooms), range(4)))
    with empty.read() as conn:
        assert {name.partition("_")[0] for name in revisions(conn)} >= {"ingest", "accounts"}
        assert {"thing", "event"} <= set(sa.inspect(conn).get_table_names())


def test_an_upgrade_that_fails_leaves_the_old_tables(empty: Registry) -> None:
    """All steps are one transaction: a table in the way stops them and nothing is half made."""
    with empty.write() as conn:
        conn.exec_driver_sql("CREATE TABLE point (id INTEGER)")
    with pytest.raises((Unavailable, sa.exc.DBAPIError)):
        migrate(empty, ())
    with empty.read() as conn:
        assert sa.inspect(conn).get_table_names() == ["point"]


def test_a_database_newer_than_the_program_is_refused(registry: Registry, rooms: tuple[str, ...]) -> None:
    """An old program does not touch tables it does not understand."""
    with registry.write() as conn:
        conn.exec_driver_sql(f"DELETE FROM {VERSION_TABLE} WHERE version_num <> '{revisions(conn)[0]}'")
        conn.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = 'store_9999'")
    with pytest.raises(Unavailable):
        migrate(registry, rooms)


def test_a_room_without_tables_has_no_steps() -> None:
    """A domain that keeps nothing needs no folder for it."""
    assert steps(("sandan.web",)).get_heads() == steps(()).get_heads()


def test_every_reference_within_one_table_waits_for_commit() -> None:
    """A restore puts rows in the order of their keys, so a row may come before the one it names."""
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            assert key.column.table is not table or key.deferrable, f"{table.name}.{key.parent.name}"
