"""Things as the registry keeps them.

`put` is how everything enters: it compares with what is there, so that the same import twice
changes nothing, and it refuses a batch as a whole, with every finding, rather than keep half.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.store.conditions import contains, seen_by, unstorable
from sandan.store.registry import batches, insert_rows
from sandan.store.schema import point, thing
from sandan.twin.model import Thing
from sandan.twin.tables import kinds
from sandan.words import Text

Box = tuple[float, float, float, float]
"""West, south, east, north in WGS 84."""

THING = Text("대상", "thing")
_COMPARED = ("kind", "name", "parent", "tenant", "geometry", "attributes", "simulated")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a `put` did, by id."""

    added: Sequence[str] = ()
    changed: Sequence[str] = ()
    same: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed)


class Things:
    """The tree of the complex. `tenant=` keeps that firm's things and those of no tenant."""

    def put(self, conn: Connection, things: Iterable[Thing]) -> Changes:
        """Add or change things; `InvalidInput` with all findings and nothing written otherwise.

        A thing whose tenant changes takes those of its points along that had the same tenant.
        """
        given = list(things)
        known = _existing(conn, [t.id for t in given])
        batch, findings = _checked(conn, given, known)
        if findings:
            raise InvalidInput(findings)
        added, changed, same = [], [], []
        for row in _rows(batch.values()):
            old = known.get(row["id"])
            if old is None:
                added.append(row)
            elif any(old[name] != row[name] for name in _COMPARED):
                changed.append(row)
            else:
                same.append(row)
        insert_rows(conn, thing, added)
        if changed:
            _update(conn, changed)
            _move_points(conn, [(known[row["id"]], row) for row in changed])
        return Changes(*([row["id"] for row in rows] for rows in (added, changed, same)))

    def get(self, conn: Connection, id: str) -> Thing:
        """The thing `id`, or `NotFound`."""
        found = _things(conn, sa.select(thing).where(thing.c.id == id))
        if not found:
            raise NotFound(THING, id)
        return found[0]

    def count(self, conn: Connection) -> int:
        """How many things there are."""
        return int(conn.scalar(sa.select(sa.func.count()).select_from(thing)) or 0)

    def find(
        self,
        conn: Connection,
        *,
        kind: str | None = None,
        tenant: str | None = None,
        parent: str | None = None,
        text: str = "",
        within: Box | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Thing]:
        """Things ordered by id, those after `after`; `within` keeps what touches the box."""
        query = sa.select(thing).order_by(thing.c.id).limit(limit)
        if kind is not None:
            query = query.where(thing.c.kind == kind)
        if tenant is not None:
            query = query.where(seen_by(thing.c.tenant, tenant))
        if parent is not None:
            query = query.where(thing.c.parent == parent)
        if text.strip():
            query = query.where(sa.or_(*(contains(c, text) for c in (thing.c.id, thing.c.name))))
        if within is not None:
            west, south, east, north = within
            query = query.where(
                thing.c.minx <= east, thing.c.maxx >= west, thing.c.miny <= north, thing.c.maxy >= south
            )
        if after is not None:
            query = query.where(thing.c.id > after)
        return _things(conn, query)

    def all(self, conn: Connection, kinds: Collection[str] | None = None) -> list[Thing]:
        """Every thing, or every thing of these kinds, ordered by id."""
        query = sa.select(thing).order_by(thing.c.id)
        if kinds is not None:
            query = query.where(thing.c.kind.in_(sorted(kinds)))
        return _things(conn, query)

    def ancestors(self, conn: Connection, id: str) -> list[Thing]:
        """From the parent up to the complex."""
        found: list[Thing] = []
        parent = self.get(conn, id).parent
        while parent is not None:
            found.append(self.get(conn, parent))
            parent = found[-1].parent
        return found

    def children(self, conn: Connection, id: str) -> list[Thing]:
        """What stands directly under it, ordered by id."""
        return _things(conn, sa.select(thing).where(thing.c.parent == id).order_by(thing.c.id))

    def remove(self, conn: Connection, id: str) -> None:
        """Take it out; `Conflict` while something stands under it, belongs to it or is measured on it."""
        self.get(conn, id)
        others = thing.c.id != id
        for query, ko, en in (
            (sa.select(thing.c.id).where(thing.c.parent == id), "아래에 둔 대상", "a thing under it"),
            (sa.select(thing.c.id).where(thing.c.tenant == id, others), "소유한 대상", "a thing of its own"),
            (sa.select(point.c.id).where(point.c.thing == id), "측정점", "a point"),
            (sa.select(point.c.id).where(point.c.tenant == id), "소유한 측정점", "a point of its own"),
        ):
            first = conn.scalar(query.limit(1))
            if first is not None:
                raise Conflict(
                    Text(
                        f"'{id}'에 {ko}('{first}')이(가) 있어 지울 수 없습니다.",
                        f"'{id}' cannot be removed: it has {en} ('{first}').",
                    )
                )
        conn.execute(sa.delete(thing).where(thing.c.id == id))


def _existing(conn: Connection, ids: Sequence[str]) -> dict[str, RowMapping]:
    found: dict[str, RowMapping] = {}
    if conn.scalar(sa.select(thing.c.id).limit(1)) is None:
        return found
    columns = [thing.c.id, *(thing.c[name] for name in _COMPARED)]
    for part in batches(list(dict.fromkeys(ids))):
        for row in conn.execute(sa.select(*columns).where(thing.c.id.in_(part))).mappings():
            found[row["id"]] = row
    return found


