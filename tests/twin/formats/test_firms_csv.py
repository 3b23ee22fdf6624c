"""Firms from the factory register, in the forms in which Korean offices pass them on."""

import csv
import io
from contextlib import suppress

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from sandan.errors import InvalidInput
from sandan.twin.checks import check_things
from sandan.twin.formats.firms_csv import read_firms
from sandan.twin.formats.preview import Preview
from sandan.twin.geometry import distance, place
from sandan.twin.model import Thing

REGISTER = (
    "시도명,시군구명,관리기관,회사명,공장구분,단지명,설립구분,입주형태,보유구분,등록구분,전화번호,남자종업원,여자종업원,"
    "외국인남자종업원,외국인여자종업원,종업원합계,생산품,원자재,공장규모,용도지역,지목,용지면적,제조시설면적,부대시설면적,"
    "건축면적,지식산업센터명,대표업종,업종명,업종코드,차수,법인주소,필지수,공장주소,공장주소_지번,공장관리번호"
)
ROW = (
    "경기도,안산시,한빛공단,가람정밀(주),일반,가람산단,일반,입주,자가,완료,000-0000,10,5,2,1,18,감속기,강재,소기업,"
    "공업,공장용지,\"1,650.5\",800,50,850,,29199,그 외 기계 제조업,\"29199,28111\",10,어딘가 1,1,"
    "경기도 안산시 단원구 가람로 12 (새벽동),경기도 안산시 단원구 새벽동 605-3,411301234567890"
)  # fmt: skip


def table(*rows: str) -> bytes:
    return "\r\n".join(rows).encode()


def said(preview: Preview) -> str:
    return "\n".join(finding.in_("en") for finding in preview.findings)


