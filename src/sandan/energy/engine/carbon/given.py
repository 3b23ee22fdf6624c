"""What the operator gives to the book: a factor or the amount of a duty, read from the text of a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import isfinite

from sandan.energy.engine.carbon.book import carriers, thresholds
from sandan.energy.model.carbon import PARTS, Carrier, Factor, Part, Purpose
from sandan.energy.model.declared import GivenThreshold
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

FIELDS = (
    "carrier", "part", "gas", "purpose", "value", "years_from", "years_to", "effective_from", "version",
    "source",
)  # fmt: skip
MOST = 1e6
"""No factor in any of its units is larger: a slip of the unit."""


def read_factor(cells: Mapping[str, str], today: date) -> Factor:
    """The factor that a form says; `InvalidInput` with every fault.

    `effective_from` is the day from which it was known, today where it is left empty; an inventory of an
    earlier day does not use it.
    """
    said = {name: " ".join((cells.get(name) or "").split()) for name in FIELDS}
    found: list[Finding] = []
    carrier = carriers().get(said["carrier"])
    if carrier is None and said["carrier"]:
        found.append(_fault("에너지원", "energy", f"'{said['carrier']}'", ", ".join(carriers())))
    part = Part(said["part"]) if said["part"] in list(Part) else None
    if part is None:
        found.append(_fault("종류", "part", f"'{said['part']}'", ", ".join(Part)))
    else:
        found += _check_gas(carrier, part, said["gas"])
    if said["purpose"] and said["purpose"] not in list(Purpose):
        found.append(_fault("목적", "purpose", f"'{said['purpose']}'", ", ".join(Purpose)))
    value = _number(said["value"])
    if value is None or value > MOST:
        found.append(_fault("값", "value", f"'{said['value']}'", "0 … 1,000,000"))
    first, last = _year(said["years_from"]), _year(said["years_to"] or said["years_from"])
    if first is None or last is None or last < first:
        found.append(_fault("연도", "years", f"{said['years_from']}–{said['years_to']}", "2023, 2020–2022"))
    try:
        since = date.fromisoformat(said["effective_from"]) if said["effective_from"] else today
    except ValueError:
        since = today
        found.append(_fault("안 날", "known from", f"'{said['effective_from']}'", "2026-01-01"))
    found += _needs_source(said["source"])
    if found or part is None or value is None or first is None or last is None:
        raise InvalidInput(found)
    return Factor(
        "" if part is Part.WARMING else said["carrier"],
        said["gas"],
        part,
        Purpose(said["purpose"]) if said["purpose"] else None,
        "KR",
        said["version"] or said["years_from"],
        since,
        (first, last),
        value,
        units_of_part(part).get(said["carrier"], units_of_part(part)[""]),
        "O",
        said["source"],
    )


def read_threshold(id: str, tonnes: str, source: str) -> GivenThreshold:
    """The amount of a duty that a form says; `InvalidInput` with every fault."""
    open_ = [one.id for one in thresholds() if one.tonnes is None]
    found = [] if id in open_ else [_fault("기준", "duty", f"'{id}'", ", ".join(open_))]
    value = _number(tonnes)
    if not value:
        found.append(_fault("기준량", "amount", f"'{tonnes}'", "25000"))
    found += _needs_source(" ".join(source.split()))
    if found or value is None:
        raise InvalidInput(found)
    return GivenThreshold(id, value, " ".join(source.split()))


def units_of_part(part: Part) -> Mapping[str, str]:
    """The unit of a part of the chain by carrier; "" is for all others."""
    if part is Part.EMISSION:
        return {"electricity": "t/MWh", "": "t/TJ"}
    if part is Part.CALORIFIC:
        return {id: f"MJ/{one.unit}" for id, one in carriers().items() if one.fuel} | {"": "MJ"}
    return {"": "1" if part is Part.OXIDATION else "t/t"}


def _check_gas(carrier: Carrier | None, part: Part, gas: str) -> list[Finding]:
    name = PARTS[part]
    if part is Part.WARMING:
        return [] if gas in ("CH4", "N2O") else [_fault("기체", "gas", f"'{gas}'", "CH4, N2O")]
    if carrier is None:
        return [_fault("에너지원", "energy", f"{name.ko}/{name.en}", ", ".join(carriers()))]
    if part in (Part.CALORIFIC, Part.OXIDATION) and not carrier.fuel:
        return [
            _fault("종류", "part", f"{carrier.name.ko}/{carrier.name.en}: {name.ko}/{name.en}", "emission")
        ]
    allowed: tuple[str, ...] = carrier.gases
    if part is Part.CALORIFIC:
        allowed = ("",)
    elif part is Part.OXIDATION:
        allowed = ("CO2",)
    elif carrier.id == "electricity":
        allowed = (*carrier.gases, "residual")
    if gas in allowed:
        return []
    return [_fault("기체", "gas", f"'{gas}'", ", ".join(allowed) or "–")]


def _needs_source(source: str) -> list[Finding]:
    if source:
        return []
    return [
        Finding(
            "출처/source",
            Text("비었습니다.", "is empty."),
            Text("고시·문서의 이름과 주소를 적어 주십시오.", "name the notice or document and its address."),
        )
    ]


def _fault(ko: str, en: str, said: str, allowed: str) -> Finding:
    return Finding(
        f"{ko}/{en}",
        Text(f"{said}은(는) 쓸 수 없습니다.", f"{said} cannot be used."),
        Text(f"쓸 수 있는 값: {allowed}", f"values: {allowed}"),
    )


def _number(said: str) -> float | None:
    try:
        value = float(said.replace(",", ""))
    except ValueError:
        return None
    return value if isfinite(value) and value >= 0 else None


def _year(said: str) -> int | None:
    return int(said) if said.isdecimal() and 1990 <= int(said) <= 2199 else None
