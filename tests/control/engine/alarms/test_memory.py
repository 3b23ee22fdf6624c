"""What the evaluation remembers, over a change of rules or points."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sandan.control.engine.alarms.evaluation import Batch, evaluate, tick
from sandan.control.engine.alarms.memory import carry_over, new_memory
from sandan.control.engine.alarms.scope import Pairs, lay_out_rules
from sandan.control.model.alarms import Rule, RuleKind, Scope, Window
from sandan.twin.model import Point
from sandan.words import Text

BEGIN = 1_772_600_400_000
MINUTE = timedelta(minutes=1)
POINTS = [Point(f"{name}.nh3", name, "nh3", MINUTE) for name in "abc"]
HIGH = Rule("high", Text("높음", "High"), RuleKind.HIGH, Scope(), 5.0, on_delay=2 * MINUTE)
MEAN = Rule("mean", Text("평균", "Mean"), RuleKind.HIGH, Scope(), 5.0, window=Window(10 * MINUTE, 5 * MINUTE))
GAP = Rule("gap", Text("결측", "Gap"), RuleKind.GAP, Scope(), 0.6, window=Window(10 * MINUTE, 5 * MINUTE))
RULES = [HIGH, MEAN, GAP, Rule("stale", Text("끊김", "Stale"), RuleKind.STALE, Scope())]


def readings(minutes: int, point: int, *values: float) -> Batch:
    """One value a minute from so many minutes after the beginning."""
    n = len(values)
    start = BEGIN + (minutes + np.arange(n)) * 60_000
    return Batch(np.full(n, point), start, np.array(values))


def told(pairs: Pairs, *outcomes: object) -> list[tuple[str, int, bool, float]]:
    """Changes in words, with minutes."""
    return [
        (pairs.id(int(c.pair[i])), int((c.at[i] - BEGIN) // 60_000), bool(c.on[i]), float(c.value[i]))
        for c in (outcome.changes for outcome in outcomes)  # type: ignore[attr-defined]
        for i in range(len(c))
    ]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=60), st.integers(0, 60))
def test_a_table_that_stays_as_it_was_changes_nothing(steps: list[tuple[int, int]], stop: int) -> None:
    """Carried over to the same rules and points at any moment, what follows is the same as without."""
    pairs = lay_out_rules(RULES, (), POINTS)
    through, memory = new_memory(pairs), new_memory(pairs)
    for minute, (point, value) in enumerate(steps):
        if minute == stop:
            memory, gone = carry_over(pairs, memory, pairs)
            assert gone == []
        batch, now = readings(minute, point, float(value)), BEGIN + minute * 60_000 + 30_000
        expected = told(pairs, evaluate(pairs, through, batch), tick(pairs, through, now))
        assert told(pairs, evaluate(pairs, memory, batch), tick(pairs, memory, now)) == expected


def test_a_change_of_rules_and_points_keeps_the_rest() -> None:
    """What keeps its rule and point goes on; told alarms that are no more are named; the new begin anew."""
    old = lay_out_rules([HIGH, MEAN], (), POINTS)
    memory = new_memory(old)
    evaluate(old, memory, readings(0, 0, 9, 9, 9, 9))
    assert told(old, evaluate(old, memory, readings(0, 1, 9, 9, 9))) == [("high@b.nh3", 2, True, 9.0)]
    evaluate(old, memory, readings(0, 2, 9, 9))
    new = lay_out_rules([GAP, MEAN, HIGH], (), [Point("z.nh3", "z", "nh3", MINUTE), *POINTS[::2]])
    carried, gone = carry_over(old, memory, new)
    assert gone == ["high@b.nh3"]
    assert told(new, evaluate(new, carried, readings(2, 2, 9))) == [("high@c.nh3", 2, True, 9.0)]
    assert told(new, evaluate(new, carried, readings(4, 1, 1, 1))) == [
        ("high@a.nh3", 4, False, 1.0),
        ("gap@a.nh3", 5, True, 0.5),
        ("mean@a.nh3", 5, True, 7.4),
    ]
