"""Which rules look at which points, when, and what they look at."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from sandan.clock import SEOUL
from sandan.control.engine.alarms.evaluation import Batch, evaluate, tick
from sandan.control.engine.alarms.expressions import parse_expression
from sandan.control.engine.alarms.memory import Memory, new_memory
from sandan.control.engine.alarms.scope import Pairs, lay_out_rules, limit_of
from sandan.control.model.alarms import Calendar, Level, Rule, RuleKind, RuleSet, Scope, Side, Window
from sandan.errors import InvalidInput
from sandan.twin.model import Point, Thing
from sandan.words import Text

NAME = Text("규칙", "Rule")
MINUTE = timedelta(minutes=1)
THINGS = [
    Thing("park", "complex", "산단"),
    Thing("zone", "zone", "1구역", "park"),
    Thing("tank", "tank", "탱크", "zone", "firm"),
    Thing("meter", "meter", "전력량계", "park", "other"),
]
POINTS = [
    Point("tank.level", "tank", "tank_level", MINUTE, "firm", 5, 95),
    Point("tank.pressure", "tank", "tank_pressure", MINUTE, "firm"),
    Point("meter.power", "meter", "active_power", MINUTE, "other", high=200),
]
NOON = datetime(2026, 3, 4, 12, tzinfo=SEOUL)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def laid(**scope: object) -> list[str]:
    """The alarms of a rule with this scope."""
    chosen = {k: v if isinstance(v, str) else frozenset(v) for k, v in scope.items()}  # type: ignore[call-overload]
    pairs = lay_out_rules([Rule("r", NAME, RuleKind.HIGH, Scope(**chosen), 1.0)], THINGS, POINTS)
    return [pairs.id(i).removeprefix("r@") for i in range(len(pairs))]


@pytest.mark.parametrize(
    ("scope", "points"),
    [
        ({}, ["tank.level", "tank.pressure", "meter.power"]),
        ({"things": ["zone"]}, ["tank.level", "tank.pressure"]),
        ({"things": ["park"], "quantities": ["active_power"]}, ["meter.power"]),
        (
            {"kinds": ["tank", "meter"], "quantities": ["tank_level", "active_power"]},
            ["tank.level", "meter.power"],
        ),
        ({"tenants": ["firm"]}, ["tank.level", "tank.pressure"]),
        ({"points": ["tank.pressure", "gone"]}, ["tank.pressure"]),
        ({"kinds": ["meter"], "tenants": ["firm"]}, []),
        ({"expression": "tank_level - 2 * tank_pressure"}, ["tank.level"]),
    ],
)
def test_a_scope_finds_its_points(scope: dict[str, object], points: list[str]) -> None:
    """By point, thing with everything beneath it, kind, firm and quantity, and all of them together."""
    assert laid(**scope) == points


def sample(
    pairs: Pairs, memory: Memory, at: datetime, *values: float, expected: float | None = None
) -> list[str]:
    """Values of the first points at one instant; the changes as words."""
    n = len(values)
    forecast = None if expected is None else np.full(n, expected)
    batch = Batch(np.arange(n), np.full(n, ms(at)), np.array(values), None, forecast)
    outcome = evaluate(pairs, memory, batch)
    later = tick(pairs, memory, ms(at) + 1)
    return [
        f"{'+' if c.on[i] else '-'}{pairs.points[int(pairs.point[c.pair[i]])].id}"
        for c in (outcome.changes, later.changes)
        for i in range(len(c))
    ]


def fresh(rule: Rule, holidays: tuple[date, ...] = ()) -> tuple[Pairs, Memory]:
    """The rule over the points, nothing heard."""
    pairs = lay_out_rules([rule], THINGS, POINTS, holidays)
    return pairs, new_memory(pairs)


def test_a_point_s_own_bound_can_be_the_limit() -> None:
    """Points without a bound are left out; the multiple and the deadband are shares of the bound."""
    rule = Rule("r", NAME, RuleKind.HIGH, Scope(), bound=1.1, deadband=0.1, level=Level.HH)
    pairs, _ = fresh(rule)
    assert [pairs.points[p].id for p in pairs.point] == ["tank.level", "meter.power"]
    assert pairs.trip.tolist() == pytest.approx([104.5, 220])
    assert pairs.clear.tolist() == pytest.approx([95, 200])


def test_a_limit_that_is_shown_is_the_limit_judged_by() -> None:
    """A multiple of a bound below nothing counts from the bound by its size."""
    cold = Rule("cold", NAME, RuleKind.LOW, Scope(), bound=1.2)
    freezer = Point("p", "t", "air_temperature", low=-10)
    pairs = lay_out_rules([cold], (), [freezer])
    assert limit_of(cold, freezer) == -pairs.trip[0] == -8
    assert limit_of(cold, Point("p", "t", "air_temperature")) is None
    assert limit_of(Rule("r", NAME, RuleKind.HIGH, Scope(), 5.0), freezer) == 5


def test_outside_its_calendar_a_rule_finds_everything_normal() -> None:
    """Office hours on working days: an alarm ends with the day and does not come on a holiday."""
    office = Calendar(frozenset(range(5)), holidays=False, from_=time(8), until=time(18))
    rule = Rule("r", NAME, RuleKind.HIGH, Scope(points=frozenset({"tank.level"})), 5.0, calendar=office)
    pairs, memory = fresh(rule, (date(2026, 3, 5),))
    assert sample(pairs, memory, NOON, 9) == ["+tank.level"]
    assert sample(pairs, memory, NOON.replace(hour=18), 9) == ["-tank.level"]
    assert sample(pairs, memory, NOON.replace(day=5), 9) == [], "a holiday"
    assert sample(pairs, memory, NOON.replace(day=6), 9) == ["+tank.level"]
    assert sample(pairs, memory, NOON.replace(day=7), 9) == ["-tank.level"], "a Saturday"


def test_a_night_runs_past_midnight() -> None:
    """From 22:00 until 06:00, in Korea's hours whatever the server's."""
    night = Calendar(from_=time(22), until=time(6))
    rule = Rule("r", NAME, RuleKind.HIGH, Scope(points=frozenset({"tank.level"})), 5.0, calendar=night)
    pairs, memory = fresh(rule)
    seen = [sample(pairs, memory, datetime(2026, 3, 4, hour, 30, tzinfo=UTC), 9) for hour in (12, 13, 20, 21)]
    assert seen == [[], ["+tank.level"], [], ["-tank.level"]]


def test_a_deviation_from_the_forecast_is_judged() -> None:
    """Too far from what was expected, either way; without a forecast nothing is said."""
    rule = Rule("r", NAME, RuleKind.FORECAST, Scope(points=frozenset({"tank.level"})), 3.0, side=Side.EITHER)
    pairs, memory = fresh(rule)
    assert sample(pairs, memory, NOON, 10, expected=8) == []
    assert sample(pairs, memory, NOON + MINUTE, 10, expected=14) == ["+tank.level"]
    assert sample(pairs, memory, NOON + 2 * MINUTE, 10) == []
    assert sample(pairs, memory, NOON + 3 * MINUTE, 10, expected=12) == ["-tank.level"]


def test_an_expression_is_judged_on_the_tick_by_what_is_fresh() -> None:
    """The difference of two quantities of one thing; with one of them silent nothing is said."""
    scope = Scope(expression="tank_level - tank_pressure * 2")
    pairs, memory = fresh(Rule("r", NAME, RuleKind.HIGH, scope, 10.0))
    assert sample(pairs, memory, NOON, 30) == []
    assert sample(pairs, memory, NOON + MINUTE, 30, 4) == ["+tank.level"]
    assert sample(pairs, memory, NOON + 2 * MINUTE, 30, 12) == ["-tank.level"]
    assert sample(pairs, memory, NOON + timedelta(hours=1), 90) == [], "the pressure is an hour old"


@pytest.mark.parametrize(
    "text", ["", "3", "a.b", "open(x)", "a if b else c", "a and b", "min(a)", "a == b", "True"]
)
def test_an_expression_is_sums_and_nothing_else(text: str) -> None:
    """Whatever is not a number, a quantity or a sum is refused with what it was."""
    with pytest.raises(InvalidInput) as error:
        parse_expression(text)
    assert error.value.findings[0].where == "expression"


def test_an_expression_has_no_value_where_there_is_none() -> None:
    """Division by zero, overflow and missing parts give no number, without a warning."""
    formula = parse_expression("max(abs(a), 2 ** b) / (a - 1)")
    columns = {"a": np.array([3.0, 1.0, np.nan, 0.0]), "b": np.array([2.0, 2.0, 2.0, 5000.0])}
    assert formula.of(columns)[0] == 2.0
    assert np.isnan(formula.of(columns)[1:]).all()


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"kind": RuleKind.RATE}, "r.limit"),
        ({"kind": RuleKind.STATE}, "r.states"),
        ({"kind": RuleKind.GAP, "limit": 0.5}, "r.window"),
        ({"kind": RuleKind.GAP, "limit": 5.0, "window": Window(MINUTE, MINUTE)}, "r.limit"),
        ({"kind": RuleKind.FROZEN, "limit": 0.0}, "r.on_delay"),
        ({"kind": RuleKind.STALE, "window": Window(MINUTE, MINUTE)}, "r.window"),
        ({"limit": 1.0, "window": Window(7 * MINUTE, 7 * MINUTE)}, "r.window"),
        ({"limit": 1.0, "deadband": -1.0}, "r.deadband"),
        ({"limit": 1.0, "off_delay": -MINUTE}, "r.off_delay"),
        ({"limit": 1.0, "level": Level.LL}, "r.level"),
        ({"scope": Scope(expression="a - b")}, "r.expression"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(fields: dict[str, object], where: str) -> None:
    """Each fault of a rule is found when it is made, by field."""
    with pytest.raises(InvalidInput) as error:
        Rule(**{"id": "r", "name": NAME, "kind": RuleKind.HIGH, "scope": Scope(), **fields})  # type: ignore[arg-type]
    assert [finding.where for finding in error.value.findings] == [where]


def test_two_rules_of_one_id_are_refused() -> None:
    """A set of rules names each once."""
    rule = Rule("r", NAME, RuleKind.HIGH, Scope(), 1.0)
    with pytest.raises(InvalidInput):
        RuleSet(1, date(2026, 3, 4), [rule, rule])


def test_an_expression_of_points_stands_once_wherever_they_are() -> None:
    """Points of different things make one pair; beside a quantity a point is what each is compared with."""
    points = [Point(f"s{i}.nh3", f"s{i}", "nh3", timedelta(minutes=1)) for i in range(3)]
    things = [Thing(f"s{i}", "odour_station", f"{i}") for i in range(3)]

    def laid(expression: str) -> list[str]:
        rule = Rule("r", Text("식", "Formula"), RuleKind.HIGH, Scope(expression=expression), 1.0)
        pairs = lay_out_rules([rule], things, points)
        return [pairs.id(i) for i in range(len(pairs))]

    assert laid("point('s0.nh3') + point('s2.nh3')") == ["r@s0.nh3"]
    assert laid("point('s0.nh3') - nh3") == ["r@s0.nh3", "r@s1.nh3", "r@s2.nh3"]
    assert laid("point('nowhere') - nh3") == []
    points.append(Point("firm.nh3", "s0", "nh3", timedelta(minutes=1), "firm"))
    assert laid("point('s0.nh3') - point('firm.nh3')") == []
    pairs = lay_out_rules(
        [Rule("r", Text("식", "F"), RuleKind.HIGH, Scope(expression="nh3 - point('s2.nh3')"), 1.0)],
        things,
        points[:3],
    )
    memory = new_memory(pairs)
    evaluate(pairs, memory, Batch(np.arange(3), np.full(3, 1_000), np.array([5.0, 2.5, 2.0])))
    raised = tick(pairs, memory, 1_000).changes
    assert [pairs.id(int(pair)) for pair in raised.pair] == ["r@s0.nh3"]
