"""A rule tried on history."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from sandan.control.engine.alarms.evaluation import Batch
from sandan.control.engine.alarms.flood import flood_params
from sandan.control.engine.alarms.trial import try_rule
from sandan.control.model.alarms import Rule, RuleKind, Scope
from sandan.twin.model import Point
from sandan.words import Text

BEGIN = 1_772_600_400_000
POINTS = [Point(f"{id}.nh3", id, "nh3", timedelta(seconds=10)) for id in "ab"]
NAME = Text("암모니아", "Ammonia")


def history(*values: float, point: int = 0, begin: int = 0) -> Batch:
    """One value each ten seconds."""
    start = BEGIN + (begin + np.arange(len(values))) * 10_000
    return Batch(np.full(len(values), point), start, np.array(values))


def test_it_counts_alarms_and_what_chatters() -> None:
    """Four times above in a minute chatter, once for a while does not; a deadband would have helped."""
    values = [0, 9, 0, 9, 0, 9, 0, 9, 0] + [0] * 60 + [9] * 30 + [0]
    rule = Rule("r", NAME, RuleKind.HIGH, Scope(), 5.0)
    trial = try_rule(rule, (), POINTS, [history(*values), history(*values, point=1)], flood_params())
    assert (trial.points, trial.alarms, int(trial.chattering.sum())) == (2, 10, 8)
    assert trial.text.en == "2 point(s) would have raised 10 alarm(s), 8 of them chattering."
    assert trial.worst() == [(0, 5), (1, 5)]
    assert trial.standing(BEGIN) == 2 * (4 * 10_000 + 30 * 10_000)
    calm = Rule("r", NAME, RuleKind.HIGH, Scope(), 5.0, off_delay=timedelta(minutes=1))
    assert try_rule(calm, (), POINTS, [history(*values)], flood_params()).alarms == 2


def test_cutting_history_into_days_changes_nothing() -> None:
    """The same alarms whether history comes whole or in parts; what still stands has no end."""
    values = np.random.default_rng(1).normal(0, 1, 600).round(2).tolist()
    rule = Rule("r", NAME, RuleKind.HIGH, Scope(), 1.5, deadband=1.0, on_delay=timedelta(seconds=10))
    whole = try_rule(rule, (), POINTS, [history(*values, 9, 9)], flood_params())
    parts = [history(*values[:250]), history(*values[250:], 9, 9, begin=250)]
    cut = try_rule(rule, (), POINTS, parts, flood_params())
    assert whole.raised.tolist() == cut.raised.tolist()
    assert whole.returned.tolist() == cut.returned.tolist()
    assert whole.returned[-1] == -1


def test_rules_of_the_clock_are_ticked_along() -> None:
    """A silent signal is found in history as well, even while nobody else speaks, and until the end."""
    rule = Rule("r", NAME, RuleKind.STALE, Scope(), 120.0)
    parts = [history(*[1.0] * 30), history(*[1.0] * 30, begin=90)]
    trial = try_rule(rule, (), POINTS[:1], parts, flood_params(), end=BEGIN + 3_600_000)
    assert trial.alarms == 2
    assert 0 < trial.returned[0] - trial.raised[0] <= 10 * 60_000
    assert trial.returned[1] == -1
    other = history(*[1.0] * 120, point=1)
    both = [
        Batch(
            *(np.concatenate([getattr(a, n) for a in (*parts, other)]) for n in ("point", "start", "value"))
        )
    ]
    trial = try_rule(rule, (), POINTS, both, flood_params())
    assert (trial.alarms, trial.points) == (1, 2)
    assert 0 < trial.returned[0] - trial.raised[0] <= 10 * 60_000


def test_a_rule_about_nothing_says_so() -> None:
    """A scope that finds no point is told, not counted as quiet."""
    rule = Rule("r", NAME, RuleKind.HIGH, Scope(quantities=frozenset({"co"})), 1.0)
    trial = try_rule(rule, (), POINTS, [history(1.0)], flood_params())
    assert (trial.alarms, trial.text.ko) == (0, "이 규칙에 해당하는 측정점이 없습니다.")
