"""The simplest place for the rows: one engine."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from sandan.store.historian.engine import Engine
from sandan.store.historian.tables import definitions


class OneNode:
    """Nodes that are one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        for statement in definitions():
            engine.command(statement)

    def gather(self, sql: str) -> list[pa.Table]:
        return [self._engine.query(sql)]

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        return self._engine.stream(sql)

    def append(self, batch: pa.Table, table: str = "samples") -> None:
        self._engine.insert(table, batch)

    def command(self, sql: str) -> None:
        self._engine.command(sql)

    def states(self) -> dict[str, str]:
        return {}

    def close(self) -> None:
        self._engine.close()
