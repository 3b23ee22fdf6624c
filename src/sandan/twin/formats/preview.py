"""What an import would bring, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandan.errors import Finding
from sandan.twin.checks import check_things
from sandan.twin.model import Point, Thing


@dataclass(frozen=True, slots=True)
class Preview:
    """The things and points an input holds, and every finding about it.

    Every row or feature of the input is among `things` or `points`, or is named by a finding. What has an
    error is left out of `things`; whether to go on without it is for a person to decide.
    `columns` says what each column was taken for: 회사명 → name; `-` for one left out.
    """

    things: tuple[Thing, ...] = ()
    points: tuple[Point, ...] = ()
    findings: tuple[Finding, ...] = ()
    rows: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "warning")


def keep_sound(
    things: Sequence[Thing], places: Sequence[str], known: Mapping[str, Thing]
) -> tuple[list[Thing], list[Finding]]:
    """The things without an error, and the findings about all of them.

    A thing whose parent or firm is left out cannot be kept either, and is named as well.
    """
    findings = check_things(things, known, places)
    errors = [f for f in findings if f.severity == "error"]
    kept = list(zip(things, places, strict=True))
    while errors:
        bad = {finding.where.partition(" · ")[0] for finding in errors}
        kept = [(thing, place) for thing, place in kept if place not in bad]
        again = check_things([thing for thing, _ in kept], known, [place for _, place in kept])
        errors = [f for f in again if f.severity == "error"]
        findings += errors
    return [thing for thing, _ in kept], findings
