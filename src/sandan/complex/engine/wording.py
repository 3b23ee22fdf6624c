"""Figures said in words, and events told as sentences.

The sentences are a table (`events.csv`): kind, Korean, English, with `{actor}`, `{subject}` and
the names in the payload to be filled in. An event no row names is still told, by its own name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from sandan.words import Text


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
def _sentences() -> Mapping[str, Text]:
    with files("sandan.complex").joinpath("engine", "events.csv").open(encoding="utf-8") as rows:
        return MappingProxyType({row["kind"]: Text(row["ko"], row["en"]) for row in csv.DictReader(rows)})


def kind_in_words(kind: str) -> str:
    """`ThingsImported` as `things imported`, for a kind no table names."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind).lower()


def sentence(kind: str, actor: str, subject: str, payload: Mapping[str, Any]) -> Text:
    """Who did what to whom."""
    words = {**_plain(payload), "actor": actor, "subject": subject}
    told = _sentences().get(kind)
    if told is not None:
        return Text(_filled(told.ko, words), _filled(told.en, words))
    return Text(f"{actor}: {subject} · {kind}", f"{actor}: {subject} – {kind_in_words(kind)}")


def _plain(payload: Mapping[str, Any]) -> dict[str, str]:
    """The payload's plain values and lists as text; what is nested shows in the folded payload only."""
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list) else _text(value)
        for name, value in payload.items()
        if isinstance(value, (str, int, float, list))
    }


def _text(value: str | float) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _filled(template: str, words: Mapping[str, str]) -> str:
    """`{name}` replaced; one the payload does not have becomes a dash rather than an error."""
    return re.sub(r"\{(\w+)\}", lambda match: words.get(match[1], "–"), template)
