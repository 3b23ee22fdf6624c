"""The words by which figures are told apart: `words.toml` and `units.csv`, and the sources of money."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from sandan.programme.model.vocabulary import TOTAL, sources
from sandan.tables import read_table

_PACKAGE = "sandan.programme.engine.figures"
_KEPT = 4_096
"""The same labels are asked about for every figure under them; so many answers are kept."""
_SAME_LENGTH = str.maketrans(
    "∼～〜‐‑–—−’‘‛`´＇“”％，．：（）［］＄\u00a0\u3000\u2009ㆍ・‧･/０１２３４５６７８９＋￦",
    "~~~-----''''''\"\"%,.:()[]$   ····/0123456789+₩",
)


def plain(text: str) -> str:
    """The text in its plainest characters, each at the same place as before."""
    return text.translate(_SAME_LENGTH).replace("\\$", " $").replace("**", "  ")


@lru_cache(maxsize=_KEPT)
def tight(text: str) -> str:
    """The text without spaces: `재 원 별` is a heading spread over its cell."""
    return re.sub(r"\s+", "", plain(text))


@cache
def words(group: str, name: str) -> tuple[str, ...]:
    """One list of the vocabulary."""
    return tuple(_words()[group][name])


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    with files(_PACKAGE).joinpath("words.toml").open("rb") as file:
        read = tomllib.load(file)
    return {group: lists for group, lists in read.items() if isinstance(lists, dict)}


@lru_cache(maxsize=_KEPT)
def holds(text: str, group: str, name: str) -> bool:
    """Whether the text, without its spaces, has one of the words in it."""
    squeezed = tight(text)
    return any(word.replace(" ", "") in squeezed for word in words(group, name))


def is_one_of(text: str, group: str, name: str) -> bool:
    """Whether the text, without its spaces, is one of the words."""
    return tight(text).lower() in words(group, name)


@dataclass(frozen=True, slots=True)
class Unit:
    """What stands behind a number; `family` is share, count, person, score, size, ratio or foreign."""

    name: str
    family: str


@cache
def unit_table() -> tuple[tuple[re.Pattern[str], Unit], ...]:
    """Every unit with the pattern it is printed as, in the order to try them."""
    return tuple(
        (re.compile(row["pattern"]), Unit(row["unit"], row["family"]))
        for row in read_table(__name__, "units.csv")
    )


def unit_at(text: str, start: int) -> tuple[Unit, int] | None:
    """The unit printed at this place, and where it ends."""
    for pattern, unit in unit_table():
        found = pattern.match(text, start)
        if found and found.end() > start:
            name = unit.name if unit.name not in ("", "/") else found[0].replace(" ", "")
            return Unit(name, unit.family), found.end()
    return None


@cache
def source_words() -> dict[str, str]:
    """The id of a source by every word a document has for it."""
    table = {"市비": "시비", "道비": "도비", "國비": "국비"}
    for source in sources().values():
        for word in (source.id, source.name.ko, *source.synonyms):
            table[tight(word)] = source.id
    return table


def source_of(text: str) -> str | None:
    """The source of money that the text names, if it names one and nothing else."""
    word = re.sub(r"\(.*?\)|\[.*?\]", "", tight(text)).strip(":·-*○ㅇ▷")
    known = source_words()
    if word in known:
        return known[word]
    for end in ("액", "계", "예산", "보조", "지원", "부담", "부담금", "보조금", "자본", "투자"):
        if word.endswith(end) and word.removesuffix(end) in known and len(word.removesuffix(end)) > 1:
            return known[word.removesuffix(end)]
    return None


def longest_first(given: Iterable[str]) -> list[str]:
    return sorted(given, key=len, reverse=True)


def is_total(text: str) -> bool:
    """Whether a label says that its values are sums."""
    word = re.sub(r"\(.*?\)|\[.*?\]", "", tight(text))
    return word in words("period", "total")


__all__ = [
    "TOTAL",
    "Unit",
    "holds",
    "is_one_of",
    "is_total",
    "longest_first",
    "plain",
    "source_of",
    "source_words",
    "tight",
    "unit_at",
    "words",
]
