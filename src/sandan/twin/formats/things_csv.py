"""Things and points as CSV: one row each, the same going out as coming in.

Written with a byte-order mark, so that a Korean spreadsheet program opens it as UTF-8. Geometry is a
column of WKT, attributes a column each, `None` and "" an empty cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import shapely

from sandan.errors import Finding
from sandan.twin.checks import check_points
from sandan.twin.formats.cells import Unreadable, read_interval, read_number, write_interval
from sandan.twin.formats.delimited import Sheet, read_sheet, synonyms
from sandan.twin.formats.preview import Preview, keep_sound
from sandan.twin.formats.thing_rows import NO, YES, ThingReader, fields
from sandan.twin.geometry import check_system
from sandan.twin.model import Point, Thing
from sandan.twin.tables import kinds, quantities
from sandan.words import Text

_THING = ("id", "kind", "name", "parent", "tenant", "simulated", "geometry")
_POINT = ("id", "thing", "quantity", "interval", "tenant", "low", "high", "simulated")
_FLUSH = 1 << 16


def read_things_csv(
    data: bytes,
    *,
    known: Mapping[str, Thing] | None = None,
    kind: str | None = None,
    parent: str | None = None,
    crs: str | None = None,
) -> Preview:
    """The things in a table, previewed; `kind` and `parent` are for rows that name none.

    Raises `InvalidInput` when there is no header with `name` (and `kind`, unless it is given).
    """
    sheet = read_sheet(data, fields(), ["name"] if kind else ["kind", "name"])
    check_system(crs)
    reader = ThingReader(kind, parent, crs)
    headers = _unique([column.header for column in sheet.columns])
    findings = _titles(sheet)
    things: list[Thing] = []
    places: list[str] = []
    n = 0
    for number, cells in sheet.rows():
        n += 1
        place = f"{number}행/row {number}"
        if len(cells) > len(headers) and any(cell.strip() for cell in cells[len(headers) :]):
            findings.append(_too_wide(place))
            continue
        values: dict[str, object] = {h: c for h, c in zip(headers, cells, strict=False) if h}
        thing = reader.read(place, values)
        if thing is not None:
            things.append(thing)
            places.append(place)
    kept, found = keep_sound(things, places, known or {})
    return Preview(
        things=tuple(kept),
        findings=(*findings, *reader.notes(), *reader.findings, *found),
        rows=n,
        columns={name: (c.field or "-").lstrip("@") for name, c in reader.columns.items()},
    )


def write_things_csv(things: Sequence[Thing]) -> Iterator[bytes]:
    """A table of things in pieces; the columns are the attributes that occur, in the order of the tables."""
    used = {id for thing in things for id in thing.attributes}
    ordered = dict.fromkeys(id for kind in kinds().values() for id in kind.attributes if id in used)
    attributes = [*ordered, *sorted(used - set(ordered))]
    yield from _write([*_THING, *attributes], (_thing_row(thing, attributes) for thing in things))


def _thing_row(thing: Thing, attributes: Sequence[str]) -> list[object]:
    return [
        thing.id,
        thing.kind,
        thing.name,
        thing.parent,
        thing.tenant,
        "yes" if thing.simulated else None,
        None if thing.geometry is None else shapely.to_wkt(thing.geometry, rounding_precision=-1),
        *(thing.attributes.get(id) for id in attributes),
    ]


def read_points_csv(data: bytes, *, things: Mapping[str, Thing]) -> Preview:
    """The points in a table, previewed; `things` are all those they may be measured on.

    Limits may be given in another unit than the quantity's own, in a column `unit`. A point without a tenant
    gets that of its thing.
    """
    sheet = read_sheet(data, synonyms("point"), ["id", "thing", "quantity"])
    findings = _titles(sheet)
    columns = [c.field if c.field not in [d.field for d in sheet.columns[:i]] else None
               for i, c in enumerate(sheet.columns)]  # fmt: skip
    left_out = [c.header for c, name in zip(sheet.columns, columns, strict=True) if c.header and not name]
    if left_out:
        findings.append(
            Finding(
                ", ".join(left_out),
                Text("쓰이지 않는 열이어서 읽지 않습니다.", "these columns are not used and are left out."),
                Text("필요한 열이면 머리글을 바꾸십시오.", "rename the header if it is needed."),
                "warning",
            )
        )
    points: list[Point] = []
    places: list[str] = []
    n = 0
    for number, cells in sheet.rows():
        n += 1
        row = _PointRow(f"{number}행/row {number}")
        if any(cell.strip() for cell in cells[len(columns) :]):
            findings.append(_too_wide(row.place))
            continue
        row.cells = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
        point = row.read(things)
        findings += row.findings
        if not row.findings:
            points.append(point)
            places.append(row.place)
    found = check_points(points, things, places)
    bad = {f.where.partition(" · ")[0] for f in found if f.severity == "error"}
    return Preview(
        points=tuple(point for point, place in zip(points, places, strict=True) if place not in bad),
        findings=(*findings, *found),
        rows=n,
        columns={c.header: name or "-" for c, name in zip(sheet.columns, columns, strict=True) if c.header},
    )


def write_points_csv(points: Iterable[Point]) -> Iterator[bytes]:
    """A table of points in pieces; limits are in the quantity's own unit, `number` stays in the registry."""
    yield from _write(_POINT, (_point_row(point) for point in points))


