"""The drafts of imports, and the few questions about things and points that pages ask in one query.

Things and points themselves are the store's; here are only lists that join and count them.
`tenant` means what it means in the store: that firm's rows and those of nobody; None is everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.complex.model import Draft, Listed
from sandan.errors import NotFound
from sandan.store import Identifier, Instant, contains, metadata, seen_by
from sandan.store.schema import event, point, thing
from sandan.words import Text

draft = sa.Table(
    "import_draft",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("format", Identifier, nullable=False),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("actor", Identifier, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("done_at", Instant),
)
_firm = thing.alias("firm")
_parent = thing.alias("parent")


def keep_draft(conn: Connection, given: Draft) -> None:
    """Keep an uploaded file until it is confirmed or discarded."""
    conn.execute(
        sa.insert(draft).values(
            id=given.id,
            format=given.format,
            filename=given.filename,
            actor=given.actor,
            created_at=given.created_at,
            content=given.content,
            options=dict(given.options),
        )
    )


def get_draft(conn: Connection, id: str, actor: str) -> Draft:
    """A person's own draft, or `NotFound`."""
    row = conn.execute(sa.select(draft).where(draft.c.id == id, draft.c.actor == actor)).first()
    if row is None:
        raise NotFound(Text("가져오기 초안", "import draft"), id)
    return Draft(
        row.id,
        row.format,
        row.filename,
        row.actor,
        row.created_at,
        row.content,
        row.options,
        row.done_at,
    )


def finish_draft(conn: Connection, id: str, at: datetime) -> None:
    """Mark a draft as written; its content is no longer needed."""
    conn.execute(sa.update(draft).where(draft.c.id == id).values(done_at=at, content=b""))


def drop_drafts(conn: Connection, *, id: str | None = None, before: datetime | None = None) -> None:
    """Forget one draft, or all made before a moment."""
    assert (id is None) != (before is None), "name one draft or a moment"
    chosen = draft.c.id == id if id is not None else draft.c.created_at < before
    conn.execute(sa.delete(draft).where(chosen))


def under(root: str) -> sa.Select[Any]:
    """The ids of everything that stands under `root`, as a query."""
    tree = sa.select(thing.c.id).where(thing.c.parent == root).cte("tree", recursive=True)
    tree = tree.union(sa.select(thing.c.id).where(thing.c.parent == tree.c.id))
    return sa.select(tree.c.id)


def _filtered(
    query: sa.Select[Any], tenant: str | None, kind: str | None, root: str | None, text: str
) -> sa.Select[Any]:
    if tenant is not None:
        query = query.where(seen_by(thing.c.tenant, tenant))
        # A firm is its own tenant even where the row does not say so.
        query = query.where(sa.or_(thing.c.kind != "firm", thing.c.id == tenant))
    if kind is not None:
        query = query.where(thing.c.kind == kind)
    if root is not None:
        query = query.where(thing.c.id.in_(under(root)))
    for word in text.split():
        query = query.where(sa.or_(contains(thing.c.id, word), contains(thing.c.name, word)))
    return query


def list_things(
    conn: Connection,
    *,
    tenant: str | None,
    kind: str | None = None,
    root: str | None = None,
    firm: str | None = None,
    text: str = "",
    after: str | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Rows for the list, ordered by id, with the names a reader wants beside them; `firm` keeps only
    what is that firm's own."""
    points = sa.select(sa.func.count()).select_from(point).where(point.c.thing == thing.c.id)
    if tenant is not None:
        points = points.where(seen_by(point.c.tenant, tenant))
    query: sa.Select[Any] = (
        sa.select(
            thing.c.id,
            thing.c.kind,
            thing.c.name,
            thing.c.parent,
            _parent.c.name.label("parent_name"),
            thing.c.tenant.label("firm"),
            _firm.c.name.label("firm_name"),
            points.scalar_subquery().label("points"),
            thing.c.simulated,
        )
        .outerjoin(_parent, _parent.c.id == thing.c.parent)
        .outerjoin(_firm, _firm.c.id == thing.c.tenant)
        .order_by(thing.c.id)
        .limit(limit)
    )
    query = _filtered(query, tenant, kind, root, text)
    if firm is not None:
        query = query.where(thing.c.tenant == firm, thing.c.id != firm)
    if after is not None:
        query = query.where(thing.c.id > after)
    return [Listed(**row) for row in conn.execute(query).mappings()]


def count_kinds(
    conn: Connection, *, tenant: str | None, root: str | None = None, text: str = ""
) -> dict[str, int]:
    """How many things of each kind the filters leave."""
    query = sa.select(thing.c.kind, sa.func.count().label("n")).group_by(thing.c.kind)
    return {row.kind: row.n for row in conn.execute(_filtered(query, tenant, None, root, text))}


def search_points(
    conn: Connection,
    *,
    tenant: str | None,
    words: Sequence[str],
    quantities: Mapping[str, Sequence[str]],
    limit: int,
) -> list[str]:
    """Ids of points where each word occurs in the id, in the name of the thing or its firm, or
    names the quantity; `quantities` gives the ids of quantities each word means."""
    query = (
        sa.select(point.c.id)
        .join(thing, thing.c.id == point.c.thing)
        .outerjoin(_firm, _firm.c.id == point.c.tenant)
        .order_by(point.c.id)
        .limit(limit)
    )
    if tenant is not None:
        query = query.where(seen_by(point.c.tenant, tenant))
    for word in words:
        query = query.where(
            sa.or_(
                contains(point.c.id, word),
                contains(thing.c.name, word),
                contains(_firm.c.name, word),
                point.c.quantity.in_(quantities[word]),
            )
        )
    return list(conn.scalars(query))


def own_points(conn: Connection, firm: str, limit: int) -> list[int]:
    """Numbers of the points that are a firm's own, ordered by id."""
    query = sa.select(point.c.number).where(point.c.tenant == firm).order_by(point.c.id).limit(limit)
    return list(conn.scalars(query))


def names_of(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Kind and name of each of these things."""
    query = sa.select(thing.c.id, thing.c.kind, thing.c.name).where(thing.c.id.in_(set(ids)))
    return {row.id: (row.kind, row.name) for row in conn.execute(query)}


def event_kinds(conn: Connection) -> list[str]:
    """Every kind of event that has happened, for a list to choose from."""
    return list(conn.scalars(sa.select(event.c.kind).distinct().order_by(event.c.kind)))
