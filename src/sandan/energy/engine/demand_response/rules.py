"""The rules, read once from the tables beside this module; texts of 2019, to be checked against today's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import cast, get_args

from sandan.energy.model.demand_response import BaselineKind, BaselineRule, Grouping, Limits
from sandan.energy.model.tariff import Mark, Source
from sandan.tables import read_table


@cache
def baseline_rule(kind: BaselineKind, day: date) -> BaselineRule:
    """The version in force, or the oldest known for a day before it."""
    row = _in_force([one for one in read_table(__name__, "baselines.csv") if one["kind"] == kind], day)
    return BaselineRule(
        kind,
        row["version"],
        date.fromisoformat(row["effective_from"]),
        int(row["days"]),
        int(row["drop_high"]),
        int(row["drop_low"]),
        int(row["look_back"]),
        float(row["low_share"]),
        float(row["factory_high"]),
        source_of(row),
    )


@cache
def limits(day: date) -> Limits:
    """What may be bid and asked for on a day."""
    rows = read_table(__name__, "limits.csv")
    held = {name: _in_force([one for one in rows if one["limit"] == name], day) for name in _names(rows)}
    number = {name: int(float(row["value"])) for name, row in held.items() if name != "admitted_rrmse"}
    return Limits(
        **number,
        admitted_rrmse=float(held["admitted_rrmse"]["value"]),
        sources={name: source_of(row) for name, row in held.items()},
    )


@cache
def grouping(day: date) -> Grouping:
    """Whose differences count."""
    row = _in_force(read_table(__name__, "groupings.csv"), day)
    return Grouping(
        row["version"],
        date.fromisoformat(row["effective_from"]),
        row["participants_only"] == "yes",
        source_of(row),
    )


def usual_base_pay(day: date) -> tuple[float, float, Source]:
    """Between which the yearly base pay was seen [won/kW]; what holds is the operator's to say."""
    row = _in_force(read_table(__name__, "base_pay.csv"), day)
    return float(row["lowest"]), float(row["highest"]), source_of(row)


def working_day(day: date, holidays: frozenset[date]) -> bool:
    """Monday to Friday and no public holiday."""
    return day.weekday() < 5 and day not in holidays


def source_of(row: Mapping[str, str]) -> Source:
    """Where a row was read."""
    assert row["mark"] in get_args(Mark), row
    return Source(cast("Mark", row["mark"]), row["source"])


def _names(rows: list[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(row["limit"] for row in rows))


def _in_force(rows: list[dict[str, str]], day: date) -> dict[str, str]:
    ordered = sorted(rows, key=lambda row: row["effective_from"])
    held = [row for row in ordered if row["effective_from"] <= day.isoformat()]
    return held[-1] if held else ordered[0]