def _point_row(point: Point) -> list[object]:
    interval = None if point.interval is None else write_interval(point.interval)
    flag = "yes" if point.simulated else None
    return [point.id, point.thing, point.quantity, interval, point.tenant, point.low, point.high, flag]


@dataclass(slots=True)
class _PointRow:
    place: str
    cells: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def read(self, things: Mapping[str, Thing]) -> Point:
        thing = things.get(self.cells.get("thing", ""))
        owner = None if thing is None else thing.id if thing.kind == "firm" else thing.tenant
        flag = self.cells.get("simulated", "").casefold()
        if flag not in YES | NO:
            self._error(
                "simulated",
                Text(
                    f"'{flag[:40]}'은(는) 예/아니오가 아닙니다.",
                    f"'{flag[:40]}' is neither yes nor no.",
                ),
                Text("yes 또는 no로 쓰십시오.", "write yes or no."),
            )
        return Point(
            self.cells.get("id", ""),
            self.cells.get("thing", ""),
            self.cells.get("quantity", ""),
            self._interval(),
            self.cells.get("tenant") or owner,
            self._limit("low"),
            self._limit("high"),
            simulated=flag in YES,
        )

    def _interval(self) -> timedelta | None:
        text = self.cells.get("interval", "")
        try:
            return read_interval(text) if text else None
        except Unreadable as error:
            self._error("interval", error.problem, error.remedy)
            return None

    def _limit(self, name: str) -> float | None:
        text = self.cells.get(name, "")
        quantity = quantities().get(self.cells.get("quantity", ""))
        try:
            if not text:
                return None
            unit = quantity.unit if quantity else None
            return read_number(text, unit, self.cells.get("unit") or None)
        except Unreadable as error:
            self._error(name, error.problem, error.remedy)
            return None

    def _error(self, name: str, problem: Text, remedy: Text) -> None:
        self.findings.append(Finding(f"{self.place} · {name}", problem, remedy))


def _write(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if text.tell() > _FLUSH:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _titles(sheet: Sheet) -> list[Finding]:
    if not sheet.titles:
        return []
    rows = ", ".join(map(str, sheet.titles))
    return [
        Finding(
            f"{rows}행/row {rows}",
            Text("머리글 위의 행은 제목으로 보았습니다.", "rows above the header are taken for a title."),
            Text("자료이면 머리글 아래로 옮기십시오.", "move any data below the header."),
            "warning",
        )
    ]


def _too_wide(place: str) -> Finding:
    return Finding(
        place,
        Text("머리글보다 칸이 많습니다.", "there are more cells than headers."),
        Text("따옴표 없는 쉼표가 있는지 보십시오.", "look for a comma that wants quotes."),
    )


def _unique(headers: Sequence[str]) -> list[str]:
    """Headers as keys: a repeated one is told apart by its number, so that no cell overwrites another."""
    seen: dict[str, int] = {}
    unique = []
    for header in headers:
        seen[header] = seen.get(header, 0) + 1
        unique.append(header if seen[header] == 1 or not header else f"{header} #{seen[header]}")
    return unique
