"""XLSX: every sheet as lines, numbers as the sheet shows them.

Sheets are streamed, so covered cells of a merge are simply the empty ones they are in the file. A formula
that was never computed has no value to show: its text stands in the cell, so that it is seen and not
lost.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from sandan.errors import InvalidInput
from sandan.programme.engine.reading.archive import Archive, broken
from sandan.programme.engine.reading.grid import Row
from sandan.programme.engine.reading.shown import show_value
from sandan.words import Text

MOST_CELLS = 2_000_000

_DOCTYPE = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >]")


def read_workbook(archive: Archive, data: bytes) -> Sequence[Row]:
    """A row with each sheet's name, then its rows; `page` is the number of the sheet.

    Empty columns left of the whole sheet, and empty cells at the end of a row, are left out.
    Of several blank rows only the first is kept; row r of a sheet stands r lines below its name.
    """
    formulas = _check(archive)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of what it does not keep (validations, styles); nothing of that is text.
            warnings.simplefilter("ignore")
            return list(_read_sheets(archive.name, data, formulas))
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OSError) as error:
        # openpyxl has no error of its own for most kinds of damage; XML errors are SyntaxErrors.
        raise broken(archive.name, str(error)) from error
    except (InvalidFileException, zipfile.BadZipFile, EOFError) as error:
        raise broken(archive.name, str(error)) from error


def _read_sheets(name: str, data: bytes, formulas: bool) -> Iterator[Row]:
    shown = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    typed = load_workbook(io.BytesIO(data), read_only=True) if formulas else None
    above = 0
    for page, sheet in enumerate(shown.worksheets, start=1):
        yield Row((sheet.title,), above + 1, page)
        rows = _read_sheet(name, sheet, typed.worksheets[page - 1] if typed else None)
        for number, cells in rows:
            yield Row(cells, above + 1 + number, page)
        above += 1 + (rows[-1][0] if rows else 0)
    for book in (shown, typed):
        if book is not None:
            book.close()


def _check(archive: Archive) -> bool:
    """Refuse XML with type declarations; tell whether any sheet holds formulas."""
    formulas = False
    for part in archive.names:
        if part.endswith((".xml", ".rels", ".vml")):
            content = archive.read(part)
            if _DOCTYPE.search(content[:4096]):
                raise broken(f"{archive.name}: {part}", "DOCTYPE")
            formulas = formulas or ("worksheets/" in part and _FORMULA.search(content) is not None)
    return formulas


def _read_sheet(name: str, sheet: Any, typed: Any) -> Sequence[tuple[int, tuple[str, ...]]]:
    sheet.reset_dimensions()
    if typed is not None:
        typed.reset_dimensions()
    rows: list[tuple[int, list[str]]] = []
    count, blank = 0, False
    both = zip(sheet.iter_rows(), typed.iter_rows() if typed is not None else repeat(()), strict=False)
    for number, (row, formulas) in enumerate(both, start=1):
        cells = [
            _show(cell, written) for cell, written in zip(row, chain(formulas, repeat(None)), strict=False)
        ]
        while cells and not cells[-1]:
            cells.pop()
        count += len(cells)
        if count > MOST_CELLS:
            raise InvalidInput.because(
                f"{name}: {sheet.title}",
                Text("셀이 너무 많습니다.", f"there are more than {MOST_CELLS:,} cells"),
                Text("필요한 시트만 남겨 저장하십시오.", "keep only the sheets that are needed"),
            )
        if cells or not blank:
            rows.append((number, cells))
        blank = not cells
    while rows and not rows[-1][1]:
        rows.pop()
    empty = min((_indent(cells) for _, cells in rows if cells), default=0)
    return [(number, tuple(cells[empty:]) or ("",)) for number, cells in rows]


def _indent(cells: Sequence[str]) -> int:
    return next(i for i, cell in enumerate(cells) if cell)


def _show(cell: Any, written: Any) -> str:
    if cell.value is None and written is not None and isinstance(written.value, str):
        return " ".join(written.value.split())
    return show_value(cell.value, getattr(cell, "number_format", None) or "General")
