"""What happened to a permit, told in both languages from what its events say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sandan.clock import SEOUL
from sandan.tables import read_table
from sandan.words import Language, Text

TIMES = frozenset({"before", "until"})


@cache
def _sentences() -> Mapping[str, Text]:
    return {row["kind"]: Text(row["ko"], row["en"]) for row in read_table(__name__, "history.csv")}


def tell_step(kind: str, payload: Mapping[str, Any]) -> Text | None:
    """A line of a permit's history; None for an event that is told elsewhere."""
    told = _sentences().get(kind)
    return None if told is None else Text(_filled(told.ko, payload, "ko"), _filled(told.en, payload, "en"))


def _filled(template: str, payload: Mapping[str, Any], language: Language) -> str:
    def said(match: re.Match[str]) -> str:
        name = language if match[1] == "said" else match[1]
        value = payload.get(name, "")
        if name in TIMES and isinstance(value, str) and value:
            return f"{datetime.fromisoformat(value).astimezone(SEOUL):%m-%d %H:%M}"
        return str(value)

    return re.sub(r"\{(\w+)\}", said, template)
