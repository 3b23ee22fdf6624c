"""When a figure is of: years, quarters, months and spans in every form used, and the columns of a table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandan.programme.engine.figures.vocabulary import plain, tight, words
from sandan.programme.model.vocabulary import AFTER, BEFORE

BLANK = "\u2003"
"""What stands in place of a date: a space, but none that parts columns."""
_YEAR = r"(?:(?:19|20)\d\d|'\d\d)"
_POINT = (
    rf"(?:FY\s?20\d\d|{_YEAR}\s?(?:학년도|년도|년)(?:\s?\d{{1,2}}월(?:\s?\d{{1,2}}일)?)?(?:\s?말)?"
    rf"|{_YEAR}\s?[./-]\s?\d{{1,2}}(?![\d,])(?:\s?[./-]\s?\d{{1,2}}(?![\d,]))?\.?"
    rf"|(?:19|20)\d\d\.(?!\d)|'\d\d\.?(?!\d))"
)
_END = rf"(?:{_POINT}|(?:19|20)\d\d(?![\d,])|\d{{1,2}}\s?월|\d{{1,2}}\.(?!\d)(?:\s?\d{{1,2}}\.)?|\d\d년|계속)"
_BARE = r"(?:19|20)\d\d"
_SPAN = re.compile(rf"(?P<first>{_POINT}|{_BARE})\s?~\s?(?P<last>{_END})?")
_QUARTER = re.compile(
    rf"(?:(?P<year>{_YEAR})\s?(?:년도|년|\.|/|-)?\s?)?(?:(?P<a>[1-4])\s?/\s?4\s?분?기?|(?P<b>[1-4])\s?분기|Q(?P<c>[1-4])"
    r"|제(?P<d>[1-4])\s?분기)(?:말)?"
)
_MOMENT = re.compile(
    r"\d{1,2}월\s?\d{1,2}일|(?<!\d)\d{1,2}월(?!드)|(?<!\d)\d{1,2}일(?![자반])|\d{1,2}:\d\d|\d{1,3}(?:개월|개년|년)(?:간|차|여)?"
)
_POINT_AT = re.compile(_POINT)
_PARTS = re.compile(rf"(?P<year>{_YEAR})(?:\s?(?:년도|년|[./-])\s?(?P<month>\d{{1,2}})(?!\d))?")
_BRACKET = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>")
_HEADER_YEAR = re.compile(rf"(?:FY|fy)?({_YEAR}|\d\d(?=년))(?:년도|년|\.)?(.*)")
_LAST_WORDS = (
    "목표|실적|계획|예산|예산액|투자|투자액|집행|집행액|사업비|달성|추진|이후|까지|이전|현재|말|기준|이행|분"
    "|당초|최종|본예산|추경|안|확정|누계"
)
_NOT_A_MOMENT = re.compile(r"\s?(?:이후|이래|부터|대비|까지|이전)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date in a text; `period` None where it names no year."""

    start: int
    end: int
    period: str | None
    span: bool = False
    anchored: bool = False
    """Only a point of comparison: `'14년 대비`, `'11년 이후`."""


def year_of(text: str) -> str | None:
    """The four digits of a year written `2024` or `'24`."""
    found = re.search(r"(?:19|20)\d\d|'\d\d", plain(text))
    if not found:
        return None
    return f"20{found[0][1:]}" if found[0].startswith("'") else found[0]


def find_moments(text: str) -> list[Moment]:
    """Every date, quarter and span of years, left to right, none within another."""
    clean = plain(text)
    found: list[Moment] = []

    def add(start: int, end: int, period: str | None, *, span: bool = False) -> None:
        if all(end <= one.start or start >= one.end for one in found):
            found.append(Moment(start, end, period, span, bool(_NOT_A_MOMENT.match(clean, end))))

    for match in _SPAN.finditer(clean):
        add(match.start(), match.end(), _span_period(match["first"], match["last"]), span=True)
    for match in _QUARTER.finditer(clean):
        add(match.start(), match.end(), _quarter_period(match))
    for match in _POINT_AT.finditer(clean):
        add(match.start(), match.end(), _point_period(match[0]))
    for match in _MOMENT.finditer(clean):
        add(match.start(), match.end(), None)
    return sorted(found, key=lambda one: one.start)


