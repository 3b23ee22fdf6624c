"""What late data does: it is judged, reported and marked, and never changes what was told."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from sandan.control.engine.alarms.evaluation import Batch, Outcome, evaluate, tick
from sandan.control.engine.alarms.memory import new_memory
from sandan.control.engine.alarms.scope import Pairs, lay_out_rules
from sandan.control.model.alarms import Rule, RuleKind, Scope, Window
from sandan.twin.model import Point, Quality
from sandan.words import Text

BEGIN = 1_772_600_400_000
MINUTE = timedelta(minutes=1)
NAME = Text("먼지", "Dust")
POINTS = [Point("a.dust", "a", "stack_dust", MINUTE)]
MEAN = Rule(
    "mean", NAME, RuleKind.HIGH, Scope(), 5.0, window=Window(30 * MINUTE, 30 * MINUTE, wait=2 * MINUTE)
)
HIGH = Rule("high", NAME, RuleKind.HIGH, Scope(), 5.0, on_delay=2 * MINUTE)


def readings(*pairs: tuple[float, float]) -> Batch:
    """Values at minutes after the beginning."""
    return Batch(
        np.zeros(len(pairs), np.int64),
        np.array([BEGIN + int(minute * 60_000) for minute, _ in pairs]),
        np.array([value for _, value in pairs]),
    )


def told(outcome: Outcome) -> list[tuple[int, bool, float, bool]]:
    """Minute, came or went, value, late."""
    c = outcome.changes
    return [
        (int(c.at[i] - BEGIN) // 60_000, bool(c.on[i]), float(c.value[i]), bool(c.late[i]))
        for i in range(len(c))
    ]


def revised(outcome: Outcome) -> list[tuple[int, float, float, bool, bool]]:
    """Minute, before, after, was abnormal, is abnormal."""
    x = outcome.late
    return [
        (
            int(x.at[i] - BEGIN) // 60_000,
            float(x.before[i]),
            float(x.after[i]),
            bool(x.was[i]),
            bool(x.is_[i]),
        )
        for i in range(len(x.pair))
    ]


def start(rule: Rule) -> tuple[Pairs, object]:
    """The rule over one point, and a fresh memory."""
    pairs = lay_out_rules([rule], (), POINTS)
    return pairs, new_memory(pairs)


def test_the_newest_window_is_taken_again_and_marked() -> None:
    """Half of the values come after the window was closed: it is taken again, raised late, and reported."""
    pairs, memory = start(MEAN)
    evaluate(pairs, memory, readings(*[(m, 4.0) for m in range(0, 30, 2)]))
    assert told(tick(pairs, memory, BEGIN + 33 * 60_000)) == []
    late = evaluate(pairs, memory, readings(*[(m, 8.0) for m in range(1, 30, 2)]))
    assert told(late) == [(30, True, 6.0, True)]
    assert revised(late) == [(30, 4.0, 6.0, False, True)]


def test_an_older_window_is_only_reported() -> None:
    """What was told of a window long over stays told; the report says what would be said today."""
    pairs, memory = start(MEAN)
    evaluate(pairs, memory, readings(*[(m, 4.0) for m in range(0, 91, 2)]))
    late = evaluate(pairs, memory, readings((1, 104.0)))
    assert told(late) == []
    assert revised(late) == [(30, 4.0, 10.25, False, True)]
    assert late.too_late == 0
    assert told(tick(pairs, memory, BEGIN + 150 * 60_000)) == []


def test_what_is_older_than_its_panes_is_counted() -> None:
    """A value from before what is kept changes nothing and is counted as too late."""
    pairs, memory = start(MEAN)
    evaluate(pairs, memory, readings(*[(m, 4.0) for m in range(0, 3 * 1440, 30)]))
    late = evaluate(pairs, memory, readings((1, 104.0)))
    assert (told(late), revised(late), late.too_late) == ([], [], 1)


def test_late_values_are_read_among_themselves() -> None:
    """A gateway's backlog shows each time the limit was passed for as long as the rule asks, once."""
    pairs, memory = start(HIGH)
    evaluate(pairs, memory, readings((60, 1.0)))
    long, short, again = [(5, 9.0), (8, 9.0), (9, 1.0)], [(20, 9.0), (21, 1.0)], [(30, 7.0), (35, 1.0)]
    late = evaluate(pairs, memory, readings((0, 1.0), *long, *short, *again))
    assert told(late) == []
    assert [(minute, after, is_) for minute, _, after, _, is_ in revised(late)] == [
        (7, 9.0, True),
        (32, 7.0, True),
    ]
    assert told(evaluate(pairs, memory, readings((61, 9.0), (64, 9.0)))) == [(63, True, 9.0, False)]


def test_bad_and_missing_values_count_for_nothing() -> None:
    """What the device called bad, what is no number and what comes from nowhere is passed over."""
    pairs, memory = start(HIGH)
    batch = readings((0, 9.0), (1, 9.0), (2, np.nan), (3, np.inf), (4, 9.0))
    point = np.array([0, 0, 0, 0, 7])
    quality = np.array([Quality.BAD, Quality.ESTIMATED, 0, 0, 0], np.uint8)
    outcome = evaluate(pairs, memory, Batch(point, batch.start, batch.value, quality))
    assert told(outcome) == []
    assert told(tick(pairs, memory, BEGIN + 181_000)) == [(3, True, 9.0, False)]


def test_the_order_within_a_batch_does_not_matter() -> None:
    """A batch in any order is judged in that of time; of one instant what was sent last counts."""
    pairs, memory = start(HIGH)
    outcome = evaluate(pairs, memory, readings((4, 1.0), (0, 9.0), (2.5, 1.0), (1, 9.0), (2.5, 9.0)))
    assert told(outcome) == [(2, True, 9.0, False), (4, False, 1.0, False)]
