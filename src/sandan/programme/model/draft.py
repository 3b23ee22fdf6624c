"""A draft on its way: what was read from a document, and what the officer decided of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sandan.programme.model.documents import Unplaced
from sandan.programme.model.plan import Row, Table


class Decision(StrEnum):
    """What an officer did with a row of a draft."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A row as it was read, what was decided, and the row as it will enter the plan.

    `row` is the corrected row where there is one; `decision` None is still open.
    """

    table: Table
    read: Row
    row: Row
    decision: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftState:
    """A draft with its decisions; `plans` are the versions it became once committed."""

    id: str
    document: str
    name: str
    rows: Sequence[DraftRow]
    unplaced: Sequence[Unplaced]
    dropped: int
    made_at: datetime
    committed_at: datetime | None
    plans: Mapping[str, int]

    @property
    def open(self) -> int:
        """How many rows nobody has decided."""
        return sum(row.decision is None for row in self.rows)


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document in a list, with how far its draft has come."""

    id: str
    name: str
    lines: int
    uploaded_by: str
    uploaded_at: datetime
    draft: str | None
    rows: int
    decided: int
    unplaced: int
    committed_at: datetime | None
