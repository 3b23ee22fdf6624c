"""The vocabulary of drafts: `fields.csv` and `words.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from sandan.programme.engine.figures.vocabulary import tight
from sandan.programme.model.vocabulary import FactKind
from sandan.tables import read_table

_PACKAGE = "sandan.programme.engine.drafting"
FACT_SECTIONS = {
    "goal": FactKind.GOAL,
    "overview": FactKind.OVERVIEW,
    "achievement": FactKind.ACHIEVEMENT,
    "next": FactKind.NEXT,
    "effect": FactKind.EFFECT,
    "request": FactKind.REQUEST,
}
"""Sections whose lines are sentences of the plan."""


@cache
def words(group: str, name: str) -> tuple[str, ...]:
    """One list of the vocabulary."""
    return tuple(_toml()[group][name])


@cache
def _toml() -> dict[str, dict[str, list[str]]]:
    with files(_PACKAGE).joinpath("words.toml").open("rb") as file:
        read = tomllib.load(file)
    return {group: lists for group, lists in read.items() if isinstance(lists, dict)}


@cache
def _fields() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple(
        (row["field"], row["is"], tuple(row["words"].split("|")))
        for row in read_table(__name__, "fields.csv")
    )


def bare(text: str) -> str:
    """A heading without spaces, marks of emphasis and numbering."""
    return re.sub(
        r"^(?:[IVXⅠ-Ⅹ]+\.|\d+[.)]|[가-하]\.)", "", re.sub(r"[\[\]【】<>《》「」*#□○◦●▸▶•·:]", "", tight(text))
    )


def field_of(label: str) -> str | None:
    """The field a label names: `사업기간` is `period`; None for what is no field."""
    word = bare(label)
    for field, kind, names in _fields():
        if kind == "value" and (word in names or re.sub(r"\(.*?\)", "", word) in names):
            return field
    return None


def section_of(label: str) -> str | None:
    """The section a heading opens: `향후 추진계획` is `next`; None for what is none."""
    word = bare(label)
    if len(word) > 24:
        return None
    for field, kind, names in _fields():
        if kind == "section" and any(name in word for name in names):
            return field
    return None


def goal_name(measure: str) -> str:
    """The one name of a goal: 생산 and 생산액 증대 are 생산액; any other stays as it is printed."""
    word = tight(measure)
    for name, others in _toml()["measures"].items():
        if word in others:
            return name
    return measure


def has(text: str, group: str, name: str) -> bool:
    """Whether the text, without spaces, has one of the words."""
    squeezed = tight(text)
    return any(word in squeezed for word in words(group, name))
