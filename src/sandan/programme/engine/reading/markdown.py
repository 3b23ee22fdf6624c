"""Markdown as its reader sees it, every line under its number in the file.

Bold marks, heading marks, links and escapes go; single asterisks stay, because Korean documents use them
for footnotes. Pipe tables and HTML tables become cells; the line that divides a header from its rows is
left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sandan.programme.engine.reading.grid import Row, lay_out
from sandan.programme.engine.reading.html import read_markup
from sandan.programme.engine.reading.plain import LINE_END

_DIVIDER = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_QUOTE = re.compile(r"^\s{0,3}(?:>\s?)+")
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_TAG = re.compile(r"</?(?:b|strong|i|em|u|s|sup|sub|span|font|div|p|center|a|mark)\b[^<>]*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_PIPE = re.compile(r"(?<!\\)\|")


def read_markdown(text: str) -> Iterator[Row]:
    """Every line but table dividers and code fences."""
    lines = LINE_END.split(text)
    i = 0
    while i < len(lines):
        if lines[i].lstrip().lower().startswith("<table"):
            end = _end_of_table(lines, i)
            yield from lay_out(read_markup("\n".join(lines[i:end]), first=i + 1))
            i = end
        elif "|" in lines[i] and i + 1 < len(lines) and _divides(lines[i + 1]):
            yield from _read_rows(lines, i)
            i = _end_of_rows(lines, i)
        else:
            if not _FENCE.match(lines[i]):
                yield _read_line(lines[i], i + 1)
            i += 1


def has_pipe_table(text: str) -> bool:
    """Whether a plain text holds tables drawn with pipes."""
    lines = LINE_END.split(text)
    return any("|" in line and _divides(below) for line, below in pairwise(lines))


def _divides(line: str) -> bool:
    return "|" in line and _DIVIDER.fullmatch(line) is not None


def _end_of_rows(lines: Sequence[str], begin: int) -> int:
    end = begin
    while end < len(lines) and "|" in lines[end]:
        end += 1
    return end


def _read_rows(lines: Sequence[str], begin: int) -> Iterator[Row]:
    for i in range(begin, _end_of_rows(lines, begin)):
        if not _divides(lines[i]):
            line = lines[i].strip().removeprefix("|")
            if _PIPE.search(line[-1:]) and not line.endswith("\\|"):
                line = line[:-1]
            yield Row(tuple(_show(cell).strip() for cell in _PIPE.split(line)), i + 1)


def _end_of_table(lines: Sequence[str], begin: int) -> int:
    depth = 0
    for i in range(begin, len(lines)):
        line = lines[i].lower()
        depth += line.count("<table") - line.count("</table")
        if depth <= 0:
            return i + 1
    return len(lines)


def _read_line(line: str, number: int) -> Row:
    line = _QUOTE.sub("", line)
    heading = _HEADING.fullmatch(line)
    if heading:
        return Row((_show(heading[2]).strip(),), number, heading=len(heading[1]))
    return Row(tuple(_show(cell).rstrip() for cell in line.split("\t")), number)


def _show(text: str) -> str:
    text = _BREAK.sub(" ", _COMMENT.sub("", text))
    text = _BOLD.sub(r"\2", _BOLD.sub(r"\2", _LINK.sub(r"\1", _TAG.sub("", text))))
    return html.unescape(_ESCAPE.sub(r"\1", text))
