"""The tariffs and levies there are: tables read once, and which version holds for whom on which day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import cast, get_args

from sandan.energy.model.rates import Band
from sandan.energy.model.tariff import (
    KINDS,
    OPTIONS,
    VOLTAGES,
    Contract,
    DemandRule,
    Discount,
    ExcessRule,
    Kind,
    Levies,
    Mark,
    Option,
    PowerFactorRule,
    Round,
    Schedule,
    Season,
    Source,
    Tariff,
    Voltage,
)
from sandan.errors import Finding, InvalidInput
from sandan.tables import read_table
from sandan.words import Text

_BANDS = {"L": Band.LIGHT, "M": Band.MID, "P": Band.PEAK}
_LEVIES: Mapping[str, Text] = MappingProxyType(
    {
        "climate": Text("기후환경요금 단가", "climate price"),
        "fuel": Text("연료비조정단가", "fuel adjustment"),
        "fund": Text("전력산업기반기금 요율", "industry-fund rate"),
        "vat": Text("부가가치세율", "VAT rate"),
    }
)


@cache
def tariffs() -> tuple[Tariff, ...]:
    """Every version of every tariff: by kind, voltage and option, oldest first."""
    order = {word: i for i, word in enumerate((*Kind, *Voltage, *Option))}
    read = [_tariff(row) for row in read_table(__name__, "prices.csv")]
    return tuple(
        sorted(read, key=lambda one: (order[one.kind], order[one.voltage], order[one.option], one.version))
    )


def tariff(kind: Kind, voltage: Voltage, option: Option, version: str) -> Tariff:
    """One version by its name; `InvalidInput` names the versions there are."""
    rows = versions(kind, voltage, option)
    found = next((one for one in rows if one.version == version), None)
    if found is None:
        texts = (KINDS[kind], VOLTAGES[voltage], OPTIONS[option])
        name = Text(" ".join(one.ko for one in texts), ", ".join(one.en for one in texts))
        there = ", ".join(one.version for one in rows) or "–"
        raise InvalidInput.because(
            "tariff.version",
            Text(
                f"{name.ko} 요금표 '{version}'이(가) 없습니다.",
                f"There is no tariff '{version}' for {name.en}.",
            ),
            Text(f"있는 요금표: {there}.", f"There are: {there}."),
        )
    return found


def versions(kind: Kind, voltage: Voltage, option: Option) -> tuple[Tariff, ...]:
    """The versions of one tariff, oldest first."""
    return _by_contract().get((kind, voltage, option), ())


def options(kind: Kind, voltage: Voltage) -> tuple[Option, ...]:
    """The options a customer of this kind and voltage may choose from."""
    return tuple(option for option in Option if (kind, voltage, option) in _by_contract())


def schedule(contract: Contract, first: date, last: date) -> Schedule:
    """The tariffs that hold for this customer from `first` to `last`, both included.

    A change that may be deferred takes effect for who deferred it on the day after `contract.deferred_until`.
    """
    parts = []
    for one in versions(contract.kind, contract.voltage, contract.option):
        begin = one.effective_from
        if contract.deferred_until is not None and one.deferrable_until is not None:
            begin = max(begin, min(contract.deferred_until, one.deferrable_until) + timedelta(days=1))
        parts.append((begin, one))
    before = [i for i, (begin, _) in enumerate(parts) if begin <= first]
    if not before:
        since = f"{parts[0][0]:%Y-%m-%d}" if parts else "–"
        raise InvalidInput.because(
            "tariff",
            Text(
                f"{first:%Y-%m-%d}에 적용할 요금표가 없습니다(가장 이른 요금표: {since}).",
                f"No tariff is known for {first:%Y-%m-%d}; the earliest starts on {since}.",
            ),
            Text(
                "계약종별·전압·선택요금을 확인하거나, 적용할 요금표를 직접 지정해 주십시오.",
                "Check kind, voltage and option, or name the tariff to use.",
            ),
        )
    return Schedule(tuple(part for part in parts[before[-1] :] if part[0] <= last))


def levies(
    day: date,
    *,
    climate: float | None = None,
    fuel: float | None = None,
    fund: float | None = None,
    rounding: Mapping[str, Round] | None = None,
    power_factor: PowerFactorRule | None = None,
) -> Levies:
    """What is charged on top of base and energy as of `day`.

    A value that is given counts as the operator's; one that is neither given nor in the tables is a finding.
    """
    given = {"climate": climate, "fuel": fuel, "fund": fund, "vat": None}
    values, sources, findings = {}, {}, []
    for line, value in given.items():
        found = _levy(line, day)
        if value is not None:
            values[line], sources[line] = value, Source("U", "setting of the operator")
        elif found is not None:
            values[line], sources[line] = found
        else:
            findings.append(
                Finding(
                    f"levies.{line}",
                    Text(
                        f"{day:%Y-%m-%d}의 {_LEVIES[line].ko}이(가) 확인되지 않았습니다.",
                        f"The {_LEVIES[line].en} of {day:%Y-%m-%d} is not known.",
                    ),
                    Text(
                        "한전 고지서의 값을 설정에 적어 주십시오.", "Enter the value printed on KEPCO's bill."
                    ),
                )
            )
    rule = power_factor or power_factor_rule(day)
    if rule is None:
        findings.append(
            Finding(
                "levies.power_factor",
                Text(
                    f"{day:%Y-%m-%d}의 역률 규정이 없습니다.",
                    f"No power-factor rule is known for {day:%Y-%m-%d}.",
                ),
                Text("적용할 역률 규정을 지정해 주십시오.", "Name the power-factor rule to use."),
            )
        )
    if findings or rule is None:
        raise InvalidInput(findings)
    return Levies(
        climate=values["climate"],
        fuel=values["fuel"],
        fund=values["fund"],
        vat=values["vat"],
        power_factor=rule,
        rounding=rounding or default_rounding(),
        sources=MappingProxyType(sources),
    )


def power_factor_rule(day: date) -> PowerFactorRule | None:
    """The power-factor rule in force on `day`, if one is known."""
    held = [rule for begin, rule in power_factor_rules() if begin <= day]
    return held[-1] if held else None


@cache
def power_factor_rules() -> tuple[tuple[date, PowerFactorRule], ...]:
    """Every version with the day from which it holds, oldest first."""
    rows = sorted(read_table(__name__, "power_factor.csv"), key=lambda row: row["effective_from"])
    return tuple(
        (
            date.fromisoformat(row["effective_from"]),
            PowerFactorRule(
                version=row["version"],
                day_from=int(row["day_from"]),
                day_to=int(row["day_to"]),
                lagging_base=float(row["lagging_base"]),
                lagging_cap=float(row["lagging_cap"]),
                lagging_least=float(row["lagging_least"]),
                leading_base=float(row["leading_base"]),
                leading_least=float(row["leading_least"]),
                step=float(row["step"]),
                smallest_low_voltage=float(row["smallest_low_voltage"]),
                deemed=float(row["deemed"]),
                source=_source(row),
            ),
        )
        for row in rows
    )


@cache
def default_rounding() -> Mapping[str, Round]:
    """How each figure of a bill is rounded."""
    return MappingProxyType(
        {
            row["what"]: Round(
                Decimal(row["unit"]),
                "truncate" if row["mode"] == "truncate" else "half_up",
                _source(row),
            )
            for row in read_table(__name__, "rounding.csv")
        }
    )


@cache
def temporary_holidays() -> frozenset[date]:
    """Days the government made holidays by the way, which the tariff does not know (별표 3 단서 3)."""
    return frozenset(date.fromisoformat(row["day"]) for row in read_table(__name__, "temporary_holidays.csv"))


def _levy(line: str, day: date) -> tuple[float, Source] | None:
    for row in read_levies():
        begin, end = row["effective_from"], row["effective_until"]
        if row["line"] == line and begin <= day.isoformat() and (not end or day.isoformat() <= end):
            return float(row["value"]), _source(row)
    return None


@cache
def read_levies() -> tuple[dict[str, str], ...]:
    """The rows of climate, fuel, fund and tax."""
    return tuple(read_table(__name__, "levies.csv"))


@cache
def _by_contract() -> dict[tuple[Kind, Voltage, Option], tuple[Tariff, ...]]:
    made: dict[tuple[Kind, Voltage, Option], tuple[Tariff, ...]] = {}
    for one in tariffs():
        key = (one.kind, one.voltage, one.option)
        made[key] = (*made.get(key, ()), one)
    return made


def _tariff(row: dict[str, str]) -> Tariff:
    rules = _version_rules()[row["kind"], row["version"]]
    names = ("summer", "spring_fall", "winter")
    hours, source = _hours()[rules["hours"]]
    begin = date.fromisoformat(row["version"])
    return Tariff(
        version=row["version"],
        kind=Kind(row["kind"]),
        voltage=Voltage(row["voltage"]),
        option=Option(row["option"]),
        effective_from=begin,
        deferrable_until=_day(rules["deferrable_until"]),
        base=float(row["base"]),
        prices=tuple(
            (float(row[f"{name}_light"]), float(row[f"{name}_mid"]), float(row[f"{name}_peak"]))
            for name in names
        ),
        price_source=_source(row),
        hours=hours,
        hours_source=source,
        banded=rules["hours"] != "none",
        saturday_peak_is_mid=rules["saturday"] == "peak_to_mid",
        holiday_is_light=rules["holiday"] == "all_to_light",
        discount=_discount(rules),
        day_source=_source(rules),
        seasons=_seasons(),
        demand=_demand(begin),
        excess=_excess(),
    )


def _discount(row: dict[str, str]) -> Discount | None:
    until = _day(row["discount_until"])
    if until is None:
        return None
    return Discount(float(row["discount"]), int(row["discount_from"]), int(row["discount_to"]), until)


@cache
def _version_rules() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["kind"], row["version"]): row for row in read_table(__name__, "versions.csv")}


@cache
def _hours() -> dict[str, tuple[tuple[tuple[Band, ...], ...], Source]]:
    made: dict[str, tuple[tuple[tuple[Band, ...], ...], Source]] = {}
    for row in read_table(__name__, "hours.csv"):
        before = made.get(row["hours"], ((), _source(row)))[0]
        made[row["hours"]] = ((*before, tuple(_BANDS[letter] for letter in row["bands"])), _source(row))
    return made


@cache
def _seasons() -> tuple[Season, ...]:
    rows = sorted(read_table(__name__, "seasons.csv"), key=lambda row: int(row["month"]))
    return tuple(Season[row["season"].upper()] for row in rows)


@cache
def _demand(day: date) -> DemandRule:
    row = [row for row in read_table(__name__, "demand.csv") if row["effective_from"] <= day.isoformat()][-1]
    return DemandRule(
        months=frozenset(int(month) for month in row["months"].split()),
        window=int(row["window"]),
        floor=float(row["floor"]),
        light_counts=row["light_counts"] == "yes",
        source=_source(row),
    )


@cache
def _excess() -> ExcessRule:
    rows = read_table(__name__, "excess.csv")
    return ExcessRule(tuple((float(row["over"]), float(row["factor"])) for row in rows), _source(rows[0]))


def _source(row: Mapping[str, str]) -> Source:
    assert row["mark"] in get_args(Mark), row
    return Source(cast("Mark", row["mark"]), row["source"])


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
