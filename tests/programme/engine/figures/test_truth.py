"""Every document's figures are those read by hand: none missed, none wrong, none invented."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import openpyxl
import pytest
import typst
from hwpx import HwpxDocument
from openpyxl.utils.cell import range_boundaries
from tests.shared import SEEDS

from sandan.programme.engine.figures import find_figures
from sandan.programme.engine.reading import read_document
from sandan.programme.model.documents import Document, FoundFigure

CASES = Path(__file__).parents[3] / "cases" / "figures"
COMPARED = ("kind", "source", "period", "unit")

Entry: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """A document's figures against its truth; `wrong` stand in their line with their value, misnamed."""

    found: Sequence[Entry]
    missed: Sequence[Entry]
    wrong: Sequence[tuple[Entry, FoundFigure]]
    invented: Sequence[FoundFigure]

    def __str__(self) -> str:
        lines = [
            (
                f"{len(self.found)} found, {len(self.missed)} missed, "
                f"{len(self.wrong)} wrong, {len(self.invented)} invented"
            )
        ]
        lines += [f"  missed   {show(entry)}" for entry in self.missed]
        lines += [
            f"  wrong    {show(entry)}\n      not  {show(seen(figure))}" for entry, figure in self.wrong
        ]
        lines += [f"  invented {show(seen(figure))} {figure.text[:60]!r}" for figure in self.invented]
        return "\n".join(lines)


def seen(figure: FoundFigure) -> Entry:
    """A figure in the form of a line of the truth."""
    return {name: getattr(figure, name) for name in ("line", "value", *COMPARED, "measure")}


def show(entry: Entry) -> str:
    """A line of the truth, short."""
    parts = (entry.get(name, "any") for name in ("kind", "value", "unit", "source", "period", "measure"))
    return f"{entry['line']:>4}: " + " | ".join(str(part) for part in parts)


def accepts(entry: Entry, name: str, value: object) -> bool:
    """Whether the truth leaves the field out, names this value, or lists it among others."""
    wanted = entry.get(name, value)
    return value in wanted if isinstance(wanted, list) else value == wanted


def score_figures(truth: Sequence[Entry], figures: Sequence[FoundFigure]) -> Score:
    """Pair each figure with one entry of its line and value, the best agreeing pairs first."""
    pairs = [
        (sum(not accepts(entry, name, getattr(figure, name)) for name in COMPARED), i, k)
        for i, entry in enumerate(truth)
        for k, figure in enumerate(figures)
        if figure.line == entry["line"] and accepts(entry, "value", figure.value)
    ]
    faults: dict[int, int] = {}
    partner: dict[int, int] = {}
    for fault, i, k in sorted(pairs, key=lambda pair: (pair[0], not truth[pair[1]]["required"], pair)):
        if i not in partner and k not in partner.values():
            partner[i], faults[i] = k, fault
    return Score(
        found=[truth[i] for i in sorted(partner) if not faults[i]],
        missed=[entry for i, entry in enumerate(truth) if entry["required"] and i not in partner],
        wrong=[(truth[i], figures[partner[i]]) for i in sorted(partner) if faults[i]],
        invented=[figure for k, figure in enumerate(figures) if k not in partner.values()],
    )


def build_xlsx(text: str) -> bytes:
    """The workbook a JSON list of sheets describes: rows, merged ranges, number formats."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for part in json.loads(text):
        sheet = book.create_sheet(part["sheet"])
        for row in part["rows"]:
            sheet.append(row)
        for area, shown in part["formats"].items():
            for row in sheet[area]:
                for cell in row:
                    cell.number_format = shown
        for area in part["merged"]:
            sheet.merge_cells(area)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def build_hwpx(text: str) -> bytes:
    """The HWPX file a JSON list of paragraphs and tables describes."""
    document = HwpxDocument.new()
    for part in json.loads(text):
        if "text" in part:
            document.add_paragraph(part["text"])
            continue
        table = document.add_table(len(part["rows"]), part["columns"])
        for i, row in enumerate(part["rows"]):
            for k, content in enumerate(row):
                if content:
                    table.set_cell_text(i, k, content)
        for area in part["merged"]:
            left, top, right, bottom = range_boundaries(area)
            table.merge_cells(top - 1, left - 1, bottom - 1, right - 1)
    target = io.BytesIO()
    document.save_to_stream(target)
    return target.getvalue()


def build_pdf(text: str) -> bytes:
    """The PDF that typst makes of its source."""
    data = typst.compile(text.encode())
    assert isinstance(data, bytes)
    return data


BUILDERS: Mapping[str, Callable[[str], bytes]] = {
    ".json.xlsx": build_xlsx,
    ".json.hwpx": build_hwpx,
    ".typ.pdf": build_pdf,
}


@cache
def read_case(name: str) -> Document:
    """The document of a case: a seed, a file as it stands, or one built from its source."""
    if name.isdigit():
        path = next(SEEDS.glob(f"{name}_*.txt"), None)
        if path is None:
            pytest.skip("the seed documents of ../shared are not here")
        return read_document(path.name, path.read_bytes())
    path = next((CASES / name).glob("document.*"))
    build = BUILDERS.get("".join(reversed(path.suffixes)))
    if build is None:
        return read_document(path.name, path.read_bytes())
    return read_document(path.stem, build(path.read_text(encoding="utf-8")))


def truth_of(name: str) -> list[Entry]:
    """The figures of a case as they were read by hand."""
    text = (CASES / name / "truth.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def names() -> Iterator[str]:
    """Every case there is."""
    yield from sorted(path.parent.name for path in CASES.glob("*/truth.jsonl"))


def printed(value: float) -> set[str]:
    """The ways in which a number may be written, whatever its unit: its digits without zeros behind."""
    return {"".join(c for c in f"{abs(value):.10g}" if c.isdigit()).strip("0")}


@pytest.mark.parametrize("name", list(names()))
def test_the_truth_stands_in_the_document(name: str) -> None:
    """Every line of a truth file names a line of its document that is not blank."""
    lines = {line.number: line.text for line in read_case(name).lines}
    for entry in truth_of(name):
        assert lines[entry["line"]].strip(), entry
        assert set(entry) <= {"line", "value", "measure", "required", *COMPARED}, entry


@pytest.mark.parametrize("name", list(names()))
def test_figures_are_those_read_by_hand(name: str) -> None:
    """None is missed, none has another kind, source, period or unit, and none is invented."""
    score = score_figures(truth_of(name), find_figures(read_case(name)).figures)
    print(f"{name}: {score}")  # noqa: T201 - `pytest -s` lists every case
    assert not [*score.missed, *score.wrong, *score.invented], f"{name}: {score}"
