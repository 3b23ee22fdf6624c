"""Files of every kind become the lines their reader sees."""

from __future__ import annotations

import codecs
import contextlib
import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import unhwp
from hwpx import HwpxDocument
from hypothesis import given
from hypothesis import strategies as st
from tests.shared import SEEDS

from sandan.errors import InvalidInput
from sandan.programme.engine.reading import read_document
from sandan.programme.engine.reading.shown import show_value

PAGE = """<!DOCTYPE html>
<html><head><meta charset="euc-kr"><title>x</title><script>var a = 1</script></head><body>
<h2>사업개요</h2>
<ul><li>하나
</li><li>둘<ul><li>둘의 하나</li></ul></li></ul>
<p>가나<br>다라 <b>마</b>바</p>
<dl><dt>사업기간</dt><dd>2020~2023</dd></dl>
<table>
<tr><th rowspan="2">구분</th><th colspan="2">임기 내</th></tr>
<tr><th>2022</th><th>2023</th></tr>
<tr><td>국비</td><td>10</td><td><p>가</p><p>나</p></td></tr>
</table>
<p style="display:none">숨김</p>
</body></html>"""
PAGE_ROWS = [
    ("사업개요",),
    ("- 하나",),
    ("- 둘",),
    ("- 둘의 하나",),
    ("가나",),
    ("다라 마바",),
    ("사업기간", "2020~2023"),
    ("구분", "임기 내", ""),
    ("", "2022", "2023"),
    ("국비", "10", "가 나"),
]


def cells(name: str, data: bytes | str) -> list[tuple[str, ...]]:
    """The cells of every line that is not blank."""
    document = read_document(name, data.encode() if isinstance(data, str) else data)
    return [line.cells for line in document.lines if line.text.strip()]


def refusal(name: str, data: bytes, limit: int = 50 * 2**20) -> str:
    """What the refusal of a file says, in English."""
    with pytest.raises(InvalidInput) as caught:
        read_document(name, data, limit=limit)
    finding = caught.value.findings[0]
    assert finding.where
    assert finding.remedy.ko
    assert finding.remedy.en
    return finding.problem.en


def packed(parts: dict[str, str]) -> bytes:
    """A zip file of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def section(body: str, namespace: str = "http://www.hancom.co.kr/hwpml/2011/paragraph") -> str:
    """A section of an HWPX file with this body."""
    return f'<hs:sec xmlns:hs="urn:s" xmlns:hp="{namespace}">{body}</hs:sec>'


def paragraph(text: str, shape: str = "0") -> str:
    """A paragraph of an HWPX file."""
    return f'<hp:p paraPrIDRef="{shape}"><hp:run><hp:t>{text}</hp:t></hp:run></hp:p>'


def cell(content: str, row: int, column: int, rows: int = 1, columns: int = 1) -> str:
    """A cell of an HWPX table."""
    return (
        f'<hp:tc><hp:subList>{content}</hp:subList><hp:cellAddr colAddr="{column}" rowAddr="{row}"/>'
        f'<hp:cellSpan colSpan="{columns}" rowSpan="{rows}"/></hp:tc>'
    )


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed documents of ../shared are not here")
def test_a_text_is_kept_line_against_line() -> None:
    """Joined again, the lines of a seed are the file."""
    for path in sorted(SEEDS.glob("*.txt")):
        document = read_document(path.name, path.read_bytes())
        assert "\n".join(line.text for line in document.lines) == path.read_bytes().decode()
        assert [line.number for line in document.lines] == list(range(1, len(document.lines) + 1))


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("cp949", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
def test_every_usual_encoding_is_read(encoding: str, mark: bytes) -> None:
    """The same lines come out of UTF-8, UTF-16 and CP949; a tab parts cells and spaces do not."""
    data = mark + "똠방각하 702억원\r\n국비\t1,000\t\r\n계   297.7   15".encode(encoding)
    assert cells("a.txt", data) == [("똠방각하 702억원",), ("국비", "1,000", ""), ("계   297.7   15",)]


@given(st.text(st.characters(codec="cp949", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_cp949_gives_back_what_was_written(text: str) -> None:
    """No character is lost or changed beyond its composed form."""
    if text.strip():
        assert read_document("a.txt", ("가" + text).encode("cp949")).lines[0].text[0] == "가"


def test_a_form_feed_turns_the_page() -> None:
    """Text taken from a PDF keeps its pages."""
    document = read_document("a.txt", "가\n\f나\n다".encode())
    assert [(line.text, line.page) for line in document.lines] == [("가", 1), ("나", 2), ("다", 2)]


def test_markdown_is_read_without_its_marks() -> None:
    """Marks go, single asterisks stay, a table's divider is left out and every line keeps its number."""
    text = (
        "# 제목 **굵게**\n\n| 구분 | 2022년 | **2023년** |\n|---|---:|:--|\n"
        "| 국비 | 1,000 | a\\|b<br>c |\n| 시비 | | - |\n- 평가지표*에 따라 [링크](http://x)\n"
        "<table><tr><td rowspan=2>가</td><td>나</td></tr>\n<tr><td>다</td></tr></table>\n3\\~4"
    )
    lines = [line for line in read_document("a.md", text.encode()).lines if line.text]
    assert [(line.number, line.cells) for line in lines] == [
        (1, ("제목 굵게",)),
        (3, ("구분", "2022년", "2023년")),
        (5, ("국비", "1,000", "a|b c")),
        (6, ("시비", "", "-")),
        (7, ("- 평가지표*에 따라 링크",)),
        (8, ("가", "나")),
        (9, ("", "다")),
        (10, ("3~4",)),
    ]
    assert [line.heading for line in lines][:2] == [1, 0]


