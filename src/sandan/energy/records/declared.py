"""What firms declared for their inventories, and which inventories are locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.energy.model.carbon import Purpose
from sandan.energy.model.declared import DeclaredProduct, DeclaredProof, DeclaredUse, ProofKind
from sandan.energy.model.papers import PaperKind
from sandan.energy.records.papers import paper
from sandan.store import Identifier, metadata
from sandan.store.registry import insert_rows

use = sa.Table(
    "energy_declared_use",
    metadata,
    sa.Column("firm", Identifier, primary_key=True),
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("carrier", Identifier, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("facility", sa.Text, nullable=False),
    sa.Column("quantity", sa.Double, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("last", sa.Date, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
)
proof = sa.Table(
    "energy_declared_proof",
    metadata,
    sa.Column("serial", Identifier, primary_key=True),
    sa.Column("firm", Identifier, nullable=False),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("facility", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("mwh", sa.Double, nullable=False),
    sa.Column("factor", sa.Double, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Index(None, "firm", "year"),
)
product = sa.Table(
    "energy_declared_product",
    metadata,
    sa.Column("firm", Identifier, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("site", sa.Text, primary_key=True),
    sa.Column("facility", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("tonnes", sa.Double, nullable=False),
    sa.Column("energy", sa.Double),
    sa.Column("hours", sa.Double),
    sa.Column("simulated", sa.Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Head:
    """A locked inventory without its lines."""

    version: int
    known_at: datetime
    hash: str
    total: int
    """[g]."""


def uses_of(conn: Connection, year: int, firm: str | None = None) -> list[DeclaredUse]:
    """What was declared for a year, of one firm or of all; oldest first."""
    query = sa.select(use).where(use.c.first >= date(year, 1, 1), use.c.first < date(year + 1, 1, 1))
    if firm is not None:
        query = query.where(use.c.firm == firm)
    return [_use(row) for row in conn.execute(query.order_by(use.c.firm, use.c.first, use.c.document))]


def find_use(conn: Connection, firm: str, id: str) -> DeclaredUse | None:
    row = conn.execute(sa.select(use).where(use.c.firm == firm, use.c.id == id)).one_or_none()
    return None if row is None else _use(row)


def put_uses(conn: Connection, given: Sequence[DeclaredUse]) -> None:
    """Write them; one of the same document, place, carrier and first day is replaced."""
    for one in given:
        remove_use(conn, one.firm, one.id)
    insert_rows(conn, use, [asdict(one) | {"id": one.id} for one in given])


def remove_use(conn: Connection, firm: str, id: str) -> None:
    conn.execute(sa.delete(use).where(use.c.firm == firm, use.c.id == id))


def proofs_of(conn: Connection, year: int, firm: str | None = None) -> list[DeclaredProof]:
    """The proofs used in a year, of one firm or of all."""
    query = sa.select(proof).where(proof.c.year == year).order_by(proof.c.serial)
    if firm is not None:
        query = query.where(proof.c.firm == firm)
    return [_proof(row) for row in conn.execute(query)]


def find_proof(conn: Connection, serial: str) -> DeclaredProof | None:
    """Whoever's it is."""
    row = conn.execute(sa.select(proof).where(proof.c.serial == serial)).one_or_none()
    return None if row is None else _proof(row)


def put_proof(conn: Connection, one: DeclaredProof) -> None:
    """Keep a proof whose serial is not yet there."""
    insert_rows(conn, proof, [asdict(one) | {"kind": str(one.kind)}])


def remove_proof(conn: Connection, serial: str) -> None:
    conn.execute(sa.delete(proof).where(proof.c.serial == serial))


def products_of(conn: Connection, year: int, firm: str) -> list[DeclaredProduct]:
    """What a firm made in a year, by facility."""
    query = sa.select(product).where(product.c.year == year, product.c.firm == firm)
    ordered = query.order_by(product.c.site, product.c.facility, product.c.name)
    return [DeclaredProduct(**row._mapping) for row in conn.execute(ordered)]


def put_product(conn: Connection, one: DeclaredProduct) -> None:
    """Write a product; one of the same name, place and year is replaced."""
    remove_product(conn, one)
    insert_rows(conn, product, [asdict(one)])


def remove_product(conn: Connection, one: DeclaredProduct) -> bool:
    """Take a product out by its key; whether it was there."""
    same = [product.c[name] == getattr(one, name) for name in ("firm", "year", "site", "facility", "name")]
    return conn.execute(sa.delete(product).where(*same)).rowcount > 0


def years_declared(conn: Connection, firm: str | None = None) -> list[int]:
    """The first and the last year anything was declared for; empty when nothing was."""
    query = sa.select(sa.func.min(use.c.first), sa.func.max(use.c.first))
    if firm is not None:
        query = query.where(use.c.firm == firm)
    first, last = conn.execute(query).one()
    return [] if first is None else [first.year, last.year]


def locked_heads(conn: Connection, period: str) -> dict[str, Head]:
    """The newest locked inventory of each firm for one year and purpose, without its lines."""
    later = paper.alias()
    same = [later.c[name] == paper.c[name] for name in ("kind", "subject", "period")]
    # Grams of a large firm do not fit into the 32 bits that `as_integer` casts to.
    total = sa.cast(paper.c.body["total"].as_string(), sa.BigInteger)
    query = sa.select(paper.c.subject, paper.c.version, paper.c.known_at, paper.c.hash, total).where(
        paper.c.kind == PaperKind.CARBON,
        paper.c.period == period,
        ~sa.exists().where(*same, later.c.version > paper.c.version),
    )
    return {row[0]: Head(*row[1:]) for row in conn.execute(query)}


def is_locked(conn: Connection, firm: str, year: int) -> bool:
    """Whether any inventory of the firm's year is final."""
    periods = [f"{year}-{purpose}" for purpose in Purpose]
    query = sa.select(paper.c.version).where(
        paper.c.kind == PaperKind.CARBON, paper.c.subject == firm, paper.c.period.in_(periods)
    )
    return conn.execute(query.limit(1)).first() is not None


def _use(row: Row[Any]) -> DeclaredUse:
    said = dict(row._mapping)
    del said["id"]
    return DeclaredUse(**said)


def _proof(row: Row[Any]) -> DeclaredProof:
    said = dict(row._mapping)
    return DeclaredProof(**said | {"kind": ProofKind(row.kind)})
