"""Work permits, and reports from phones; what happened to them step by step is in the events."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.clock import Period
from sandan.control.model.permits import AirTest
from sandan.control.model.safety import PermitState, Photo, Report, ReportKind, ReportState, WorkPermit
from sandan.store import Identifier, Instant, metadata

permit = sa.Table(
    "control_permit",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("contractor", sa.Text, nullable=False),
    sa.Column("thing", Identifier),  # no foreign key: the permit outlives what it was for
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("lon", sa.Double, nullable=False),
    sa.Column("lat", sa.Double, nullable=False),
    sa.Column("radius", sa.Double, nullable=False),
    sa.Column("start", Instant, nullable=False),
    sa.Column("end", Instant, nullable=False),
    sa.Column("outdoors", sa.Boolean, nullable=False),
    sa.Column("provisions", sa.JSON, nullable=False),
    sa.Column("watchers", sa.JSON, nullable=False),
    sa.Column("tests", sa.JSON, nullable=False),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("asked_by", Identifier, nullable=False),
    sa.Column("decided_at", Instant),
    sa.Column("decided_by", Identifier),
    sa.Column("overridden", sa.Text, nullable=False),
    sa.Column("accepted", sa.JSON, nullable=False),
    sa.Column("word", sa.Text, nullable=False),
    sa.Index(None, "state", "end"),
    sa.Index(None, "start"),
    sa.UniqueConstraint("day", "number"),
)

report = sa.Table(
    "control_report",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("key", Identifier, nullable=False, unique=True),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("thing", Identifier),  # no foreign key: the report outlives what it was about
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("at", Instant, nullable=False),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("photo", sa.Text),
    sa.Column("incident", Identifier),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("handled_at", Instant),
    sa.Column("handled_by", Identifier),
    sa.Index(None, "state", "at"),
    sa.Index(None, "kind", "at"),
    sa.UniqueConstraint("day", "number"),
)
"""`key` tells a report that was sent twice from two reports."""

photo = sa.Table(
    "control_report_photo",
    metadata,
    sa.Column("report", Identifier, sa.ForeignKey("control_report.id"), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

_PLAIN = (
    "id", "kind", "name", "tenant", "contractor", "thing", "place", "lon", "lat", "radius", "start", "end",
    "outdoors", "asked_at", "asked_by", "decided_at", "decided_by", "overridden", "word",
)  # fmt: skip
_REPORT = (
    "id", "text", "thing", "place", "lon", "lat", "at", "photo", "incident", "word", "handled_at",
    "handled_by",
)  # fmt: skip


def next_permit(conn: Connection, day: date) -> int:
    """The number of the next permit asked for on a day."""
    return int(conn.scalar(sa.select(sa.func.max(permit.c.number)).where(permit.c.day == day)) or 0) + 1


def add_permit(conn: Connection, new: WorkPermit, day: date, number: int) -> None:
    """Keep a permit that was asked for."""
    conn.execute(sa.insert(permit).values(day=day, number=number, **_permit_row(new)))


def put_permit(conn: Connection, changed: WorkPermit) -> None:
    """Write a permit as it stands now."""
    conn.execute(sa.update(permit).where(permit.c.id == changed.id).values(**_permit_row(changed)))


def read_permit(conn: Connection, id: str) -> WorkPermit | None:
    """One permit."""
    row = conn.execute(sa.select(permit).where(permit.c.id == id)).one_or_none()
    return None if row is None else _permit(row)


def find_permits(
    conn: Connection,
    *,
    states: Collection[PermitState] = (),
    tenant: str | None = None,
    during: Period | None = None,
    ending_after: datetime | None = None,
    limit: int = 1_000,
) -> list[WorkPermit]:
    """Permits by their beginning; `tenant` keeps that firm's alone, not what belongs to nobody."""
    query = sa.select(permit).order_by(permit.c.start, permit.c.id).limit(limit)
    if states:
        query = query.where(permit.c.state.in_(sorted(states)))
    if tenant is not None:
        query = query.where(permit.c.tenant == tenant)
    if during is not None:
        query = query.where(permit.c.start < during.end, permit.c.end > during.start)
    if ending_after is not None:
        query = query.where(permit.c.end > ending_after)
    return [_permit(row) for row in conn.execute(query)]