def test_html_is_read_as_a_browser_shows_it() -> None:
    """Blocks, lists, pairs and spans come out, with the lines of the source; the unseen does not."""
    document = read_document("a.html", PAGE.encode("cp949"))
    assert [line.cells for line in document.lines] == PAGE_ROWS
    assert [line.number for line in document.lines] == [3, 4, 5, 5, 6, 6, 7, 9, 10, 11]
    assert document.lines[0].heading == 2


def test_html_on_one_line_is_numbered_by_its_blocks() -> None:
    """Where the source has no lines to speak of, the blocks are counted."""
    document = read_document("a.xls", PAGE.replace("\n", "").encode("cp949"))
    assert [line.cells for line in document.lines] == PAGE_ROWS
    assert [line.number for line in document.lines] == list(range(1, 11))


def test_deeply_nested_html_does_no_harm() -> None:
    """A page of ten thousand open elements is read or refused, not run into the ground."""
    data = b"<html><body>" + b"<div>" * 10_000 + "가".encode() + b"<table><tr><td colspan=99999999>x"
    with contextlib.suppress(InvalidInput):
        read_document("a.html", data)


def test_a_box_around_text_is_read_as_text() -> None:
    """A table of one column, and a list beside its label, become lines of their own."""
    box = "<html><body><table><tr><td><p>하나</p><p>둘</p></td></tr></table></body></html>"
    assert cells("a.html", box) == [("하나",), ("둘",)]
    place = "<td>- 기간 : 2022<br>- 사업비 : 5억원<br>- 위치</td>"
    card = f"<html><table><tr><td>사업개요</td>{place}</tr></table></html>"
    assert cells("a.html", card) == [("사업개요",), ("- 기간 : 2022",), ("- 사업비 : 5억원",), ("- 위치",)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_recognised(delimiter: str) -> None:
    """A row broken over two lines keeps the number of its first."""
    rows = [["사업비", "", ""], ["구분", '"2022\n년"', "2023년"], ["국비", '"1,000"', "-"]]
    document = read_document("a.csv", "\n".join(delimiter.join(row) for row in rows).encode("cp949"))
    assert [(line.number, line.cells) for line in document.lines] == [
        (1, ("사업비",)),
        (2, ("구분", "2022 년", "2023년")),
        (4, ("국비", "1,000", "-")),
    ]


def test_a_workbook_is_read_as_it_is_shown() -> None:
    """Each sheet begins with its name; numbers are shown in their format; formulas are not lost."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "투자"
    sheet["B2"] = "(단위: 백만원)"
    sheet["B3"], sheet["C3"], sheet["E3"] = "구분", "2022년", "2023년"
    sheet.merge_cells("C3:D3")
    sheet["B4"], sheet["C4"], sheet["D4"], sheet["E4"] = "국비", 12345.6, 0.125, "=C4*2"
    sheet["C4"].number_format, sheet["D4"].number_format = "#,##0", "0.0%"
    book.create_sheet("둘")["A1"] = "x"
    target = io.BytesIO()
    book.save(target)
    lines = read_document("a.xlsx", target.getvalue()).lines
    assert [(line.number, line.page, line.cells) for line in lines] == [
        (1, 1, ("투자",)),
        (2, 1, ("",)),
        (3, 1, ("(단위: 백만원)",)),
        (4, 1, ("구분", "2022년", "", "2023년")),
        (5, 1, ("국비", "12,346", "12.5%", "=C4*2")),
        (6, 2, ("둘",)),
        (7, 2, ("x",)),
    ]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (21600, "General", "21600"),
        (297.7, "General", "297.7"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567, '#,##0,"천원"', "1,235천원"),
        (-5, '#,##0;"△"#,##0;"-"', "△5"),
        (0, '#,##0;"△"#,##0;"-"', "-"),
        (-5.5, "#,##0.00", "-5.50"),
        (0.5, "0%", "50%"),
        (2022, '0"년"', "2022년"),
        (5, "[Red]#,##0_ ", "5"),
        (1000, r"_-* #,##0_-;\-* #,##0_-;_-* \"-\"_-;_-@_-", "1,000"),
        (12, "0.0##", "12.0"),
        (1e20, "General", "100000000000000000000"),
        (date(2022, 3, 4), 'yyyy"년" m"월"', "2022년 3월"),
        (date(2022, 3, 4), "yyyy-mm-dd", "2022-03-04"),
        (True, "General", "TRUE"),
        (None, "General", ""),
    ],
)
def test_a_value_is_shown_in_its_format(value: object, form: str, text: str) -> None:
    """What a cell displays follows its number format."""
    assert show_value(value, form) == text


def test_hwpx_of_another_writer_is_read_as_an_independent_reader_does(tmp_path: Path) -> None:
    """The words and the table python-hwpx wrote are the ones unhwp finds."""
    document = HwpxDocument.new()
    document.add_paragraph("제목 하나")
    table = document.add_table(2, 3)
    table.set_cell_text(0, 0, "구분")
    table.merge_cells(0, 1, 0, 2)
    table.set_cell_text(0, 1, "2022년")
    table.set_cell_text(1, 2, "3,000")
    path = tmp_path / "a.hwpx"
    document.save_to_path(str(path))
    found = cells("a.hwpx", path.read_bytes())
    assert found == [("제목 하나",), ("구분", "2022년", ""), ("", "", "3,000")]
    independent = unhwp.extract_text(path)
    assert all(text in independent for row in found for text in row if text)


def test_hwpx_keeps_bullets_captions_boxes_and_the_order_of_its_sections() -> None:
    """Namespaces of other years are read; a caption comes before its table, a note after its paragraph."""
    header = (
        '<hh:head xmlns:hh="urn:h"><hh:bullet id="1" char="□"/><hh:paraPr id="7">'
        '<hh:heading type="BULLET" idRef="1" level="0"/></hh:paraPr><hh:paraPr id="8">'
        '<hh:heading type="OUTLINE" idRef="0" level="1"/></hh:paraPr></hh:head>'
    )
    inner = f"<hp:tbl><hp:tr>{cell(paragraph('안'), 0, 0)}{cell(paragraph('쪽'), 0, 1)}</hp:tr></hp:tbl>"
    table = (
        f"<hp:p><hp:run><hp:t>앞</hp:t><hp:tbl><hp:caption><hp:subList>{paragraph('(단위: 억원)')}"
        f"</hp:subList></hp:caption><hp:tr>{cell(paragraph('재원') + paragraph('별'), 0, 0, rows=2)}"
        f"{cell(paragraph('국비'), 0, 1)}{cell(f'<hp:p><hp:run>{inner}</hp:run></hp:p>', 0, 2)}</hp:tr>"
        f"<hp:tr>{cell(paragraph('시비'), 1, 1)}{cell(paragraph('5'), 1, 2)}</hp:tr></hp:tbl></hp:run></hp:p>"
    )
    text = "<hp:p><hp:run><hp:t>가<hp:tab/>나<hp:lineBreak/>다<hp:fwSpace/>라</hp:t><hp:ctrl><hp:footNote>"
    text += "<hp:subList>"
    text += paragraph("각주") + "</hp:subList></hp:footNote></hp:ctrl><hp:ctrl><hp:header><hp:subList>"
    text += paragraph("머리말") + "</hp:subList></hp:header></hp:ctrl></hp:run></hp:p>"
    drawn = f"<hp:drawText><hp:subList>{paragraph('글상자')}</hp:subList></hp:drawText>"
    box = f"<hp:p><hp:run><hp:rect>{drawn}</hp:rect></hp:run></hp:p>"
    other = "http://www.owpml.org/owpml/2024/paragraph"
    data = packed(
        {
            "Contents/section10.xml": section(paragraph("끝"), other),
            "Contents/section2.xml": section(
                paragraph("사업개요", "7") + paragraph("제목", "8") + table, other
            ),
            "Contents/header.xml": header,
            "Contents/section0.xml": section(text + box),
        }
    )
    document = read_document("a.hwpx", data)
    assert [line.cells for line in document.lines] == [
        ("가 나",),
        ("다 라",),
        ("각주",),
        ("글상자",),
        ("□ 사업개요",),
        ("제목",),
        ("앞",),
        ("(단위: 억원)",),
        ("재원 별", "국비", ""),
        ("안", "쪽"),
        ("", "시비", "5"),
        ("끝",),
    ]
    assert document.lines[5].heading == 2


def test_docx_is_read_in_order() -> None:
    """Paragraphs and tables come in the order of the body; a merged cell has its text once."""
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def p(text: str) -> str:
        return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"

    wide = f"<w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>{p('임기 내')}</w:tc>"
    rows = f"<w:tr>{wide}<w:tc>{p('계')}</w:tc></w:tr>"
    rows += f"<w:tr>{''.join(f'<w:tc>{p(text)}</w:tc>' for text in '123')}</w:tr>"
    body = f"{p('제목')}<w:tbl>{rows}</w:tbl>"
    data = packed({"word/document.xml": f"<w:document {w}><w:body>{body}</w:body></w:document>"})
    assert cells("a.docx", data) == [("제목",), ("임기 내", "", "계"), ("1", "2", "3")]


def test_what_cannot_be_read_is_refused_with_a_remedy() -> None:
    """HWP, old Office files, pictures, bytes and emptiness say what to do instead."""
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert "HWP" in refusal("a.hwp", ole)
    assert "old format" in refusal("a.xls", ole)
    assert "picture" in refusal("a.txt", b"\x89PNG\r\n\x1a\n")
    assert "bytes" in refusal("a.txt", b"a\nb\x00c")
    assert "bytes" in refusal("a.txt", "가나".encode() + b"\n\xff\xff")
    assert "empty" in refusal("a.txt", b" \n")
    assert "limit" in refusal("a.txt", b"12345", limit=4)
    assert "no text" in refusal("a.html", b"<html><body><p></p></body></html>")
    assert "unknown" in refusal("a.zip", packed({"a": "b"}))
    assert "damaged" in refusal("a.hwpx", b"PK\x03\x04 and no more")
    assert "damaged" in refusal("a.xlsx", packed({"xl/workbook.xml": "<workbook"}))
    assert "damaged" in refusal("a.hwpx", packed({"mimetype": "application/hwp+zip"}))


def test_a_zip_that_swells_is_refused_before_it_is_unpacked() -> None:
    """What counts is the size unpacked; a lie about it shows as damage."""
    assert "larger than allowed" in refusal(
        "a.hwpx", packed({"Contents/section0.xml": "0" * 1_000_000}), limit=100_000
    )
    honest = packed({"Contents/section0.xml": "0" * 1_000_000})
    size = (1_000_000).to_bytes(4, "little")
    lying = honest.replace(size, (100).to_bytes(4, "little"))
    assert lying != honest
    assert "damaged" in refusal("a.hwpx", lying)


def test_xml_may_declare_no_entities() -> None:
    """Neither entities that multiply nor files from outside get into a document."""
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    for declared in (bomb, outside):
        body = f'<hs:sec xmlns:hs="urn:s" xmlns:hp="urn:p">{paragraph("&a;")}</hs:sec>'
        assert "declaration" in refusal("a.hwpx", packed({"Contents/section0.xml": declared + body}))
        assert "damaged" in refusal("a.xlsx", packed({"xl/workbook.xml": declared + "<workbook/>"}))


@given(st.integers(0, 400), st.binary(max_size=6))
def test_damage_within_a_part_is_refused_or_read_over(at: int, junk: bytes) -> None:
    """Whatever bytes a stranger's file holds, reading ends with lines or a refusal."""
    intact = section(paragraph("가") * 3).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("Contents/section0.xml", intact[:at] + junk + intact[at + len(junk) :])
    with contextlib.suppress(InvalidInput):
        read_document("a.hwpx", target.getvalue())


def test_a_workbook_without_its_index_is_refused() -> None:
    """What openpyxl cannot open is named as damaged."""
    book = openpyxl.Workbook()
    target = io.BytesIO()
    book.save(target)
    with zipfile.ZipFile(target) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("sheet.main", "other")
    assert "damaged" in refusal("a.xlsx", packed(parts))
