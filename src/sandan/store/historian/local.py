"""ClickHouse inside this process, through chDB.

A session serialises its queries, so the writer has its own, the operator's long work (backup,
retention) has its own, and reads share a few: a light one does not wait behind a heavy one. The
engine takes one path per process; a second process is refused by a lock beside the data.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue
from threading import Lock
from typing import Any

import pyarrow as pa
from chdb.state.sqlitelike import Connection

from sandan.errors import SandanError, Unavailable
from sandan.store.historian.engine import WRITE_SETTINGS, Limits, explain
from sandan.words import Text

DATABASE = "sandan"
READERS = 3


class LocalEngine:
    """The Engine over one folder."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._lock = _hold(folder)
        try:
            self._writer = _connect(folder, WRITE_SETTINGS, create=True)
            self._keeper = _connect(folder, WRITE_SETTINGS)
            self._readers: LifoQueue[Connection] = LifoQueue()
            for _ in range(READERS):
                self._readers.put(_connect(folder, limits.settings()))
        except RuntimeError as error:
            os.close(self._lock)
            raise explain(error) from error
        self._writing, self._keeping = Lock(), Lock()
        self._closed = False

    def query(self, sql: str) -> pa.Table:
        with self._reader() as reader, _explained():
            return _table(reader.query(sql, "ArrowStream"))

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        with self._keeping, _explained():
            yield from self._keeper.send_query(sql, "Arrow").record_batch()

    def insert(self, table: str, rows: pa.Table) -> None:
        with self._writing, _explained(writing=True):
            inserter = self._writer.send_insert(f"INSERT INTO {table}", "ArrowStream")
            inserter.append(_stream_of(rows))
            inserter.finish()

    def command(self, sql: str) -> None:
        with self._keeping, _explained(writing=True):
            self._keeper.query(sql, "Null")

    def close(self) -> None:
        with self._writing, self._keeping:
            if self._closed:
                return
            self._closed = True
            for _ in range(READERS):
                self._readers.get().close()
            self._writer.close()
            self._keeper.close()
            os.close(self._lock)

    @contextmanager
    def _reader(self) -> Iterator[Connection]:
        reader = self._readers.get()
        try:
            yield reader
        finally:
            self._readers.put(reader)


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


def _connect(folder: Path, settings: dict[str, int | str], *, create: bool = False) -> Connection:
    connection = Connection(str(folder / "engine"))
    if create:
        connection.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic", "Null")
    connection.query(f"USE {DATABASE}", "Null")
    for name, value in settings.items():
        connection.query(f"SET {name} = {value!r}", "Null")
    return connection


def _table(result: Any) -> pa.Table:
    # A copy: the view's memory goes with the result, while the table lives on.
    with pa.ipc.open_stream(pa.py_buffer(result.bytes())) as reader:
        return reader.read_all()


def _stream_of(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]  # pyarrow carries no types


@contextmanager
def _explained(*, writing: bool = False) -> Iterator[None]:
    try:
        yield
    except SandanError:
        raise
    except RuntimeError as error:
        raise explain(error, writing=writing) from error
