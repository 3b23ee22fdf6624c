"""A plan as a drawing."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pypdfium2
import shapely

from sandan.printing import Layer, Name, Picture, Section, Sheet, Style, draw_plan, sheet_pdf

BOX = (-500.0, -300.0, 500.0, 300.0)
SVG = "{http://www.w3.org/2000/svg}"


def test_a_plan_has_its_shapes_names_legend_scale_and_north() -> None:
    """North is up, names do not lie on each other, and what is far away is left out."""
    field = Layer([shapely.box(-100, -50, 0, 50)], Style("#ff0000", "#000000"), "밭")
    far = Layer([shapely.Point(9_000, 0)], Style("#00ff00", dot=1.0), "먼 곳")
    names = [
        Name(0, 0, "첫째"),
        Name(1, 1, "둘째<&>"),
        Name(0, 200, "북쪽"),
        Name(2, 0, "셋째"),
        Name(2, 1, "넷째"),
    ]
    svg = draw_plan([field, far], names, BOX, "ko")
    root = ElementTree.fromstring(svg)
    words = {one.text: float(one.get("y", "0")) for one in root.iter(f"{SVG}text")}
    assert {"첫째", "둘째<&>", "북쪽", "밭", "먼 곳", "200 m", "북"} <= set(words)
    assert "넷째" not in words
    assert words["북쪽"] < words["첫째"]
    assert len(list(root.iter(f"{SVG}circle"))) == 1  # that of the legend
    assert svg == draw_plan([field, far], names, BOX, "ko")


def test_a_picture_is_set_with_its_words() -> None:
    """The words of a drawing are found in the PDF, which has a description for who cannot see it."""
    svg = draw_plan([], [Name(0, 0, "저장소")], BOX, "ko")
    sheet = Sheet(
        kind="보고서", title="그림", subtitle="", version="1", language="ko", day=date(2026, 1, 1),
        sections=[Section("지도", [Picture(svg, "저장소 둘레의 지도", "그림의 설명")])], sources=[],
    )  # fmt: skip
    document = pypdfium2.PdfDocument(sheet_pdf(sheet))
    words = document[0].get_textpage().get_text_range()
    assert "저장소" in words
    assert "그림의 설명" in words
    document.close()
