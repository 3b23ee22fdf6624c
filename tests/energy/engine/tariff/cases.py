"""Reads the folders of bills worked by hand."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sandan.energy.engine.tariff import Calendar, levies, power_factor_rules, tariff
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.tariff import Contract, History, Kind, Levies, Option, Tariff, Voltage

CASES = Path(__file__).parents[3] / "cases" / "energy" / "bills"
SEOUL = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True)
class Case:
    """One folder, ready to be billed."""

    name: str
    meter: Meter
    contract: Contract
    tariff: Tariff | None
    levies: Levies
    calendar: Calendar
    history: History
    expected: dict[str, int]
    """Won by line, the total among them."""


def case_names() -> list[str]:
    return sorted(path.parent.name for path in CASES.glob("*/case.toml"))


def read_case(name: str) -> Case:
    """The case of this folder."""
    told = tomllib.loads((CASES / name / "case.toml").read_text(encoding="utf-8"))
    contract = Contract(
        Kind(told["kind"]),
        Voltage(told["voltage"]),
        Option(told["option"]),
        told["power"],
        deferred_until=told.get("deferred_until"),
        demand_meter=told.get("demand_meter", True),
        var_meter=told.get("var_meter", True),
    )
    calendar = Calendar.of(told["holidays"], count_temporary=told.get("count_temporary", False))
    rule = next(rule for _, rule in power_factor_rules() if rule.version == told["levies"]["power_factor"])
    with (CASES / name / "lines.csv").open(encoding="utf-8") as file:
        expected = {row["id"]: int(row["won"]) for row in csv.DictReader(file)}
    told_levies = told["levies"]
    past = told["history"]
    return Case(
        name=name,
        meter=_meter(told, calendar),
        contract=contract,
        tariff=tariff(contract.kind, contract.voltage, contract.option, told["version"])
        if "version" in told
        else None,
        levies=levies(
            told["begin"],
            climate=told_levies["climate"],
            fuel=told_levies["fuel"],
            fund=told_levies["fund"],
            power_factor=rule,
        ),
        calendar=calendar,
        history=History(
            peaks={(int(key[:4]), int(key[5:])): kw for key, kw in past["peaks"].items()},
            power_factor_warned=past["power_factor_warned"],
            excess_warned=past["excess_warned"],
        ),
        expected=expected,
    )


def quarter_hours(begin: date, end: date) -> NDArray[np.int64]:
    """Starts of the quarter-hours between two days in Seoul [ms]."""
    first = round(datetime(begin.year, begin.month, begin.day, tzinfo=SEOUL).timestamp() * 1000)
    return first + SLOT_MS * np.arange((end - begin).days * 96, dtype=np.int64)


def _meter(told: dict[str, Any], calendar: Calendar) -> Meter:
    begin, end = told["begin"], told["end"]
    start = quarter_hours(begin, end)
    values = {key: np.full(len(start), np.nan) for key in ("kw", "lagging", "leading")}
    for k in range((end - begin).days):
        day = begin + timedelta(days=k)
        kind = "weekday" if day.weekday() < 5 else "saturday"
        if day.weekday() == 6 or day in calendar.holidays:
            kind = "holiday"
        for load in told["load"]:
            if kind not in load.get("days", [kind]) or not load.get("from", day) <= day < load.get("to", end):
                continue
            low, high = load.get("hours", [0, 24])
            slots = slice(k * 96 + low * 4, k * 96 + high * 4)
            for key, array in values.items():
                if key in load:
                    array[slots] = load[key] / 4
                if load.get("missing", False):
                    array[slots] = np.nan
    has_factor = any("lagging" in load for load in told["load"])
    return Meter(
        start,
        values["kw"],
        values["lagging"] if has_factor else None,
        values["leading"] if has_factor else None,
    )
