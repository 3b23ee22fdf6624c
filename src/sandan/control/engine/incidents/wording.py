"""Lines of a timeline, told in both languages from what their events say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from sandan.clock import SEOUL
from sandan.control.model.incidents import SOURCE_NAMES, Case, Source
from sandan.control.model.incidents.procedures import groups, kinds, legal_clocks, levels
from sandan.tables import read_table
from sandan.words import Text

_NONE = Text("", "")
PEOPLE = frozenset({"owner", "taker", "giver", "teller"})
"""What of a payload is somebody's login."""


@cache
def _sentences() -> Mapping[str, Text]:
    return {row["kind"]: Text(row["ko"], row["en"]) for row in read_table(__name__, "wording.csv")}


def people_of(payload: Mapping[str, Any]) -> set[str]:
    """The logins that an event of an incident mentions."""
    return {said for name in PEOPLE if isinstance(said := payload.get(name), str) and said}


def tell_event(
    kind: str, payload: Mapping[str, Any], names: Mapping[str, str] = MappingProxyType({})
) -> Text | None:
    """What an event of an incident says; None for a kind that is not an incident's own.

    `names` are what to call the people it mentions, by login.
    """
    found = _sentences().get(kind)
    if found is None:
        return None
    called = {name: names.get(said, said) for name, said in payload.items() if name in PEOPLE}
    words = _words({**payload, **called})

    def fill(template: str, language: str) -> str:
        def said(match: re.Match[str]) -> str:
            word = words.get(match[1], _NONE)
            return word.ko if language == "ko" else word.en

        return re.sub(r"\{(\w+)\}", said, template).strip()

    return Text(fill(found.ko, "ko"), fill(found.en, "en"))


def _words(payload: Mapping[str, Any]) -> dict[str, Text]:
    """What may be filled in: codes by their names, pairs of languages as they are, the rest as text."""
    words = {name: _named(name, value) for name, value in payload.items()}
    if "ko" in payload:
        words["task"] = words["inject"] = Text(str(payload["ko"]), str(payload.get("en", "")))
    late = payload.get("late_seconds")
    if isinstance(late, (int, float)) and late > 0:
        words["late"] = Text(f" ({span(late).ko} 늦음)", f" ({span(late).en} late)")
    if "evidence" in words:
        proof = words["evidence"]
        words["note"] = Text(f"{words['teller'].ko} · {proof.ko}", f"by {words['teller'].en}: {proof.en}")
    words["place"] = words.get("words", _NONE) if words.get("words", _NONE).ko else words.get("thing", _NONE)
    return words


def _named(name: str, value: Any) -> Text:
    match name, value:
        case (("kind" | "before"), str()) if value in kinds():
            return kinds()[value].name
        case (("level" | "before"), int()) if value in levels():
            return levels()[value].name
        case "source", str() if value in list(Source):
            return SOURCE_NAMES[Source(value)]
        case "clock", str() if value in legal_clocks():
            return legal_clocks()[value].name
        case (("to" | "tell"), list()):
            return group_names(value)
        case (("alarms" | "organisations"), list()):
            return Text(", ".join(map(str, value)), ", ".join(map(str, value)))
        case (("detected" | "happened" | "due"), str()):
            return Text(*(clock_time(datetime.fromisoformat(value)),) * 2)
        case _, dict() if "ko" in value:
            return Text(str(value["ko"]), str(value.get("en", "")))
        case _, (str() | int() | float()):
            return Text(str(value), str(value))
        case _:
            return _NONE


def group_names(ids: Any) -> Text:
    """Groups by their names, in a row."""
    names = [groups().get(id, Text(str(id), str(id))) for id in ids]
    return Text(" · ".join(name.ko for name in names), ", ".join(name.en for name in names))


def proofs_of(case: Case) -> dict[int, Text]:
    """How it is known that each task was done: by what was told, or in the words of who ticked it off."""
    found: dict[int, Text] = {}
    for line in case.timeline:
        if line.kind == "TaskDone" and line.incident == case.incident.id:
            said = line.payload.get("evidence") or line.payload.get("note") or ""
            found[int(line.payload["number"])] = _named("evidence", said)
    return found


def clock_time(at: datetime) -> str:
    """`11-21 03:12:05`, in Korea."""
    return f"{at.astimezone(SEOUL):%m-%d %H:%M:%S}"


def span(seconds: float) -> Text:
    """A length of time in words, to the second.

    >>> span(754).en
    '12 min 34 s'
    """
    whole = round(abs(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    parts = [(hours, "시간", "h"), (minutes, "분", "min"), (rest, "초", "s")]
    shown = [part for part in parts if part[0]] or parts[-1:]
    return Text(" ".join(f"{n}{ko}" for n, ko, _ in shown), " ".join(f"{n} {en}" for n, _, en in shown))
