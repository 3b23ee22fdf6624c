"""Backups taken while Sandan runs, and the way back.

The registry is written table by table as JSON lines, out of one unchanging view of the database,
so that a backup of SQLite can be restored to PostgreSQL and back: this is also the way from one
machine to a server. The historian is copied first: a sample whose point is not in the registry would
one day be given to another point, while a point without samples is only a point.

The manifest is written last; a folder without one is not a backup.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.errors import Conflict, Finding, InvalidInput
from sandan.store.events import EventLog, Head
from sandan.store.historian import open_historian
from sandan.store.migrations import VERSION_TABLE, installed_rooms, migrate, revisions, steps, upgrade
from sandan.store.opening import Store
from sandan.store.registry import insert_rows, open_registry
from sandan.store.sources import numbers_of
from sandan.words import Text

FORMAT = 1
_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class TableCopy:
    """One table of the registry, as a file in the backup."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, and what a restore must come to."""

    format: int
    version: str
    taken_at: datetime
    revisions: tuple[str, ...]
    head: Head
    tables: Mapping[str, TableCopy]
    samples: int
    """Held by the historian when the backup began; the copy has at least these."""

    def __str__(self) -> str:
        rows = sum(copy.rows for copy in self.tables.values())
        return f"registry {rows:,}, events {self.head.seq:,}, samples {self.samples:,}"


def backup(store: Store, folder: Path, now: datetime) -> Manifest:
    """Copy everything remembered into `folder`, which must be new or empty; others may go on writing."""
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(
            Text(
                f"'{folder}' 폴더가 비어 있지 않습니다. 새 폴더를 지정하십시오.",
                f"the folder '{folder}' is not empty. Name a new one.",
            )
        )
    (folder / "registry").mkdir(parents=True, exist_ok=True)
    samples = store.historian.count()
    store.historian.backup(folder / "historian")
    with store.registry.read() as conn:
        manifest = Manifest(
            FORMAT,
            _version(),
            now,
            revisions(conn),
            store.events.head(conn),
            {table.name: _save(conn, table, folder) for table in _tables(conn)},
            samples,
        )
    written = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, default=datetime.isoformat)
    (folder / "manifest.json").write_text(written, encoding="utf-8")
    return manifest


