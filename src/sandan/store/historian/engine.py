"""What the historian asks of a ClickHouse, in this process or behind HTTP.

Both forms take the same SQL and give Arrow; this module holds what they share: the limits that keep
a read from taking the machine, and what an engine's error means for the person who must act.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from sandan.errors import InvalidInput, SandanError, Unavailable
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one read may take: rows it may return, bytes of memory [B], seconds of work [s]."""

    rows: int = 5_000_000
    memory: int = 1 << 30
    seconds: int = 120

    def settings(self) -> dict[str, int | str]:
        """The engine's settings; sorts and groupings go to disk before they reach the limit."""
        return {
            "max_result_rows": self.rows,
            "result_overflow_mode": "throw",
            "max_memory_usage": self.memory,
            "max_bytes_before_external_sort": self.memory // 3,
            "max_bytes_before_external_group_by": self.memory // 3,
            "max_execution_time": self.seconds,
            "max_query_size": 64 << 20,
            "max_ast_elements": 2_000_000,
            "max_expanded_ast_elements": 4_000_000,
            "output_format_arrow_compression_method": "none",
        }


WRITE_SETTINGS: dict[str, int | str] = {
    "async_insert": 0,
    # One file may hold ten years of months.
    "max_partitions_per_insert_block": 0,
    "mutations_sync": 2,
}


class Lost(Unavailable):
    """A node that could not be reached: what it missed is not known."""

    def __init__(self, node: str, error: Exception) -> None:
        super().__init__(
            Text(
                f"계측 저장소 노드 {node}에 닿지 않습니다. 서버와 네트워크를 확인하십시오.",
                f"the historian's node {node} does not answer: check the server and the network.",
            )
        )
        self.node = node


class Engine(Protocol):
    """One ClickHouse."""

    def query(self, sql: str) -> pa.Table: ...

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The rows a few at a time, for what is larger than memory."""

    def insert(self, table: str, rows: pa.Table) -> None:
        """On disk, fsynced, when it returns."""

    def command(self, sql: str) -> None: ...

    def close(self) -> None: ...


_CODE = re.compile(r"\bCode:?\s*(\d+)")
_NO_SPACE = re.compile(r"no space left|NOT_ENOUGH_SPACE|errno:? 28", re.IGNORECASE)
_TOO_MANY_ROWS = {158, 396}  # TOO_MANY_ROWS, TOO_MANY_ROWS_OR_BYTES
_TOO_MUCH = {241, 159, 160, 62}  # MEMORY_LIMIT_EXCEEDED, TIMEOUT_EXCEEDED, TOO_SLOW, max_query_size


def code(message: str) -> int | None:
    """The engine's own error number, when the message carries one."""
    found = _CODE.search(message)
    return int(found[1]) if found else None


def explain(error: Exception, *, writing: bool = False) -> SandanError:
    """The engine's error as ours: too large a question is the asker's to mend, the rest the operator's."""
    message = str(error)
    if _NO_SPACE.search(message):
        return Unavailable(
            Text(
                "계측 저장소의 디스크가 가득 찼습니다. 공간을 비우거나 보존 기간을 줄이십시오."
                " 확인되지 않은 자료는 다시 보내집니다.",
                "the historian's disk is full: free space or shorten the retention."
                " What was not acknowledged will be sent again.",
            )
        )
    if not writing and code(message) in _TOO_MANY_ROWS | _TOO_MUCH:
        return InvalidInput.because(
            "period",
            Text("한 번에 읽기에는 자료가 너무 많습니다.", "this is too much to read at once."),
            Text(
                "기간이나 측정점을 줄이거나 더 긴 간격으로 집계하십시오.",
                "narrow the period or the points, or roll up to a longer interval.",
            ),
        )
    short = message.split("Stack trace:")[0].strip()[:400]
    return Unavailable(
        Text(
            f"계측 저장소가 요청을 처리하지 못했습니다. 디스크와 로그를 확인하십시오: {short}",
            f"the historian could not do this: check its disk and its log: {short}",
        )
    )
