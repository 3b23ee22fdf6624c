"""Renewable energy certificates: issued by whole MWh, weighed, kept three years, oldest used first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, Decimal

from sandan.energy.engine.vpp.rules import source_of
from sandan.energy.model.tariff import Source
from sandan.energy.model.vpp import Certificates, Issue, Plant
from sandan.errors import InvalidInput
from sandan.tables import read_table
from sandan.words import Text

_WATT_HOUR = Decimal("0.000001")


def weight_of(plant: Plant, day: date, given: Decimal | None = None) -> tuple[Decimal, Source]:
    """What a MWh of this plant counts for; `given` is the operator's, needed where the table is silent."""
    if given is not None:
        return given, Source("U", "setting of the operator")
    rows = [
        row
        for row in read_table(__name__, "rec_weights.csv")
        if row["place"] == plant.place
        and row["effective_from"] <= day.isoformat()
        and float(row["over_kw"]) < plant.capacity
        and (not row["upto_kw"] or plant.capacity <= float(row["upto_kw"]))
    ]
    if not rows or not rows[-1]["weight"]:
        raise InvalidInput.because(
            f"plants.{plant.id}.weight",
            Text(
                f"'{plant.id}'의 REC 가중치가 확인되지 않았습니다.",
                f"The certificate weight of '{plant.id}' is not known.",
            ),
            Text("공급인증서에 적힌 가중치를 적어 주십시오.", "Enter the weight printed on the certificate."),
        )
    return Decimal(rows[-1]["weight"]), source_of(rows[-1])


def issue_certificates(
    plant: Plant, kwh: Decimal, carried: Decimal, issued: date, given: Decimal | None = None
) -> Issue:
    """The certificates of a month's `kwh`, with what was `carried` over [weighted MWh] before it.

    number = ⌊carried + kWh / 1,000 × weight⌋; the rest is carried on, already weighed, so that a change of
    weight does not touch what was generated before. number + rest = carried + weighed generation exactly.
    """
    weight, source = weight_of(plant, issued, given)
    if kwh < 0 or carried < 0:
        raise InvalidInput.because(
            f"plants.{plant.id}.kwh",
            Text("발전량이 음수입니다.", "Generation is negative."),
            Text("0 이상을 주십시오.", "Give 0 or more."),
        )
    total = carried + (kwh / 1000).quantize(_WATT_HOUR) * weight
    number = int(total.to_integral_value(ROUND_DOWN))
    batch = Certificates(plant.id, number, issued, _expires(issued)) if number else None
    return Issue(batch, total - number, weight, source)


def retire_certificates(
    held: Sequence[Certificates], number: int, day: date
) -> tuple[tuple[Certificates, ...], tuple[Certificates, ...], tuple[Certificates, ...]]:
    """Sell or hand in `number` on `day`: what is used, what stays, what had expired.

    The oldest go first. Raises `InvalidInput` when fewer are valid.
    """
    expired = tuple(one for one in held if one.expires <= day)
    valid = sorted((one for one in held if one.expires > day), key=lambda one: (one.expires, one.plant))
    there = sum(one.number for one in valid)
    if not 0 <= number <= there:
        raise InvalidInput.because(
            "number",
            Text(f"유효한 REC는 {there:,}개입니다.", f"{there:,} certificates are valid."),
            Text("그 이하로 적으십시오.", "Ask for no more than that."),
        )
    used, kept, left = [], [], number
    for one in valid:
        take = min(left, one.number)
        left -= take
        if take:
            used.append(replace(one, number=take))
        if take < one.number:
            kept.append(replace(one, number=one.number - take))
    return tuple(used), tuple(kept), expired


def _expires(issued: date) -> date:
    row = [
        one for one in read_table(__name__, "rec_life.csv") if one["effective_from"] <= issued.isoformat()
    ][-1]
    year = issued.year + int(row["years"])
    if (issued.month, issued.day) == (2, 29):
        return date(year, 3, 1)
    return issued.replace(year=year)
