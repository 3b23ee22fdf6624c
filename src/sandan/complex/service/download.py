"""Samples to take away: streamed a part at a time, however much they are.

One row a sample or bucket, with point, thing, quantity and unit beside it, so that a file says by
itself what it holds. CSV has Korean headers (English for an English reader) and Seoul time;
Parquet and Arrow have UTC.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from sandan.access import Actor
from sandan.clock import Period
from sandan.complex.engine.ranges import LENGTHS, choose_every
from sandan.complex.model import EXPORT, RAW, Place, Selection
from sandan.complex.service.samples import check
from sandan.complex.service.things import get_places
from sandan.store import Store
from sandan.twin.samples import INSTANT
from sandan.words import Language, Text

ROWS_AT_ONCE = 200_000
BOM = b"\xef\xbb\xbf"
"""Without it Excel takes a UTF-8 file for another encoding."""

_NAMES = [pa.field(name, pa.string()) for name in ("point", "thing", "quantity", "unit")]
RAW_ROWS = pa.schema(
    [
        *_NAMES,
        pa.field("start", INSTANT),
        pa.field("value", pa.float64()),
        pa.field("quality", pa.uint8()),
        pa.field("known_at", INSTANT),
        pa.field("source", pa.string()),
    ]
)
ROLLED_ROWS = pa.schema(
    [
        *_NAMES,
        pa.field("start", INSTANT),
        pa.field("value", pa.float64()),
        pa.field("minimum", pa.float64()),
        pa.field("maximum", pa.float64()),
        pa.field("count", pa.int64()),
        pa.field("expected", pa.int64()),
        pa.field("coverage", pa.float64()),
    ]
)
HEADERS = {
    "point": Text("측정점", "point"),
    "thing": Text("대상", "thing"),
    "quantity": Text("측정량", "quantity"),
    "unit": Text("단위", "unit"),
    "start": Text("시작", "start"),
    "value": Text("값", "value"),
    "quality": Text("품질", "quality"),
    "known_at": Text("인지시각", "known_at"),
    "source": Text("출처", "source"),
    "minimum": Text("최소", "minimum"),
    "maximum": Text("최대", "maximum"),
    "count": Text("건수", "count"),
    "expected": Text("기대건수", "expected"),
    "coverage": Text("자료율", "coverage"),
}
_DAY = timedelta(days=1)


def csv(
    store: Store, actor: Actor, selection: Selection, language: Language, *, bom: bool
) -> Iterator[bytes]:
    """CSV, a header row first; the checks are made before the first byte."""
    places = _allowed(store, actor, selection)
    every = _every(selection, places)

    def lines() -> Iterator[bytes]:
        headers = [HEADERS[name].in_(language) for name in _schema(every).names]
        yield (BOM if bom else b"") + (",".join(headers) + "\r\n").encode()
        options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
        for part in _parts(store, places, selection, every, language):
            sink = io.BytesIO()
            pa.csv.write_csv(_in_seoul(part), sink, options)
            yield sink.getvalue()

    return lines()


def parquet(store: Store, actor: Actor, selection: Selection, language: Language) -> Iterator[bytes]:
    """Parquet, a row group a part."""
    places = _allowed(store, actor, selection)
    every = _every(selection, places)

    def groups() -> Iterator[bytes]:
        sink = _Drain()
        with pq.ParquetWriter(sink, _schema(every), compression="zstd") as writer:
            for part in _parts(store, places, selection, every, language):
                writer.write_table(part)
                yield sink.drain()
        yield sink.drain()

    return groups()


def arrow(store: Store, actor: Actor, selection: Selection) -> Iterator[bytes]:
    """Raw samples as an Arrow IPC stream."""
    places = _allowed(store, actor, selection)

    def batches() -> Iterator[bytes]:
        sink = _Drain()
        with pa.ipc.new_stream(sink, RAW_ROWS) as writer:
            for part in _parts(store, places, selection, RAW, "en"):
                writer.write_table(part)
                yield sink.drain()
        yield sink.drain()

    return batches()


def page(
    store: Store, actor: Actor, selection: Selection, offset: int, limit: int
) -> tuple[list[dict[str, object]], bool]:
    """Rows `offset` to `offset + limit` of the raw samples, and whether there are more."""
    places = _allowed(store, actor, selection)
    wanted = ["point", "start", "value", "quality", "known_at", "source"]
    found: list[dict[str, object]] = []
    seen = 0
    for part in _parts(store, places, selection, RAW, "en"):
        if seen + part.num_rows > offset:
            rows = part.slice(max(offset - seen, 0), limit + 1 - len(found)).select(wanted)
            found += rows.to_pylist()
        seen += part.num_rows
        if len(found) > limit:
            break
    return found[:limit], len(found) > limit


def _allowed(store: Store, actor: Actor, selection: Selection) -> list[Place]:
    actor.require(EXPORT)
    places = get_places(store, actor, selection.points)
    check(selection, places)
    return places


def _every(selection: Selection, places: Sequence[Place]) -> str:
    """A download is never coarser than asked for; `auto` is what the page shows."""
    if selection.every == "auto":
        return choose_every(selection.period, [place.point.interval for place in places])
    return selection.every


def _schema(every: str) -> pa.Schema:
    return RAW_ROWS if every == RAW else ROLLED_ROWS


def _parts(
    store: Store, places: Sequence[Place], selection: Selection, every: str, language: Language
) -> Iterator[pa.Table]:
    with store.registry.read() as conn:
        sources = {record.number: record.id for record in store.sources.all(conn)}
    for place in places:
        for period in _slices(selection.period, place, every):
            if every == RAW:
                rows = store.historian.scan([place.point], period, as_of=selection.as_of)
                numbers = rows.column("source").to_pylist()
                more = {"source": pa.array([sources.get(number) for number in numbers], pa.string())}
            else:
                rows = store.historian.roll([place.point], period, every, as_of=selection.as_of)
                more = {}
            if rows.num_rows:
                yield _named(rows, place, _schema(every), more, language)


def _slices(period: Period, place: Place, every: str) -> Iterator[Period]:
    """The period in parts of about `ROWS_AT_ONCE`; only raw samples are ever so many."""
    interval = place.point.interval or timedelta(seconds=1)
    step = max(interval * ROWS_AT_ONCE, _DAY) if every == RAW else max(LENGTHS[every], period.length)
    start = period.start
    while start < period.end:
        end = min(start + step, period.end)
        yield Period(start, end)
        start = end


def _named(
    rows: pa.Table, place: Place, schema: pa.Schema, more: dict[str, pa.Array], language: Language
) -> pa.Table:
    named = {
        "point": place.point.id,
        "thing": place.thing_name,
        "quantity": place.quantity.name.in_(language),
        "unit": place.quantity.unit,
    }
    columns = [
        pa.repeat(pa.scalar(named[field.name]), rows.num_rows)
        if field.name in named
        else more.get(field.name, rows.column(field.name)).cast(field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _in_seoul(rows: pa.Table) -> pa.Table:
    """Instants as text with the zone of Seoul, to the second unless a sample is finer."""
    for name in ("start", "known_at"):
        if name not in rows.column_names:
            continue
        local = pc.local_timestamp(rows.column(name).cast(pa.timestamp("ms", tz="Asia/Seoul")))
        if not pc.any(pc.not_equal(pc.millisecond(local), 0)).as_py():
            local = local.cast(pa.timestamp("s"))
        text = pc.binary_join_element_wise(pc.strftime(local, "%Y-%m-%dT%H:%M:%S"), "+09:00", "")
        rows = rows.set_column(rows.column_names.index(name), name, text)
    return rows


class _Drain(io.RawIOBase):
    """A file that gives up what was written to it, so that a stream never holds a whole file."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]  # Arrow hands over its own buffers
        self._held += view
        self._written += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        return self._written

    def drain(self) -> bytes:
        held, self._held = bytes(self._held), bytearray()
        return held