def _point_period(text: str) -> str | None:
    parts = _PARTS.match(re.sub(r"^FY\s?", "", text))
    if not parts:
        return None
    year = year_of(parts["year"])
    if parts["month"] and 1 <= int(parts["month"]) <= 12:
        return f"{year}-{int(parts['month']):02d}"
    return year


def _span_period(first: str, last: str | None) -> str | None:
    begin = _point_period(first) or year_of(first)
    if begin is None or last is None or last == "계속":
        return begin
    end = _point_period(last) or year_of(last)
    if end is None:
        digits = re.match(r"\d{1,2}", last)
        if not digits:
            return begin
        if last.endswith("년"):
            end = f"20{digits[0]}"
        elif 1 <= int(digits[0]) <= 12 and "-" in begin:
            end = f"{begin[:4]}-{int(digits[0]):02d}"
        else:
            return begin
    return begin if begin == end else f"{begin}~{end}"


def span_of_years(text: str) -> str | None:
    """`2020~2023` from a span in any form; None without two years."""
    for match in _SPAN.finditer(plain(text)):
        if match["last"]:
            period = _span_period(match["first"], match["last"]) or ""
            years = [part[:4] for part in period.split("~")]
            return "~".join(dict.fromkeys(years))
    return None


def _quarter_period(match: re.Match[str]) -> str | None:
    number = match["a"] or match["b"] or match["c"] or match["d"]
    year = year_of(match["year"]) if match["year"] else None
    return f"{year}-Q{number}" if year else None


def blank(text: str, moments: list[Moment]) -> str:
    """The plain text with its dates made blank, every character at its place."""
    clean = list(plain(text))
    for one in moments:
        clean[one.start : one.end] = BLANK * (one.end - one.start)
    return "".join(clean)


def column_period(text: str) -> tuple[str, str] | None:
    """The period that a heading of a column or row names, and the words left over.

    `2022년 목표` is ("2022", "목표"); `임기후(2027년)` ("임기후", ""); None for what is no period.
    """
    squeezed = tight(text)
    bare = _BRACKET.sub("", squeezed).strip("·-*:") or squeezed.strip("()[]<>")
    if not bare or len(bare) > 18:
        return None
    if bare in words("period", "before"):
        return BEFORE, ""
    if bare in words("period", "after"):
        return AFTER, ""
    if quarter := _QUARTER.fullmatch(bare):
        period = _quarter_period(quarter)
        number = quarter["a"] or quarter["b"] or quarter["c"] or quarter["d"]
        return (period or f"Q{number}"), ""
    if span := _SPAN.fullmatch(bare):
        period = _span_period(span["first"], span["last"])
        return (period, "") if period and span["last"] else None
    if half := re.fullmatch(rf"({_YEAR})년?(상|하)반기", bare):
        # A half of a year is named by the quarter it ends with.
        return f"{year_of(half[1])}-Q{2 if half[2] == '상' else 4}", ""
    if re.fullmatch(rf"~{_YEAR}년?", bare):
        return BEFORE, ""
    month = re.fullmatch(rf"({_YEAR})[.년]\s?(\d{{1,2}})(?:월|\.)?(말)?(?:{_LAST_WORDS})?", bare)
    if month and 1 <= int(month[2]) <= 12:
        return f"{year_of(month[1])}-{int(month[2]):02d}", ""
    found = _HEADER_YEAR.fullmatch(bare)
    if not found or not re.fullmatch(rf"(?:{_LAST_WORDS})*", found[2]):
        return None
    if any(word in found[2] for word in words("period", "before_ends")):
        return BEFORE, ""
    if any(word in found[2] for word in words("period", "after_ends")):
        return AFTER, ""
    year = year_of(found[1]) or f"20{found[1][:2]}"
    left = found[2] + "".join(re.findall(r"[(\[]([^()\[\]]*)[)\]]", squeezed))
    return year, left
