"""A bill as plain data and back, to the last digit, and the hash it is known by."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

from sandan.energy.model.tariff import (
    Bill,
    BillingDemand,
    Completeness,
    Contract,
    Kind,
    Line,
    Option,
    PowerFactor,
    Source,
    Voltage,
)
from sandan.words import Text


def write_bill(bill: Bill) -> dict[str, Any]:
    """The bill as JSON takes it: what was not measured is null."""
    plain: dict[str, Any] = _plain(asdict(bill))
    return plain


def read_bill(body: Mapping[str, Any]) -> Bill:
    """The bill that `write_bill` wrote."""
    contract, demand, factor = body["contract"], body["demand"], body["power_factor"]
    deferred = contract["deferred_until"]
    month = demand["month"]
    return Bill(
        month=(body["month"][0], body["month"][1]),
        begin=body["begin"],
        end=body["end"],
        contract=Contract(
            **contract
            | {
                "kind": Kind(contract["kind"]),
                "voltage": Voltage(contract["voltage"]),
                "option": Option(contract["option"]),
                "deferred_until": date.fromisoformat(deferred) if deferred else None,
            }
        ),
        versions=tuple(body["versions"]),
        demand=BillingDemand(
            **demand | {"month": tuple(month) if month else None, "peak": _number(demand["peak"])}
        ),
        power_factor=PowerFactor(**factor | {name: _number(factor[name]) for name in ("lagging", "leading")}),
        completeness=Completeness(**body["completeness"]),
        lines=tuple(
            Line(
                **line
                | {
                    "name": Text(**line["name"]),
                    "rule": Text(**line["rule"]),
                    "source": Source(**line["source"]),
                    "measured": _number(line["measured"]),
                }
            )
            for line in body["lines"]
        ),
        total=body["total"],
        notes=tuple(Text(**note) for note in body["notes"]),
        version=body["version"],
    )


def hash_of(said: Mapping[str, Any]) -> str:
    """SHA-256 over the JSON of what is said: keys sorted, no spaces."""
    text = json.dumps(said, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case StrEnum():
            return str(value)
        case IntEnum():
            return int(value)
        case float():
            return None if math.isnan(value) else value
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case _:
            return value


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
