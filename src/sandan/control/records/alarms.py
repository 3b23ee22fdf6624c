"""Alarms as they stand, and every occurrence there was.

What happened to an alarm, step by step, is in the events (`AlarmRaised` and the like, with the alarm
as subject); here is only what lists and figures ask for again and again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.clock import Period
from sandan.control.model.alarms import Alarm, Priority
from sandan.store import Identifier, Instant, batches, metadata, seen_by
from sandan.store.registry import insert_rows

FACTS = tuple(field.name for field in fields(Alarm))

alarm = sa.Table(
    "control_alarm",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("rule", Identifier, nullable=False),
    sa.Column("point", Identifier, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("latching", sa.Boolean, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("occurrence", sa.Integer, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False),
    sa.Column("acknowledged", sa.Integer, nullable=False),
    sa.Column("latched", sa.Boolean, nullable=False),
    sa.Column("shelved_until", Instant),
    sa.Column("suppressed_by", sa.Text),
    sa.Column("out_of_service", sa.Text),
    sa.Column("raised", Instant),
    sa.Column("returned", Instant),
    sa.Column("value", sa.Double),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Index(None, "open"),
    sa.Index(None, "point"),
    sa.Index(None, "rule", "active"),
    sa.Index(None, "shelved_until"),
    sa.Index(None, "suppressed_by"),
)
"""`open` is what may be on a list: everything that is not plainly normal."""

occurrence = sa.Table(
    "control_occurrence",
    metadata,
    sa.Column("alarm", Identifier, sa.ForeignKey("control_alarm.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tenant", Identifier),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("raised", Instant, nullable=False),
    sa.Column("told", Instant, nullable=False),
    sa.Column("acknowledged", Instant),
    sa.Column("acknowledged_by", Identifier),
    sa.Column("returned", Instant),
    sa.Column("value", sa.Double),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("hidden", sa.Boolean, nullable=False),
    sa.Column("verdict", Identifier, nullable=False),
    sa.Index(None, "raised"),
    sa.Index(None, "told"),
)
"""`raised` is when the condition came, `told` when Sandan said so; `hidden`: shelved, suppressed or
out of service when it came, so that it never asked anybody for anything."""

watched = sa.Table(
    "control_watched",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("until", Instant, nullable=False),
)
"""Up to when samples were judged, so that a restart knows how far back to look."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time an alarm came."""

    alarm: str
    number: int
    tenant: str | None
    priority: int
    raised: datetime
    told: datetime
    acknowledged: datetime | None
    acknowledged_by: str | None
    returned: datetime | None
    value: float | None
    late: bool
    hidden: bool
    verdict: str = ""
    """What it turned out to be (`model.alarms.Verdict`); empty until somebody says."""


def read_alarms(conn: Connection, ids: Iterable[str]) -> dict[str, Alarm]:
    """The alarms of these ids, those there are."""
    found: dict[str, Alarm] = {}
    for part in batches(list(ids)):
        query = sa.select(alarm).where(alarm.c.id.in_(part))
        found |= {row.id: _alarm(row) for row in conn.execute(query)}
    return found


def open_alarms(conn: Connection, tenant: str | None = None) -> list[Alarm]:
    """Everything that is not plainly normal; of one tenant with what belongs to nobody."""
    query = sa.select(alarm).where(alarm.c.open)
    if tenant is not None:
        query = query.where(seen_by(alarm.c.tenant, tenant))
    return [_alarm(row) for row in conn.execute(query)]


def active_alarms(conn: Connection, rules: Collection[str] | None = None) -> list[Alarm]:
    """The alarms whose condition is there, of some rules only when these are given."""
    query = sa.select(alarm).where(alarm.c.active)
    if rules is not None:
        query = query.where(alarm.c.rule.in_(sorted(rules)))
    return [_alarm(row) for row in conn.execute(query)]


def suppressed_alarms(conn: Connection) -> list[Alarm]:
    """The alarms that are hidden behind another."""
    return [_alarm(row) for row in conn.execute(sa.select(alarm).where(alarm.c.suppressed_by.is_not(None)))]


def due_shelves(conn: Connection, now: datetime) -> list[str]:
    """The alarms whose time on the shelf is over."""
    return list(conn.scalars(sa.select(alarm.c.id).where(alarm.c.shelved_until <= now)))


def put_alarms(conn: Connection, rows: Sequence[tuple[Alarm, bool]]) -> None:
    """Write alarms as they stand now, each with whether it is open."""
    values = [_row(*row) for row in rows]
    there: set[tuple[Any, ...]] = set()
    for part in batches([row["id"] for row in values]):
        there |= {(id,) for id in conn.scalars(sa.select(alarm.c.id).where(alarm.c.id.in_(part)))}
    _write(conn, alarm, ("id",), values, there)


