"""PDF pages become lines in reading order, their tables cells."""

from __future__ import annotations

import io

import pypdfium2
import pytest
import typst

from sandan.errors import InvalidInput
from sandan.programme.engine.reading import read_document

PAGE = """
#set page(footer: [])
#set text(font: ("Noto Serif CJK KR", "Noto Sans CJK KR"), size: 10pt)
#set par(justify: true)
○ 사업비 : 702억원(국 442, 시 146, 민 114)

(단위: 백만원)
#table(columns: 6, align: right,
 table.cell(rowspan: 2)[구분], table.cell(colspan: 3)[임기 내], [임기 후], table.cell(rowspan: 2)[비고],
 [2022년],[2023년],[2024년],[2025년],
 [국비],[1,000],[],[3,000],[-],[가#linebreak()나],
 [시비],[20],[30],[],[5],[],
)
중간 글
#table(columns: 4, stroke: none, column-gutter: 25pt,
 [구분],[2022년],[2023년],[2024년],
 [국비],[1,000],[],[3,000],
 [시비],[20],[30],[],
)
끝 글
"""
ROWS = [
    ("○ 사업비 : 702억원(국 442, 시 146, 민 114)",),
    ("(단위: 백만원)",),
    ("구분", "임기 내", "", "", "임기 후", "비고"),
    ("", "2022년", "2023년", "2024년", "2025년", ""),
    ("국비", "1,000", "", "3,000", "-", "가 나"),
    ("시비", "20", "30", "", "5", ""),
    ("중간 글",),
    ("구분", "2022년", "2023년", "2024년"),
    ("국비", "1,000", "", "3,000"),
    ("시비", "20", "30", ""),
    ("끝 글",),
]


def print_pdf(source: str) -> bytes:
    """The PDF that typst makes of a text."""
    data = typst.compile(source.encode())
    assert isinstance(data, bytes)
    return data


def turned(data: bytes, degrees: int) -> bytes:
    """The same pages, shown turned."""
    document = pypdfium2.PdfDocument(data)
    for page in document:
        page.set_rotation(degrees)
    target = io.BytesIO()
    document.save(target)
    document.close()
    return target.getvalue()


def test_tables_keep_their_empty_cells_with_and_without_rules() -> None:
    """An empty cell stays empty, whether lines are drawn around it or only the columns tell."""
    document = read_document("a.pdf", print_pdf(PAGE))
    assert [line.cells for line in document.lines] == ROWS
    assert {line.page for line in document.lines} == {1}


def test_pages_are_numbered_and_progress_is_told() -> None:
    """Lines run on from page to page, each with the number of its page."""
    told: list[tuple[int, int]] = []
    data = print_pdf('#set text(font: "Noto Serif CJK KR")\n가\n#pagebreak()\n나\n#pagebreak()\n다')
    document = read_document("a.pdf", data, progress=lambda done, pages: told.append((done, pages)))
    assert [(line.number, line.page, line.text) for line in document.lines] == [
        (1, 1, "가"),
        (2, 2, "나"),
        (3, 3, "다"),
    ]
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("degrees", [90, 270])
def test_a_sideways_page_is_read_as_it_is_shown(degrees: int) -> None:
    """A wide page that is stored upright and shown turned has the rows its reader sees."""
    head, _, body = PAGE.partition("#set par(justify: true)")
    sideways = f"{head}#rotate(-{degrees}deg, reflow: true)[#box(width: 500pt)[{body}]]"
    document = read_document("a.pdf", turned(print_pdf(sideways), degrees))
    assert [line.cells for line in document.lines] == ROWS


def test_a_table_without_sides_keeps_its_outer_columns() -> None:
    """Where no line is drawn at the left and right, the ends of the other lines are the sides."""
    open_sides = "(x, y) => (y: 0.5pt, left: if x > 0 { 0.5pt } else { 0pt }, right: 0pt)"
    table = f"#table(columns: 4, stroke: {open_sides}, [구분], [가], [나], [다], [국비], [1], [], [3])"
    document = read_document("a.pdf", print_pdf(f'#set text(font: "Noto Serif CJK KR")\n{table}'))
    assert [line.cells for line in document.lines] == [("구분", "가", "나", "다"), ("국비", "1", "", "3")]


def test_a_scan_is_refused() -> None:
    """A PDF without text says that it is a scan, and what to do."""
    with pytest.raises(InvalidInput) as caught:
        read_document("a.pdf", print_pdf("#rect(width: 50pt, height: 20pt, fill: black)"))
    assert "scan" in caught.value.findings[0].problem.en


def test_a_damaged_pdf_is_refused() -> None:
    """A file cut short is named as damaged."""
    with pytest.raises(InvalidInput) as caught:
        read_document("a.pdf", b"%PDF-1.7\nnothing")
    assert "damaged" in caught.value.findings[0].problem.en
