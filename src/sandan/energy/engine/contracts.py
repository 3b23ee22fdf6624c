"""Contracts as rows of text: read with every fault named, written so that they can be read again."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from sandan.energy.engine.tariff.book import options
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

COLUMNS = (
    "meter",
    "since",
    "kind",
    "voltage",
    "option",
    "power",
    "deferred_until",
    "demand_meter",
    "var_meter",
    "remote",
)
MOST_POWER = 10_000_000.0
"""So many kW no customer has: a slip of the unit [kW]."""
_YES, _NO = frozenset({"1", "yes", "true", "y"}), frozenset({"0", "no", "false", "n"})
_E = TypeVar("_E", bound=StrEnum)


class _Faults:
    def __init__(self, where: str) -> None:
        self.where = where
        self.found: list[Finding] = []

    def add(self, column: str, ko: str, en: str, remedy: Text) -> None:
        self.found.append(Finding(f"{self.where}{column}", Text(ko, en), remedy))


def read_contract(
    row: Mapping[str, str], meters: Collection[str], where: str = ""
) -> tuple[Agreement | None, Sequence[Finding]]:
    """The contract a row of text says, or every finding about it; `meters` are those there are."""
    cells = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    faults = _Faults(where)
    if cells["meter"] not in meters:
        faults.add(
            "meter",
            f"계량기 '{cells['meter']}'이(가) 없습니다.",
            f"there is no meter '{cells['meter']}'.",
            Text(
                "전력량계의 아이디를 적어 주십시오.",
                "give the id of a meter.",
            ),
        )
    since = _day(faults, "since", cells["since"])
    if not cells["since"]:
        faults.add("since", "적용 시작일이 없습니다.", "has no first day.", _DAY)
    deferred = _day(faults, "deferred_until", cells["deferred_until"])
    kind = _one_of(faults, "kind", Kind, cells["kind"])
    voltage = _one_of(faults, "voltage", Voltage, cells["voltage"])
    option = _one_of(faults, "option", Option, cells["option"])
    if kind is not None and voltage is not None and option is not None:
        offered = options(kind, voltage)
        if option not in offered:
            there = ", ".join(offered) or "–"
            faults.add(
                "option",
                f"{kind}·{voltage}에는 선택요금 '{option}'이(가) 없습니다.",
                f"{kind} at {voltage} has no option '{option}'.",
                Text(f"있는 선택요금: {there}.", f"there are: {there}."),
            )
    power = _power(faults, cells["power"])
    flags = {name: _flag(faults, name, cells[name]) for name in ("demand_meter", "var_meter", "remote")}
    if faults.found or since is None or kind is None or voltage is None or option is None or power is None:
        return None, faults.found
    contract = Contract(kind, voltage, option, power, deferred, **flags)
    return Agreement(cells["meter"], since, contract), ()


def read_contracts(text: str, meters: Collection[str]) -> list[Agreement]:
    """The contracts of a CSV file; `InvalidInput` with every finding of every row."""
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS[:6] if name not in (rows.fieldnames or ())]
    if missing:
        raise InvalidInput.because(
            "file",
            Text(f"열이 없습니다: {', '.join(missing)}.", f"columns are missing: {', '.join(missing)}."),
            Text(f"첫 행: {', '.join(COLUMNS)}", f"first row: {', '.join(COLUMNS)}"),
        )
    made: dict[tuple[str, date], Agreement] = {}
    findings: list[Finding] = []
    for number, row in enumerate(rows, 2):
        one, faults = read_contract(row, meters, where=f"{number}: ")
        findings += faults
        if one is None:
            continue
        if (one.meter, one.since) in made:
            findings.append(
                Finding(
                    f"{number}: since",
                    Text("같은 계량기와 시작일이 두 번 나옵니다.", "the same meter and day occur twice."),
                    Text("한 행만 남겨 주십시오.", "leave one row."),
                )
            )
        made[one.meter, one.since] = one
    if not made and not findings:
        findings.append(
            Finding(
                "file",
                Text("계약이 한 건도 없습니다.", "holds no contract."),
                Text("둘째 행부터 계약을 적어 주십시오.", "write contracts from the second row on."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    return list(made.values())


def as_row(one: Agreement) -> dict[str, str]:
    """The contract as text by column."""
    contract = one.contract
    return {
        "meter": one.meter,
        "since": one.since.isoformat(),
        "kind": contract.kind,
        "voltage": contract.voltage,
        "option": contract.option,
        "power": f"{contract.power:.12g}",
        "deferred_until": contract.deferred_until.isoformat() if contract.deferred_until else "",
        "demand_meter": "yes" if contract.demand_meter else "no",
        "var_meter": "yes" if contract.var_meter else "no",
        "remote": "yes" if contract.remote else "no",
    }


def write_contracts(agreements: Sequence[Agreement]) -> str:
    """CSV that `read_contracts` reads again."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(as_row(one) for one in agreements)
    return file.getvalue()


_DAY = Text("예: 2026-01-01", "for example 2026-01-01")


def _day(faults: _Faults, column: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.add(column, f"날짜 '{text}'을(를) 읽을 수 없습니다.", f"'{text}' is no date.", _DAY)
        return None


def _one_of(faults: _Faults, column: str, of: type[_E], text: str) -> _E | None:
    try:
        return of(text)
    except ValueError:
        there = ", ".join(of)
        faults.add(
            column,
            f"'{text}'은(는) 쓸 수 없는 값입니다.",
            f"'{text}' is not one of the values.",
            Text(f"쓸 수 있는 값: {there}.", f"values: {there}."),
        )
        return None


def _power(faults: _Faults, text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = math.nan
    if not 0 < value <= MOST_POWER:
        faults.add(
            "power",
            f"계약전력 '{text}'이(가) 0보다 큰 kW 값이 아닙니다.",
            f"'{text}' is not a contract power above 0 kW.",
            Text("계약전력을 kW로 적어 주십시오. 예: 500", "give it in kW, for example 500."),
        )
        return None
    return value


def _flag(faults: _Faults, column: str, text: str) -> bool:
    if text.lower() in _NO:
        return False
    if text and text.lower() not in _YES:
        faults.add(
            column,
            f"'{text}'은(는) yes나 no가 아닙니다.",
            f"'{text}' is neither yes nor no.",
            Text("yes 또는 no로 적어 주십시오.", "write yes or no."),
        )
    return True
