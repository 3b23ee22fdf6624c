"""What the audit before the auditor finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
