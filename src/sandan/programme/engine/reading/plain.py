"""Text and delimited text: bytes to characters, lines to cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from sandan.errors import InvalidInput
from sandan.programme.engine.reading.grid import Row
from sandan.words import Text

LINE_END = re.compile(r"\r\n|\r|\n")
DELIMITERS = ",\t;"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 50


def decode(name: str, data: bytes, declared: str | None = None) -> str:
    """The characters of a text file in UTF-8, UTF-16 with its mark, or CP949 (which holds EUC-KR).

    `declared` is the encoding the file says it has; it is tried first. `InvalidInput` names the line
    of the first byte that fits none.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_marked(name, data.removeprefix(mark), encoding)
    if b"\0" in data:
        raise _unreadable(name, data, data.index(b"\0"))
    fault = 0
    for codec in (declared or "utf-8", "utf-8", "cp949"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError as error:
            fault = max(fault, error.start)
        except LookupError:
            continue
    raise _unreadable(name, data, fault)


def read_text(text: str) -> Iterator[Row]:
    """Every line as it stands, cells where there are tabs; a form feed turns the page."""
    paged = "\f" in text
    page = 1
    for number, line in enumerate(LINE_END.split(text), start=1):
        page += line.count("\f")
        cells = tuple(line.replace("\f", "").split("\t"))
        yield Row(cells, number, page if paged else None)


def read_delimited(name: str, text: str) -> Iterator[Row]:
    """The rows of a CSV file; `number` is the line of the file that the row begins on.

    Empty cells at the end of a row are left out, and a line break within a cell becomes a space.
    """
    delimiter = _find_delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    try:
        for row in rows:
            cells = [" ".join(cell.split()) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            yield Row(tuple(cells) or ("",), begins)
            begins = rows.line_num + 1
    except csv.Error as error:
        raise InvalidInput.because(
            f"{name}: {begins}",
            Text(
                "이 줄부터 CSV로 읽을 수 없습니다.", f"it cannot be read as CSV from this line on ({error})"
            ),
            Text("따옴표가 닫혔는지 확인하십시오.", "check that every quotation mark is closed"),
        ) from error


def _find_delimiter(text: str) -> str:
    """The delimiter that cuts most of the first rows into equally many cells."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _SAMPLE))
        except csv.Error:
            return 0, 0
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, share = widths.most_common(1)[0] if widths else (0, 0)
        return share, width

    return max(DELIMITERS, key=score)


def _decode_marked(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unreadable(name, data, error.start) from error


def _unreadable(name: str, data: bytes, at: int) -> InvalidInput:
    line = data.count(b"\n", 0, at) + 1
    return InvalidInput.because(
        f"{name}: {line}",
        Text(
            f"{line}번째 줄에 글자로 읽을 수 없는 바이트가 있습니다.",
            f"line {line} holds bytes that are not text in UTF-8, UTF-16 or CP949",
        ),
        Text(
            "UTF-8로 저장하거나 HWPX·PDF·XLSX로 올리십시오.", "save it as UTF-8, or upload HWPX, PDF or XLSX"
        ),
    )
