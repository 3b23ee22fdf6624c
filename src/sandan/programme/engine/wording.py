"""How values of the programme are said: won in 억원, quarters, origins."""

from __future__ import annotations

from decimal import Decimal

from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import WON, Quarter
from sandan.words import Text

EOK = 100_000_000
MAN = 10_000
_UNITS_EN = {
    "명": "persons",
    "개사": "firms",
    "개": "",
    "건": "",
    "개소": "sites",
    "회": "times",
    "곳": "places",
    "점": "points",
    "인": "persons",
}


def won(amount: int | None) -> Text:
    """An amount as offices write it: 702억 원, KRW 70.2 bn; small ones whole.

    >>> won(70_200_000_000).ko, won(70_200_000_000).en
    ('702억 원', 'KRW 70.2 bn')
    """
    if amount is None:
        return Text("미정", "not set")
    size = abs(amount)
    if size >= 10**12:
        trillions, rest = divmod(size, 10**12)
        sign = "-" if amount < 0 else ""
        behind = f" {_plain(Decimal(rest) / EOK, 4)}억" if rest else ""
        return Text(f"{sign}{trillions:,}조{behind} 원", f"KRW {_plain(Decimal(amount) / 10**12, 6)} tn")
    if size >= EOK // 10:
        return Text(
            f"{_plain(Decimal(amount) / EOK, 4)}억 원",
            f"KRW {_plain(Decimal(amount) / 10**9, 5)} bn"
            if size >= 10**9
            else f"KRW {_plain(Decimal(amount) / 10**6, 4)} m",
        )
    if size >= MAN and amount % MAN == 0:
        return Text(f"{_plain(Decimal(amount) / MAN, 0)}만 원", f"KRW {_plain(Decimal(amount), 0)}")
    return Text(f"{_plain(Decimal(amount), 0)}원", f"KRW {_plain(Decimal(amount), 0)}")


def amount(value: int | float | None, unit: str) -> Text:
    """A value with its unit, money as `won` says it; None is *not yet set*."""
    if value is None:
        return Text("미정", "not set")
    if unit == WON:
        return won(int(value))
    shown = _plain(Decimal(str(value)), 4)
    if unit in ("%", ""):
        return Text(shown + unit, shown + unit)
    space = " " if unit.isascii() and unit != "$" else ""
    return Text(f"{shown}{space}{unit}", f"{shown} {_UNITS_EN.get(unit, unit)}".strip())


def said(statement: Statement) -> Text:
    """A statement's value with its unit."""
    return amount(statement.value, statement.unit)


def quarter_name(quarter: Quarter) -> Text:
    """`2024년 3분기`, `Q3 2024`."""
    return Text(f"{quarter.year}년 {quarter.number}분기", f"Q{quarter.number} {quarter.year}")


def where(origin: Origin, name: str = "") -> Text:
    """Where a value was read: the document's name with page and line; typed in when there is none."""
    if origin.document is None:
        return Text("직접 입력", "typed in")
    called = name or origin.document[:12]
    page = Text(f" {origin.page}쪽", f" p. {origin.page}") if origin.page else Text("", "")
    line = Text(f" {origin.line}행", f" line {origin.line}") if origin.line else Text("", "")
    return Text(called + page.ko + line.ko, called + page.en + line.en)


def line_of(origin: Origin) -> Text:
    """The page and line alone, where the document's name stands beside it or in a title."""
    page = Text(f"{origin.page}쪽 ", f"p. {origin.page} ") if origin.page else Text("", "")
    line = Text(f"{origin.line}행", f"line {origin.line}") if origin.line else Text("문서", "document")
    return Text(page.ko + line.ko, page.en + line.en)


def _plain(value: Decimal, digits: int) -> str:
    """Grouped, at most `digits` decimals, no trailing zeros: the same in both languages."""
    shown = format(value, f",.{digits}f")
    return shown.rstrip("0").rstrip(".") if digits else shown
