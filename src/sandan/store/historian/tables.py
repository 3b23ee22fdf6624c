"""The historian's tables: one set of definitions for the engine in this process and for a cluster.

`samples` keeps every distinct row once: its sorting key is the whole row, so a batch sent twice
folds in the next merge, and reads fold what no merge has met yet. `latest` is filled from it by a
materialised view and is keyed by source, so that a forecast never hides a measurement.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandan.store.historian.parts import PARTS, TYPES
from sandan.store.historian.questions import COLUMNS
from sandan.twin.samples import SAMPLES

DURABLE = "fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1"
"""All three are needed: without the last, a power cut after a merge leaves tables that do not open."""

_TYPES = {
    "point": "UInt32 CODEC(Delta, ZSTD(1))",
    "start": "DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))",
    "known_at": "DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))",
    "source": "UInt16 CODEC(ZSTD(1))",
    "value": "Float64 CODEC(ZSTD(1))",
    "quality": "UInt8 CODEC(ZSTD(1))",
}

KEPT = {
    "samples": COLUMNS,
    "hours": f"stream, point, hour, {PARTS}",
    "forgotten": "stream, before",
}
"""The tables that hold what cannot be computed again, and their columns."""

_NEWEST = "Tuple(start DateTime64(3, 'UTC'), known_at DateTime64(3, 'UTC'), value Float64, quality UInt8)"


def definitions() -> Iterator[str]:
    """The statements that make an empty historian; repeating them changes nothing."""
    columns = ", ".join(f"{name} {_TYPES[name]}" for name in SAMPLES.names)
    # Small granules and blocks: a day of one point is some hundred rows, and a day of a thousand
    # points touches a thousand of each. It costs a tenth of the disk and nearly halves that read.
    yield (
        f"CREATE TABLE IF NOT EXISTS samples ({columns}) ENGINE = ReplacingMergeTree"
        " PARTITION BY toYYYYMM(start)"
        " PRIMARY KEY (point, start) ORDER BY (point, start, source, known_at, value, quality)"
        f" SETTINGS {DURABLE}, index_granularity = 512,"
        " min_compress_block_size = 16384, max_compress_block_size = 65536"
    )
    yield (
        "CREATE TABLE IF NOT EXISTS latest (point UInt32 CODEC(Delta, ZSTD(1)), source UInt16,"
        f" newest SimpleAggregateFunction(max, {_NEWEST})) ENGINE = AggregatingMergeTree"
        f" ORDER BY (point, source) SETTINGS {DURABLE}, index_granularity = 1024"
    )
    yield (
        "CREATE MATERIALIZED VIEW IF NOT EXISTS latest_filled TO latest AS"
        " SELECT point, source, (start, known_at, value, quality) AS newest FROM samples"
    )

    # What is left of forgotten months; `forgotten` says up to where samples no longer count.
    yield (
        "CREATE TABLE IF NOT EXISTS hours (stream String CODEC(ZSTD(1)),"
        " point UInt32 CODEC(Delta, ZSTD(1)), hour Int64 CODEC(DoubleDelta, ZSTD(1)), "
        + ", ".join(f"{name} {type} CODEC(ZSTD(1))" for name, type in TYPES.items())
        + f") ENGINE = ReplacingMergeTree ORDER BY (stream, point, hour) SETTINGS {DURABLE}"
    )
    yield (
        "CREATE TABLE IF NOT EXISTS forgotten (stream String, before Int64)"
        f" ENGINE = ReplacingMergeTree ORDER BY (stream, before) SETTINGS {DURABLE}"
    )


def cluster_definitions() -> Iterator[str]:
    """What a node of a cluster keeps besides: its place, and who is known to be whole."""
    yield from definitions()
    yield (
        "CREATE TABLE IF NOT EXISTS standing (epoch UInt32, shard UInt16, shards UInt16,"
        f" members Array(String)) ENGINE = MergeTree ORDER BY epoch SETTINGS {DURABLE}"
    )
