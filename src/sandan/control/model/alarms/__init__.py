"""Alarms in the vocabulary of ISA-18.2 / IEC 62682: rules, alarms, and what happens to them.

A rule is a sentence about points: what is measured, over which window, when it is abnormal, for how
long, and what somebody then has to do. An alarm is one rule on one point. Its state is not stored
but follows from four facts (is the condition there, was this occurrence acknowledged, is it latched,
has it been set aside), so that no impossible state can be written down.
"""

from __future__ import annotations

from sandan.control.model.alarms.kinds import (
    LEVELS,
    RULE_KINDS,
    SIDED,
    Level,
    Priority,
    RuleKind,
    Side,
    Statistic,
)
from sandan.control.model.alarms.lifecycle import (
    ACTS,
    ALARM_STATES,
    ASIDE,
    BY_PEOPLE,
    VERDICTS,
    Act,
    Alarm,
    AlarmState,
    Event,
    Refusal,
    Transition,
    Verdict,
    alarm_id,
    rule_of,
)
from sandan.control.model.alarms.rules import Calendar, Rule, RuleSet, Scope, Window

__all__ = [
    "ACTS",
    "ALARM_STATES",
    "ASIDE",
    "BY_PEOPLE",
    "LEVELS",
    "RULE_KINDS",
    "SIDED",
    "VERDICTS",
    "Act",
    "Alarm",
    "AlarmState",
    "Calendar",
    "Event",
    "Level",
    "Priority",
    "Refusal",
    "Rule",
    "RuleKind",
    "RuleSet",
    "Scope",
    "Side",
    "Statistic",
    "Transition",
    "Verdict",
    "Window",
    "alarm_id",
    "rule_of",
]
