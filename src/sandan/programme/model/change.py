"""A request to change a plan, on its way: requested, reviewed, then accepted or rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sandan.programme.model.plan import ChangeKind, Edit
from sandan.words import Text


class ChangeState(StrEnum):
    """How far a request has come."""

    REQUESTED = "requested"
    REVIEWED = "reviewed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OPEN = (ChangeState.REQUESTED, ChangeState.REVIEWED)
CHANGE_STATE_NAMES = {
    ChangeState.REQUESTED: Text("요청", "Requested"),
    ChangeState.REVIEWED: Text("검토", "Reviewed"),
    ChangeState.ACCEPTED: Text("승인", "Accepted"),
    ChangeState.REJECTED: Text("반려", "Rejected"),
    ChangeState.WITHDRAWN: Text("철회", "Withdrawn"),
}
CHANGE_KIND_NAMES = {
    ChangeKind.IMPORT: Text("문서 반영", "Import"),
    ChangeKind.CHANGE: Text("계획 변경", "Change"),
    ChangeKind.CHECK: Text("분기 점검", "Quarterly check"),
    ChangeKind.CORRECTION: Text("정정", "Correction"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody asked to change, why, and what became of it; `version` once it was accepted."""

    id: int
    plan: str
    base: int
    kind: ChangeKind
    reason: str
    edits: Sequence[Edit]
    state: ChangeState
    requested_by: str
    requested_at: datetime
    review: str | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    version: int | None = None
