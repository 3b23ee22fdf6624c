"""What a rule may look at, on which side and through which statistic, and how urgent it can be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from sandan.words import Text


class RuleKind(StrEnum):
    """What a rule looks at."""

    HIGH = "high"
    LOW = "low"
    RATE = "rate"
    PEER = "peer"
    FORECAST = "forecast"
    STALE = "stale"
    FROZEN = "frozen"
    STATE = "state"
    GAP = "gap"


RULE_KINDS: Mapping[RuleKind, Text] = {
    RuleKind.HIGH: Text("상한 초과", "High"),
    RuleKind.LOW: Text("하한 미달", "Low"),
    RuleKind.RATE: Text("변화율", "Rate of change"),
    RuleKind.PEER: Text("유사 지점과의 편차", "Deviation from peers"),
    RuleKind.FORECAST: Text("예측과의 편차", "Deviation from forecast"),
    RuleKind.STALE: Text("수신 끊김", "Stale signal"),
    RuleKind.FROZEN: Text("값 고정", "Frozen signal"),
    RuleKind.STATE: Text("상태값", "State"),
    RuleKind.GAP: Text("결측", "Gap"),
}
SIDED = frozenset({RuleKind.RATE, RuleKind.PEER, RuleKind.FORECAST})
"""Kinds for which too much, too little or both may be abnormal."""
OWN_LIMIT = frozenset({RuleKind.HIGH, RuleKind.LOW, RuleKind.STALE, RuleKind.STATE})
"""Kinds that may leave the limit to the point: its bounds, its interval, or the values named."""
WINDOWED = frozenset({RuleKind.HIGH, RuleKind.LOW, RuleKind.GAP})
"""Kinds that may look at a window; a gap always does."""


class Level(StrEnum):
    """The four levels of a high or low alarm."""

    HH = "HH"
    H = "H"
    L = "L"
    LL = "LL"


LEVELS: Mapping[RuleKind, frozenset[Level]] = {
    RuleKind.HIGH: frozenset({Level.HH, Level.H}),
    RuleKind.LOW: frozenset({Level.L, Level.LL}),
}


class Side(StrEnum):
    """Which way a deviation or a rate must go to be abnormal."""

    ABOVE = "above"
    BELOW = "below"
    EITHER = "either"


class Statistic(StrEnum):
    """One number of the samples in a window."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COVERAGE = "coverage"
    """Samples there are over samples there should be."""


class Priority(IntEnum):
    """How urgent an alarm is; the same numbers as the states of the board."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4
