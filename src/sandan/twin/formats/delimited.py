"""Delimited text as it is found: encoding, delimiter and header row are detected, and told.

A sheet saved in Korea may be UTF-8 or CP949, divided by commas or tabs, with a title above the header and
the header itself spread over two rows of merged cells.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from types import MappingProxyType

from sandan.errors import InvalidInput
from sandan.sheets import decode
from sandan.tables import read_table
from sandan.twin.formats.cells import tidy
from sandan.units import unit
from sandan.words import Text

DELIMITERS = ",\t;|"
HEADER_WITHIN = 30
"""Rows in which the header is looked for; titles and notes stand above it."""

_SAMPLE = 200_000
_LAST_BRACKET = re.compile(r"^(.*\S)\s*[(\[]([^()\[\]]*)[)\]]$")
_SIGNIFICANT = re.compile(r"[^\w%]|_", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header as written, the field it is taken for (if any), the unit in its header."""

    header: str
    field: str | None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows below the header, numbered as a spreadsheet program numbers them (from 1)."""

    text: str
    delimiter: str
    columns: tuple[Column, ...]
    header_row: int
    first_row: int
    titles: tuple[int, ...]
    """Rows above the header that hold something."""

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The number and the cells of each row that is not blank; `InvalidInput` where quotes fail."""
        for number, cells in _numbered(self.text, self.delimiter):
            if number >= self.first_row and any(cell.strip() for cell in cells):
                yield number, cells


def key(header: str) -> str:
    """What is significant in a header: '공장대표주소 (도로명)' and '공장대표주소_도로명' have one key."""
    return _SIGNIFICANT.sub("", tidy(header)).lower()


@cache
def synonyms(of: str) -> Mapping[str, str]:
    """Header key → field, from the rows of `columns.csv` for `of` (firm, thing, point, personal, unused)."""
    found: dict[str, str] = {}
    for row in read_table(__name__, "columns.csv"):
        if row["for"] == of:
            for header in row["headers"].split(";"):
                found.setdefault(key(header), row["field"])
    return MappingProxyType(found)


def headers_of(of: str, field: str) -> str:
    """The headers accepted for a field, to be named in a remedy."""
    return next(
        row["headers"].replace(";", ", ")
        for row in read_table(__name__, "columns.csv")
        if row["for"] == of and row["field"] == field
    )


def read_sheet(data: bytes, fields: Mapping[str, str], required: Sequence[str]) -> Sheet:
    """Find the encoding, the delimiter and the header row, by how many headers `fields` knows.

    Raises `InvalidInput` when no row of the first 30 has all the `required` fields.
    """
    text = decode(data)
    if not text.strip():
        raise InvalidInput.because(
            "file",
            Text("파일이 비어 있습니다.", "the file is empty."),
            Text("내용이 있는 파일을 고르십시오.", "choose a file with content."),
        )
    best: tuple[int, Sheet] | None = None
    for delimiter in DELIMITERS:
        for score, sheet in _headers(text, delimiter, fields):
            present = {column.field for column in sheet.columns}
            if present.issuperset(required) and (best is None or score > best[0]):
                best = score, sheet
    if best is None:
        names = [next((h for h, f in fields.items() if f == field), field) for field in required]
        raise InvalidInput.because(
            "header",
            Text(
                f"머리글 행을 찾지 못했습니다. 필요한 열: {', '.join(names)}.",
                f"no header row was found. Columns needed: {', '.join(names)}.",
            ),
            Text(
                f"처음 {HEADER_WITHIN}행 안에 열 이름을 쓰십시오.",
                f"write the column names within the first {HEADER_WITHIN} rows.",
            ),
        )
    return best[1]


def _headers(text: str, delimiter: str, fields: Mapping[str, str]) -> Iterator[tuple[int, Sheet]]:
    sample = text[:_SAMPLE]
    try:
        rows = list(
            islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), HEADER_WITHIN + 1)
        )
    except csv.Error:
        return
    filled = [number for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    for i, row in enumerate(rows[:HEADER_WITHIN]):
        number = i + 1
        titles = tuple(n for n in filled if n < number)
        one = tuple(column_of(cell, fields) for cell in row)
        yield _score(one), Sheet(text, delimiter, one, number, number + 1, titles)
        if number < len(rows) and _continues(row, rows[number]):
            two = tuple(column_of(cell, fields) for cell in _joined(row, rows[number]))
            # Only when the second row names something that the first alone does not.
            yield _score(two) - 1, Sheet(text, delimiter, two, number, number + 2, titles)


def _score(columns: Sequence[Column]) -> int:
    return 2 * len({column.field for column in columns if column.field})


def _continues(upper: list[str], lower: list[str]) -> bool:
    """Whether `lower` can be the second row of a header: names, under blanks or under merged cells."""
    names = [cell.strip() for cell in lower if cell.strip()]
    return bool(names) and len(names) < len(upper) and not any(re.search(r"\d", name) for name in names)


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    joined = []
    above = ""
    for i in range(max(len(upper), len(lower))):
        top = upper[i].strip() if i < len(upper) else ""
        below = lower[i].strip() if i < len(lower) else ""
        # A merged cell leaves its text in its first column only.
        above = top or (above if below else "")
        joined.append(f"{above}({below})" if above and below else above or below)
    return joined


def column_of(header: str, fields: Mapping[str, str]) -> Column:
    """What a header stands for, its unit taken from a closing bracket: '면적(평)'."""
    plain = tidy(header)
    if field := fields.get(key(plain)):
        return Column(plain, field)
    if match := _LAST_BRACKET.fullmatch(plain):
        try:
            symbol = unit(match[2]).symbol
        except InvalidInput:
            return Column(plain, None)
        return Column(plain, fields.get(key(match[1])), symbol)
    return Column(plain, None)


def _numbered(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        line = reader.line_num
        raise InvalidInput.because(
            f"{line}행/line {line}",
            Text(f"따옴표나 칸이 맞지 않습니다 ({error}).", f"quotes or cells do not match ({error})."),
            Text("그 행의 따옴표를 고치십시오.", "mend the quotes of that row."),
        ) from None
