"""What the head of a column or row says: a period, a source, a measure, a unit, a role."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sandan.programme.engine.figures.context import Measured, bracket_unit, read_unit
from sandan.programme.engine.figures.periods import column_period, year_of
from sandan.programme.engine.figures.vocabulary import (
    holds,
    is_one_of,
    is_total,
    plain,
    source_of,
    tight,
    words,
)
from sandan.programme.model.vocabulary import AFTER, BEFORE, TERM

_NUMERIC = re.compile(
    r"[△▲\-]?\s?(?:\d{1,3}(?:,\s?\d{3})+|\d+)(?:\.\d+)?(?:\s?%)?|[△▲\-]?\((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\)"
)
_NOTHING = ("-", "–", "—", "~", "·", "―", "－", "x", "X", "없음", "해당없음", "n/a", "N/A", "0건없음")


class Role(StrEnum):
    """What a heading is for."""

    LABEL = "label"
    NUMBER = "number"
    UNIT = "unit"
    REMARK = "remark"
    SPAN = "span"
    GROUP = "group"
    PERIOD = "period"
    SOURCE = "source"
    TOTAL = "total"
    TARGET = "target"
    BASELINE = "baseline"
    ACTUAL = "actual"
    RATE = "rate"
    MONEY = "money"
    NAME = "name"


VALUES = frozenset(
    {Role.PERIOD, Role.SOURCE, Role.TOTAL, Role.TARGET, Role.BASELINE, Role.ACTUAL, Role.RATE, Role.MONEY}
)
"""Roles under which values stand."""


@dataclass(frozen=True, slots=True)
class Head:
    """One heading, read: `value` is the period or the source where it names one."""

    role: Role
    text: str
    value: str | None = None
    unit: Measured | None = None
    also: Role | None = None


@lru_cache(maxsize=4_096)
def read_head(text: str) -> Head:
    """What one heading says."""
    name, unit = bracket_unit(text)
    bare = tight(name)
    if not bare and unit:
        return Head(Role.UNIT, "", None, unit)
    for role, key in (
        (Role.NUMBER, "number"),
        (Role.UNIT, "unit"),
        (Role.REMARK, "remark"),
        (Role.SPAN, "span"),
    ):
        if is_one_of(name, "column", key):
            return Head(role, name, None, unit)
    if is_total(name):
        return Head(Role.TOTAL, name, None, unit)
    if any(
        bare.startswith(group) and is_total(bare.removeprefix(group)) for group in words("period", "term")
    ):
        return Head(Role.TOTAL, name, TERM, unit)
    if source := source_of(name):
        return Head(Role.SOURCE, name, source, unit)
    if period := column_period(name):
        also = _also(period[1])
        return Head(Role.PERIOD, name, period[0], unit, also)
    if is_one_of(name, "column", "group"):
        return Head(Role.GROUP, name, None, unit)
    if is_one_of(name, "column", "label"):
        return Head(Role.LABEL, name, None, unit)
    role = _role_of(name)
    return Head(role, name, year_of(name) if role in (Role.BASELINE, Role.TARGET) else None, unit)


def _role_of(name: str) -> Role:
    bare = re.sub(r"\(.*?\)", "", tight(name))
    for role in (Role.ACTUAL, Role.TARGET, Role.BASELINE, Role.RATE):
        if bare in words("role", role.value) or (
            role is Role.ACTUAL and len(bare) <= 8 and _ends(bare, role)
        ):
            return role
    if len(bare) <= 10 and (_ends(bare, Role.TARGET) or bare.startswith("목표")):
        return Role.TARGET
    if len(bare) <= 10 and _ends(bare, Role.BASELINE):
        return Role.BASELINE
    if len(bare) <= 12 and holds(bare, "money", "budget") and not holds(bare, "money", "not_budget"):
        return Role.MONEY
    return Role.NAME


def _ends(bare: str, role: Role) -> bool:
    return any(bare.endswith(word) for word in words("role", role.value) if len(word) > 1)


def _also(left: str) -> Role | None:
    role = _role_of(left) if left else None
    return role if role in (Role.TARGET, Role.ACTUAL, Role.BASELINE) else None


def is_numeric(cell: str) -> bool:
    """Whether a cell is a number by itself, perhaps with a unit, and no year."""
    text = plain(cell).strip()
    if column_period(text) and not re.fullmatch(r"\d{1,2}", text):
        return False
    return numeric_parts(text) is not None


def numeric_parts(cell: str) -> tuple[str, Measured | None] | None:
    """The number of a cell that holds one number, mended where OCR spoilt it, and its unit."""
    text = plain(cell).strip().lstrip("·*").strip()
    if not text or not re.search(r"\d|[OoIl]{2}", text):
        return None
    found = re.match(_NUMERIC, text)
    if found and found.end() == len(text):
        number = found[0].strip("%").replace(" ", "").strip()
        return number, read_unit("%") if text.endswith("%") else None
    if found and (unit := read_unit(text[found.end() :])):
        return found[0].replace(" ", ""), unit
    mended = mend(text)
    if mended != text:
        return numeric_parts(mended)
    return None


def mend(text: str) -> str:
    """A number as it was before OCR: O for 0, l for 1, spaces and dots between groups of three."""
    fixed = text
    if re.fullmatch(r"[\dOoIl|,.\s]+", text) and re.search(r"\d", text):
        fixed = re.sub("[Oo]", "0", re.sub("[Il|]", "1", text))
    if re.fullmatch(r"\d[\d\s]*(?:\s?,\s?\d[\d\s]*)+(?:\.\d+)?", fixed):
        squeezed = re.sub(r"\s", "", fixed)
        if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", squeezed):
            return squeezed
    return fixed


def is_nothing(cell: str) -> bool:
    """Whether a cell says that there is nothing, or was blacked out."""
    text = plain(cell).strip()
    return not text or text in _NOTHING or any(word in text for word in words("blacked", "phrases"))


def outside_term(value: str | None) -> bool:
    """Whether a period lies before or after the years of a table."""
    return value in (BEFORE, AFTER)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's headings from the top down."""

    heads: Sequence[Head]

    def first(self, *roles: Role) -> Head | None:
        """The innermost heading of one of the roles."""
        return next((head for head in reversed(self.heads) if head.role in roles), None)

    @property
    def unit(self) -> Measured | None:
        return next((head.unit for head in reversed(self.heads) if head.unit), None)

    @property
    def holds_values(self) -> bool:
        return any(head.role in VALUES for head in self.heads)

    @property
    def role(self) -> Role:
        """What the column is for by its innermost heading that says so."""
        for head in reversed(self.heads):
            if head.role is not Role.GROUP:
                return head.role
        return Role.NAME

    def says(self, role: Role) -> bool:
        return any(role in (head.role, head.also) for head in self.heads)

    @property
    def names(self) -> list[str]:
        return [head.text for head in self.heads if head.text]
