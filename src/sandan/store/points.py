"""Points as the registry keeps them, and the numbers the historian knows them by.

A number is given once and never again, not even to the same id: samples carry it for ever.
Points are therefore never removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import isfinite
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.store.conditions import contains, seen_by, unstorable
from sandan.store.registry import batches, hold_writer_lock, insert_rows
from sandan.store.schema import point
from sandan.store.schema import thing as things
from sandan.store.things import Changes
from sandan.twin.model import Point
from sandan.twin.tables import quantities
from sandan.words import Text

POINT = Text("측정점", "point")
HIGHEST = 2**32 - 1
_MILLISECOND = timedelta(milliseconds=1)


class Points:
    """What is measured on things. `tenant=` keeps that firm's points and those of no tenant."""

    def put(self, conn: Connection, points: Iterable[Point]) -> Changes:
        """Add or change points; new ones get the next numbers in the order given.

        `Conflict` when the quantity or interval of a point would change, as its samples would then
        mean something else; `InvalidInput` with all findings otherwise. Writes all or nothing.
        """
        given = list(points)
        known = _existing(conn, [p.id for p in given])
        batch, findings = _checked(conn, given)
        if findings:
            raise InvalidInput(findings)
        added: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        same: list[dict[str, Any]] = []
        for p in batch.values():
            row, old = _row(p), known.get(p.id)
            if old is None:
                added.append(row)
                continue
            _refuse_new_meaning(p, old)
            (same if all(old[name] == value for name, value in row.items()) else changed).append(row)
        _number(conn, added)
        insert_rows(conn, point, added)
        if changed:
            statement = sa.update(point).where(point.c.id == sa.bindparam("key"))
            conn.execute(statement, [{"key": row["id"], **row} for row in changed])
        return Changes(*([row["id"] for row in rows] for rows in (added, changed, same)))

    def get(self, conn: Connection, id: str) -> Point:
        """The point `id`, or `NotFound`."""
        found = _points(conn, sa.select(point).where(point.c.id == id))
        if not found:
            raise NotFound(POINT, id)
        return found[0]

    def by_numbers(self, conn: Connection, numbers: Iterable[int]) -> list[Point]:
        """The points with these numbers, ordered by number; unknown numbers are left out."""
        found: list[Point] = []
        for part in batches(sorted(set(numbers))):
            found += _points(conn, sa.select(point).where(point.c.number.in_(part)).order_by(point.c.number))
        return found

    def count(self, conn: Connection) -> int:
        """How many points there are."""
        return int(conn.scalar(sa.select(sa.func.count()).select_from(point)) or 0)

    def find(
        self,
        conn: Connection,
        *,
        thing: str | None = None,
        tenant: str | None = None,
        quantity: str | None = None,
        text: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> list[Point]:
        """Points ordered by id, those after `after`; `text` is looked for in the id and the thing's name."""
        query = sa.select(point).order_by(point.c.id).limit(limit)
        if thing is not None:
            query = query.where(point.c.thing == thing)
        if tenant is not None:
            query = query.where(seen_by(point.c.tenant, tenant))
        if quantity is not None:
            query = query.where(point.c.quantity == quantity)
        if text.strip():
            query = query.join(things, point.c.thing == things.c.id).where(
                sa.or_(contains(point.c.id, text), contains(things.c.name, text))
            )
        if after is not None:
            query = query.where(point.c.id > after)
        return _points(conn, query)

    def all(self, conn: Connection) -> list[Point]:
        """Every point, ordered by number."""
        return _points(conn, sa.select(point).order_by(point.c.number))


def _existing(conn: Connection, ids: Sequence[str]) -> dict[str, RowMapping]:
    found: dict[str, RowMapping] = {}
    if conn.scalar(sa.select(point.c.id).limit(1)) is None:
        return found
    for part in batches(list(dict.fromkeys(ids))):
        for row in conn.execute(sa.select(point).where(point.c.id.in_(part))).mappings():
            found[row["id"]] = row
    return found


def _checked(conn: Connection, given: Sequence[Point]) -> tuple[dict[str, Point], list[Finding]]:
    batch: dict[str, Point] = {}
    findings: list[Finding] = []
    tenants = _tenants_of_things(conn, {id for p in given for id in (p.thing, p.tenant) if id})
    for p in given:
        if p.id in batch and batch[p.id] != p:
            findings.append(_finding(p, "같은 식별자가 두 번 나옵니다", "the id occurs twice, differently"))
        batch[p.id] = p
        if not p.id or unstorable(p.id):
            findings.append(_finding(p, "식별자를 저장할 수 없습니다", "its id cannot be stored"))
        if p.thing not in tenants:
            findings.append(_finding(p, f"대상 '{p.thing}'이(가) 없습니다", f"there is no thing '{p.thing}'"))
        elif p.tenant is None and tenants[p.thing] is not None:
            firm = tenants[p.thing]
            findings.append(
                _finding(
                    p,
                    f"'{firm}'의 대상인데 측정점에 기업이 없어 누구나 보게 됩니다",
                    f"its thing belongs to '{firm}' but the point to nobody, so everybody would see it",
                )
            )
        if p.tenant is not None and p.tenant not in tenants:
            findings.append(
                _finding(p, f"기업 '{p.tenant}'이(가) 없습니다", f"there is no firm '{p.tenant}'")
            )
        if p.quantity not in quantities():
            findings.append(
                _finding(p, f"측정량 '{p.quantity}'이(가) 없습니다", f"there is no quantity '{p.quantity}'")
            )
        if p.interval is not None and (p.interval < _MILLISECOND or p.interval % _MILLISECOND):
            findings.append(
                _finding(p, "간격은 밀리초 단위여야 합니다", "its interval must be whole milliseconds")
            )
        bounds = [bound for bound in (p.low, p.high) if bound is not None]
        if not all(map(isfinite, bounds)) or bounds != sorted(bounds):
            findings.append(_finding(p, "하한과 상한이 어긋납니다", "its low and high do not make a range"))
    return batch, findings


def _finding(p: Point, ko: str, en: str) -> Finding:
    return Finding(
        p.id,
        Text(f"{ko}.", f"{en}."),
        Text("이 측정점의 값을 고쳐 다시 넣으십시오.", "mend this point and put it again."),
    )


def _tenants_of_things(conn: Connection, ids: Iterable[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for part in batches(sorted(set(ids))):
        rows = conn.execute(sa.select(things.c.id, things.c.tenant).where(things.c.id.in_(part)))
        found.update((row.id, row.tenant) for row in rows)
    return found


def _refuse_new_meaning(p: Point, old: RowMapping) -> None:
    new = _row(p)
    for name, ko, en in (("quantity", "측정량", "quantity"), ("interval_ms", "간격", "interval")):
        if old[name] != new[name]:
            raise Conflict(
                Text(
                    f"측정점 '{p.id}'의 {ko}은 바꿀 수 없습니다. 새 측정점을 만드십시오.",
                    f"the {en} of point '{p.id}' cannot change. Make a new point.",
                )
            )


def _number(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Give each new row the next number; the writer's lock keeps two processes from one number."""
    if not rows:
        return
    hold_writer_lock(conn)
    last = conn.scalar(sa.select(sa.func.max(point.c.number))) or 0
    if last + len(rows) > HIGHEST:
        raise Conflict(Text("측정점 번호가 모두 쓰였습니다.", "every point number is in use."))
    for number, row in enumerate(rows, last + 1):
        row["number"] = number


def _row(p: Point) -> dict[str, Any]:
    return {
        "id": p.id,
        "thing": p.thing,
        "quantity": p.quantity,
        "interval_ms": None if p.interval is None else p.interval // _MILLISECOND,
        "tenant": p.tenant,
        "low": p.low,
        "high": p.high,
        "simulated": p.simulated,
    }


def _points(conn: Connection, query: sa.Select[Any]) -> list[Point]:
    return [
        Point(
            row.id,
            row.thing,
            row.quantity,
            None if row.interval_ms is None else row.interval_ms * _MILLISECOND,
            row.tenant,
            row.low,
            row.high,
            row.number,
            row.simulated,
        )
        for row in conn.execute(query)
    ]
