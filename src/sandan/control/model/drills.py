"""Scripts of drills (모의훈련) as data: what happens when, what is expected by when, what it counts.

A script is a TOML file in the folder `drills`. An expectation is met by the first event on the incident's
timeline that fits one of its `any`: its kind, the payload's values in `where`, members in `has`, and
numbers of at least `least`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from sandan.control.model.incidents import Source
from sandan.errors import Finding, InvalidInput
from sandan.words import Text


class InjectKind(StrEnum):
    """How a piece of the drill reaches the operator."""

    READING = "reading"
    ALARM = "alarm"
    CALL = "call"
    CAMERA = "camera"
    COMPLAINT = "complaint"
    REPORT = "report"


INJECT_NAMES: Mapping[InjectKind, Text] = {
    InjectKind.READING: Text("측정값", "Reading"),
    InjectKind.ALARM: Text("경보", "Alarm"),
    InjectKind.CALL: Text("전화", "Call"),
    InjectKind.CAMERA: Text("영상", "Camera"),
    InjectKind.COMPLAINT: Text("민원", "Complaint"),
    InjectKind.REPORT: Text("보고", "Report"),
}


@dataclass(frozen=True, slots=True)
class Inject:
    """What is told `at` so long after the start; `who` says it."""

    at: timedelta
    kind: InjectKind
    who: Text
    text: Text


@dataclass(frozen=True, slots=True)
class Pattern:
    """What an event must be to count."""

    kind: str
    where: Mapping[str, Any] = field(default_factory=dict)
    has: Mapping[str, str] = field(default_factory=dict)
    least: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """An action expected within so long after `since` from the start of the drill."""

    text: Text
    within: timedelta
    points: float
    any: Sequence[Pattern]
    since: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Script:
    """A drill to be run. What is done late counts `late_share` of its points.

    `cas` is the number of the substance the script speaks of; its place holds it.
    """

    id: str
    name: Text
    summary: Text
    kind: str
    source: Source
    place_kind: str
    length: timedelta
    late_share: float
    injects: Sequence[Inject]
    expected: Sequence[Expected]
    cas: str = ""
    body: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class DrillRun:
    """A drill that was started: its script as it was then, and how far it has come."""

    incident: str
    script: Script
    started_at: datetime
    started_by: str
    injected: int
    ended_at: datetime | None = None
    score: float | None = None


def read_script(id: str, body: str) -> Script:
    """The script in a TOML text; `InvalidInput` says what is wrong with it."""
    try:
        given = tomllib.loads(body)
        script = _script(id, body, given)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput([_fault(id, str(error))]) from error
    if not script.injects or not script.expected:
        raise InvalidInput([_fault(id, "no injects or no expected actions")])
    late = [one for one in script.injects if not timedelta(0) <= one.at <= script.length]
    if late or sorted(script.injects, key=lambda one: one.at) != list(script.injects):
        raise InvalidInput([_fault(id, "injects must be in order of time and within the length")])
    return script


def _fault(id: str, why: str) -> Finding:
    return Finding(
        f"{id}.toml",
        Text(f"훈련 각본을 읽을 수 없습니다: {why}", f"the script cannot be read: {why}"),
        Text("다른 각본을 본으로 삼으십시오.", "take another script as a pattern."),
    )


def _script(id: str, body: str, given: Mapping[str, Any]) -> Script:
    return Script(
        id=id,
        name=Text(given["ko"], given["en"]),
        summary=Text(given["summary_ko"], given["summary_en"]),
        kind=given["kind"],
        source=Source(given["source"]),
        place_kind=given["place_kind"],
        length=timedelta(minutes=given["minutes"]),
        late_share=float(given["late_share"]),
        injects=tuple(
            Inject(
                timedelta(seconds=one["at"]),
                InjectKind(one["kind"]),
                Text(one["who_ko"], one["who_en"]),
                Text(one["ko"], one["en"]),
            )
            for one in given.get("inject", ())
        ),
        expected=tuple(
            Expected(
                Text(one["ko"], one["en"]),
                timedelta(seconds=one["within"]),
                float(one["points"]),
                tuple(Pattern(**pattern) for pattern in one["any"]),
                timedelta(seconds=one.get("since", 0)),
            )
            for one in given.get("expected", ())
        ),
        cas=given.get("cas", ""),
        body=body,
    )


@cache
def scripts() -> Mapping[str, Script]:
    """The scripts that come with Sandan, by id."""
    folder = files("sandan.control").joinpath("drills")
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".toml"))
    found = {name.removesuffix(".toml"): folder.joinpath(name).read_text(encoding="utf-8") for name in names}
    return {id: read_script(id, body) for id, body in found.items()}
