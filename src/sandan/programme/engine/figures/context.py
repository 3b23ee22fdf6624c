"""What a reader of one line or table needs to know of everything above it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandan.programme.engine.figures.vocabulary import Unit, holds, plain, unit_at
from sandan.programme.model.vocabulary import WON

_STATED = re.compile(r"[(\[<]?\s*단\s?위\s*:?\s*(?P<units>[^)\]>\n]{1,40}?)\s*(?:[)\]>]|$)")
_SAID = re.compile(
    r"단위는\s[^.]{0,30}?(?P<unit>(?:조|십억|억|천만|백만|십만|만|천|백)원|원)(?=임|이|으로|[).\s]|$)"
)
_MONEY = re.compile(r"(?:(?P<big>조|십억|억|천만|백만|십만|만|천|백)\s?)?원$|^(?P<alone>억|백만|천)$")
_SCALES = {"조": 10**12, "십억": 10**9, "억": 10**8, "천만": 10**7, "백만": 10**6, "십만": 10**5, "만": 10**4}
_SMALL = {"천": 1000, "백": 100, "": 1}


@dataclass(frozen=True, slots=True)
class Measured:
    """A unit with the factor its numbers are multiplied with: 백만원 is (원, 10^6)."""

    unit: str
    scale: int
    family: str

    @property
    def money(self) -> bool:
        return self.unit == WON


@dataclass(frozen=True, slots=True)
class Context:
    """Headings above, units stated above, the date that stands for the line."""

    document: str
    line: int
    text: str
    labels: Sequence[str] = ()
    units: Sequence[Measured] = field(default=())
    period: str | None = None
    capped: bool = False

    @property
    def money(self) -> Measured | None:
        """The unit of money stated above."""
        return next((unit for unit in self.units if unit.money), None)

    def says(self, group: str, name: str, *, depth: int = 3) -> bool:
        """Whether one of the nearest labels has a word of the list."""
        return any(holds(label, group, name) for label in self.labels[-depth:])


def read_unit(text: str) -> Measured | None:
    """A unit by itself: `백만원`, `억원`, `%`, `개소`, `만 명`."""
    word = plain(text).replace(" ", "").strip(":·")
    if found := _MONEY.match(word):
        big = found["big"] or found["alone"] or ""
        return Measured(WON, _SCALES.get(big) or _SMALL[big], "money")
    scale = 1
    if len(word) > 1 and word[0] in "만천백" and (unit_at(word, 1) is not None):
        scale, word = {"만": 10**4, "천": 1000, "백": 100}[word[0]], word[1:]
    elif len(word) > 2 and word[:2] in _SCALES and unit_at(word, 2) is not None:
        scale, word = _SCALES[word[:2]], word[2:]
    elif len(word) > 1 and word[0] == "억" and unit_at(word, 1) is not None:
        scale, word = 10**8, word[1:]
    found_unit: tuple[Unit, int] | None = unit_at(word, 0)
    if found_unit and found_unit[1] == len(word):
        return Measured(found_unit[0].name, scale, found_unit[0].family)
    return None


def stated_units(text: str) -> list[Measured]:
    """The units of a `(단위 : 백만원, %)`; empty when the text states none."""
    if said := _SAID.search(plain(text)):
        return [unit for unit in (read_unit(said["unit"]),) if unit]
    found = _STATED.search(plain(text))
    if not found:
        return []
    parts = re.split(r"[,/·、]|\s{1,}및\s", found["units"])
    return [unit for part in (found["units"], *parts) if (unit := read_unit(part))][: len(parts)]


def bracket_unit(text: str) -> tuple[str, Measured | None]:
    """A heading without the unit in its bracket, and that unit: `국비(백만원)`."""
    clean = plain(text)
    for found in re.finditer(r"[(\[]\s*(?:단위\s*:?)?\s*([^()\[\]]{1,12})\s*[)\]]", clean):
        if unit := read_unit(found[1]):
            return (clean[: found.start()] + clean[found.end() :]).strip(), unit
    if found_ := re.fullmatch(r"(.{2,}?)[,·]\s?(%|백만원|억원|천원)", clean.strip()):
        return found_[1], read_unit(found_[2])
    return clean.strip(), None
