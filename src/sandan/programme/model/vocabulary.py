"""The words of the programme: kinds, stages, sources, periods and states, each in both languages.

What a document writes in Korean keeps its Korean word as its id (`국비`, `기투자`): one word from the
page of the pledge book to the row of the ledger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sandan.tables import read_table
from sandan.words import Text

WON = "원"
"""The unit of money: always whole won, in an int."""
TOTAL = "계"
"""The period, or the source, of a value that is a sum over all of them."""
BEFORE = "기투자"
"""The period before the first year of a table of investment."""
TERM = "임기내"
"""The period of a subtotal over the years of a term."""
AFTER = "임기후"
"""The period after the last year of a term."""

_YEAR = re.compile(r"\d{4}")


class Kind(StrEnum):
    """What a stated value is about."""

    BUDGET = "budget"
    TARGET = "target"
    BASE = "base"
    PROGRESS = "progress"
    COUNT = "count"


class Stage(StrEnum):
    """How far money has come."""

    PLANNED = "planned"
    SECURED = "secured"
    EXECUTED = "executed"
    SETTLED = "settled"
    RETURNED = "returned"


class Nature(StrEnum):
    """Capital spending builds something; current spending runs it."""

    CAPITAL = "capital"
    CURRENT = "current"


class PlanKind(StrEnum):
    """An innovation plan of a region, or a pledge book of an elected head."""

    INNOVATION_PLAN = "innovation_plan"
    PLEDGE_BOOK = "pledge_book"


class ComplexRole(StrEnum):
    """What part a complex has in a plan."""

    HUB = "hub"
    LINKED = "linked"
    AREA = "area"


class Standing(StrEnum):
    """Whether a project has been asked for, chosen, or has its money."""

    REQUESTED = "requested"
    DESIGNATED = "designated"
    SECURED = "secured"


class Continuity(StrEnum):
    """신규 or 계속."""

    NEW = "new"
    CONTINUING = "continuing"


class Direction(StrEnum):
    """Which way a measure is meant to go."""

    UP = "up"
    DOWN = "down"


class PledgeState(StrEnum):
    """The six states in which Korean local governments publish a pledge."""

    COMPLETED = "완료"
    CONTINUING = "이행후계속추진"
    ON_TRACK = "정상추진"
    PARTIAL = "일부추진"
    HELD = "보류"
    DROPPED = "폐기"


class FactKind(StrEnum):
    """What a sentence of a plan says."""

    GOAL = "goal"
    OVERVIEW = "overview"
    ACHIEVEMENT = "achievement"
    NEXT = "next"
    EFFECT = "effect"
    REQUEST = "request"


KIND_NAMES = {
    Kind.BUDGET: Text("예산", "Budget"),
    Kind.TARGET: Text("목표", "Target"),
    Kind.BASE: Text("현황", "Base figure"),
    Kind.PROGRESS: Text("실적", "Progress"),
    Kind.COUNT: Text("건수", "Count"),
}
STAGE_NAMES = {
    Stage.PLANNED: Text("계획", "Planned"),
    Stage.SECURED: Text("확보", "Secured"),
    Stage.EXECUTED: Text("집행", "Executed"),
    Stage.SETTLED: Text("정산", "Settled"),
    Stage.RETURNED: Text("반납", "Returned"),
}
NATURE_NAMES = {Nature.CAPITAL: Text("자본", "Capital"), Nature.CURRENT: Text("경상", "Current")}
PLAN_KIND_NAMES = {
    PlanKind.INNOVATION_PLAN: Text("혁신계획", "Innovation plan"),
    PlanKind.PLEDGE_BOOK: Text("공약 이행계획", "Pledge book"),
}
ROLE_NAMES = {
    ComplexRole.HUB: Text("거점", "Hub"),
    ComplexRole.LINKED: Text("연계", "Linked"),
    ComplexRole.AREA: Text("연계지역", "Linked area"),
}
STANDING_NAMES = {
    Standing.REQUESTED: Text("요구", "Requested"),
    Standing.DESIGNATED: Text("지정", "Designated"),
    Standing.SECURED: Text("확보", "Secured"),
}
CONTINUITY_NAMES = {Continuity.NEW: Text("신규", "New"), Continuity.CONTINUING: Text("계속", "Continuing")}
DIRECTION_NAMES = {
    Direction.UP: Text("높을수록 좋음", "Higher is better"),
    Direction.DOWN: Text("낮을수록 좋음", "Lower is better"),
}
STATE_NAMES = {
    PledgeState.COMPLETED: Text("완료", "Completed"),
    PledgeState.CONTINUING: Text("이행후계속추진", "Fulfilled, continuing"),
    PledgeState.ON_TRACK: Text("정상추진", "On track"),
    PledgeState.PARTIAL: Text("일부추진", "Partly under way"),
    PledgeState.HELD: Text("보류", "On hold"),
    PledgeState.DROPPED: Text("폐기", "Dropped"),
}
FACT_NAMES = {
    FactKind.GOAL: Text("목표", "Goal"),
    FactKind.OVERVIEW: Text("개요", "Overview"),
    FactKind.ACHIEVEMENT: Text("추진실적", "Achievement"),
    FactKind.NEXT: Text("향후계획", "Next steps"),
    FactKind.EFFECT: Text("기대효과", "Expected effect"),
    FactKind.REQUEST: Text("협조 요청", "Request for support"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where money comes from; the list is data (`sources.csv`)."""

    id: str
    name: Text
    level: str
    synonyms: tuple[str, ...]


@cache
def sources() -> dict[str, Source]:
    """Every source of money by its id, in the order documents print them."""
    return {
        row["id"]: Source(
            row["id"], Text(row["ko"], row["en"]), row["level"], tuple(row["synonyms"].split("|"))
        )
        for row in read_table(__name__, "sources.csv")
    }


def source_name(id: str | None) -> Text:
    """How a source is shown; `계` and none are 'all sources'."""
    if id is None or id == TOTAL:
        return Text("계", "Total")
    found = sources().get(id)
    return found.name if found else Text(id, id)


def period_name(period: str | None) -> Text:
    """How a period is shown: a year, a quarter, or one of the three words."""
    if period is None:
        return Text("시점 없음", "Undated")
    if period == TOTAL:
        return Text("계", "Total")
    if period == BEFORE:
        return Text("기투자", "Already invested")
    if period == AFTER:
        return Text("임기후", "After the term")
    if period == TERM:
        return Text("임기내", "Within the term")
    if _YEAR.fullmatch(period):
        return Text(f"{period}년", period)
    return Text(period, period)


def period_order(period: str | None) -> tuple[int, str]:
    """A key that sorts 기투자 before the years, 임기후 after them, and the total last."""
    rank = {BEFORE: 0, AFTER: 2, TERM: 3, TOTAL: 4, None: 5}.get(period, 1)
    return rank, period or ""


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year; written `2024-Q3`."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def ordinal(self) -> int:
        """Quarters since the year 0: what a schedule is computed in."""
        return self.year * 4 + self.number - 1

    @classmethod
    def at(cls, ordinal: int) -> Quarter:
        return cls(ordinal // 4, ordinal % 4 + 1)

    @classmethod
    def read(cls, text: str) -> Quarter:
        """The quarter written `2024-Q3`; `ValueError` otherwise."""
        found = re.fullmatch(r"(\d{4})-Q([1-4])", text)
        if found is None:
            raise ValueError(f"a quarter is written 2024-Q3, not {text!r}")
        return cls(int(found[1]), int(found[2]))
