"""One thing from one row or feature, whatever file it stands in.

Fields and attributes may be named by id or by their Korean or English names, with a unit in brackets:
`height`, '높이', '높이(m)'.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import MappingProxyType

import shapely
from shapely.geometry.base import BaseGeometry

from sandan.errors import Finding, InvalidInput
from sandan.twin.formats.cells import Unreadable, read_number, read_value
from sandan.twin.formats.delimited import Column, column_of, key, synonyms
from sandan.twin.geometry import read_geometry, reproject
from sandan.twin.model import Thing, Value
from sandan.twin.tables import Attribute, kinds
from sandan.words import Text

YES = frozenset({"true", "yes", "1", "예", "모의", "y"})
NO = frozenset({"", "false", "no", "0", "아니오", "아니요", "n"})

ATTRIBUTE = "@"
"""Marks, among the fields of columns, the key of an attribute."""


@cache
def fields() -> Mapping[str, str]:
    """Header key → field of a thing, or `@` and the key of an attribute."""
    found = {
        key(name): ATTRIBUTE + key(name)
        for kind in kinds().values()
        for attribute in kind.attributes.values()
        for name in (attribute.id, attribute.name.ko, attribute.name.en)
    }
    return MappingProxyType({**found, **synonyms("thing")})


@cache
def _attributes(kind: str) -> Mapping[str, Attribute]:
    """The attributes of one kind by the key of each of their names."""
    found: dict[str, Attribute] = {}
    for attribute in kinds()[kind].attributes.values():
        for name in (attribute.id, attribute.name.ko, attribute.name.en):
            found.setdefault(ATTRIBUTE + key(name), attribute)
    return found


@lru_cache(maxsize=256)
def kind_id(written: str) -> str:
    """The id of the kind written by id, name or entity; as written when there is none."""
    for kind in kinds().values():
        if key(written) in {key(kind.id), key(kind.name.ko), key(kind.name.en), key(kind.entity)}:
            return kind.id
    return written


@dataclass(slots=True)
class ThingReader:
    """Reads rows one after the other; keeps what is found wrong and what nobody has a use for."""

    kind: str | None = None
    parent: str | None = None
    crs: str | None = None
    findings: list[Finding] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    made_ids: int = 0
    columns: dict[str, Column] = field(default_factory=dict)

    def read(
        self, place: str, values: Mapping[str, object], geometry: object = None, id: object = None
    ) -> Thing | None:
        """The thing these values describe; `None`, with findings, when they cannot be read.

        `geometry` is GeoJSON; a column of WKT or of coordinates does as well.
        """
        before = len(self.findings)
        by_field = self._by_field(values)
        kind = kind_id(self._text(by_field, "kind", place) or self.kind or "")
        name = self._text(by_field, "name", place) or ""
        shape = self._geometry(by_field, geometry, place)
        attributes = self._attributes(by_field, kind, place)
        written = self._text(by_field, "id", place) or _scalar(id)
        simulated = self._flag(by_field, place)
        if not kind:
            self._error(
                f"{place} · kind",
                Text("종류(kind)가 없습니다.", "the kind is missing."),
                Text(
                    "종류 열을 넣거나 가져올 때 종류를 고르십시오.",
                    "add a kind, or choose one when importing.",
                ),
            )
        parent = self._text(by_field, "parent", place) or self.parent
        tenant = self._text(by_field, "tenant", place)
        if len(self.findings) > before:
            return None
        if not written:
            self.made_ids += 1
            written = _made_id(kind, name, shape)
        if kind == "firm":
            tenant = tenant or written
        if parent == written and "parent" not in by_field:
            parent = None
        return Thing(written, kind, name, parent, tenant, shape, attributes, simulated)

    def notes(self) -> list[Finding]:
        """What is to be said about the whole input rather than about a row."""
        notes = [
            Finding(
                name,
                Text(
                    f"쓰이지 않는 항목이어서 읽지 않았습니다 ({n}건).",
                    f"this property has no use here and is left out ({n} times).",
                ),
                Text(
                    "필요하면 속성표의 이름으로 바꾸십시오.",
                    "rename it to an attribute of the table if needed.",
                ),
                "warning",
            )
            for name, n in self.left_out.items()
        ]
        if self.made_ids:
            notes.append(
                Finding(
                    "id",
                    Text(
                        f"식별자가 없는 {self.made_ids}건에는 종류, 이름, 도형에서 만든 것을 붙입니다.",
                        f"{self.made_ids} without an id are given one made of kind, name and geometry.",
                    ),
                    Text(
                        "나중에 고칠 대상이면 식별자를 써 넣으십시오.",
                        "write ids if these will be changed later.",
                    ),
                    "warning",
                )
            )
        return notes

    def _by_field(self, values: Mapping[str, object]) -> dict[str, tuple[str, object]]:
        """Field → (header, value). Of several columns for one field the first that holds something counts."""
        found: dict[str, tuple[str, object]] = {}
        for header, value in values.items():
            column = self.columns.get(header)
            if column is None:
                column = self.columns[header] = column_of(header, fields())
            if column.field == "attributes" and isinstance(value, Mapping):
                for name, nested in self._by_field(value).items():
                    found.setdefault(name, nested)
            elif column.field is None:
                if value not in (None, ""):
                    self.left_out[header] += 1
            elif value not in (None, ""):
                if column.field in found:
                    self.left_out[header] += 1
                else:
                    found[column.field] = (header, value)
        return found

    def _text(self, by_field: Mapping[str, tuple[str, object]], name: str, place: str) -> str | None:
        header, value = by_field.get(name, (name, None))
        if value is None or isinstance(value, (str, int, float)):
            return _scalar(value)
        self._error(
            f"{place} · {header}",
            Text("글자 하나여야 합니다.", "this must be one text."),
            Text("목록이나 객체를 풀어 쓰십시오.", "write a text instead of a list or an object."),
        )
        return None

    def _flag(self, by_field: Mapping[str, tuple[str, object]], place: str) -> bool:
        header, value = by_field.get("simulated", ("simulated", ""))
        text = str(value).strip().casefold()
        if text not in YES | NO:
            self._error(
                f"{place} · {header}",
                Text(
                    f"'{text[:40]}'은(는) 예/아니오가 아닙니다.",
                    f"'{text[:40]}' is neither yes nor no.",
                ),
                Text("yes 또는 no로 쓰십시오.", "write yes or no."),
            )
        return text in YES

    def _attributes(
        self, by_field: Mapping[str, tuple[str, object]], kind: str, place: str
    ) -> dict[str, Value]:
        known = _attributes(kind) if kind in kinds() else {}
        found: dict[str, Value] = {}
        for name, (header, raw) in by_field.items():
            if not name.startswith(ATTRIBUTE):
                continue
            attribute = known.get(name)
            if attribute is None:
                self.left_out[f"{header} ({kind})"] += 1
                continue
            try:
                value = read_value(raw, attribute, self.columns[header].unit)
            except Unreadable as error:
                self._error(f"{place} · {header}", error.problem, error.remedy)
                continue
            if value is not None:
                found[attribute.id] = value
        return found

    def _geometry(
        self, by_field: Mapping[str, tuple[str, object]], geometry: object, place: str
    ) -> BaseGeometry | None:
        try:
            shape = read_geometry(geometry, f"{place} · geometry")
            if shape is None and "geometry" in by_field:
                shape = _from_wkt(by_field["geometry"], place)
            if shape is None and ("lon" in by_field or "lat" in by_field):
                lon, lat = (_degrees(by_field, name, place) for name in ("lon", "lat"))
                shape = shapely.Point(lon, lat)
            return shape if shape is None or self.crs is None else reproject(shape, self.crs)
        except InvalidInput as error:
            self.findings += error.findings
            return None

    def _error(self, where: str, problem: Text, remedy: Text) -> None:
        self.findings.append(Finding(where, problem, remedy))


def _scalar(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _degrees(by_field: Mapping[str, tuple[str, object]], name: str, place: str) -> float:
    header, value = by_field.get(name, (name, ""))
    try:
        return read_number(repr(value) if isinstance(value, float) else str(value))
    except Unreadable as error:
        raise InvalidInput.because(f"{place} · {header}", error.problem, error.remedy) from None


def _from_wkt(cell: tuple[str, object], place: str) -> BaseGeometry | None:
    header, value = cell
    if isinstance(value, Mapping):
        return read_geometry(value, f"{place} · {header}")
    try:
        shape: BaseGeometry = shapely.from_wkt(str(value))
    except (shapely.GEOSException, ValueError) as error:
        raise InvalidInput.because(
            f"{place} · {header}",
            Text(
                f"WKT 도형이 아닙니다 ({str(error)[:80]}).",
                f"this is not a WKT geometry ({str(error)[:80]}).",
            ),
            Text("예: POINT (126.7 37.3)", "for example POINT (126.7 37.3)"),
        ) from None
    return None if shape.is_empty else shapely.force_2d(shape)


def _made_id(kind: str, name: str, shape: BaseGeometry | None) -> str:
    digest = hashlib.sha256(f"{kind}|{name}|".encode("utf-8", "surrogatepass"))
    digest.update(shapely.to_wkb(shapely.normalize(shape)) if shape is not None else b"")
    return f"{kind}-{digest.hexdigest()[:12]}"