def test_a_row_of_the_register_is_a_firm():
    """Each column of the national register's export that means something here arrives, checked."""
    preview = read_firms(table(REGISTER, ROW))
    (firm,) = preview.things
    assert firm == Thing(
        "firm-411301234567890",
        "firm",
        "가람정밀(주)",
        None,
        "firm-411301234567890",
        None,
        {
            "ksic": "29199,28111",
            "employees": 18,
            "address": "경기도 안산시 단원구 가람로 12 (새벽동)",
            "lot_address": "경기도 안산시 단원구 새벽동 605-3",
            "complex_name": "가람산단",
            "industry": "그 외 기계 제조업",
            "products": "감속기",
            "materials": "강재",
            "size": "소기업",
            "site_area": 1650.5,
            "building_area": 850,
            "manufacturing_area": 800,
            "auxiliary_area": 50,
            "factory_number": "411301234567890",
        },
    )
    assert preview.errors == ()
    assert preview.rows == 1
    assert preview.columns["종업원합계"] == "employees"
    assert preview.columns["전화번호"] == "-"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encoding_and_delimiter_do_not_matter(encoding: str, delimiter: str, end: str):
    """The same table in another encoding or with another delimiter gives the same firms."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerows(csv.reader([REGISTER, ROW]))
    assert read_firms(text.getvalue().encode(encoding)).things == read_firms(table(REGISTER, ROW)).things


def test_importing_twice_gives_the_same():
    """Ids come from the rows alone: order, company marks and blanks make no difference."""
    head = "회사명,대표주소"
    one = read_firms(table(head, "가람정밀(주),경기도 안산시 가람로 12 (새벽동)", "한빛금속,가람로 7"))
    two = read_firms(table(head, "한빛금속㈜,가람로 7", "주식회사 가람 정밀,경기도 안산시 가람로12"))
    assert [t.id for t in one.things] == [t.id for t in two.things][::-1]
    assert len({t.id for t in one.things}) == 2


def test_one_name_at_two_addresses_is_two_firms():
    """Two plants of a company are two tenants."""
    assert len(read_firms(table("회사명,주소", "가람정밀,가람로 1", "가람정밀,가람로 2")).things) == 2


def test_persons_and_contacts_never_enter():
    """Columns of persons and contacts are named and left out, and contacts inside other cells are removed."""
    preview = read_firms(
        table(
            "회사명,대표자명,전화번호,휴대폰,FAX,이메일,사업자등록번호,생산품,대표주소",
            "가람정밀,아무개,000-000,비밀,비밀,비밀,비밀,볼트 (문의 031-000-0000),가람로 1 a.b@example.org",
            "한빛금속,아무개,000-000,비밀,비밀,비밀,비밀,너트 900101-1000000,가람로 2",
        )
    )
    everything = repr(preview.things) + repr(preview.findings)
    for secret in ("아무개", "비밀", "031-000-0000", "example.org", "900101"):
        assert secret not in everything
    assert [t.attributes["products"] for t in preview.things] == ["볼트 (문의 )", "너트"]
    assert "persons and contacts" in said(preview)


def test_titles_two_row_headers_totals_notes_and_blank_rows():
    """A sheet laid out for print is read: only its firms become things, and every other row is named."""
    preview = read_firms(
        table(
            "가람산단 공장등록현황,,,,,,,",
            ",,,,,,,",
            "연번,단지명,회사명,종업원수,,,공장대표주소,",
            ",,,남,여,계,도로명,지번",
            "1,가람산단,가람정밀,3,4,7,가람로 1,",
            "2,,한빛금속,,,9,가람로 2,",
            ",,,,,,,",
            "3,,새벽화학,1,1,3,,새벽동 1-2",
            "소계,,,4,5,19,,",
            "※ 자료: 가람산단,,,,,,,",
        )
    )
    assert [t.name for t in preview.things] == ["가람정밀", "한빛금속", "새벽화학"]
    assert [t.attributes["employees"] for t in preview.things] == [7, 9, 3]
    assert [t.attributes["complex_name"] for t in preview.things] == ["가람산단"] * 3
    assert preview.things[2].attributes["address"] == "새벽동 1-2"
    text = said(preview)
    for row in ("row 1:", "row 8 · 종업원수(계)", "row 9:", "row 10:"):
        assert row in text
    assert "merged cells: 2" in text


def test_a_blank_complex_among_repeated_ones_stays_blank():
    """An empty 단지명 in an ordinary table means: outside any complex."""
    preview = read_firms(table("회사명,단지명", "가,나산단", "다,", "라,나산단", "마,"))
    assert [t.attributes.get("complex_name") for t in preview.things] == ["나산단", None, "나산단", None]


def test_units_in_headers_and_cells():
    """Areas in 평 and with units beside the number arrive in square metres."""
    preview = read_firms(table("회사명,용지면적(평),건축면적(㎡),제조시설면적", '가람,100,"1,000",200㎡'))
    (firm,) = preview.things
    assert firm.attributes["site_area"] == pytest.approx(40000 / 121)
    assert firm.attributes["building_area"] == 1000
    assert firm.attributes["manufacturing_area"] == 200


def test_unreadable_cells_are_left_empty_and_named():
    """A firm is kept without what cannot be read, and each such cell is named with row, header and remedy."""
    preview = read_firms(
        table(
            "회사명,업종코드,종업원수,용지면적,공장등록일",
            "가람,기계업29,많음,넓음,21.3.1",
            "한빛,29,1,1,2021.3.1",
        )
    )
    assert preview.things[0].attributes == {}
    assert [f.where for f in preview.warnings if "row 2" in f.where] == [
        "2행/row 2 · 업종코드",
        "2행/row 2 · 종업원수",
        "2행/row 2 · 용지면적",
        "2행/row 2 · 공장등록일",
    ]
    assert preview.things[1].attributes["registered_on"] == "2021-03-01"


def test_a_name_in_the_code_column_is_the_industry():
    """A column headed 업종 holds names as often as codes."""
    preview = read_firms(table("회사명,업종", "가람,금속 가공", "한빛,C25"))
    assert preview.things[0].attributes == {"industry": "금속 가공"}
    assert preview.things[1].attributes == {"ksic": "25"}


def test_one_factory_on_several_rows_is_one_firm():
    """The register repeats a factory for each of its industries: the codes come together."""
    preview = read_firms(
        table("공장관리번호,회사명,업종코드,종업원수", "77,가람,29199,5", "77,가람,28111,5", "77,가람,25,6")
    )
    (firm,) = preview.things
    assert firm.attributes["ksic"] == "29199,28111,25"
    assert firm.attributes["employees"] == 5
    assert "row 3 · 회사명" in said(preview)
    assert "the first holds: Employees" in said(preview)


def test_rows_without_a_name_are_errors():
    """A row that names no firm is left out, and said so."""
    preview = read_firms(table("회사명,종업원수,생산품", ",5,볼트", "한빛,6,너트"))
    assert [t.name for t in preview.things] == ["한빛"]
    assert [f.where for f in preview.errors] == ["2행/row 2 · name"]


def test_impossible_values_are_errors():
    """A negative number of employees cannot be kept, so that firm is not."""
    preview = read_firms(table("회사명,종업원수", "가람,-5", "한빛,6"))
    assert [t.name for t in preview.things] == ["한빛"]
    assert [f.where for f in preview.errors] == ["2행/row 2 · employees"]


def test_coordinates():
    """Good coordinates place a firm; missing, swapped and zero ones leave it off the map with a warning."""
    preview = read_firms(
        table(
            "회사명,위도,경도",
            "가,37.33,126.73",
            "나,,",
            "다,126.73,37.33",
            "라,37.33,",
            "마,0,0",
        )
    )
    assert [t.geometry is not None for t in preview.things] == [True, False, False, False, False]
    assert place(preview.things[0].geometry) == (126.73, 37.33)
    text = said(preview)
    assert "swapped" in text
    assert "(0, 0)" in text
    assert preview.errors == ()
    for row in (3, 4, 5, 6):
        assert f"row {row} ·" in text


def test_projected_coordinates():
    """Metres are recognised, and read when their system is named."""
    data = table("회사명,X좌표,Y좌표", "가,176071.8,526009.3")
    assert "EPSG:5186" in said(read_firms(data))
    (firm,) = read_firms(data, crs="EPSG:5186").things
    assert distance(place(firm.geometry), (126.73, 37.333)) < 500


PARCEL = Thing(
    "p1",
    "parcel",
    "605-3",
    "c",
    None,
    shapely.box(126.73, 37.33, 126.732, 37.332),
    {"lot_number": "새벽동 605-3"},
)
BARE = Thing(
    "p2", "parcel", "700", "c", None, shapely.box(126.74, 37.33, 126.741, 37.331), {"lot_number": "700"}
)
BUILDING = Thing(
    "b1",
    "building",
    "1동",
    "p1",
    None,
    shapely.box(126.73, 37.33, 126.7305, 37.3305),
    {"height": 9.0, "address": "경기도 안산시 단원구 가람로 12"},
)
COMPLEX = Thing("c", "complex", "가람 산단", geometry=shapely.box(126.7, 37.3, 126.8, 37.4))
KNOWN = {t.id: t for t in (PARCEL, BARE, BUILDING, COMPLEX)}


@pytest.mark.parametrize(
    ("road", "lot", "on"),
    [
        ("경기도 안산시 단원구 가람로 12 (새벽동)", "", BUILDING),
        ("", "경기도 안산시 단원구 새벽동 605-3", PARCEL),
        ("", "경기 안산시 새벽동 605-3번지 2층", PARCEL),
        ("", "새벽동 700", BARE),
        ("없는로 9", "새벽동 605-3", PARCEL),
    ],
)
def test_addresses_find_buildings_and_parcels(road: str, lot: str, on: Thing):
    """A firm without coordinates stands where its street or lot number says."""
    data = table("회사명,단지명,공장대표주소(도로명),공장대표주소(지번)", f"가람,가람산단,{road},{lot}")
    preview = read_firms(data, known=KNOWN)
    (firm,) = preview.things
    assert on.geometry.contains(firm.geometry)
    assert firm.parent == on.id
    assert firm.attributes.get("building") == ("b1" if on is BUILDING else None)
    assert check_things(preview.things, KNOWN) == []


@pytest.mark.parametrize(
    "address", ["가람로 120", "새벽동 605-31", "새벽동 605", "다른동 605-4", "가람로12번길 3"]
)
def test_similar_addresses_find_nothing(address: str):
    """605-31 is not 605-3, and 가람로12번길 is another street than 가람로."""
    preview = read_firms(table("회사명,주소", f"가람,{address}"), known=KNOWN, parent="c")
    assert preview.things[0].geometry is None
    assert preview.things[0].parent == "c"
    assert "kept off the map" in said(preview)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"  \n \n", "empty"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0rest", "spreadsheet"),
        ("<html><table>회사명</table>".encode(), "web page"),
        (b"a,b,c\n1,2,3\n", "no header row"),
        (table("회사명,주소", "가람,x") + b"\n\xff\xfe\xfa", "neither"),
        (table("회사명,주소", '"가람,x', '나,"y'), "quotes"),
    ],
)
def test_what_is_no_table_of_firms_is_refused(data: bytes, says: str):
    """Another kind of file is an `InvalidInput` that says what it is and how to save it."""
    with pytest.raises(InvalidInput) as error:
        read_firms(data)
    assert says in error.value.findings[0].problem.en
    assert error.value.findings[0].remedy.ko


def test_header_without_rows_is_an_error():
    """A header alone brings nothing, and says so."""
    preview = read_firms(table("회사명,주소"))
    assert preview.things == ()
    assert "no firm" in said(preview)


def test_unused_columns_are_named():
    """A column nobody reads is named, and so is the second of two with one meaning."""
    preview = read_firms(table("회사명,혈액형,업체명", "가람,A,나람"))
    assert "혈액형, 업체명" in said(preview)
    assert preview.things[0].name == "가람"


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "-", "합계", "29", "C29", "1,000", "2021.3.1", "126.7", "37.3", "가람로 12", "010-0000-0000"]
    ),
)
HEADERS = ["회사명", "단지명", "업종코드", "종업원수", "남자종업원", "주소", "용지면적(평)", "등록일", "위도",
           "경도", "공장관리번호", "생산품", "몰라요"]  # fmt: skip


@given(st.lists(st.lists(CELL, max_size=15), max_size=8), st.sampled_from([",", "\t", ";"]))
def test_every_row_is_a_firm_or_is_named(rows: list[list[str]], delimiter: str):
    """Whatever the cells hold, each row that is not blank is a thing or stands in a finding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(HEADERS)
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8", "replace")
    try:
        preview = read_firms(data, known=KNOWN, parent="c")
    except InvalidInput:
        return
    assert check_things(preview.things, KNOWN) == [
        f for f in check_things(preview.things, KNOWN) if f.severity == "warning"
    ]
    named = " ".join(f.where for f in preview.findings)
    records = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))
    filled = [i for i, cells in enumerate(records, 1) if any(cell.strip() for cell in cells)][1:]
    assert preview.rows == len(filled)
    unnamed = [
        i for i in filled if f"row {i} ·" not in named and f" row {i}" not in f" {named.replace('/', ' ')} "
    ]
    assert len(unnamed) <= len(preview.things)
    again = read_firms(data, known=KNOWN, parent="c")
    assert again == preview


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes):
    """No file makes the reader fail in another way than by `InvalidInput`."""
    for head in (b"", "회사명,주소,위도,경도\n".encode(), "회사명\t종업원수\n".encode("cp949")):
        with suppress(InvalidInput):
            read_firms(head + data)
