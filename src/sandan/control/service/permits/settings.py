"""The operator's settings of permits, for which no source gives a figure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sandan.control.engine.permits import permit_rules
from sandan.control.model.permits import ANY, PermitParams
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

REACH, AFTER, LONGEST, LIMITS, AIR, AGE = (
    "permit_alarm_reach",
    "permit_after_minutes",
    "permit_longest_hours",
    "permit_weather_limits",
    "permit_air_limits",
    "permit_air_test_minutes",
)


def permit_params(table: Mapping[str, Any]) -> PermitParams:
    """The settings of permits in `[control]`; `InvalidInput` names all that is wrong in them.

    `permit_alarm_reach` [m] by quantity, "*" for the others; `permit_after_minutes` and
    `permit_longest_hours` by kind of work; `permit_weather_limits` and `permit_air_limits` by rule of
    `weather.csv` and `air.csv`, in the unit of its quantity; `permit_air_test_minutes`. None has a default,
    because none has a source. A limit of the law is not among those of the air: it is no setting.
    """
    rules, found = permit_rules(), list[Finding]()
    reach = _figures(table, REACH, {rule.quantity for rule in rules.alarms} | {ANY}, found)
    after = _figures(table, AFTER, rules.kinds, found)
    longest = _figures(table, LONGEST, rules.kinds, found)
    limits = _figures(table, LIMITS, {rule.id for rule in rules.weather}, found)
    air = _figures(table, AIR, {rule.id for rule in rules.air if rule.below is None}, found)
    age = table.get(AGE)
    if age is not None and not _is_figure(age):
        found.append(_no_figure(AGE))
    if found:
        raise InvalidInput(found)
    return PermitParams(
        alarm_reach=reach,
        test_age=None if age is None else timedelta(minutes=float(age)),
        after={kind: timedelta(minutes=minutes) for kind, minutes in after.items()},
        longest={kind: timedelta(hours=hours) for kind, hours in longest.items()},
        weather_limits=limits,
        air_limits=air,
    )


def _figures(
    table: Mapping[str, Any], name: str, known: Collection[str], found: list[Finding]
) -> dict[str, float]:
    given = table.get(name, {})
    if not isinstance(given, Mapping):
        problem = Text("표가 아닙니다.", "is not a table.")
        remedy = Text(f"예: [control.{name}]", f"for example [control.{name}]")
        found.append(Finding(f"[control] {name}", problem, remedy))
        return {}
    for key, value in given.items():
        if key not in known:
            problem = Text(f"'{key}'은(는) 알 수 없는 이름입니다.", f"'{key}' is unknown.")
            names = ", ".join(sorted(known))
            remedy = Text(f"가능한 값: {names}", f"one of: {names}")
            found.append(Finding(f"[control.{name}]", problem, remedy))
        elif not _is_figure(value):
            found.append(_no_figure(f"{name}.{key}"))
    return {key: float(value) for key, value in given.items() if _is_figure(value)}


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _no_figure(name: str) -> Finding:
    problem = Text("0 이상의 수가 아닙니다.", "is not a number of 0 or more.")
    return Finding(f"[control] {name}", problem, Text("예: 30", "for example 30"))
