"""The simplest place for the rows: one engine."""

from __future__ import annotations

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

    def append(self, batch: pa.Table) -> None:
        self._engine.insert("samples", batch)

    def command(self, sql: str) -> None:
        self._engine.command(sql)

    def close(self) -> None:
        self._engine.close()
