"""Readings from files: CSV or Parquet, wide or long, read in pieces, resumed where it was cut short.

Times without offset are placed in the mapping's zone. In the hour that a change of clocks makes
twice, or not at all, a time without offset says nothing certain: those rows go to quarantine.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from sandan.clock import Clock
from sandan.errors import InvalidInput
from sandan.ingest.engine import millis
from sandan.ingest.model import Delivery, Unreadable
from sandan.ingest.sources.mapping import Mapping, TimeColumn
from sandan.twin.samples import INSTANT, READINGS
from sandan.words import Text

PIECE = 50_000
"""Readings in one delivery, about."""
NAIVE = pa.timestamp("ms")
ENCODINGS = ("utf-8-sig", "cp949")


@dataclass(frozen=True, slots=True)
class Table:
    """A file opened for reading: its columns, how many rows, and its rows in pieces."""

    path: Path
    headers: tuple[str, ...]
    rows: int
    encoding: str = ""

    def pieces(self, columns: Sequence[str], size: int, skip: int = 0) -> Iterator[pa.Table]:
        """These columns, at most `size` rows at a time, after the first `skip` rows."""
        read = _csv_pieces if self.encoding else _parquet_pieces
        seen = 0
        for batch in read(self, columns, size):
            table = pa.Table.from_batches([batch])
            drop = min(max(skip - seen, 0), table.num_rows)
            seen += table.num_rows
            for offset in range(drop, table.num_rows, size):
                yield table.slice(offset, size)

    def sample(self) -> pa.Table:
        """The first rows of every column."""
        return next(self.pieces(self.headers, 1000), pa.table({name: pa.nulls(0) for name in self.headers}))

    def digest(self) -> str:
        """What is in the file, as one hash."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def open_table(path: Path, encoding: str = "") -> Table:
    """Open CSV (by default UTF-8, else the Korean Windows encoding) or Parquet, told by its content."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start == b"PAR1":
            with pa.parquet.ParquetFile(path) as parquet:
                return Table(path, tuple(parquet.schema_arrow.names), parquet.metadata.num_rows)
        return _open_csv(path, encoding)
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise InvalidInput.because(
            str(path),
            Text(f"파일을 읽을 수 없습니다: {error}", f"the file cannot be read: {error}"),
            Text(
                "CSV 또는 Parquet 파일인지, 인코딩이 맞는지 확인하십시오.",
                "check that it is CSV or Parquet, and its encoding.",
            ),
        ) from error


def translate(
    piece: pa.Table, mapping: Mapping, addresses: Map[str, str], first: int
) -> tuple[pa.Table, tuple[Unreadable, ...]]:
    """A piece of the file as READINGS, and the rows whose time or value is no such thing.

    `addresses` gives the address of each column of a wide file; `first` is the row number of the piece.
    """
    start, bad_time = _times(piece[mapping.time.column], mapping)
    parts: list[pa.Table] = []
    unread: list[Unreadable] = [_unread(piece, i, first, mapping.time.column) for i in bad_time]
    dropped = set(bad_time)
    if mapping.long is not None:
        long = mapping.long
        value, bad = _numbers(piece[long.value], {})
        unread += [_unread(piece, i, first, long.value) for i in bad if i not in dropped]
        unit = piece[long.unit].cast(pa.string()) if long.unit else pa.nulls(piece.num_rows, pa.string())
        quality = (
            piece[long.quality].cast(pa.uint8()) if long.quality else pa.nulls(piece.num_rows, pa.uint8())
        )
        address = pc.fill_null(piece[long.address].cast(pa.string()), "")
        parts.append(
            _keep(pa.table([address, start, value, unit, quality], schema=READINGS), dropped | set(bad))
        )
    for column in mapping.columns:
        value, bad = _numbers(piece[column.column], column.codes)
        unread += [_unread(piece, i, first, column.column) for i in bad if i not in dropped]
        rows = piece.num_rows
        table = pa.table(
            [
                pa.array([addresses[column.column]] * rows, pa.string()),
                start,
                value,
                pa.array([column.unit] * rows, pa.string()),
                pa.nulls(rows, pa.uint8()),
            ],
            schema=READINGS,
        )
        parts.append(_keep(table, dropped | set(bad)))
    # an empty cell is a gap, not a reading that went wrong
    table = pa.concat_tables(parts)
    return table.filter(pc.is_valid(table["value"])).combine_chunks(), tuple(unread)


class FileSource:
    """One file as a source; `done` hears, after each commit, up to which row everything is kept."""

    def __init__(
        self,
        id: str,
        table: Table,
        mapping: Mapping,
        addresses: Map[str, str],
        clock: Clock,
        *,
        skip: int = 0,
        done: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.id = id
        self._table, self._mapping, self._addresses = table, mapping, addresses
        self._clock, self._skip, self._done = clock, skip, done

    async def deliveries(self) -> AsyncIterator[Delivery]:
        width = max(1, len(self._mapping.columns))
        row = self._skip
        for piece in self._table.pieces(self._mapping.used, max(1, PIECE // width), self._skip):
            readings, unread = translate(piece, self._mapping, self._addresses, row)
            row += piece.num_rows
            yield Delivery(readings, self._clock.now(), acknowledge=self._note(row), unreadable=unread)
        self._skip = row

    async def close(self) -> None:
        return None

    def _note(self, row: int) -> Callable[[], Awaitable[None]]:
        async def acknowledge() -> None:
            self._done(row)

        return acknowledge


def _open_csv(path: Path, encoding: str) -> Table:
    chosen = encoding or next(filter(lambda e: _decodes(path, e), ENCODINGS), ENCODINGS[-1])
    with path.open("rb") as file:
        rows = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        file.seek(-1, 2)
        rows += file.read(1) != b"\n"
    with pa.csv.open_csv(path, read_options=pa.csv.ReadOptions(encoding=chosen)) as reader:
        return Table(path, tuple(reader.schema.names), rows - 1, chosen)


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding) as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _csv_pieces(table: Table, columns: Sequence[str], _: int) -> Iterator[pa.RecordBatch]:
    """Every cell as text: what it means is the mapping's to say."""
    options = pa.csv.ConvertOptions(
        column_types={name: pa.string() for name in columns},
        include_columns=list(columns),
        strings_can_be_null=True,
        null_values=["", "NA", "N/A", "null", "-"],
    )
    reading = pa.csv.ReadOptions(encoding=table.encoding, block_size=4 << 20)
    with pa.csv.open_csv(table.path, read_options=reading, convert_options=options) as reader:
        yield from reader


