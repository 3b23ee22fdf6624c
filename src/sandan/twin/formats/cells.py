"""Reading what people write in a cell: numbers with units, dates in many forms, industry codes."""

from __future__ import annotations

import math
import re
import unicodedata
from contextlib import suppress
from datetime import date, timedelta

from sandan.errors import InvalidInput
from sandan.twin.model import Value
from sandan.twin.tables import Attribute
from sandan.units import convert
from sandan.words import Text

EMPTY = frozenset(
    {"", "-", "--", "N/A", "NA", "n/a", "NULL", "null", "NaN", "nan", "없음", "미상", "해당없음", "해당 없음"}
)
"""What the factory register's exports write when there is nothing to say."""

_NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}(?:[ ,]\d{3})+|\d+|(?=\.\d))(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*(.*)", re.DOTALL
)
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?",
        r"(\d{4})\s*[./]\s*(\d{1,2})\s*[./]\s*(\d{1,2})\.?(?:\s.*)?",
        r"(\d{4})년\s*(\d{1,2})월\s*(\d{1,2})일",
        r"(\d{4})(\d{2})(\d{2})(?:\d{6}|\.0)?",
    )
)
_SHEET_DAY = re.compile(r"([2-6]\d{4})(?:\.0)?")
_SHEET_EPOCH = date(1899, 12, 30)
_KSIC = re.compile(r"([A-U])?(\d{2,5})?(?:\.0)?")
_AND_OTHERS = re.compile(r"외\s*\d+\s*(?:종|개|건)?")


class Unreadable(Exception):
    """A cell that cannot be read; the reader of the file says where it is."""

    def __init__(self, problem: Text, remedy: Text) -> None:
        super().__init__(problem.ko)
        self.problem = problem
        self.remedy = remedy


def tidy(raw: str) -> str:
    """Compatibility forms made plain (３㎡ is 3m2), blanks of every kind made one space."""
    return " ".join(unicodedata.normalize("NFKC", raw).replace("−", "-").split())


def read_number(raw: str, unit: str | None = None, written_in: str | None = None) -> float:
    """The number in `raw`, expressed in `unit`.

    The unit may stand in the cell ('1,234 m2'), or be that of the whole column (`written_in`).

    >>> read_number("1,234.5")
    1234.5
    >>> round(read_number("100평", "㎡"), 2)
    330.58
    """
    match = _NUMBER.fullmatch(tidy(raw))
    number = float(re.sub("[ ,]", "", match[1])) if match and match[1] not in ("", "+", "-") else math.nan
    if match is None or not math.isfinite(number):
        raise Unreadable(
            Text(f"'{raw[:40]}'은(는) 숫자가 아닙니다.", f"'{raw[:40]}' is not a number."),
            Text("숫자로 쓰십시오 (예: 1,234.5).", "write a number (such as 1,234.5)."),
        )
    written = match[2] or written_in or unit
    if unit is None or written is None:
        if match[2]:
            raise Unreadable(
                Text(
                    f"'{raw[:40]}'에 알 수 없는 글자가 있습니다.", f"'{raw[:40]}' holds more than a number."
                ),
                Text("숫자만 쓰십시오.", "write the number alone."),
            )
        return number
    try:
        return float(convert(number, written, unit))
    except InvalidInput as error:
        raise Unreadable(error.findings[0].problem, error.findings[0].remedy) from None


def read_integer(raw: str, unit: str | None = None, written_in: str | None = None) -> int:
    """The whole number in `raw`; '12.0' is one, '12.5' is not."""
    number = read_number(raw, unit, written_in)
    if not number.is_integer() or abs(number) > 2**53:
        raise Unreadable(
            Text(f"'{raw[:40]}'은(는) 정수가 아닙니다.", f"'{raw[:40]}' is not a whole number."),
            Text("소수점 없이 쓰십시오.", "write it without decimals."),
        )
    return int(number)