def put_occurrences(conn: Connection, rows: Sequence[Occurrence]) -> None:
    """Add occurrences, or write how they stand now."""
    there: set[tuple[Any, ...]] = set()
    for part in batches(sorted({row.alarm for row in rows})):
        query = sa.select(occurrence.c.alarm, occurrence.c.number).where(occurrence.c.alarm.in_(part))
        there |= {tuple(row) for row in conn.execute(query)}
    values = [{f.name: getattr(row, f.name) for f in fields(Occurrence)} for row in rows]
    _write(conn, occurrence, ("alarm", "number"), values, there)


def _write(
    conn: Connection,
    table: sa.Table,
    keys: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    there: Collection[tuple[Any, ...]],
) -> None:
    """Insert the rows whose key is not there yet, update the others."""

    def known(row: Mapping[str, Any]) -> bool:
        return tuple(row[key] for key in keys) in there

    insert_rows(conn, table, [row for row in rows if not known(row)])
    old = [{f"new_{name}": value for name, value in row.items()} for row in rows if known(row)]
    if old:
        update = sa.update(table).where(*(table.c[key] == sa.bindparam(f"new_{key}") for key in keys))
        rest: dict[str, Any] = {
            one.name: sa.bindparam(f"new_{one.name}") for one in table.columns if one.name not in keys
        }
        conn.execute(update.values(rest), old)


def last_occurrences(conn: Connection, ids: Iterable[str]) -> dict[str, Occurrence]:
    """The newest occurrence of each alarm."""
    found: dict[str, Occurrence] = {}
    for part in batches(list(ids)):
        newest = (
            sa.select(occurrence.c.alarm, sa.func.max(occurrence.c.number).label("number"))
            .where(occurrence.c.alarm.in_(part))
            .group_by(occurrence.c.alarm)
            .subquery()
        )
        both = (occurrence.c.alarm == newest.c.alarm) & (occurrence.c.number == newest.c.number)
        found |= {r.alarm: _occurrence(r) for r in conn.execute(sa.select(occurrence).join(newest, both))}
    return found


def unanswered(conn: Connection, ids: Iterable[str]) -> list[Occurrence]:
    """Occurrences of these alarms that nobody has acknowledged."""
    return [
        _occurrence(row)
        for part in batches(list(ids))
        for row in conn.execute(
            sa.select(occurrence).where(occurrence.c.alarm.in_(part), occurrence.c.acknowledged.is_(None))
        )
    ]


def occurrences(
    conn: Connection,
    *,
    alarms: Sequence[str] | None = None,
    period: Period | None = None,
    tenant: str | None = None,
    limit: int | None = None,
) -> list[Occurrence]:
    """Occurrences newest first: of some alarms, of those that came in a period."""
    query = sa.select(occurrence).order_by(occurrence.c.raised.desc(), occurrence.c.alarm)
    if alarms is not None:
        query = query.where(occurrence.c.alarm.in_(list(alarms)))
    if period is not None:
        query = query.where(occurrence.c.raised >= period.start, occurrence.c.raised < period.end)
    if tenant is not None:
        query = query.where(seen_by(occurrence.c.tenant, tenant))
    return [_occurrence(row) for row in conn.execute(query.limit(limit))]


def told_in(conn: Connection, period: Period, tenant: str | None = None) -> list[Occurrence]:
    """Occurrences people were told of in a period, whenever the condition had come; oldest first."""
    query = sa.select(occurrence).order_by(occurrence.c.told, occurrence.c.alarm, occurrence.c.number)
    query = query.where(occurrence.c.told >= period.start, occurrence.c.told < period.end)
    if tenant is not None:
        query = query.where(seen_by(occurrence.c.tenant, tenant))
    return [_occurrence(row) for row in conn.execute(query)]


def told_since(conn: Connection, since: datetime) -> list[tuple[str, datetime, str | None]]:
    """What people were told since then: which alarm, when, whose."""
    query = sa.select(occurrence.c.alarm, occurrence.c.told, occurrence.c.tenant)
    query = query.where(occurrence.c.told >= since, ~occurrence.c.hidden)
    return [(row.alarm, row.told, row.tenant) for row in conn.execute(query)]


def change_mark(conn: Connection) -> int:
    """The number of the newest event: where it stands still, no alarm has changed."""
    return int(conn.scalar(sa.text("SELECT coalesce(max(seq), 0) FROM event")) or 0)


def watched_until(conn: Connection) -> datetime | None:
    """Up to when samples were judged; None before the first time."""
    return conn.scalar(sa.select(watched.c.until))


def set_watched(conn: Connection, until: datetime) -> None:
    """Remember up to when samples were judged."""
    if conn.execute(sa.update(watched).values(until=until)).rowcount == 0:
        conn.execute(sa.insert(watched).values(id=1, until=until))


def _row(found: Alarm, open_: bool) -> dict[str, Any]:
    facts = {name: getattr(found, name) for name in FACTS}
    return {"id": found.id, "open": open_, **facts, "priority": int(found.priority)}


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(**{name: getattr(row, name) for name in FACTS} | {"priority": Priority(row.priority)})


def _occurrence(row: Row[Any]) -> Occurrence:
    return Occurrence(**row._mapping)
