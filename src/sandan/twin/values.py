"""Whether a value is what the table of attributes asks for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date

from sandan.errors import Finding
from sandan.twin.model import Value
from sandan.twin.tables import Attribute, Kind
from sandan.words import Text

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that PostgreSQL (NUL) or UTF-8 (lone surrogates) cannot hold, or that nobody meant."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def check_attributes(attributes: Mapping[str, Value], kind: Kind, place: str) -> Iterator[Finding]:
    """Everything wrong with the attributes of one thing of this kind."""
    for id, value in attributes.items():
        attribute = kind.attributes.get(id)
        if attribute is None:
            yield Finding(
                f"{place} · {id}",
                Text(
                    f"'{kind.name.ko}'에는 '{id}' 속성이 없습니다.",
                    f"a {kind.name.en.lower()} has no attribute '{id}'.",
                ),
                Text(
                    "쓸 수 있는 속성: " + (", ".join(kind.attributes) or "없음"),
                    "it may have: " + (", ".join(kind.attributes) or "none"),
                ),
            )
        elif value is not None:
            yield from check_value(value, attribute, f"{place} · {id}")
    for attribute in kind.attributes.values():
        if attribute.required and attributes.get(attribute.id) is None:
            yield missing(f"{place} · {attribute.id}", attribute.name)


def check_value(value: Value, attribute: Attribute, where: str) -> Iterator[Finding]:
    """Whether `value` has the attribute's type and lies in its range."""
    if not _has_type(value, attribute):
        yield Finding(
            where,
            Text(
                f"{attribute.name.ko}: '{value}'은(는) {_TYPES[attribute.type].ko} 형식이 아닙니다.",
                f"{attribute.name.en}: '{value}' is not {_TYPES[attribute.type].en}.",
            ),
            Text(
                f"{_TYPES[attribute.type].ko}(으)로 쓰십시오{_in_unit(attribute, 'ko')}.",
                f"write {_TYPES[attribute.type].en}{_in_unit(attribute, 'en')}.",
            ),
        )
    elif isinstance(value, str) and CONTROL.search(value):
        yield unprintable(where)
    elif isinstance(value, (int, float)) and not in_range(value, attribute.low, attribute.high):
        allowed = shown_range(attribute.low, attribute.high)
        yield Finding(
            where,
            Text(
                f"{attribute.name.ko} {value}이(가) 범위를 벗어납니다.",
                f"{attribute.name.en} {value} is out of range.",
            ),
            Text(
                f"{allowed} 사이의 값을 쓰십시오{_in_unit(attribute, 'ko')}.",
                f"write a value in {allowed}{_in_unit(attribute, 'en')}.",
            ),
        )


_TYPES: Mapping[str, Text] = {
    "text": Text("글자", "text"),
    "code": Text("부호", "a code"),
    "number": Text("숫자", "a number"),
    "integer": Text("정수", "a whole number"),
    "date": Text("날짜(예: 2026-01-31)", "a date (such as 2026-01-31)"),
}


def _has_type(value: Value, attribute: Attribute) -> bool:
    match attribute.type:
        case "text" | "code":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        case "date":
            return isinstance(value, str) and _is_date(value)


def _is_date(text: str) -> bool:
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def in_range(value: float, low: float | None, high: float | None) -> bool:
    """Whether low ≤ value ≤ high; an absent end is open."""
    return (low is None or value >= low) and (high is None or value <= high)


def shown_range(low: float | None, high: float | None) -> str:
    """A range as a remedy shows it."""
    return f"{'-∞' if low is None else f'{low:g}'} … {'∞' if high is None else f'{high:g}'}"


def _in_unit(attribute: Attribute, language: str) -> str:
    if attribute.unit is None:
        return ""
    return f" (단위 {attribute.unit})" if language == "ko" else f" (in {attribute.unit})"


def missing(where: str, name: Text) -> Finding:
    """The finding that something required is not there."""
    return Finding(
        where,
        Text(f"{name.ko}이(가) 없습니다.", f"{name.en} is missing."),
        Text("값을 넣으십시오.", "give a value."),
    )


def unprintable(where: str) -> Finding:
    """The finding that a text holds what cannot be shown or kept."""
    return Finding(
        where,
        Text("보이지 않는 제어 문자가 있습니다.", "there is an invisible control character."),
        Text("그 글자를 지우십시오.", "remove that character."),
    )
