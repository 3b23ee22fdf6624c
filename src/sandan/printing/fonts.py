"""The font of printed documents, and what it can draw.

A document carries its font, so that it looks the same everywhere; a character that the font lacks cannot
be borrowed from another one. It is drawn as a like sign, a Hanja as its usual Korean reading (both in
`signs.csv`), and anything else as ▢.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import typst

from sandan.errors import Unavailable
from sandan.tables import read_table
from sandan.words import Text

FAMILY = "Pretendard"
MISSING = "▢"
_FOLDER = Path(str(files("sandan.printing").joinpath("fonts")))
_REGULAR = "Pretendard-Regular.otf"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn"})
_UNICODE = {(0, 3), (0, 4), (3, 1), (3, 10)}
"""Platform and encoding of the character maps that hold Unicode."""
_BULLETS = re.compile(r"[\ue000-\uf8ff\U000f0000-\U0010fffd]")
"""Word processors keep their bullets and boxed numbers among the private characters."""


@cache
def fonts() -> typst.Fonts:
    """Both weights of the font, and no font of the machine; `Unavailable` when they were not built."""
    if not (_FOLDER / _REGULAR).is_file():
        raise Unavailable(
            Text(
                "문서 글꼴이 만들어지지 않았습니다. `make setup`을 실행하십시오.",
                "The fonts of documents have not been built. Run `make setup`.",
            )
        )
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FOLDER)])


def printable(text: str) -> str:
    """The text in characters that the font can draw; lines stay lines, anything else invisible goes.

    >>> printable("산단\u200b 大개조\\t⑴ ’20∼’23")
    '산단 대개조 (1) ’20～’23'
    """
    return "".join(_drawn(char) for char in _BULLETS.sub("·", unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=16_384)
def _drawn(char: str) -> str:
    if char in "\n ":
        return char
    if char in "\t\r\x0b\x0c":
        return " "
    if unicodedata.category(char) in _INVISIBLE:
        return ""
    for one in (char, _signs().get(char, ""), unicodedata.normalize("NFKC", char)):
        if one and all(ord(part) in _covered() for part in one):
            return one
    return MISSING


@cache
def _signs() -> Mapping[str, str]:
    return {row["sign"]: row["drawn"] for row in read_table(__name__, "signs.csv")}


@cache
def _covered() -> frozenset[int]:
    fonts()
    return frozenset(_code_points((_FOLDER / _REGULAR).read_bytes()))


def _code_points(font: bytes) -> Iterator[int]:
    """Every character of an OpenType font: its `cmap` table, formats 4 and 12 (OpenType 1.9, cmap)."""
    (tables,) = struct.unpack_from(">H", font, 4)
    for i in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * i)
        if tag != b"cmap":
            continue
        (n,) = struct.unpack_from(">H", font, start + 2)
        for j in range(n):
            platform, encoding, offset = struct.unpack_from(">HHL", font, start + 4 + 8 * j)
            if (platform, encoding) in _UNICODE:
                yield from _mapped(font, start + offset)


def _mapped(font: bytes, at: int) -> Iterator[int]:
    (form,) = struct.unpack_from(">H", font, at)
    if form == 12:
        (n,) = struct.unpack_from(">L", font, at + 12)
        for i in range(n):
            first, last, _ = struct.unpack_from(">LLL", font, at + 16 + 12 * i)
            yield from range(first, last + 1)
    elif form == 4:
        (twice,) = struct.unpack_from(">H", font, at + 6)
        ends = struct.unpack_from(f">{twice // 2}H", font, at + 14)
        firsts = struct.unpack_from(f">{twice // 2}H", font, at + 16 + twice)
        for first, last in zip(firsts, ends, strict=True):
            yield from range(first, min(last, 0xFFFE) + 1)
