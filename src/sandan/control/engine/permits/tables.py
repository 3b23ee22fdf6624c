"""The rules of work permits, read from their tables; mark U means practice without a source we found."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from sandan.control.engine.environment.tables import basis_of
from sandan.control.model.permits import (
    AirRule,
    AlarmRule,
    NeedRule,
    PairRule,
    PermitKind,
    PermitRules,
    StepRule,
    SurroundingRule,
    WeatherRule,
    Weight,
)
from sandan.tables import read_table
from sandan.words import Text

Row = dict[str, str]


def _text(row: Row, before: str = "") -> Text:
    return Text(row[f"{before}ko"], row[f"{before}en"])


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def permit_rules() -> PermitRules:
    """The built-in rules: `kinds`, `pairs`, `weather`, `alarms`, `surroundings`, `needs`, `air`, `closing`
    and `signs`.csv."""
    kinds = {
        row["id"]: PermitKind(row["id"], _text(row), basis_of(row))
        for row in read_table(__name__, "kinds.csv")
    }
    return PermitRules(
        MappingProxyType(kinds),
        tuple(_pair(row) for row in read_table(__name__, "pairs.csv")),
        tuple(_weather(row) for row in read_table(__name__, "weather.csv")),
        tuple(
            AlarmRule(
                row["id"], row["kind"], row["quantity"], Weight(row["severity"]), _text(row), basis_of(row)
            )
            for row in read_table(__name__, "alarms.csv")
        ),
        tuple(_surrounding(row) for row in read_table(__name__, "surroundings.csv")),
        tuple(
            NeedRule(
                row["id"], row["kind"], row["provision"], row["when"] == "dark", _text(row), basis_of(row)
            )
            for row in read_table(__name__, "needs.csv")
        ),
        tuple(_air(row) for row in read_table(__name__, "air.csv")),
        *(
            tuple(
                StepRule(row["id"], row["kind"], _text(row), basis_of(row))
                for row in read_table(__name__, name)
            )
            for name in ("closing.csv", "signs.csv")
        ),
    )


def _pair(row: Row) -> PairRule:
    return PairRule(
        row["id"],
        row["first"],
        row["second"],
        float(row["within"]),
        Weight(row["severity"]),
        _text(row),
        _text(row, "remedy_"),
        basis_of(row),
    )


def _weather(row: Row) -> WeatherRule:
    return WeatherRule(
        row["id"],
        row["kind"],
        row["quantity"],
        _number(row["from"]),
        row["inclusive"] == "yes",
        Weight(row["severity"]),
        _text(row),
        basis_of(row),
    )


def _surrounding(row: Row) -> SurroundingRule:
    return SurroundingRule(
        row["id"],
        row["kind"],
        row["thing"],
        _number(row["within"]),
        row["unless"],
        Weight(row["severity"]),
        _text(row),
        _text(row, "remedy_"),
        basis_of(row),
    )


def _air(row: Row) -> AirRule:
    return AirRule(
        row["id"],
        row["kind"],
        row["quantity"],
        _number(row["low"]),
        _number(row["below"]),
        row["unit"],
        _text(row),
        basis_of(row),
    )
