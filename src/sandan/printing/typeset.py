"""A sheet as PDF: A4, tagged for screen readers (PDF/UA-1), fit to be kept (PDF/A-2a)."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
import typst

from sandan.printing.fonts import FAMILY, MISSING, fonts, printable
from sandan.printing.sheet import Facts, Grid, Items, Picture, Sheet
from sandan.words import Text

WORDS = {
    "sources": Text("출처", "Sources"),
    "legend": Text("표시", "Marks"),
    "none": Text("–", "–"),
}

_HANJA = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
READ = Text("한자는 한글 음으로 적음", "Hanja are set as their Korean reading")
ABSENT = Text(
    f"{MISSING}: 글꼴에 없는 글자. 화면에서 볼 수 있습니다",
    f"{MISSING}: a character the font lacks; the pages show it",
)


def sheet_pdf(sheet: Sheet) -> bytes:
    """The sheet as PDF. The same sheet gives the same bytes; `Unavailable` without the font."""
    plain = _plain(sheet)
    data = _printable(plain)
    data["family"] = FAMILY
    if _HANJA.search(orjson.dumps(plain).decode()):
        data["legend"].append(READ.in_(sheet.language))
    if MISSING in orjson.dumps(data).decode():
        data["legend"].append(ABSENT.in_(sheet.language))
    data["words"] = {id: word.in_(sheet.language) for id, word in WORDS.items()}
    data["day"] = {"year": sheet.day.year, "month": sheet.day.month, "day": sheet.day.day}
    compiler = typst.Compiler(
        input=_template(), font_paths=fonts(), sys_inputs={"sheet": orjson.dumps(data).decode()}
    )
    made = datetime.combine(sheet.day, time(), UTC)
    found = compiler.compile(format="pdf", pdf_standards=["ua-1", "a-2a"], timestamp=made)
    assert isinstance(found, bytes)
    return found


def _plain(sheet: Sheet) -> dict[str, Any]:
    """The sheet as data for the template; every block says what it is."""
    kinds = {Facts: "facts", Items: "items", Grid: "grid", Picture: "picture"}
    return {
        "kind": sheet.kind,
        "title": sheet.title,
        "subtitle": sheet.subtitle,
        "version": sheet.version,
        "language": sheet.language,
        "sources": list(sheet.sources),
        "legend": list(sheet.legend),
        "sections": [
            {
                "title": section.title,
                "blocks": [
                    {"is": kinds[type(block)]}
                    | ({"shares": block.shares} if isinstance(block, Grid) else {})
                    | {name: sorted(v) if name == "wide" else v for name, v in asdict(block).items()}
                    for block in section.blocks
                ],
            }
            for section in sheet.sections
        ],
    }


def _printable(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case dict():
            return {name: _printable(one) for name, one in value.items()}
        case list() | tuple():
            return [_printable(one) for one in value]
        case _:
            return value


@cache
def _template() -> bytes:
    return files("sandan.printing").joinpath("sheet.typ").read_bytes()
