"""Taking the complex out in open formats; a firm takes out what it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.complex import records
from sandan.complex.engine.series import from_ms
from sandan.complex.model import EXPORT
from sandan.complex.service.things import owner, seen_thing
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.twin.formats.aas import write_aas
from sandan.twin.formats.geojson import write_geojson
from sandan.twin.formats.latest import Latest as Newest
from sandan.twin.formats.latest import Observed
from sandan.twin.formats.ngsi_ld import write_ngsi_ld
from sandan.twin.formats.things_csv import write_points_csv, write_things_csv
from sandan.twin.model import Point, Thing
from sandan.twin.samples import INSTANT
from sandan.words import Text

AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What leaves: things, and the points on them."""

    things: Sequence[Thing]
    points: Sequence[Point]
    latest: Newest
    asset: str = "complex"


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that can be taken out."""

    id: str
    name: Text
    suffix: str
    media: str
    write: Callable[[Taken], Iterator[bytes]]
    values: bool = False
    """Whether it also carries the latest value of every point."""


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        one.id: one
        for one in (
            Format(
                "geojson",
                Text("GeoJSON", "GeoJSON"),
                "geojson",
                "application/geo+json",
                lambda taken: write_geojson(taken.things),
            ),
            Format(
                "csv",
                Text("설비 CSV", "Things CSV"),
                "csv",
                "text/csv; charset=utf-8",
                lambda taken: write_things_csv(taken.things),
            ),
            Format(
                "points",
                Text("측정점 CSV", "Points CSV"),
                "csv",
                "text/csv; charset=utf-8",
                lambda taken: write_points_csv(taken.points),
            ),
            Format(
                "ngsi-ld",
                Text("NGSI-LD (최근 값 포함)", "NGSI-LD (with latest values)"),
                "jsonld",
                "application/ld+json",
                lambda taken: write_ngsi_ld(taken.things, taken.points, taken.latest),
                values=True,
            ),
            Format(
                "aas",
                Text("AAS JSON (최근 값 포함)", "AAS JSON (with latest values)"),
                "aas.json",
                "application/json",
                lambda taken: write_aas(taken.things, taken.points, taken.latest, asset=taken.asset),
                values=True,
            ),
        )
    }
)


def format_of(id: str) -> Format:
    """The format named, or `InvalidInput` with all names."""
    if id not in FORMATS:
        raise InvalidInput.because(
            "format",
            Text(f"형식 '{id}'을(를) 알 수 없습니다.", f"format '{id}' is unknown."),
            Text(f"쓸 수 있는 형식: {', '.join(FORMATS)}", f"use one of {', '.join(FORMATS)}"),
        )
    return FORMATS[id]


def export(
    store: Store,
    actor: Actor,
    format: str,
    *,
    kind: str | None = None,
    under: str | None = None,
) -> Iterator[bytes]:
    """A file in pieces: all the actor sees, or what is of one kind or stands in one place."""
    actor.require(EXPORT)
    chosen = format_of(format)
    with store.registry.read() as conn:
        things = _things(store, conn, actor, kind, under)
        points = _points(store, conn, actor, {thing.id for thing in things})
    latest = _latest(store, points) if chosen.values else {}
    asset = under or next((thing.id for thing in things if thing.kind == "complex"), "complex")
    return chosen.write(Taken(things, points, latest, asset))


def _latest(store: Store, points: Sequence[Point]) -> dict[str, Observed]:
    rows = store.historian.latest(points)
    ids = {point.number: point.id for point in points}
    starts = rows.column("start").cast(INSTANT).cast(pa.int64()).to_pylist()
    columns = (rows.column("point").to_pylist(), starts, rows.column("value").to_pylist())
    return {
        ids[number]: Observed(from_ms(start), value) for number, start, value in zip(*columns, strict=True)
    }


def _things(store: Store, conn: Connection, actor: Actor, kind: str | None, under: str | None) -> list[Thing]:
    inside: set[str] | None = None
    if under is not None:
        seen_thing(store, conn, actor, under)
        inside = {under, *conn.scalars(records.under(under))}
    found: list[Thing] = []
    after: str | None = None
    while True:
        part = store.things.find(conn, kind=kind, tenant=actor.tenant, after=after, limit=AT_ONCE)
        found += [one for one in part if actor.sees(owner(one)) and (inside is None or one.id in inside)]
        if len(part) < AT_ONCE:
            return found
        after = part[-1].id


def _points(store: Store, conn: Connection, actor: Actor, things: set[str]) -> list[Point]:
    found: list[Point] = []
    after: str | None = None
    while True:
        part = store.points.find(conn, tenant=actor.tenant, after=after, limit=AT_ONCE)
        found += [one for one in part if one.thing in things]
        if len(part) < AT_ONCE:
            return found
        after = part[-1].id
