"""Tables that are only ever added to: the database itself refuses to change or remove a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def make_append_only(op: Any, table: str, key: Sequence[str]) -> None:
    """In a migration, after `table` with primary key `key` was made: refuse UPDATE, DELETE and TRUNCATE."""
    said = f"{table} is append-only"
    if op.get_context().dialect.name == "sqlite":
        same = " AND ".join(f'"{name}" = NEW."{name}"' for name in key)
        # A replacing INSERT deletes without firing the trigger for DELETE, hence the third.
        for name, when in (
            ("no_update", f"BEFORE UPDATE ON {table}"),
            ("no_delete", f"BEFORE DELETE ON {table}"),
            ("no_replace", f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"),  # noqa: S608  # names of our own
        ):
            op.execute(f"CREATE TRIGGER {table}_{name} {when} BEGIN SELECT RAISE(ABORT, '{said}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'; END$$"
    )
    for name, when in (
        ("no_change", f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"),
        ("no_truncate", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {table}_{name} {when} EXECUTE FUNCTION {table}_is_append_only()")
