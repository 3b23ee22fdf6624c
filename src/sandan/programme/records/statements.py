"""Stated values out of the store, many at a time: a plan may have hundreds of thousands.

They are built from plain tuples, and what repeats (an origin, a word) is one object. What comes out is
what `codec` would have made of each row.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from sys import intern
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.statements import NOWHERE, Origin, Statement
from sandan.programme.model.vocabulary import Kind, Nature, Stage
from sandan.programme.records import tables
from sandan.programme.records.codec import origin_from_json

PART = 5_000
"""Rows fetched together: enough to be quick, few enough that they are gone before they weigh."""
_KINDS = {one.value: one for one in Kind}
_STAGES: dict[str | None, Stage | None] = {None: None, **{one.value: one for one in Stage}}
_NATURES: dict[str | None, Nature | None] = {None: None, **{one.value: one for one in Nature}}


def read_statements(conn: Connection, plan: str, number: int) -> Sequence[Statement]:
    """The statements of a plan as they stood in version `number`, in order of their id."""
    table = tables.statement
    query = (
        sa.select(
            table.c.id,
            table.c.subject,
            table.c.kind,
            table.c.measure,
            table.c.won,
            table.c.value,
            table.c.unit,
            table.c.source,
            table.c.period,
            table.c.stage,
            table.c.nature,
            table.c.numerator,
            table.c.denominator,
            table.c.place,
            sa.cast(table.c.origin, sa.Text),  # as it is written: equal origins are read once
        )
        .where(
            table.c.plan == plan,
            table.c.since <= number,
            sa.or_(table.c.until.is_(None), table.c.until > number),
        )
        .order_by(table.c.id)
    )
    with uncollected():
        return _built(chain.from_iterable(conn.execute(query).partitions(PART)))


def _built(rows: Iterable[Sequence[Any]]) -> list[Statement]:
    origins: dict[str | None, Origin] = {None: NOWHERE, "null": NOWHERE}
    made = []
    for row in rows:
        id, subject, kind, measure, won, value, unit, *told, at = row
        source, period, stage, nature, over, under, place = told
        origin = origins.get(at)
        if origin is None:
            origin = origins[at] = origin_from_json(orjson.loads(at))
        if won is None and value is not None and value == int(value):
            value = int(value)
        made.append(
            Statement(
                id=id,
                subject=intern(subject),
                kind=_KINDS[kind],
                measure=intern(measure),
                value=value if won is None else won,
                unit=intern(unit),
                source=source and intern(source),
                period=period and intern(period),
                stage=_STAGES[stage],
                nature=_NATURES[nature],
                numerator=over,
                denominator=under,
                place=intern(place) if place else "",
                origin=origin,
            )
        )
    return made


@contextmanager
def uncollected() -> Iterator[None]:
    """Half a million fresh objects without the collector, which would walk them again and again.

    None of them is garbage, and looking costs as much as reading.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
