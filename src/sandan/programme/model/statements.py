"""A stated value: one number that a document, an officer or a meter gave for one thing.

Budgets, targets, base figures, progress and counts have this one shape from the reader of documents
to the citizen's page. Two statements with the same `key` and different values are a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sandan.programme.model.vocabulary import Kind, Nature, Stage

Key: TypeAlias = tuple[str, Kind, str, str | None, str | None, Stage | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value was read, and who stands for it.

    `line` counts from 1 in the document's text; `page` only where the document has pages. `sure` is
    false when the reader had to guess and the officer should look twice.
    """

    document: str | None = None
    line: int | None = None
    page: int | None = None
    text: str = ""
    sure: bool = True
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


CORRECTED = "정정: "
"""How the text of an origin begins when somebody put another value in place of the one that was read."""
NOWHERE = Origin()
"""The origin of what an officer typed in, with no document behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One value of one measure of a plan, a complex or a project (`subject` is its id).

    Money is an int of won with the unit `원`. `value` is None for a target that is *not yet set*.
    `source` and `stage` belong to money; `period` is a year, a quarter (`2024-Q3`), a span
    (`2020~2023`), `기투자`, `임기후`, `계` or None; `nature` says capital or current. `place` tells two
    places of one document apart (the heading path the value stood under).
    """

    id: str
    subject: str
    kind: Kind
    measure: str
    value: int | float | None
    unit: str
    source: str | None = None
    period: str | None = None
    stage: Stage | None = None
    nature: Nature | None = None
    numerator: int | float | None = None
    denominator: int | float | None = None
    place: str = ""
    origin: Origin = NOWHERE

    @property
    def key(self) -> Key:
        """What the value is of; the place it was read in is no part of it."""
        return self.subject, self.kind, self.measure, self.source, self.period, self.stage