def _parquet_pieces(table: Table, columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    with pa.parquet.ParquetFile(table.path) as parquet:
        yield from parquet.iter_batches(batch_size=size, columns=list(columns))


def _times(column: pa.ChunkedArray, mapping: Mapping) -> tuple[pa.Array, list[int]]:
    """The start of each row's interval, and the rows whose time cannot be read."""
    time = mapping.time
    naive, aware = _moments(_one(column), time)
    bad = pc.and_(pc.is_valid(_one(column)), pc.and_(pc.is_null(naive), pc.is_null(aware)))
    start = pc.coalesce(aware, _placed(naive, time))
    if time.stamp == "end":
        assert mapping.interval is not None
        start = pc.subtract(start, pa.scalar(mapping.interval, pa.duration("ms")))
    return start, pc.indices_nonzero(bad).to_pylist()


def _moments(column: pa.Array, time: TimeColumn) -> tuple[pa.Array, pa.Array]:
    """Times without an offset, and times with one; a row has at most one of them."""
    n = len(column)
    nothing, nowhere = pa.nulls(n, INSTANT), pa.nulls(n, NAIVE)
    if pa.types.is_date(column.type):
        return column.cast(NAIVE), nothing
    if pa.types.is_timestamp(column.type):
        if column.type.tz is None:
            return column.cast(NAIVE, safe=False), nothing
        return nowhere, column.cast(INSTANT, safe=False)
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    if time.format:
        return pc.strptime(text, format=time.format, unit="ms", error_is_null=True), nothing
    naive: list[int | None] = []
    aware: list[int | None] = []
    for said in text.to_pylist():
        moment = _iso(said)
        without = moment is not None and moment.tzinfo is None
        naive.append(millis(moment.replace(tzinfo=UTC)) if moment is not None and without else None)
        aware.append(millis(moment) if moment is not None and not without else None)
    return pa.array(naive, pa.int64()).cast(NAIVE), pa.array(aware, pa.int64()).cast(INSTANT)


def _iso(said: str | None) -> datetime | None:
    try:
        return None if said is None else datetime.fromisoformat(said)
    except ValueError:
        return None


def _placed(naive: pa.Array, time: TimeColumn) -> pa.Array:
    """Times of the mapping's zone as instants; null where the clocks changed and it could be two."""
    if time.midnight == "closes":
        midnight = pc.equal(pc.floor_temporal(naive, unit="day"), naive)
        naive = pc.if_else(midnight, pc.add(naive, pa.scalar(timedelta(days=1), pa.duration("ms"))), naive)
    zone = str(time.zone)
    early = pc.assume_timezone(naive, zone, ambiguous="earliest", nonexistent="earliest").cast(INSTANT)
    late = pc.assume_timezone(naive, zone, ambiguous="latest", nonexistent="latest").cast(INSTANT)
    return pc.if_else(pc.equal(early, late), early, pa.scalar(None, INSTANT))


def _numbers(column: pa.ChunkedArray, codes: Map[str, float]) -> tuple[pa.Array, list[int]]:
    """Values, null where the cell is empty, and the rows whose cell is no number."""
    array = _one(column)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        said = array.to_pylist()
        found = [None if s is None else codes[s] if s in codes else _number(s) for s in said]
        bad = [i for i, (s, v) in enumerate(zip(said, found, strict=True)) if v is None and s and s.strip()]
        return pa.array(found, pa.float64()), bad
    values = array.cast(pa.float64(), safe=False)
    return pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values), []


def _number(said: str) -> float | None:
    try:
        value = float(said.replace(",", ""))
    except ValueError:
        return None
    return value if isfinite(value) else None


def _keep(table: pa.Table, dropped: set[int]) -> pa.Table:
    if not dropped:
        return table
    mask = [i not in dropped for i in range(table.num_rows)]
    return table.filter(pa.array(mask))


def _unread(piece: pa.Table, row: int, first: int, column: str) -> Unreadable:
    said = {name: str(piece[name][row].as_py()) for name in piece.column_names}
    return Unreadable(
        f"row {first + row + 1}", orjson.dumps(said).decode(), f"'{column}' is {said[column]!r}"
    )


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array
