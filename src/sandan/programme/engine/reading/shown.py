"""A number of a sheet as the sheet shows it: `#,##0`, `0%`, `0.0"억원"`, `yyyy"년"`, `▲`.

The figure that an officer sees is the one that a plan is held to, so the display format counts and not
the fraction behind it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

_SECTION = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|\[\$([^\]\-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.|General|(yyyy|yy|mmmm|mmm|mm|m|dddd|ddd|dd|d'
    r"|hh|h|ss|s|AM/PM)|([#0?.,]+)|(%)|(.)",
    re.IGNORECASE,
)
_SIGNIFICANT = 11
"""Digits a cell without a format shows."""


def show_value(value: object, form: str) -> str:
    """The text that a cell with this value and number format displays."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _show_number(value, form)
    if isinstance(value, (datetime, date, time)):
        return _show_date(value, form)
    if isinstance(value, timedelta):
        return str(value)
    return " ".join(str(value).split())


def _show_number(value: int | float, form: str) -> str:
    sections = _SECTION.split(form)
    number = Decimal(repr(value))
    signed = True
    if number < 0 and len(sections) > 1:
        form, number, signed = sections[1], -number, False
    elif number == 0 and len(sections) > 2:
        form = sections[2]
    else:
        form = sections[0]
    if form.strip() in ("", "General", "@") or not _is_readable(form):
        return _show_plain(number)
    pattern = "".join(found[5] for found in _TOKEN.finditer(form) if found[5])
    number *= 100 ** form.count("%")
    placed = False
    shown = []
    for found in _TOKEN.finditer(form):
        literal = found[1] or found[2] or found[3] or found[6] or found[7] or ""
        if found[5] and not placed:
            placed = True
            literal = _fill(abs(number) if not signed else number, pattern)
        elif found[0].lower() == "general":
            literal = _show_plain(number)
        shown.append(literal)
    return "".join(shown).strip()


def _is_readable(form: str) -> bool:
    """False for fractions, exponents and dates over a number: those are shown as the number itself."""
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", form)
    return not re.search(r"[eE][+-]|\?/|[#0]/|[ymdhs]", bare.replace("General", ""))


def _fill(number: Decimal, pattern: str) -> str:
    whole, _, fraction = pattern.partition(".")
    for part in (whole, fraction):
        if part.endswith(","):  # each comma at the end divides by a thousand: 천원, 백만원
            number = number.scaleb(-3 * (len(part) - len(part.rstrip(","))))
    fraction = fraction.rstrip(",")
    grouped = "," in whole.rstrip(",")
    least = fraction.count("0")
    number = number.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    shown = f"{number:,f}" if grouped else f"{number:f}"
    integer, _, decimals = shown.partition(".")
    while len(decimals) > least and decimals.endswith("0"):
        decimals = decimals[:-1]
    digits = whole.count("0")
    sign, bare = ("-", integer[1:]) if integer.startswith("-") else ("", integer)
    bare = bare.zfill(digits) if not grouped else bare
    if digits == 0 and bare == "0" and not decimals:
        return ""
    return f"{sign}{bare}.{decimals}" if decimals else f"{sign}{bare}"


def _show_plain(number: Decimal) -> str:
    whole = len(str(abs(int(number))))
    rounded = round(number, max(0, _SIGNIFICANT - whole))
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _show_date(value: datetime | date | time, form: str) -> str:
    parts = list(_TOKEN.finditer(_SECTION.split(form)[0]))
    if not any(found[4] for found in parts):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    shown: list[str] = []
    after_hour = False
    for found in parts:
        unit = (found[4] or "").lower()
        if unit:
            shown.append(_date_part(value, unit, after_hour))
            after_hour = unit in ("h", "hh") or (after_hour and unit not in ("m", "mm"))
        else:
            shown.append(found[1] or found[2] or found[5] or found[7] or "")
    return "".join(shown).strip()


def _date_part(value: datetime | date | time, unit: str, after_hour: bool) -> str:
    minute = after_hour and unit in ("m", "mm")
    code = {"y": "year", "m": "minute" if minute else "month", "d": "day", "h": "hour", "s": "second"}
    if unit == "am/pm" or unit.startswith("ddd"):
        return ""
    number = getattr(value, code[unit[0]], None)
    if number is None:
        return ""
    if unit == "yy":
        return f"{number % 100:02d}"
    return f"{number:0{len(unit) if len(unit) == 2 else 1}d}"
