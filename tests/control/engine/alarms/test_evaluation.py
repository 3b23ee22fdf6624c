"""The vectorised evaluation of rules, held against the same said one sample at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.control.engine.alarms.plain import Plain, Sample, Told

from sandan.control.engine.alarms.evaluation import Batch, Outcome, evaluate, tick
from sandan.control.engine.alarms.memory import new_memory
from sandan.control.engine.alarms.scope import Pairs, lay_out_rules
from sandan.control.model.alarms import Rule, RuleKind, Scope, Side, Statistic, Window
from sandan.twin.model import Point
from sandan.words import Text

BEGIN = 1_772_600_400_000
NAME = Text("규칙", "Rule")
POINTS = [
    Point("a.pm10", "a", "pm10", timedelta(seconds=60), low=2, high=6),
    Point("b.pm10", "b", "pm10", timedelta(seconds=60)),
    Point("c.pm10", "c", "pm10", timedelta(seconds=60), high=-4),
    Point("d.state", "d", "state"),
]
PM10, STATE = Scope(quantities=frozenset({"pm10"})), Scope(quantities=frozenset({"state"}))
SECONDS = st.sampled_from([0, 30, 60, 150]).map(lambda s: timedelta(seconds=s))
WINDOWS = st.builds(
    Window,
    st.sampled_from([timedelta(minutes=5), timedelta(minutes=10)]),
    st.sampled_from([timedelta(minutes=5), timedelta(minutes=2, seconds=30)]),
    st.sampled_from(list(Statistic)),
    st.sampled_from([0.0, 0.4]),
    SECONDS,
)


@st.composite
def rules(draw: st.DrawFn, id: str) -> Rule:
    """Any rule that can be judged without a registry of things."""
    kind = draw(st.sampled_from([k for k in RuleKind if k is not RuleKind.FORECAST]))
    on_delay, off_delay = draw(SECONDS), draw(SECONDS)
    limit = float(draw(st.integers(0, 8)))
    window = None
    if kind is RuleKind.GAP or (kind in (RuleKind.HIGH, RuleKind.LOW) and draw(st.booleans())):
        window = draw(WINDOWS)
    if kind is RuleKind.GAP:
        limit = draw(st.sampled_from([0.2, 0.5, 0.8]))
    if kind is RuleKind.FROZEN:
        on_delay = on_delay or timedelta(seconds=60)
    bound = 1.0
    if (kind in (RuleKind.HIGH, RuleKind.LOW) or kind is RuleKind.STALE) and draw(st.booleans()):
        limit, bound = float("nan"), draw(st.sampled_from([1.0, 1.5]))
    return Rule(
        id,
        NAME,
        kind,
        STATE if kind is RuleKind.STATE else PM10,
        limit * 20 if kind is RuleKind.STALE else limit,
        bound,
        side=draw(st.sampled_from(list(Side))),
        states=frozenset({1.0, 3.0}),
        window=window,
        deadband=draw(st.sampled_from([0.0, 0.5, 2.0])),
        on_delay=on_delay,
        off_delay=off_delay,
    )


@st.composite
def samples(draw: st.DrawFn) -> list[Sample]:
    """Samples in order of time, no two of a point for the same instant."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from([0, 10, 30, 60, 60, 60, 120, 700]),
                st.sets(st.integers(0, 3), min_size=1),
                st.lists(st.integers(-6, 9), min_size=4, max_size=4),
            ),
            max_size=25,
        )
    )
    at, found = BEGIN, {}
    for seconds, points, values in steps:
        at += seconds * 1000
        found |= {(at, point): float(values[point]) for point in sorted(points)}
    return [(point, at, value) for (at, point), value in sorted(found.items())]


def batch(samples: Sequence[Sample]) -> Batch:
    """Samples as a commit brings them."""
    columns = list(zip(*samples, strict=True)) or [(), (), ()]
    return Batch(
        np.array(columns[0], np.int64), np.array(columns[1], np.int64), np.array(columns[2], np.float64)
    )


def said(pairs: Pairs, outcome: Outcome) -> list[Told]:
    """An outcome in words."""
    c = outcome.changes
    return [(pairs.id(int(c.pair[i])), int(c.at[i]), bool(c.on[i]), float(c.value[i])) for i in range(len(c))]


def by_alarm(told: Sequence[Told]) -> Mapping[str, list[Told]]:
    """What was told of each alarm, in its order."""
    found: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        found[one[0]].append(one)
    return found


def cut(samples: Sequence[Sample], lengths: Sequence[int]) -> list[Sequence[Sample]]:
    """Consecutive batches of these lengths, and what is left."""
    parts, begin = [], 0
    for length in lengths:
        parts.append(samples[begin : begin + length])
        begin += length
    return [part for part in [*parts, samples[begin:]] if part]


CUTS = st.lists(st.integers(1, 12), max_size=8)


@settings(max_examples=40)
@given(st.data(), samples(), CUTS, st.lists(st.sampled_from([None, 0, 40, 200, 900]), max_size=9))
def test_it_says_what_the_plain_one_says(
    data: st.DataObject, samples: list[Sample], cuts: list[int], ticks: list[int | None]
) -> None:
    """Any rules and samples in any batches, the clock in between: the same alarms at the same moments."""
    table = [data.draw(rules(f"r{i}")) for i in range(data.draw(st.integers(1, 4)))]
    pairs, plain = lay_out_rules(table, (), POINTS), Plain(table, POINTS)
    memory, now = new_memory(pairs), 0
    parts = cut(samples, cuts)
    for i, part in enumerate(parts):
        assert by_alarm(said(pairs, evaluate(pairs, memory, batch(part)))) == by_alarm(plain.feed(part))
        after = ticks[i] if i < len(ticks) else None
        if after is not None:
            before = parts[i + 1][0][1] if i + 1 < len(parts) else part[-1][1] + 3_600_000
            now = max(now, min(part[-1][1] + after * 1000, before))
            assert by_alarm(said(pairs, tick(pairs, memory, now))) == by_alarm(plain.tick(now))