def restore(
    folder: Path, registry_url: str, historian_url: str, *, rooms: Sequence[str] | None = None
) -> Manifest:
    """Make a store from a backup; both databases must be empty. Registry: all of it or nothing.

    Files are checked against the manifest before anything is written; row counts, the event chain
    and its head afterwards, before it is committed.
    """
    manifest = read_manifest(folder)
    scripts = steps(installed_rooms() if rooms is None else tuple(rooms))
    registry = open_registry(registry_url)
    try:
        with registry.write() as conn:
            if sa.inspect(conn).get_table_names():
                raise _not_empty(registry_url)
            upgrade(conn, scripts, manifest.revisions)
            _load(conn, manifest, folder)
            _confirm_chain(conn, manifest)
            with open_historian(historian_url, sources=numbers_of(registry)) as historian:
                historian.restore(folder / "historian")
                if historian.count() < manifest.samples:
                    raise _damaged("historian", "표본이 모자랍니다", "samples are missing")
        migrate(registry, rooms)
    finally:
        registry.close()
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup, after every file of the registry was compared with it."""
    path = folder / "manifest.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise _damaged(str(path), "이 판에서 읽을 수 없는 형식입니다", "its format is not known here")
        manifest = Manifest(
            said["format"],
            said["version"],
            datetime.fromisoformat(said["taken_at"]),
            tuple(said["revisions"]),
            Head(**said["head"]),
            {
                name: TableCopy(tuple(copy["columns"]), copy["rows"], copy["sha256"])
                for name, copy in said["tables"].items()
            },
            said["samples"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(str(path), "목록을 읽을 수 없습니다", "the manifest cannot be read") from error
    findings = [
        _finding(str(_file(folder, name)), "파일이 목록과 다릅니다", "it differs from the manifest")
        for name, copy in manifest.tables.items()
        if _digest(_file(folder, name)) != copy.sha256
    ]
    if findings:
        raise InvalidInput(findings)
    return manifest


def _version() -> str:
    try:
        return version("sandan")
    except PackageNotFoundError:
        return "not installed"


def _tables(conn: Connection) -> list[sa.Table]:
    """Every table there is, parents first: also those of a domain that is not loaded just now."""
    there = sa.MetaData()
    there.reflect(conn)
    return [table for table in there.sorted_tables if table.name != VERSION_TABLE]


def _file(folder: Path, table: str) -> Path:
    return folder / "registry" / f"{table}.jsonl.gz"


def _save(conn: Connection, table: sa.Table, folder: Path) -> TableCopy:
    path = _file(folder, table.name)
    query = sa.select(table).order_by(*table.primary_key.columns)
    rows = 0
    with gzip.open(path, "wt", compresslevel=3, encoding="utf-8") as file:
        for row in conn.execution_options(yield_per=_ROWS).execute(query):
            file.write(json.dumps([_plain(value) for value in row], ensure_ascii=False) + "\n")
            rows += 1
    return TableCopy(tuple(table.columns.keys()), rows, _digest(path))


def _digest(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load(conn: Connection, manifest: Manifest, folder: Path) -> None:
    tables = _tables(conn)
    _defer_foreign_keys(conn)
    for table in reversed(tables):
        if table.name != "event":  # append-only, and no migration writes facts
            conn.execute(sa.delete(table))  # what migrations may have put there
    for table in tables:
        copy = manifest.tables.get(table.name, TableCopy((), 0, ""))
        if copy.rows:
            for part in _parts(_file(folder, table.name)):
                insert_rows(conn, table, [_row(table, copy.columns, values) for values in part])
        if conn.scalar(sa.select(sa.func.count()).select_from(table)) != copy.rows:
            raise _damaged(table.name, "행 수가 목록과 다릅니다", "its row count differs from the manifest")
        _continue_sequences(conn, table)


def _parts(path: Path) -> Iterator[list[list[Any]]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        while part := [json.loads(line) for line in islice(file, _ROWS)]:
            yield part


def _confirm_chain(conn: Connection, manifest: Manifest) -> None:
    found = EventLog().verify(conn, manifest.head)
    if not found.ok:
        assert found.reason is not None
        raise _damaged(f"event {found.broken_at}", found.reason.ko.rstrip("."), found.reason.en.rstrip("."))


def _defer_foreign_keys(conn: Connection) -> None:
    sqlite = conn.dialect.name == "sqlite"
    conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON" if sqlite else "SET CONSTRAINTS ALL DEFERRED")


def _continue_sequences(conn: Connection, table: sa.Table) -> None:
    """PostgreSQL counts on from where its sequence stood, not from the rows put in."""
    if conn.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = conn.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name)))
        last = conn.scalar(sa.select(sa.func.max(column))) if sequence else None
        if last is not None:
            conn.execute(sa.select(sa.func.setval(sequence, last)))


def _plain(value: Any) -> Any:
    """A value as JSON; what JSON has no word for is a pair of its kind and its text."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, bytes):
        return ["bytes", b64encode(value).decode()]
    if isinstance(value, datetime):  # SQLite says no zone; `Instant` keeps UTC
        return ["instant", (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    if isinstance(value, (dict, list)):
        return ["json", value]
    raise TypeError(f"no way is known to back up a {type(value).__name__}")


_FROM_PLAIN: dict[str, Callable[[Any], Any]] = {
    "bytes": b64decode,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "json": lambda value: value,
    "instant": datetime.fromisoformat,
}


def _row(table: sa.Table, columns: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    row = dict(zip(columns, values, strict=True))
    for name, value in row.items():
        if isinstance(value, list):
            value = row[name] = _FROM_PLAIN[value[0]](value[1])
        if isinstance(value, datetime) and not getattr(table.c[name].type, "timezone", False):
            row[name] = value.astimezone(UTC).replace(tzinfo=None)
    return row


def _not_empty(url: str) -> Conflict:
    return Conflict(
        Text(
            f"'{url}'에 이미 자료가 있습니다. 빈 곳에만 되살릴 수 있습니다.",
            f"'{url}' already holds data. A backup is restored to an empty place only.",
        )
    )


def _finding(where: str, ko: str, en: str) -> Finding:
    return Finding(
        where,
        Text(f"{ko}.", f"{en}."),
        Text("온전한 백업에서 다시 복원하십시오.", "restore again from a sound backup."),
    )


def _damaged(where: str, ko: str, en: str) -> InvalidInput:
    return InvalidInput([_finding(where, ko, en)])
