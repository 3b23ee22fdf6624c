"""Money split in brackets: `702억원(국 442, 시 146, 민 114)`, `120억원('23년 50, '24년 70)`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sandan.programme.engine.figures.amounts import NUMBER, Amount, exact, scan_amounts
from sandan.programme.engine.figures.periods import column_period
from sandan.programme.engine.figures.vocabulary import longest_first, plain, source_of, source_words
from sandan.programme.model.vocabulary import WON

_OPEN = re.compile(r"\s*[(\[〔<{]\s*")
_CLOSE = re.compile(r"[)\]〕>}]")
_YEAR = r"(?:(?:19|20)\d\d년?도?|'\d\d년?도?|\d\d년도?|기투자|임기\s?후|향후)"


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a sum: its source or its period, won."""

    start: int
    end: int
    printed: str
    source: str | None
    period: str | None
    value: Decimal
    percent: bool = False


def shares_behind(text: str, total: Amount) -> tuple[list[Share], int]:
    """The parts in the bracket behind a sum of money, and where the bracket ends (0: there is none)."""
    clean = plain(text)
    opened = _OPEN.match(clean, total.end)
    if not opened:
        return [], 0
    closed = _CLOSE.search(clean, opened.end())
    end = closed.start() if closed else len(clean)
    found = _parts(clean, opened.end(), end, total.scale)
    return (found, end) if found else ([], 0)


def named_parts(text: str, start: int, end: int, scale: int) -> list[Share]:
    """`국비 442, 시비 146` outside a bracket, bare numbers in the scale given."""
    return _parts(plain(text), start, end, scale)


def _parts(text: str, start: int, end: int, scale: int) -> list[Share]:
    shares: list[Share] = []
    for found in _pattern().finditer(text, start, end):
        amount = _amount_at(text, found.start("number"), end)
        if amount is None:
            continue
        name = found["name"]
        source = source_of(name)
        period = None if source else column_period(name)
        if source is None and period is None:
            continue
        percent = amount.unit == "%"
        if amount.unit not in ("", WON, "%"):
            continue
        value = amount.value if amount.unit else exact(found["number"]) * (scale if amount.scale == 1 else 1)
        if not amount.unit and amount.scale > 1:
            value = amount.value
        shares.append(
            Share(
                amount.start,
                min(amount.end, end),
                amount.printed,
                source,
                period[0] if period else None,
                value,
                percent,
            )
        )
    return shares


def _amount_at(text: str, start: int, end: int) -> Amount | None:
    return next((one for one in scan_amounts(text[:end]) if one.start == start), None)


def _pattern() -> re.Pattern[str]:
    names = "|".join(re.escape(word) for word in longest_first(source_words()))
    return re.compile(
        rf"(?<![가-힣])(?P<name>(?:{names})(?:액)?|{_YEAR})\s*[:=]?\s*(?P<number>{NUMBER})(?!\s?년)"
    )