def _permit_row(given: WorkPermit) -> dict[str, Any]:
    tests = [[test.quantity, test.value, test.at.isoformat()] for test in given.tests]
    return {name: getattr(given, name) for name in _PLAIN} | {
        "provisions": list(given.provisions),
        "watchers": list(given.watchers),
        "tests": tests,
        "accepted": list(given.accepted),
        "state": given.state.value,
    }


def _permit(row: Row[Any]) -> WorkPermit:
    tests = tuple(AirTest(quantity, value, datetime.fromisoformat(at)) for quantity, value, at in row.tests)
    return WorkPermit(
        **{name: getattr(row, name) for name in _PLAIN},
        provisions=tuple(row.provisions),
        watchers=tuple(row.watchers),
        tests=tests,
        accepted=tuple(row.accepted),
        state=PermitState(row.state),
    )


def next_report(conn: Connection, day: date) -> int:
    """The number of the next report of a day."""
    return int(conn.scalar(sa.select(sa.func.max(report.c.number)).where(report.c.day == day)) or 0) + 1


def add_report(
    conn: Connection, new: Report, picture: Photo | None, key: str, day: date, number: int
) -> None:
    """Keep a report and its photo."""
    conn.execute(sa.insert(report).values(day=day, number=number, key=key, **_report_row(new)))
    if picture is not None:
        conn.execute(sa.insert(photo).values(report=new.id, content=picture.content))


def put_report(conn: Connection, changed: Report) -> None:
    """Write a report as it stands now."""
    conn.execute(sa.update(report).where(report.c.id == changed.id).values(**_report_row(changed)))


def read_report(conn: Connection, id: str = "", *, key: str = "") -> Report | None:
    """One report, by its number or by the key of the form it came on."""
    query = sa.select(report).where(report.c.id == id if id else report.c.key == key)
    row = conn.execute(query).one_or_none()
    return None if row is None else _report(row)


def report_key(conn: Connection, id: str) -> str:
    """The key of the form a report came on; empty when there is no such report."""
    return str(conn.scalar(sa.select(report.c.key).where(report.c.id == id)) or "")


def find_reports(
    conn: Connection,
    *,
    new: bool | None = None,
    kind: ReportKind | None = None,
    period: Period | None = None,
    limit: int = 10_000,
) -> list[Report]:
    """Reports, newest first; `new` keeps those nobody has dealt with, or the others."""
    query = sa.select(report).order_by(report.c.at.desc(), report.c.id.desc()).limit(limit)
    if new is not None:
        same = report.c.state == ReportState.NEW.value
        query = query.where(same if new else sa.not_(same))
    if kind is not None:
        query = query.where(report.c.kind == kind.value)
    if period is not None:
        query = query.where(report.c.at >= period.start, report.c.at < period.end)
    return [_report(row) for row in conn.execute(query)]


def read_photo(conn: Connection, id: str) -> Photo | None:
    """The photo of a report."""
    joined = sa.select(report.c.photo, photo.c.content).join(photo, photo.c.report == report.c.id)
    row = conn.execute(joined.where(report.c.id == id)).one_or_none()
    return None if row is None else Photo(row.photo, row.content)


def _report_row(given: Report) -> dict[str, Any]:
    facts = {name: getattr(given, name) for name in _REPORT}
    return facts | {"kind": given.kind.value, "state": given.state.value}


def _report(row: Row[Any]) -> Report:
    facts = {name: getattr(row, name) for name in _REPORT}
    return Report(**facts, kind=ReportKind(row.kind), state=ReportState(row.state))
