"""Backup and restore: one Parquet file a month, readable by any tool, and a manifest written last.

Taken while samples arrive: every batch acknowledged before the backup began is in it whole. As rows
are read and appended through the front door, a backup of one machine restores into a cluster, into
one of another number of shards, and back.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from sandan.errors import Conflict, Finding, InvalidInput, Unavailable
from sandan.store.historian.mending import ROWS_AT_ONCE, in_chunks
from sandan.store.historian.tables import KEPT
from sandan.words import Text

MANIFEST = "historian.json"
_FORMAT = 1


class Source(Protocol):
    """What a backup reads from."""

    def gather(self, sql: str) -> list[pa.Table]: ...

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]: ...


class Sink(Protocol):
    """What a restore writes to."""

    def append(self, batch: pa.Table, table: str = "samples") -> None: ...


@dataclass(frozen=True, slots=True)
class Copied:
    """One file of a backup."""

    name: str
    table: str
    rows: int
    sha256: str


def back_up(nodes: Source, folder: Path) -> None:
    """Write everything into `folder`, which must be new or empty."""
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(
            Text(
                f"'{folder}' 폴더가 비어 있지 않습니다. 새 폴더를 지정하십시오.",
                f"the folder '{folder}' is not empty. Name a new one.",
            )
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copied = [*_copy_samples(nodes, folder), *_copy_rest(nodes, folder)]
        manifest = {"format": _FORMAT, "files": [asdict(file) for file in copied]}
        _write(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
        _sync(folder)
    except OSError as error:
        raise _disk(folder, error) from error


def restore(nodes: Sink, folder: Path) -> None:
    """Append all of a backup, after every file was compared with the manifest."""
    for file in _manifest(folder):
        for rows in _read(folder / file.name):
            nodes.append(rows, file.table)


def _copy_samples(nodes: Source, folder: Path) -> Iterator[Copied]:
    found = pa.concat_tables(nodes.gather("SELECT DISTINCT toYYYYMM(start) AS month FROM samples"))
    for month in sorted(set(found["month"].to_pylist())):
        sql = f"SELECT {KEPT['samples']} FROM samples FINAL WHERE toYYYYMM(start) = {month}"  # noqa: S608  # a number
        yield _save(nodes, sql, folder / f"samples-{month}.parquet", "samples")


def _copy_rest(nodes: Source, folder: Path) -> Iterator[Copied]:
    for table, columns in KEPT.items():
        if table != "samples":
            sql = f"SELECT {columns} FROM {table} FINAL"  # noqa: S608  # constants
            yield _save(nodes, sql, folder / f"{table}.parquet", table)


def _save(nodes: Source, sql: str, path: Path, table: str) -> Copied:
    writer: pq.ParquetWriter | None = None
    rows = 0
    try:
        for chunk in in_chunks(nodes.stream(sql)):
            writer = writer or pq.ParquetWriter(path, chunk.schema, compression="zstd")
            writer.write_table(chunk)
            rows += chunk.num_rows
    finally:
        if writer is not None:
            writer.close()
    if rows:
        _sync(path)
    return Copied(path.name, table, rows, _digest(path) if rows else "")


def _manifest(folder: Path) -> list[Copied]:
    """The files of a backup that hold rows, each as it was written."""
    path = folder / MANIFEST
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        files = [Copied(**file) for file in said["files"]]
        known = said["format"] == _FORMAT and all(file.table in KEPT for file in files)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput([_finding(path)]) from error
    files = [file for file in files if file.rows]
    findings = [_finding(folder / file.name) for file in files if _digest(folder / file.name) != file.sha256]
    if findings or not known:
        raise InvalidInput(findings or [_finding(path)])
    return files


def _read(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_ONCE):
            yield pa.Table.from_batches([batch])


def _digest(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _finding(path: Path) -> Finding:
    return Finding(
        str(path),
        Text("백업 파일이 없거나 목록과 다릅니다.", "the file of the backup is missing or differs."),
        Text("다른 백업을 쓰십시오.", "use another backup."),
    )


def _disk(folder: Path, error: OSError) -> Unavailable:
    return Unavailable(
        Text(
            f"'{folder}'에 백업을 쓰지 못했습니다 ({error.strerror}). 디스크 공간과 권한을 확인하십시오.",
            f"the backup could not be written to '{folder}' ({error.strerror}):"
            " check the disk's space and rights.",
        )
    )
