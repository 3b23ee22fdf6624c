"""Sources of samples and the small numbers the historian knows them by.

One source may speak in several streams (what happened, what it expects); each has its own number.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.errors import Conflict, InvalidInput
from sandan.store.conditions import unstorable
from sandan.store.registry import Registry, hold_writer_lock
from sandan.store.schema import source
from sandan.twin.samples import SourceRecord, Stream
from sandan.words import Text

HIGHEST = 2**16 - 1


class Sources:
    """Numbers are given from 1 in order of first use and never given again."""

    def number(self, conn: Connection, id: str, stream: Stream = Stream.ACTUAL) -> int:
        """The number of this source, given now if it is new."""
        query = sa.select(source.c.number).where(source.c.id == id, source.c.stream == stream.value)
        known = conn.scalar(query)
        if known is not None:
            return int(known)
        if not id or unstorable(id):
            raise InvalidInput.because(
                "source",
                Text("출처 식별자를 저장할 수 없습니다.", "the id of the source cannot be stored."),
                Text("빈 이름과 제어 문자를 피하십시오.", "avoid an empty name and control characters."),
            )
        hold_writer_lock(conn)
        number = int(conn.scalar(sa.select(sa.func.max(source.c.number))) or 0) + 1
        if number > HIGHEST:
            raise Conflict(Text("출처 번호가 모두 쓰였습니다.", "every source number is in use."))
        conn.execute(sa.insert(source).values(number=number, id=id, stream=stream.value))
        return number

    def all(self, conn: Connection) -> list[SourceRecord]:
        """Every source, ordered by number."""
        rows = conn.execute(sa.select(source).order_by(source.c.number))
        return [SourceRecord(row.number, row.id, Stream(row.stream)) for row in rows]


def numbers_of(registry: Registry) -> Callable[[Stream], frozenset[int]]:
    """What the historian asks before it reads: which numbers belong to a stream."""

    def numbers(stream: Stream) -> frozenset[int]:
        with registry.read() as conn:
            return frozenset(conn.scalars(sa.select(source.c.number).where(source.c.stream == stream.value)))

    return numbers
