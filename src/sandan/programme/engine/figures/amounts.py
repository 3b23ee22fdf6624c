"""Numbers with their scale and unit in running text: `1조 2,345억원`, `1.3만 명`, `96억$`, `△30백만원`.

Everything is exact (`Decimal`); a number without a unit comes back with the unit "".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from sandan.programme.engine.figures.vocabulary import plain, unit_at
from sandan.programme.model.vocabulary import WON

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_NUMBER = re.compile(rf"(?<![\d.,A-Za-z])(?P<sign>[△▲](?=\s?\d))?\s?(?P<number>{NUMBER})(?![A-Za-z]\d)")
_MORE = re.compile(rf"\s?(?P<number>{NUMBER})")
_SMALL = {"천": 10**3, "백": 10**2, "십": 10}
_BIG = {"조": 10**12, "억": 10**8, "만": 10**4}
_SCALE = re.compile(r"\s?(?P<small>[천백십])?(?P<big>[조억만])?")
_AFTER_SCALE = re.compile(
    r"\s*(?:여\s?)?(?:원|달러|불|유로|엔|위안|명|인|개|건|사람|톤|평|대|그루|본|가구|세대|회|곳|업체|기업|필지|호)"
    r"|[^가-힣]|$|[이을를의에은는가으로도와과규여이]"
)
_WON = re.compile(r"\s?원(?!자|인|료|활|도심|가|년|천|형|장|칙|점|스톱|룸|격|산|동)")
_MORE_OR_LESS = re.compile(r"\s?여\s?(?=[가-힣%])")
_RANGE = re.compile(r"\s?(?:~|-(?=\d))\s?")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a text: where it stands, its value in its unit, and what it was multiplied with.

    `scale` is the factor of its last part (10^8 for `702억원`), which numbers in a bracket behind it
    inherit. `ranged` marks the two ends of a range.
    """

    start: int
    end: int
    printed: str
    value: Decimal
    unit: str
    family: str
    scale: int
    ranged: bool = False

    @property
    def money(self) -> bool:
        return self.unit == WON

    @property
    def number(self) -> int | float:
        """The value as an int where it is whole."""
        return settle(self.value)


def settle(value: Decimal) -> int | float:
    """An int where the value is whole, else the nearest float."""
    return int(value) if value == value.to_integral_value() else float(value)


def exact(printed: str) -> Decimal:
    """The value of a number with grouping commas and a sign (`-`, `△`, `▲`)."""
    digits = printed.replace(",", "").replace(" ", "")
    negative = digits[:1] in "△▲-"
    return -Decimal(digits[1:]) if negative and digits else Decimal(digits)


def scan_amounts(text: str) -> list[Amount]:
    """Every number in the text with its scale and unit, left to right.

    Money is won (`원`): a number with 조 or 억 is money unless another unit follows it. Of a range
    (`400 ~ 500백만원`) both ends come back in the unit of the second.

    >>> [(a.value, a.unit) for a in scan_amounts("생산액 1조 2,345억원, 고용 1.3만 명")]
    [(Decimal('1234500000000'), '원'), (Decimal('13000.0'), '명')]
    """
    return _join_ranges(text, list(_scan(plain(text))))


def _scan(text: str) -> Iterator[Amount]:
    position = 0
    while found := _NUMBER.search(text, position):
        amount = _read_at(text, found)
        yield amount
        position = max(amount.end, found.end())


def _read_at(text: str, found: re.Match[str]) -> Amount:
    start = found.start("sign") if found["sign"] else found.start("number")
    total, end, scale = _read_scaled(text, exact(found["number"]), found.end())
    while scale > 1 and (more := _MORE.match(text, end)):
        part, part_end, part_scale = _read_scaled(text, exact(more["number"]), more.end())
        if scale < _BIG["만"] <= part_scale:
            # 6천4백억: the last scale is of both parts.
            big = _big_of(part_scale)
            if part_scale // big >= scale:
                break
            total, end, scale = total * big + part, part_end, part_scale
            continue
        if part_scale >= scale or part >= scale or not _goes_on(text, part_end, part_scale):
            break
        total, end, scale = total + part, part_end, part_scale
    if found["sign"]:
        total = -total
    unit, family, end = _read_unit(text, end, scale)
    return Amount(start, end, text[start:end].strip(), total, unit, family, scale)


def _big_of(scale: int) -> int:
    return max(big for big in _BIG.values() if scale % big == 0)


def _goes_on(text: str, end: int, scale: int) -> bool:
    """Whether a second part belongs to the first: it has a smaller scale, or a unit of its own."""
    return scale > 1 or bool(_WON.match(text, end)) or unit_at(text, end) is not None


def _read_scaled(text: str, number: Decimal, end: int) -> tuple[Decimal, int, int]:
    """A number with the scale words behind it: value, where it ends, factor."""
    found = _SCALE.match(text, end)
    if not found or not (found["small"] or found["big"]):
        return number, end, 1
    if not _AFTER_SCALE.match(text, found.end()) and not re.match(rf"\s?{NUMBER}", text[found.end() :]):
        return number, end, 1
    scale = _SMALL.get(found["small"] or "", 1) * _BIG.get(found["big"] or "", 1)
    return number * scale, found.end(), scale


def _read_unit(text: str, end: int, scale: int) -> tuple[str, str, int]:
    """The unit behind a number, what family it is of, and where it ends."""
    if won := _WON.match(text, end):
        return WON, "money", won.end()
    begin = end
    if some := _MORE_OR_LESS.match(text, begin):
        begin = some.end()
        if won := _WON.match(text, begin):
            return WON, "money", won.end()
    while begin < len(text) and text[begin] == " ":
        begin += 1
    if begin - end <= 2 and (found := unit_at(text, begin)):
        return found[0].name, found[0].family, found[1]
    if scale >= _BIG["억"]:
        return WON, "money", end
    return "", "", end


def _join_ranges(text: str, amounts: list[Amount]) -> list[Amount]:
    clean = plain(text)
    for at in range(len(amounts) - 1):
        first, second = amounts[at], amounts[at + 1]
        if not _RANGE.fullmatch(clean[first.end : second.start]) or not second.unit:
            continue
        if not first.unit or first.unit == second.unit:
            factor = second.scale if first.scale == 1 and not first.unit else 1
            amounts[at] = replace(
                first, value=first.value * factor, unit=second.unit, family=second.family, ranged=True
            )
            amounts[at + 1] = replace(second, ranged=True)
    return amounts
