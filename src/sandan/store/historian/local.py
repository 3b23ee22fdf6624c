"""ClickHouse inside this process, through chDB.

A session serialises its queries, so the writer has its own, the operator's long work (backup,
retention) has its own, and reads share a few: a light one does not wait behind a heavy one. The
engine takes one path per process; a second process is refused by a lock beside the data.
"""

from __future__ import annotations

import fcntl
import os
import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue
from threading import Lock
from typing import Any

import pyarrow as pa
from chdb.state.sqlitelike import Connection

from sandan.errors import Unavailable
from sandan.store.historian.engine import WRITE_SETTINGS, Limits, explain
from sandan.words import Text

DATABASE = "sandan"
READERS = 3
DESCRIPTORS = 65_536
_ENGINE = "engine"
_CACHES = "&".join(
    f"{name}={256 << 20}" for name in ("mark_cache_size", "primary_index_cache_size", "index_mark_cache_size")
)
"""The engine would let each grow to 5 GiB."""


class LocalEngine:
    """The Engine over one folder."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._lock = _hold(folder)
        _take_descriptors()
        try:
            self._writer = _Session(folder, WRITE_SETTINGS)
            self._keeper = _Session(folder, WRITE_SETTINGS)
            self._all_readers = [_Session(folder, limits.settings()) for _ in range(READERS)]
        except RuntimeError as error:
            os.close(self._lock)
            raise explain(error) from error
        self._readers: LifoQueue[_Session] = LifoQueue()
        for reader in self._all_readers:
            self._readers.put(reader)
        self._closed = False

    def query(self, sql: str) -> pa.Table:
        reader = self._readers.get()
        try:
            with reader.use() as connection:
                return _table(connection.query(sql, "ArrowStream"))
        finally:
            self._readers.put(reader)

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        with self._keeper.use() as connection, connection.send_query(sql, "Arrow") as result:
            yield from result.record_batch()

    def insert(self, table: str, rows: pa.Table) -> None:
        # chDB reads the Arrow table by this function's name for it. Its streaming inserter would not
        # do: it reports success when the disk is full.
        columns = ", ".join(rows.column_names)
        with self._writer.use(writing=True) as connection:
            connection.query(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM Python(rows)", "Null")  # noqa: S608  # own names

    def command(self, sql: str) -> None:
        with self._keeper.use(writing=True) as connection:
            connection.query(sql, "Null")

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            for session in (self._writer, self._keeper, *self._all_readers):
                session.close()
            os.close(self._lock)


class _Session:
    """A connection of one's own; a fresh one after every error.

    After an error chDB gives the next question on that connection the rest of the failed answer.
    """

    def __init__(self, folder: Path, settings: Mapping[str, int | str]) -> None:
        self._folder, self._settings = folder, settings
        self._lock = Lock()
        self._connection: Connection | None = self._connect()

    @contextmanager
    def use(self, *, writing: bool = False) -> Iterator[Connection]:
        with self._lock:
            if self._connection is None:
                raise Unavailable(
                    Text(
                        "계측 저장소가 닫혔습니다. 다시 여십시오.", "the historian is closed: open it again."
                    )
                )
            try:
                yield self._connection
            except BaseException as error:
                self._connection.close()
                self._connection = self._connect()
                if isinstance(error, RuntimeError):
                    raise explain(error, writing=writing) from error
                raise

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connect(self) -> Connection:
        connection = Connection(f"{self._folder / _ENGINE}?{_CACHES}")
        connection.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic", "Null")
        connection.query(f"USE {DATABASE}", "Null")
        connection.query(f"SET {', '.join(f'{k} = {v!r}' for k, v in self._settings.items())}", "Null")
        return connection


def _hold(folder: Path) -> int:
    """Take the folder for this process until the descriptor is closed."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "sandan.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise Unavailable(
            Text(
                f"다른 프로세스가 계측 저장소 {folder}을(를) 열고 있습니다."
                " 그 프로세스를 멈추거나 서버형 저장소를 쓰십시오.",
                f"another process holds the historian at {folder}: stop it, or use a server historian.",
            )
        ) from None
    return lock


def _take_descriptors() -> None:
    """Let this process open as many files as it may; chDB 4.4.0 leaves three open per connection it ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _table(result: Any) -> pa.Table:
    # A copy: the view's memory goes with the result, while the table lives on.
    with pa.ipc.open_stream(pa.py_buffer(result.bytes())) as reader:
        return reader.read_all()
