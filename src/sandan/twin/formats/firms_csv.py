"""Firms from an export of the factory register (공장등록현황), as Korean offices pass it around.

Names of persons, telephone numbers and registration numbers are never read into the twin. The same
file imported twice gives the same things: a firm's id comes from its factory number (공장관리번호), or,
without one, from its name and address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import shapely
from shapely.geometry.base import BaseGeometry

from sandan.errors import Finding
from sandan.twin.formats.addresses import AddressBook
from sandan.twin.formats.cells import (
    EMPTY,
    Unreadable,
    read_date,
    read_number,
    read_value,
    tidy,
)
from sandan.twin.formats.delimited import Sheet, headers_of, key, read_sheet, synonyms
from sandan.twin.formats.firm_identity import firm_id, merge, name_key
from sandan.twin.formats.firm_rows import FirmRow
from sandan.twin.formats.preview import Preview, keep_sound
from sandan.twin.geometry import check_system, place, reproject
from sandan.twin.model import Thing, Value
from sandan.twin.soundness import check_geometry
from sandan.twin.tables import kinds
from sandan.words import Text

TOTALS = frozenset({"계", "합계", "소계", "총계", "총합계", "평균"})
_NOTE = ("※", "*", "#", "주)", "주:", "자료:", "출처:")
_AREAS = ("site_area", "building_area", "manufacturing_area", "auxiliary_area")
_TEXTS = ("complex_name", "industry", "products", "materials", "size")


def read_firms(
    data: bytes,
    *,
    known: Mapping[str, Thing] | None = None,
    parent: str | None = None,
    crs: str | None = None,
) -> Preview:
    """The firms in a factory-register CSV, previewed; nothing is written.

    `known` are the things kept already: a firm belongs to the building or parcel that its address names, and
    stands there when it has no coordinates; failing that, to the complex of its 단지명, or to `parent`. `crs`
    is the system of the coordinates when they are not WGS 84. Raises `InvalidInput` when the file is not a
    table of firms at all.
    """
    check_system(crs)
    fields = {**synonyms("unused"), **dict.fromkeys(synonyms("personal"), "personal"), **synonyms("firm")}
    sheet = read_sheet(data, {k: f or "unused" for k, f in fields.items()}, ["name"])
    return _Register(sheet, known or {}, parent, crs).read()


class _Register:
    """Reads one sheet; holds what the rows share."""

    def __init__(self, sheet: Sheet, known: Mapping[str, Thing], parent: str | None, crs: str | None) -> None:
        self.sheet, self.known, self.parent, self.crs = sheet, known, parent, crs
        self.columns = {c.field: c for c in reversed(sheet.columns) if c.field}
        self.book = AddressBook.of(known.values())
        self.complexes = {name_key(t.name): t.id for t in known.values() if t.kind == "complex"}
        self.findings: list[Finding] = []
        self.things: dict[str, Thing] = {}
        self.places: dict[str, str] = {}

    def read(self) -> Preview:
        self._tell_of_columns()
        n = 0
        above = self._merged_complexes()
        for number, cells in self.sheet.rows():
            n += 1
            row = self._row(number, cells)
            if row is not None:
                row.cells["complex_name"] = row.cell("complex_name") or above.get(number, "")
                self._add(row)
        if not self.things:
            self.findings.append(
                Finding(
                    "file",
                    Text("가져올 기업이 없습니다.", "there is no firm to import."),
                    Text("머리글 아래에 기업을 한 행씩 쓰십시오.", "write one firm a row below the header."),
                )
            )
        kept, findings = keep_sound(
            list(self.things.values()), [self.places[id] for id in self.things], self.known
        )
        return Preview(
            things=tuple(kept),
            findings=(*self.findings, *findings),
            rows=n,
            columns={c.header: c.field if c.field not in (None, "personal", "unused") else "-"
                     for c in self.sheet.columns if c.header},
        )  # fmt: skip

    def _merged_complexes(self) -> Mapping[int, str]:
        """For the rows under a merged 단지명, which keep none of their own, the name in the merged cell.

        An empty 단지명 otherwise says that the firm stands outside any complex, so a sheet counts as
        merged only when no name is written twice and most rows have none.
        """
        names = [c.field for c in self.sheet.columns]
        if "complex_name" not in names:
            return {}
        i, at = names.index("complex_name"), names.index("name")
        written: list[str] = []
        above: dict[int, str] = {}
        for number, cells in self.sheet.rows():
            if at >= len(cells) or not cells[at].strip():
                continue
            if name := cells[i].strip() if i < len(cells) else "":
                written.append(name)
            elif not written:
                return {}
            else:
                above[number] = written[-1]
        if not written or len(set(written)) < len(written) or len(above) < len(written):
            return {}
        self._note(
            self.columns["complex_name"].header,
            Text(
                f"합쳐진 칸으로 보아 {len(above)}행에 윗행의 단지명을 넣었습니다.",
                f"taken for merged cells: {len(above)} row(s) were given the complex of the row above.",
            ),
            Text("단지가 다르면 파일에 써 넣으십시오.", "write it in the file where it is another."),
        )
        return above

    def _note(self, where: str, problem: Text, remedy: Text) -> None:
        self.findings.append(Finding(where, problem, remedy, "warning"))

    def _tell_of_columns(self) -> None:
        columns = [c for c in self.sheet.columns if c.header]
        titles = ", ".join(map(str, self.sheet.titles))
        if titles:
            self._note(
                f"{titles}행/row {titles}",
                Text("머리글 위의 행은 제목으로 보았습니다.", "rows above the header are taken for a title."),
                Text("기업이 있으면 머리글 아래로 옮기십시오.", "move any firm below the header."),
            )
        if personal := ", ".join(c.header for c in columns if c.field == "personal"):
            self._note(
                personal,
                Text(
                    "개인정보와 연락처 열은 읽지 않습니다.",
                    "columns about persons and contacts are not read.",
                ),
                Text("할 일이 없습니다.", "there is nothing to do."),
            )
        seen: set[str] = set()
        left_out = []
        for column in columns:
            if column.field in (None, "unused") or (column.field in seen and column.field != "personal"):
                left_out.append(column.header)
            seen.add(column.field or "")
        if left_out:
            names = ", ".join(left_out)
            self._note(
                names,
                Text("쓰이지 않는 열이어서 읽지 않습니다.", "these columns are not used and are left out."),
                Text(
                    "필요한 열이면 머리글을 알려진 이름으로 바꾸십시오.",
                    "rename the header to a known one if it is needed.",
                ),
            )
        if not {"lon", "lat"} <= self.columns.keys():
            self._note(
                "header",
                Text("좌표(위도, 경도) 열이 없습니다.", "there are no columns of coordinates (위도, 경도)."),
                Text(
                    "주소로 찾은 건물이나 필지에 놓고, 없으면 위치 없이 가져옵니다. "
                    f"좌표 열 이름: {headers_of('firm', 'lon')}",
                    "firms are placed on the building or parcel their address names, or nowhere. "
                    f"Accepted headers: {headers_of('firm', 'lon')}",
                ),
            )

    def _row(self, number: int, cells: list[str]) -> FirmRow | None:
        """The cells by field; `None`, with a finding, for a row that is no firm."""
        row = FirmRow(f"{number}행/row {number}", {}, self.columns, self.findings)
        for column, cell in zip(self.sheet.columns, cells, strict=False):
            if column.field and column.field not in row.cells:
                text = cell.strip()
                row.cells[column.field] = "" if tidy(text) in EMPTY else text
        extra = [cell for cell in cells[len(self.sheet.columns) :] if cell.strip()]
        if extra:
            self.findings.append(
                Finding(
                    f"{row.place} · +{len(extra)}",
                    Text("머리글보다 칸이 많습니다.", "there are more cells than headers."),
                    Text("따옴표 없는 쉼표가 있는지 보십시오.", "look for a comma that wants quotes."),
                    "warning",
                )
            )
        written = [cell.strip() for cell in cells if cell.strip()]
        name = tidy(row.cell("name"))
        if {key(cell) for cell in written[:3]} & TOTALS and not row.cell("factory_number"):
            problem = Text("합계 행이어서 읽지 않습니다.", "this row holds totals and is left out.")
        elif len(written) == 1 and (not name or name.startswith(_NOTE)):
            problem = Text("기업이 아니라 설명입니다.", "this is a note, not a firm.")
        elif written == [c.header for c in self.sheet.columns if c.header]:
            problem = Text("머리글이 되풀이됩니다.", "the header is repeated.")
        else:
            return row
        remedy = Text("기업이면 회사명을 확인하십시오.", "check the name if it is a firm.")
        self.findings.append(Finding(row.place, problem, remedy, "warning"))
        return None

    def _add(self, row: FirmRow) -> None:
        thing = self._thing(row)
        if (first := self.things.get(thing.id)) is None:
            self.things[thing.id] = thing
            self.places[thing.id] = row.place
            return
        merged, differing = merge(first, thing)
        self.things[thing.id] = merged
        labels = kinds()["firm"].attributes
        ko = ", ".join(labels[id].name.ko if id in labels else id for id in differing)
        en = ", ".join(labels[id].name.en if id in labels else id for id in differing)
        row.warn(
            "name",
            Text(
                f"'{thing.name}'은(는) {self.places[thing.id]}의 기업과 같아 합쳤습니다."
                + (f" 서로 다른 값은 앞의 것을 씁니다: {ko}." if differing else ""),
                f"'{thing.name}' is the firm of {self.places[thing.id]}; the two are merged."
                + (f" Where they differ, the first holds: {en}." if differing else ""),
            ),
            Text(
                "다른 기업이면 주소나 공장관리번호로 구별하십시오.",
                "tell them apart by address or factory number if they are two.",
            ),
        )

    def _thing(self, row: FirmRow) -> Thing:
        addresses = [row.cell(f) for f in ("address_road", "address", "address_lot")]
        id = firm_id(row.cell("factory_number"), row.cell("name"), addresses)
        attributes: dict[str, Value] = {}
        row.industry(attributes)
        if (employees := row.employees()) is not None:
            attributes["employees"] = employees
        road, general, lot = addresses
        attributes["address"] = road or general or lot
        attributes["lot_address"] = lot if road or general else ""
        for name in _TEXTS:
            attributes.setdefault(name, row.cell(name))
        for name in _AREAS:
            attributes[name] = row.read(name, lambda raw, unit: read_number(raw, "㎡", unit))
        attributes["registered_on"] = row.read("registered_on", lambda raw, _: read_date(raw))
        if attributes["registered_on"] is None:
            attributes["registered_on"] = row.read("first_registered_on", lambda raw, _: read_date(raw))
        shifts = kinds()["firm"].attributes["shifts"]
        attributes["shifts"] = row.read("shifts", lambda raw, _: read_value(raw, shifts))
        attributes["factory_number"] = row.cell("factory_number")
        name = row.without_persons("name", row.cell("name"))
        for id_, value in attributes.items():
            if isinstance(value, str):
                attributes[id_] = row.without_persons(id_, value)
        where = self.book.find(*(a for a in addresses if a)) if self.known else None
        geometry = self._coordinates(row)
        if geometry is None and where is not None and where.geometry is not None:
            geometry = shapely.Point(place(where.geometry))
        elif geometry is None and (self.known or {"lon", "lat"} <= self.columns.keys()):
            self._unplaced(row)
        if where is not None and where.kind == "building":
            attributes["building"] = where.id
        named = self.complexes.get(name_key(row.cell("complex_name")))
        parent = where.id if where is not None else named or self.parent
        kept = {id_: value for id_, value in attributes.items() if value not in (None, "")}
        return Thing(id, "firm", name, parent, id, geometry, kept)

    def _coordinates(self, row: FirmRow) -> BaseGeometry | None:
        if not row.cell("lon") and not row.cell("lat"):
            return None
        try:
            geometry: BaseGeometry = shapely.Point(read_number(row.cell("lon")), read_number(row.cell("lat")))
        except Unreadable as error:
            row.unread("lon" if not row.cell("lon") else "lat", error)
            return None
        if self.crs is not None:
            geometry = reproject(geometry, self.crs)
        findings = check_geometry(geometry, f"{row.place} · {self.columns['lon'].header}")
        self.findings += [replace(finding, severity="warning") for finding in findings]
        return None if any(f.severity == "error" for f in findings) else geometry

    def _unplaced(self, row: FirmRow) -> None:
        row.warn(
            "lat" if "lat" in self.columns else "address",
            Text(
                f"'{row.cell('name')}'의 위치를 알 수 없어 지도에 놓지 못합니다.",
                f"the place of '{row.cell('name')}' is unknown; it is kept off the map.",
            ),
            Text(
                "좌표를 쓰거나, 그 지번의 필지를 먼저 가져오십시오.",
                "give coordinates, or import the parcel of its lot number first.",
            ),
        )
