"""Reading: a file of any usual kind becomes a `Document`, line against line.

What a file is follows from its bytes first and its name second. Text is kept as it stands, people's
names included; whoever keeps a text passes it through `strip_people`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath

from sandan.errors import InvalidInput
from sandan.programme.engine.reading.archive import EXPANSION, Archive, broken
from sandan.programme.engine.reading.docx import read_docx
from sandan.programme.engine.reading.grid import Row, lay_out
from sandan.programme.engine.reading.html import decode_html, read_markup
from sandan.programme.engine.reading.hwpx import read_hwpx, sections_of
from sandan.programme.engine.reading.markdown import has_pipe_table, read_markdown
from sandan.programme.engine.reading.pdf import read_pdf
from sandan.programme.engine.reading.people import strip_people
from sandan.programme.engine.reading.plain import decode, read_delimited, read_text
from sandan.programme.engine.reading.workbook import read_workbook
from sandan.programme.model.documents import Document, Line
from sandan.words import Text

__all__ = ["MOST_BYTES", "MOST_LINES", "MOST_PAGES", "read_document", "strip_people"]

MOST_BYTES = 50 * 2**20
MOST_PAGES = 2_000
MOST_LINES = 500_000

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM6")

Progress = Callable[[int, int], None]


def read_document(
    name: str, data: bytes, *, limit: int = MOST_BYTES, progress: Progress | None = None
) -> Document:
    """The lines of a file: text, Markdown, HTML, CSV, XLSX, PDF with text, HWPX, DOCX.

    `limit` bounds the file [bytes]; what a zip unpacks to is bounded by a few times as much, a PDF by
    2,000 pages. `progress(done, pages)` is called while a PDF is read.

    Lines are numbered from 1: by the file's own lines for text, Markdown, CSV and HTML (unless a
    page's source has hardly any), running on through the whole document for the rest. `page` is the page
    of a PDF and the sheet of a workbook. Text is in Unicode's composed form (NFC).

    Raises `InvalidInput` for what is too large, damaged, locked, a scan without text, or of another
    kind (HWP and the old Office formats are to be saved as HWPX, XLSX or PDF).
    """
    if len(data) > limit:
        raise InvalidInput.because(
            name,
            Text(
                f"파일이 {len(data):,}바이트로 한도 {limit:,}바이트를 넘습니다.",
                f"the file has {len(data):,} bytes; the limit is {limit:,}",
            ),
            Text("그림을 빼거나 나누어 저장하십시오.", "leave out pictures or split the file"),
        )
    if not data.strip():
        raise InvalidInput.because(
            name,
            Text("빈 파일입니다.", "the file is empty"),
            Text("내용이 있는 파일을 올리십시오.", "upload a file with content"),
        )
    lines = tuple(_number(name, _rows(name, data, limit, progress)))
    if not any(line.text.strip() for line in lines):
        raise InvalidInput.because(
            name,
            Text("읽을 글자가 없습니다.", "there is no text in it"),
            Text("글자가 있는 문서를 올리십시오.", "upload a document that holds text"),
        )
    return Document(name, hashlib.sha256(data).hexdigest(), lines)


def _rows(name: str, data: bytes, limit: int, progress: Progress | None) -> Iterable[Row]:
    if b"%PDF-" in data[:1024]:
        return read_pdf(name, data, MOST_PAGES, progress)
    if data.startswith(b"PK"):
        return _packed_rows(name, data, limit)
    _refuse(name, data)
    ending = PurePath(name).suffix.lower()
    if ending in (".html", ".htm", ".xhtml") or _is_markup(data):
        return lay_out(read_markup(decode_html(name, data)))
    text = decode(name, data)
    if ending in (".csv", ".tsv"):
        return read_delimited(name, text)
    if ending in (".md", ".markdown") or has_pipe_table(text):
        return read_markdown(text)
    return read_text(text)


def _packed_rows(name: str, data: bytes, limit: int) -> Iterable[Row]:
    archive = Archive(name, data, limit * EXPANSION)
    if "xl/workbook.xml" in archive.names:
        return read_workbook(archive, data)
    if "word/document.xml" in archive.names:
        return read_docx(archive)
    if sections_of(archive) or PurePath(name).suffix.lower() == ".hwpx":
        return read_hwpx(archive)
    if PurePath(name).suffix.lower() in (".xlsx", ".docx"):
        raise broken(name, "its main part is missing")
    raise _unknown(name, Text("알 수 없는 압축 파일입니다.", "this archive is of an unknown kind"))


def _refuse(name: str, data: bytes) -> None:
    """Say what to do about kinds of file that are known but not read."""
    ending = PurePath(name).suffix.lower()
    if data.startswith(b"HWP Document File") or (data.startswith(_OLE) and ending in (".hwp", ".hwt", "")):
        raise InvalidInput.because(
            name,
            Text("HWP(바이너리) 파일은 읽지 않습니다.", "binary HWP files are not read"),
            Text(
                "한글에서 'HWPX' 또는 'PDF'로 저장하여 올리십시오.", "save it as HWPX or PDF in Hancom Office"
            ),
        )
    if data.startswith(_OLE):
        raise _unknown(
            name, Text("옛 형식이거나 암호가 걸린 파일입니다.", "an old format, or one locked by a password")
        )
    if data.startswith(_PICTURES):
        raise _unknown(name, Text("그림 파일에는 글자가 없습니다.", "a picture holds no text"))


def _unknown(name: str, problem: Text) -> InvalidInput:
    return InvalidInput.because(
        name,
        problem,
        Text(
            "암호 없이 HWPX, PDF, XLSX, CSV, HTML 또는 텍스트로 저장하여 올리십시오.",
            "save it without a password as HWPX, PDF, XLSX, CSV, HTML or text",
        ),
    )


def _is_markup(data: bytes) -> bool:
    """Whether a file is HTML whatever its name: sheets that offices serve as `.xls` often are."""
    begin = data.removeprefix(b"\xef\xbb\xbf")[:2048].lstrip().lower()
    return begin.startswith((b"<!doctype html", b"<html", b"<?xml")) and b"<html" in data[:8192].lower()


def _number(name: str, rows: Iterable[Row]) -> Iterator[Line]:
    last = 0
    for count, row in enumerate(rows, start=1):
        if count > MOST_LINES:
            raise InvalidInput.because(
                name,
                Text(f"줄이 {MOST_LINES:,}개를 넘습니다.", f"there are more than {MOST_LINES:,} lines"),
                Text("문서를 나누어 올리십시오.", "split the document"),
            )
        last = last + 1 if row.number is None else row.number
        cells = tuple(unicodedata.normalize("NFC", cell) for cell in row.cells)
        yield Line(last, cells, row.page, row.heading)
