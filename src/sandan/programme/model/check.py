"""The quarterly check: what a department says of its projects, and who approved it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sandan.programme.model.vocabulary import Quarter
from sandan.words import Text


class CheckState(StrEnum):
    """How far a department's check has come."""

    OPEN = "open"
    FILLED = "filled"
    RETURNED = "returned"
    APPROVED = "approved"


CHECK_STATE_NAMES = {
    CheckState.OPEN: Text("작성 대기", "To be filled"),
    CheckState.FILLED: Text("검토 대기", "To be approved"),
    CheckState.RETURNED: Text("보완 요청", "Returned"),
    CheckState.APPROVED: Text("승인", "Approved"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What only the department knows; what a meter knows is not asked.

    Money is cumulative up to the end of the quarter, won by source. `done` names the milestones
    finished in the quarter; `communication` counts meetings, surveys and the like of the quarter.
    """

    progress: float | None = None
    executed: Mapping[str, int] = field(default_factory=dict)
    settled: Mapping[str, int] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    done: Sequence[str] = ()
    achievement: str = ""
    communication: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One project's check of one quarter."""

    plan: str
    project: str
    quarter: Quarter
    due: date
    owner: str
    state: CheckState
    filled: Filled | None = None
    filled_by: str | None = None
    filled_at: datetime | None = None
    note: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    version: int | None = None

    def overdue(self, today: date) -> bool:
        """Whether it should have been filled by now."""
        return self.state in (CheckState.OPEN, CheckState.RETURNED) and today > self.due


COMMUNICATION = ("설명회", "설문조사", "전문가 자문", "언론 보도", "기타")
"""The five columns in which these offices count their communication with residents."""