def _checked(
    conn: Connection, given: Sequence[Thing], known: Mapping[str, RowMapping]
) -> tuple[dict[str, Thing], list[Finding]]:
    batch: dict[str, Thing] = {}
    findings: list[Finding] = []
    table = kinds()
    for t in given:
        if t.id in batch and batch[t.id] != t:
            findings.append(_finding(t, "같은 식별자가 두 번 나옵니다", "the id occurs twice, differently"))
        batch[t.id] = t
        if not t.id or unstorable(t.id) or unstorable(t.name):
            findings.append(
                _finding(t, "식별자나 이름을 저장할 수 없습니다", "its id or name cannot be stored")
            )
        if t.kind not in table:
            findings.append(_finding(t, f"종류 '{t.kind}'이(가) 없습니다", f"there is no kind '{t.kind}'"))
        for name, value in t.attributes.items():
            if (isinstance(value, float) and not isfinite(value)) or (
                isinstance(value, str) and unstorable(value)
            ):
                findings.append(
                    _finding(
                        t, f"속성 {name}의 값을 저장할 수 없습니다", f"attribute {name} cannot be stored"
                    )
                )
    wanted = {id for t in batch.values() for id in (t.parent, t.tenant) if id is not None}
    missing = _missing(conn, wanted - batch.keys() - known.keys())
    for t in batch.values():
        if t.parent in missing:
            findings.append(
                _finding(t, f"상위 '{t.parent}'이(가) 없습니다", f"there is no parent '{t.parent}'")
            )
        if t.tenant in missing:
            findings.append(
                _finding(t, f"기업 '{t.tenant}'이(가) 없습니다", f"there is no firm '{t.tenant}'")
            )
    findings.extend(_cycles(conn, batch, known))
    return batch, findings


def _finding(t: Thing, ko: str, en: str) -> Finding:
    return Finding(
        t.id,
        Text(f"{ko}.", f"{en}."),
        Text("이 대상의 값을 고쳐 다시 넣으십시오.", "mend this thing and put it again."),
    )


def _missing(conn: Connection, ids: Collection[str]) -> set[str]:
    """Those of `ids` that no thing has."""
    missing = set(ids)
    for part in batches(sorted(missing)):
        missing.difference_update(conn.scalars(sa.select(thing.c.id).where(thing.c.id.in_(part))))
    return missing


def _cycles(
    conn: Connection, batch: Mapping[str, Thing], known: Mapping[str, RowMapping]
) -> Iterable[Finding]:
    """Things that would stand under themselves. Only a moved thing can close a ring through others."""
    parents: dict[str, str | None] = {}
    if any(batch[id].parent != row["parent"] for id, row in known.items()):
        parents.update((row.id, row.parent) for row in conn.execute(sa.select(thing.c.id, thing.c.parent)))
    parents.update((t.id, t.parent) for t in batch.values())
    sound: set[str | None] = {None}
    for t in batch.values():
        path: dict[str, None] = {}
        at: str | None = t.id
        while at not in sound and at not in path:
            assert at is not None
            path[at] = None
            at = parents.get(at)
        if at in path:
            yield _finding(t, "자기 자신의 아래에 놓입니다", "it would stand under itself")
        sound.update(path)


def _rows(things: Collection[Thing]) -> list[dict[str, Any]]:
    """One row a thing; geometry is turned to WKB and boxes for all of them at once."""
    shapes = np.array([t.geometry for t in things], dtype=object)
    wkb = shapely.to_wkb(shapes, byte_order=1)
    boxes = shapely.bounds(shapes).tolist()
    rows = []
    for t, geometry, box in zip(things, wkb, boxes, strict=True):
        minx, miny, maxx, maxy = box if geometry is not None and all(map(isfinite, box)) else [None] * 4
        rows.append(
            {
                "id": t.id,
                "kind": t.kind,
                "name": t.name,
                "parent": t.parent,
                "tenant": t.tenant,
                "geometry": geometry,
                "minx": minx,
                "miny": miny,
                "maxx": maxx,
                "maxy": maxy,
                "attributes": dict(t.attributes),
                "simulated": t.simulated,
            }
        )
    return rows


def _update(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    statement = sa.update(thing).where(thing.c.id == sa.bindparam("key"))
    conn.execute(statement, [{"key": row["id"], **row} for row in rows])


def _move_points(conn: Connection, pairs: Iterable[tuple[RowMapping, Mapping[str, Any]]]) -> None:
    moved = [
        {"of": new["id"], "before": old["tenant"], "now": new["tenant"]}
        for old, new in pairs
        if old["tenant"] != new["tenant"]
    ]
    if moved:
        conn.execute(
            sa.update(point)
            .where(
                point.c.thing == sa.bindparam("of"),
                point.c.tenant.is_not_distinct_from(sa.bindparam("before", type_=sa.Text)),
            )
            .values(tenant=sa.bindparam("now")),
            moved,
        )


def _things(conn: Connection, query: sa.Select[Any]) -> list[Thing]:
    rows = conn.execute(query).all()
    shapes = shapely.from_wkb(np.array([row.geometry for row in rows], dtype=object))
    return [
        Thing(row.id, row.kind, row.name, row.parent, row.tenant, shape, row.attributes, row.simulated)
        for row, shape in zip(rows, shapes, strict=True)
    ]
