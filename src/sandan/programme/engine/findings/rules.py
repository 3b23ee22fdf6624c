"""The rules as data, and how a finding is made from one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sandan.programme.model.audit import AuditFinding, Input, Severity
from sandan.programme.model.statements import NOWHERE, Origin
from sandan.tables import read_table
from sandan.words import Text

PACKAGE = "sandan.programme.engine.findings"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: how much it matters, what it is called, who acts and how."""

    id: str
    severity: Severity
    who: str
    title: Text
    remedy: Text


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its id, in the order of the file."""
    return {
        row["id"]: Rule(
            row["id"],
            Severity(row["severity"]),
            row["who"],
            Text(row["title_ko"], row["title_en"]),
            Text(row["remedy_ko"], row["remedy_en"]),
        )
        for row in read_table(__name__, "rules.csv")
    }


def finding_id(rule: str, plan: str, subject: str, key: str) -> str:
    """The same while the matter is the same: values are no part of it."""
    text = "|".join((rule, plan, subject, key))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def make_finding(
    rule: str,
    plan: str,
    subject: str,
    key: str,
    sentence: Text,
    inputs: Sequence[Input] = (),
    origin: Origin = NOWHERE,
    *,
    who: str = "",
    severity: Severity | None = None,
) -> AuditFinding:
    """A finding of one rule; `key` tells matters of one rule and subject apart.

    `who` is the owner where one is known, else the role the rule names.
    """
    found = rules()[rule]
    if origin is NOWHERE:
        origin = next((one.origin for one in inputs if one.origin is not NOWHERE), NOWHERE)
    return AuditFinding(
        id=finding_id(rule, plan, subject, key),
        rule=rule,
        severity=severity or found.severity,
        plan=plan,
        subject=subject,
        sentence=sentence,
        inputs=tuple(inputs),
        remedy=found.remedy,
        who=who or found.who,
        origin=origin,
    )
