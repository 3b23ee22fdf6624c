"""Figures said in words, and events told as sentences.

The sentences are a table (`events.csv`): kind, its name and its sentence in both languages, with
`{actor}`, `{subject}` and the names in the payload to be filled in. An event no row names is still
told, by its own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from sandan.access import ROLE_NAMES, SYSTEM, Role
from sandan.tables import read_table
from sandan.words import Language, Text

ACCOUNT = "account:"


def coverage_in_words(count: int, expected: int | None) -> Text:
    """How much of what was expected arrived: never a bare figure for a part of a day."""
    if not expected:
        if count:
            return Text(f"{count:,}건 받음", f"{count:,} received")
        return Text("받은 값 없음", "nothing received")
    if count >= expected:
        return Text(f"{expected:,}건 모두 받음", f"all {expected:,} received")
    if not count:
        return Text(f"{expected:,}건 중 받은 값 없음", f"none of {expected:,} received")
    share = f"{min(100 * count / expected, 99.9):.1f}"
    return Text(
        f"{expected:,}건 중 {count:,}건 받음 ({share} %)", f"{count:,} of {expected:,} received ({share} %)"
    )


@cache
def _table() -> Mapping[str, tuple[Text, Text]]:
    return MappingProxyType(
        {
            row["kind"]: (Text(row["name_ko"], row["name_en"]), Text(row["ko"], row["en"]))
            for row in read_table(__name__, "events.csv")
        }
    )


def kind_in_words(kind: str) -> Text:
    """What a kind of event is called; `PumpPainted` is "pump painted" when no table names it."""
    if kind in _table():
        return _table()[kind][0]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind).lower()
    return Text(words, words)


def sentence(kind: str, actor: str, subject: str, payload: Mapping[str, Any]) -> Text:
    """Who did what to whom."""
    who = {"actor": actor, "subject": subject.removeprefix(ACCOUNT)}
    if kind not in _table():
        return Text(f"{actor}: {subject} · {kind}", f"{actor}: {subject} – {kind_in_words(kind).en}")
    told = _table()[kind][1]
    if actor == SYSTEM.id:
        told = Text(told.ko.replace("{actor} 님이", "시스템이"), told.en.replace("{actor}", "the system"))
    return Text(_filled(told.ko, _plain(payload, "ko") | who), _filled(told.en, _plain(payload, "en") | who))


def _plain(payload: Mapping[str, Any], language: Language) -> dict[str, str]:
    """The payload's plain values and lists as text; what is nested shows in the folded payload only."""
    return {
        name: ", ".join(_role(one, language) for one in value) if isinstance(value, list) else _text(value)
        for name, value in payload.items()
        if isinstance(value, (str, int, float, list))
    }


def _role(word: object, language: Language) -> str:
    """A role by its name; any other word as it stands."""
    if isinstance(word, str) and word in list(Role):
        return ROLE_NAMES[Role(word)].in_(language)
    return str(word)


def _text(value: str | float) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _filled(template: str, words: Mapping[str, str]) -> str:
    """`{name}` replaced; one the payload does not have becomes a dash rather than an error."""
    return re.sub(r"\{(\w+)\}", lambda match: words.get(match[1], "–"), template)
