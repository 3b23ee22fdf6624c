"""A rule tried on history before it goes live: how often it would have come, and how often in bursts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.alarms.evaluation import Batch, Outcome, evaluate, tick
from sandan.control.engine.alarms.flood import FloodParams, find_chattering
from sandan.control.engine.alarms.memory import new_memory
from sandan.control.engine.alarms.scope import Pairs, lay_out_rules
from sandan.control.model.alarms import Rule, RuleKind
from sandan.twin.model import Point, Thing
from sandan.words import Text

BY_CLOCK = frozenset({RuleKind.STALE, RuleKind.PEER, RuleKind.GAP})
"""Kinds that speak when the clock ticks: a trial ticks for them each `beat`."""
BEAT = 60_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have done; arrays of shape (occurrences,) in order of time.

    `point` numbers the points, `raised` and `returned` are in ms (-1: still there at the end),
    `value` tripped it.
    """

    points: int
    """How many points the rule is about."""
    point: NDArray[np.int64]
    raised: NDArray[np.int64]
    returned: NDArray[np.int64]
    value: NDArray[np.float64]
    chattering: NDArray[np.bool_]

    @property
    def alarms(self) -> int:
        """How often it would have come."""
        return len(self.raised)

    def standing(self, end: int) -> int:
        """Milliseconds it would have stood, over all points, until `end` [ms]."""
        until = np.where(self.returned < 0, end, self.returned)
        return int((until - self.raised).sum())

    def worst(self, most: int = 10) -> list[tuple[int, int]]:
        """The points it would have come on most often, with how often."""
        return Counter(self.point.tolist()).most_common(most)

    @property
    def text(self) -> Text:
        """The sentence for the page of rules."""
        n, bursts = self.alarms, int(self.chattering.sum())
        if not self.points:
            return Text("이 규칙에 해당하는 측정점이 없습니다.", "The rule is about no point.")
        return Text(
            f"측정점 {self.points:,}개에서 경보 {n:,}건이 발생했을 것이고, 그중 {bursts:,}건은 채터링입니다.",
            f"{self.points:,} point(s) would have raised {n:,} alarm(s), {bursts:,} of them chattering.",
        )


def try_rule(
    rule: Rule,
    things: Sequence[Thing],
    points: Sequence[Point],
    history: Iterable[Batch],
    params: FloodParams,
    holidays: Collection[date] = (),
    end: int | None = None,
    beat: int = BEAT,
) -> Trial:
    """Let a rule judge `history`, batches one after the other in time (a day each, say).

    A batch counts points as `points` does, all within its own stretch of time. For rules that need
    the clock it ticks each `beat` [ms] from the first sample on, also while nobody speaks, and for
    every rule at `end` [ms] a last time. Raises `InvalidInput` for an expression that cannot be read.
    """
    pairs = lay_out_rules([rule], things, points, holidays)
    memory = new_memory(pairs)
    by_clock = rule.kind in BY_CLOCK or bool(rule.scope.expression)
    outcomes: list[Outcome] = []
    now = 0

    def wait(until: int) -> None:
        nonlocal now
        while by_clock and now and now + beat <= until:
            now += beat
            outcomes.append(tick(pairs, memory, now))

    for batch in history:
        parts = _each(batch, beat) if by_clock else iter([batch])
        for part in parts:
            if not len(part.start):
                continue
            wait(int(part.start.min()))
            outcomes.append(evaluate(pairs, memory, part))
            if by_clock:
                now = max(now, (int(part.start.max()) // beat + 1) * beat)
                outcomes.append(tick(pairs, memory, now))
    if end is not None:
        wait(end)
        outcomes.append(tick(pairs, memory, max(now, end)))
    return _trial(pairs, outcomes, params)


def _each(batch: Batch, beat: int) -> Iterator[Batch]:
    """The batch in parts of one beat each, beats without a sample left out."""
    order = np.argsort(batch.start, kind="stable")
    number = batch.start[order] // beat
    for at in np.split(order, np.flatnonzero(np.diff(number)) + 1):
        yield Batch(
            batch.point[at],
            batch.start[at],
            batch.value[at],
            None if batch.quality is None else batch.quality[at],
            None if batch.expected is None else batch.expected[at],
        )


def _trial(pairs: Pairs, outcomes: Sequence[Outcome], params: FloodParams) -> Trial:
    parts = [outcome.changes for outcome in outcomes if len(outcome.changes)]
    empty = np.empty(0, np.int64)
    pair = np.concatenate([empty, *(part.pair for part in parts)])
    at = np.concatenate([empty, *(part.at for part in parts)])
    on = np.concatenate([empty.astype(np.bool_), *(part.on for part in parts)])
    value = np.concatenate([empty.astype(np.float64), *(part.value for part in parts)])
    order = np.argsort(pair, kind="stable")  # of one pair what came and what went take turns
    pair, at, on, value = pair[order], at[order], on[order], value[order]
    came = np.flatnonzero(on)
    after = np.minimum(came + 1, max(len(pair) - 1, 0))
    went = (after > came) & (pair[after] == pair[came])
    returned = np.where(went, at[after], -1)
    by_time = np.argsort(at[came], kind="stable")
    came, returned = came[by_time], returned[by_time]
    return Trial(
        len(pairs),
        pairs.point[pair[came]],
        at[came],
        returned,
        value[came],
        find_chattering(pair[came], at[came], params),
    )
