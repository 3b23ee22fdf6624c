"""Rows that pass through a spreadsheet: read as Korean offices save them, written so that none computes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from sandan.errors import InvalidInput
from sandan.words import Text

BOM = "\ufeff"
"""Without it a spreadsheet takes a UTF-8 file for another encoding."""
COMPUTED = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula."""


def decode(data: bytes, most: int | None = None) -> str:
    """The text of a file in UTF-8, UTF-16 (with its mark) or CP949, at most `most` bytes of it.

    Raises `InvalidInput` that says what else it is.
    """
    if most is not None and len(data) > most:
        raise InvalidInput.because(
            "file",
            Text("파일이 너무 큽니다.", "the file is too large."),
            Text(f"{most / 1e6:g} MB까지 읽습니다.", f"up to {most / 1e6:g} MB is read."),
        )
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InvalidInput.because(
            "file",
            Text(
                "글자 파일이 아니라 엑셀이나 압축 파일입니다.",
                "this is a spreadsheet or an archive, not text.",
            ),
            Text("'CSV UTF-8'로 저장해 주십시오.", "save it as 'CSV UTF-8'."),
        )
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp949"]
    # Korean text in CP949 is hardly ever valid UTF-8, but the reverse happens: so UTF-8 is tried first.
    reached = 0
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            reached = max(reached, error.start)
            continue
        if text.lstrip()[:15].lower().startswith(("<html", "<!doctype html", "<table")):
            raise InvalidInput.because(
                "file",
                Text("표가 아니라 웹 페이지(HTML)입니다.", "this is a web page (HTML), not a table."),
                Text(
                    "엑셀에서 열어 'CSV UTF-8'로 저장해 주십시오.",
                    "open it in a spreadsheet program and save it as 'CSV UTF-8'.",
                ),
            )
        return text
    line = data.count(b"\n", 0, reached) + 1
    raise InvalidInput.because(
        f"{line}행/line {line}",
        Text("UTF-8도 CP949도 아닌 글자가 있습니다.", "a character is neither UTF-8 nor CP949."),
        Text("UTF-8로 다시 저장해 주십시오.", "save the file again as UTF-8."),
    )


def sheet_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV for a spreadsheet, with its mark; None is empty, text that would compute is `inert`."""
    out = io.StringIO(newline="")
    out.write(BOM)
    csv.writer(out, lineterminator="\r\n").writerows([_cell(one) for one in row] for row in rows)
    return out.getvalue()


def inert(text: str) -> str:
    """Text with an apostrophe before it when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(COMPUTED) else text


def _cell(value: object) -> object:
    if value is None:
        return ""
    return inert(value) if isinstance(value, str) else value
