"""A document as passages of running text: wrapped lines joined, every place with its line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from sandan.programme.engine.reading.people import strip_people
from sandan.programme.model.documents import Document, Line
from sandan.programme.model.statements import Origin

_BULLET = re.compile(
    r"\s*(?:[-*•◦○●□■▪▸▷►◇◆※ㆍ·①-⑳❍☐✔]|\d{1,2}[.)]\s|[가-하][.)]\s|[(\[<【]|#{1,6}\s|[IVX]+\.\s)"
)
_LONGEST = 4_000
_MARKS = re.compile(r"\*\*|__|^#{1,6}\s+")
_DIGITS = re.compile(r"\d")
_BARE = re.compile(r"[\s\d.,()+\-△▲]*")


@dataclass(frozen=True, slots=True)
class Passage:
    """Text with the lines it came from; `starts` are the places where each line begins."""

    text: str
    starts: tuple[int, ...]
    lines: tuple[Line, ...]
    document: str

    def origin(self, place: int) -> Origin:
        """The line a place of the text stands in."""
        line = self.lines[max(0, bisect_right(self.starts, place) - 1)]
        text, _ = strip_people(" ".join(line.text.split()))
        return Origin(document=self.document, line=line.number, page=line.page, text=text)


def passages(document: Document) -> Iterator[Passage]:
    """Each paragraph and each cell of a table that says more than a bare number, if it has a number."""
    gathered: list[Line] = []
    for line in document.lines:
        if len(line.cells) > 1:
            yield from _flush(gathered, document)
            for cell in line.cells:
                if _DIGITS.search(cell) and not _BARE.fullmatch(cell):
                    yield Passage(_clean(cell), (0,), (line,), document.digest)
        elif not line.text.strip() or line.heading or _BULLET.match(line.text):
            yield from _flush(gathered, document)
            if line.text.strip():
                gathered.append(line)
        else:
            gathered.append(line)
            if sum(len(one.text) for one in gathered) > _LONGEST:
                yield from _flush(gathered, document)
    yield from _flush(gathered, document)


def tables(document: Document) -> Iterator[list[Line]]:
    """Runs of lines that are rows of a table."""
    run: list[Line] = []
    for line in document.lines:
        if len(line.cells) > 1:
            run.append(line)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _flush(gathered: list[Line], document: Document) -> Iterator[Passage]:
    if gathered:
        text, starts = "", []
        for line in gathered:
            starts.append(len(text))
            text += _clean(line.text) + " "
        if _DIGITS.search(text):
            yield Passage(text.rstrip(), tuple(starts), tuple(gathered), document.digest)
        gathered.clear()


def _clean(text: str) -> str:
    return _MARKS.sub("", text).replace("\\", "").replace("\n", " ").strip()


def label_of(text: str) -> str:
    """What a sentence is about, without its numbers: the key under which a finding stays the same."""
    return re.sub(r"[\d.,%\s]+", "", text)[:120]


def quote(text: str, start: int, end: int) -> str:
    """A stretch of text with the words around it, from a word's beginning to a word's end."""
    first, last = max(0, start - 18), min(len(text), end + 12)
    while first > 0 and not text[first - 1].isspace():
        first -= 1
    while last < len(text) and not text[last - 1].isspace() and not text[last].isspace():
        last += 1
    return shorten(text[first:last].strip(" -○□◦•·*▸▷"), 120)


def shorten(text: str, most: int = 80) -> str:
    """A stretch of text short enough to quote, people left out."""
    plain, _ = strip_people(" ".join(text.split()))
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"