def read_date(raw: str) -> str:
    """A day as ISO 8601, from 2021-03-01, 2021.3.1, 2021년 3월 1일, 20210301 or a sheet's day number.

    Two-digit years are refused: nobody can say which century or which order is meant.
    """
    text = tidy(raw)
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            try:
                day = date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                break
            if 1900 <= day.year <= 2200:
                return day.isoformat()
            break
    if match := _SHEET_DAY.fullmatch(text):
        return (_SHEET_EPOCH + timedelta(days=int(match[1]))).isoformat()
    raise Unreadable(
        Text(f"'{raw[:40]}'은(는) 날짜가 아닙니다.", f"'{raw[:40]}' is not a date."),
        Text("예: 2021-03-01", "for example 2021-03-01"),
    )


def read_ksic(raw: str) -> list[str]:
    """Industry codes of the Korean classification, the first one first: 'C29, 29199' is ['29', '29199'].

    The section letter goes when digits follow, because the division already says it.
    """
    codes: dict[str, None] = {}
    for token in re.split(r"[,;/·|\s]+", _AND_OTHERS.sub(" ", tidy(raw)).upper()):
        if not token:
            continue
        match = _KSIC.fullmatch(token)
        if match is None or not (match[1] or match[2]):
            raise Unreadable(
                Text(f"'{raw[:40]}'은(는) 업종코드가 아닙니다.", f"'{raw[:40]}' is not an industry code."),
                Text(
                    "한국표준산업분류의 두 자리에서 다섯 자리 부호를 쓰십시오 (예: 29199).",
                    "write two to five digits of the Korean classification (such as 29199).",
                ),
            )
        codes[match[2] or match[1]] = None
    return list(codes)


def read_value(raw: object, attribute: Attribute, written_in: str | None = None) -> Value:
    """A cell or a JSON value as the attribute's type and unit; "" and null are nothing."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        raise Unreadable(
            Text(
                f"'{str(raw)[:40]}'은(는) 값으로 쓸 수 없습니다.",
                f"'{str(raw)[:40]}' cannot be used as a value.",
            ),
            Text("글자나 숫자 하나를 쓰십시오.", "write one text or number."),
        )
    match attribute.type:
        case "number" if isinstance(raw, (int, float)) and written_in is None and math.isfinite(raw):
            return float(raw)
        case "number":
            return read_number(repr(raw) if isinstance(raw, float) else str(raw), attribute.unit, written_in)
        case "integer":
            return read_integer(repr(raw) if isinstance(raw, float) else str(raw), attribute.unit, written_in)
        case "date":
            return read_date(str(raw))
        case "text" | "code":
            # Map programs keep codes as numbers: 3710.0 was 3710.
            whole = isinstance(raw, float) and raw.is_integer()
            return str(int(raw)) if whole else str(raw)


_STEPS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "min": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
    "us": timedelta(microseconds=1),
}
_STEP_NAMES = {
    "일": "d",
    "시간": "h",
    "분": "min",
    "초": "s",
    "m": "min",
    "sec": "s",
    "day": "d",
    "hour": "h",
}
_INTERVAL = re.compile(r"(?:pt|p)?(\d{1,15})(\.\d{1,6})?\s*([a-z가-힣]+)")


def read_interval(text: str) -> timedelta:
    """A length of time such as '15min', '15분', '1h', '30 s', 'PT15M'; a bare number is refused."""
    if match := _INTERVAL.fullmatch(tidy(text).casefold()):
        name = match[3]
        if name not in _STEPS:
            name = _STEP_NAMES.get(name) or _STEP_NAMES.get(name.removesuffix("s"), "")
        if name in _STEPS:
            with suppress(OverflowError):
                return int(match[1]) * _STEPS[name] + float(match[2] or 0) * _STEPS[name]
    raise Unreadable(
        Text(f"'{text[:40]}'은(는) 간격이 아닙니다.", f"'{text[:40]}' is not an interval."),
        Text("예: 15min, 1h, 30s", "for example 15min, 1h, 30s"),
    )


def write_interval(interval: timedelta) -> str:
    """The shortest of '1d', '1h', '15min', '30s', '100ms' that says it exactly."""
    name, step = next((n, s) for n, s in _STEPS.items() if interval % s == timedelta(0))
    return f"{interval // step}{name}"
