"""Numbers with their units in running text, as exact as they were printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from sandan.programme.engine.findings.printed import Printed, read_printed
from sandan.tables import read_table

_SCALES = {"조": 10**12, "억": 10**8, "천만": 10**7, "백만": 10**6, "만": 10**4, "천": 10**3, "": 1}
_ABOUT = re.compile(r"(?:약|대략|평균 약|about|≒|≈)\s*$")
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.,'‘’`´])(?P<sign>[-−–△▲▽▼+]\s?)?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?!\d)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_SCALE = re.compile(
    r"\s?(조|억|천만|백만|만|천)(?=\s?(?:\d|원|명|개|건|인|회|대|톤|t|k|M|㎡|㎾|㎿|[\s,.)]|$))"
)
_PARTICLES = "(?:을|를|이|가|은|는|의|에|으로|로|과|와|도|만|중|씩|당|이상|이하|미만|정도|내외)(?:[\\s,.(]|$)"
_SUBSCRIPT = str.maketrans("₂", "2")
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as documents print it; units of one `family` can be compared after `scale`."""

    unit: str
    family: str
    scale: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: `number` in its printed unit, `start` and `end` its place with sign and unit.

    `digits` as they stood; `sign` is "-", "+" or "" ("△" and "▼" stand for less in these documents, but
    "▲" for either).
    """

    number: Printed
    digits: str
    unit: Unit | None
    start: int
    end: int
    sign: str
    about: bool

    @property
    def family(self) -> str:
        return self.unit.family if self.unit else ""

    @property
    def scaled(self) -> Printed:
        """In the base unit of its family: kWh, kg."""
        by = self.unit.scale if self.unit else 1.0
        return replace(self.number, value=self.number.value * by, half=self.number.half * by)


@cache
def units() -> tuple[Unit, ...]:
    """Every unit, longest first, so that 개사 is not read as 개."""
    found = [
        Unit(row["unit"], row["family"], float(row["scale"]), row["exact"] == "1")
        for row in read_table(__name__, "units.csv")
    ]
    return tuple(sorted(found, key=lambda one: -len(one.unit)))


@cache
def _unit_pattern() -> re.Pattern[str]:
    return re.compile("|".join(_alternative(one.unit) for one in units()))


def _alternative(unit: str) -> str:
    """A Latin unit ends where its word ends; a Korean one may carry a particle.

    After a space a unit of one syllable may as well begin a word: 37 인증 is not 37 persons.
    """
    if unit[-1].isascii() and unit[-1].isalnum():
        return rf"\s?{re.escape(unit)}(?![A-Za-z0-9])"
    if len(unit) == 1 and "가" <= unit <= "힣":
        return rf"(?:{unit}|\s{unit}(?![가-힣])|\s{unit}(?={_PARTICLES}))"
    return rf"\s?{re.escape(unit)}"


def read_quantities(text: str) -> list[Quantity]:
    """Every number of a text in order, dates and years among them left out.

    >>> [(q.number.value, q.family) for q in read_quantities("2019년 1,356건에서 847건으로 약 60 % 감소")]
    [(1356.0, '건'), (847.0, '건'), (60.0, 'percent')]
    """
    plain = text[:_LONGEST].translate(_SUBSCRIPT)
    by_name = {one.unit: one for one in units()}
    found: list[Quantity] = []
    taken = 0
    for match in _NUMBER.finditer(plain):
        if match.start("digits") < taken:
            continue
        end, scale = match.end(), 1
        if scaled := _SCALE.match(plain, end):
            end, scale = scaled.end(), _SCALES[scaled[1]]
        digits = match["digits"]
        read = _unit_pattern().match(plain, end)
        unit = by_name[read[0].strip()] if read else None
        end = read.end() if read else end
        if unit is not None and unit.family == "date":
            continue
        if unit is None and scale == 1 and _is_no_amount(plain, match):
            continue
        sign, start = _sign(match, plain)
        about = bool(_ABOUT.search(plain[max(0, start - 6) : start]))
        exact = unit.exact if unit else "." not in digits
        number = read_printed(digits, scale=scale, about=about, exact=exact)
        found.append(Quantity(number, digits, unit, start, end, sign, about))
        taken = end
    return found


def _sign(match: re.Match[str], text: str) -> tuple[str, int]:
    """A minus is one only where no number stands before it: `1-2` is a range."""
    sign = (match["sign"] or "").strip()
    before = text[: match.start()].rstrip()[-1:]
    if not sign or before.isdigit() or before.isalpha():
        return "", match.start("digits")
    return {"+": "+", "▲": ""}.get(sign, "-"), match.start()


def _is_no_amount(text: str, match: re.Match[str]) -> bool:
    """A year, a date (`2019. 8. 7.`), or the number of a name (`ISO 50001`)."""
    after, before = text[match.end() : match.end() + 4], text[: match.start("digits")]
    return bool(
        _YEAR.fullmatch(match["digits"])
        or re.match(r"\.\s?\d|\.$|\.\s*~|\.\s*:", after)
        or re.search(r"[A-Za-z][\s\-]?$|\d\.\s?$", before[-3:])
    )


def between(text: str, left: Quantity, right: Quantity) -> str:
    """The words between two numbers."""
    return text[left.end : right.start]


def same_family(left: Quantity, right: Quantity) -> bool:
    """Whether two numbers count the same: a number without a unit takes the other's."""
    return left.family == right.family or not left.family or not right.family


def said(text: str, quantity: Quantity) -> str:
    """The number as it stands in the text."""
    return text[quantity.start : quantity.end].strip()


def in_order(found: Sequence[Quantity], start: int, end: int) -> list[Quantity]:
    """The numbers within a stretch of text."""
    return [one for one in found if start <= one.start and one.end <= end]
