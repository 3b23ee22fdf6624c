"""Where money comes from, where it goes and how far it has come: the links of a Sankey diagram."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sandan.programme.engine.ledger import Grouping, Leaf, Stages, stages_by, totals
from sandan.programme.model.vocabulary import Stage
from sandan.words import Text


class End(StrEnum):
    """How far planned money has come; all together are all of it.

    UNSTATED stands alone: of money of which nothing was ever said to be secured, nobody knows.
    """

    EXECUTED = "executed"
    WAITING = "waiting"
    UNSECURED = "unsecured"
    UNSTATED = "unstated"


END_NAMES = {
    End.EXECUTED: Text("집행", "Executed"),
    End.WAITING: Text("확보·미집행", "Secured, not executed"),
    End.UNSECURED: Text("미확보", "Unsecured"),
    End.UNSTATED: Text("확보 여부 미기재", "Not stated whether secured"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """Money [won] from a source to a year or complex, or from there to an end."""

    start: str | None
    end: str | None
    won: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Planned money in two steps; what flows into a place in the middle flows out of it.

    `over` names places where more was secured or executed than planned: that much is in no link.
    """

    sources: Sequence[Link]
    ends: Sequence[Link]
    over: Sequence[str | None]


def make_flow(leaves: Sequence[Leaf], middle: Grouping = Grouping.PERIOD) -> Flow:
    """Sources → years or complexes → executed, secured or unsecured, of planned money [won]."""
    planned = [leaf for leaf in leaves if leaf.stage is Stage.PLANNED]
    sources = [
        Link(source, place, won)
        for (source, place), won in totals(planned, Grouping.SOURCE, middle).items()
        if won > 0
    ]
    room: dict[str | None, int] = defaultdict(int)
    for link in sources:
        room[link.end] += link.won
    stated = any(leaf.stage in (Stage.SECURED, Stage.EXECUTED, Stage.SETTLED) for leaf in leaves)
    ends, over = [], []
    for (place,), stages in stages_by(leaves, middle).items():
        left = room[place]
        if max(stages.secured, stages.executed) > left:
            over.append(place)
        reached = _ends(left, stages) if stated else [(End.UNSTATED, left)]
        ends += [Link(place, end, won) for end, won in reached if won > 0]
    return Flow(sources, ends, over)


def _ends(planned: int, stages: Stages) -> list[tuple[End, int]]:
    """The planned money parted by how far it came; what was executed had been secured."""
    executed = min(max(stages.executed, 0), planned)
    secured = min(max(stages.secured, executed), planned)
    return [
        (End.EXECUTED, executed),
        (End.WAITING, secured - executed),
        (End.UNSECURED, planned - secured),
    ]
