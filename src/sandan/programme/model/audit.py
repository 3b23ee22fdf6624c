"""What the audit before the auditor finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sandan.programme.model.statements import NOWHERE, Origin
from sandan.words import Text


class Severity(StrEnum):
    """How much a finding matters to an auditor."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Input:
    """One value a finding was computed from."""

    name: Text
    value: int | float | None
    unit: str
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One thing that does not hold: a sentence, what it was computed from, what to do, and who.

    `id` stays the same while the matter does (rule, subject and what it is about, not the values), so
    that an answer keeps to it. `origin` is the line an auditor would point at.
    """

    id: str
    rule: str
    severity: Severity
    plan: str
    subject: str
    sentence: Text
    inputs: Sequence[Input]
    remedy: Text
    who: str
    origin: Origin = NOWHERE


class FindingState(StrEnum):
    """How far a finding has been dealt with."""

    OPEN = "open"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    CLOSED = "closed"


SEVERITY_NAMES = {
    Severity.HIGH: Text("높음", "High"),
    Severity.MEDIUM: Text("중간", "Medium"),
    Severity.LOW: Text("낮음", "Low"),
}
FINDING_STATE_NAMES = {
    FindingState.OPEN: Text("미처리", "Open"),
    FindingState.ANSWERED: Text("답변", "Answered"),
    FindingState.ACCEPTED: Text("사유 수용", "Accepted"),
    FindingState.CLOSED: Text("해소", "Closed"),
}


class AnswerKind(StrEnum):
    """How an officer deals with a finding; a correction closes it by making it go away."""

    ANSWERED = "answered"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered to a finding, by whom."""

    finding: str
    kind: AnswerKind
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A finding with what became of it.

    `title` is what its subject was called when it was found, `project` whether that is a project.
    `since` is the check that found it first, or found it again; `gone_at` the one that found it gone.
    """

    finding: AuditFinding
    title: str
    project: bool
    since: datetime
    gone_at: datetime | None = None
    answer: Answer | None = None

    @property
    def state(self) -> FindingState:
        """An answer from before a matter came back does not answer it."""
        if self.gone_at is not None:
            return FindingState.CLOSED
        if self.answer is None or self.answer.at < self.since:
            return FindingState.OPEN
        return FindingState(self.answer.kind.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRun:
    """The last check of everything: of what, and when. `mark` changes with what was checked."""

    mark: str
    day: date
    checked_at: datetime
    plans: int
    projects: int
    statements: int
    documents: int


@dataclass(frozen=True, slots=True)
class Audit:
    """The last check with its findings, the gravest first; those that are gone come last, newest first."""

    run: AuditRun
    matters: Sequence[Matter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Which statement was chosen in a conflict, why and by whom."""

    conflict: str
    statement: str
    reason: str
    by: str
    at: datetime
