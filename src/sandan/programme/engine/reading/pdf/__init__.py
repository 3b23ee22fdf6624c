"""PDF pages as lines: characters and ruled lines by their places, then tables, then text.

Tables with ruled lines are read by their rules, so that an empty cell stays a cell; tables without are
read by the gaps between their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock

import pypdfium2
from pypdfium2 import raw

from sandan.errors import InvalidInput
from sandan.programme.engine.reading.archive import broken, locked
from sandan.programme.engine.reading.grid import Row, lay_out
from sandan.programme.engine.reading.pdf.layout import read_page
from sandan.programme.engine.reading.pdf.marks import Page, read_marks
from sandan.words import Text

_LOCK = Lock()
"""PDFium may be used by one thread at a time."""


def read_pdf(
    name: str, data: bytes, most_pages: int, progress: Callable[[int, int], None] | None = None
) -> Iterator[Row]:
    """The lines of all pages; `InvalidInput` for a scan, a locked file, or too many pages."""
    written = False
    for number, page in _pages(name, data, most_pages, progress):
        written = written or bool(page.marks)
        for row in lay_out(read_page(page)):
            yield Row(row.cells, None, number)
    if not written:
        raise InvalidInput.because(
            name,
            Text("글자가 없는 스캔 PDF입니다.", "the PDF is a scan without text"),
            Text(
                "글자 인식(OCR)을 거치거나 원본 문서에서 PDF로 저장하여 올리십시오.",
                "run it through OCR, or save the original document as PDF",
            ),
        )


def _pages(
    name: str, data: bytes, most_pages: int, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[int, Page]]:
    with _LOCK:
        document = _open(name, data)
        count = len(document)
    try:
        if count > most_pages:
            raise InvalidInput.because(
                name,
                Text(
                    f"쪽수가 {count:,}쪽으로 한도 {most_pages:,}쪽을 넘습니다.",
                    f"the PDF has {count:,} pages",
                ),
                Text("필요한 쪽만 저장하여 올리십시오.", f"keep at most {most_pages:,} pages"),
            )
        for i in range(count):
            try:
                with _LOCK:
                    page = read_marks(document[i])
            except pypdfium2.PdfiumError as error:
                raise broken(f"{name}: {i + 1}", str(error)) from error
            yield i + 1, page
            if progress:
                progress(i + 1, count)
    finally:
        with _LOCK:
            document.close()


def _open(name: str, data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise locked(name) from error
        raise broken(name, str(error)) from error
