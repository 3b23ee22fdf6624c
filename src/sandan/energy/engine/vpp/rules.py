"""The market's rules, read once from the tables beside this module, and which version holds when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import cast, get_args

from sandan.energy.model.pool import OwnBands
from sandan.energy.model.tariff import Mark, Source
from sandan.energy.model.vpp import Area, Bands, Gate, PlantKind, Pool, RegistrationRule
from sandan.errors import Finding, InvalidInput
from sandan.tables import read_table
from sandan.words import Text


@cache
def all_bands() -> tuple[Bands, ...]:
    """Every version for every kind and area, oldest first."""
    made: dict[tuple[str, str, str], Bands] = {}
    for row in read_table(__name__, "bands.csv"):
        key = (row["version"], row["kind"], row["area"])
        before = made[key].steps if key in made else ()
        made[key] = Bands(
            row["version"],
            PlantKind(row["kind"]),
            Area(row["area"]),
            date.fromisoformat(row["effective_from"]),
            date.fromisoformat(row["effective_until"]) if row["effective_until"] else None,
            (*before, (float(row["upto_percent"]), float(row["won"]))),
            float(row["least_output"]),
            source_of(row),
        )
    return tuple(sorted(made.values(), key=lambda one: (one.effective_from, one.kind, one.area)))


def bands(day: date, kind: PlantKind, area: Area = Area.MAINLAND) -> Bands:
    """The bands in force; `InvalidInput` where the scheme has none, as in Jeju since June 2025."""
    found = bands_for(day, kind, area)
    if found is not None:
        return found
    raise InvalidInput.because(
        "bands",
        Text(
            f"{day:%Y-%m-%d}에는 이 자원의 예측제도 정산 기준이 없습니다.",
            f"The forecast scheme has no bands for this resource on {day:%Y-%m-%d}.",
        ),
        Text(
            "기간과 지역, 자원 종류를 확인해 주십시오.", "Check the day, the area and the kind of resource."
        ),
    )


def bands_for(
    day: date, kind: PlantKind, area: Area = Area.MAINLAND, own: Sequence[OwnBands] = ()
) -> Bands | None:
    """The bands in force, the operator's `own` before those of the tables that are no newer, or None."""
    found = None
    for one in all_bands():
        within = one.effective_from <= day and (one.effective_until is None or day <= one.effective_until)
        if within and (one.kind, one.area) == (kind, area):
            found = one
    mine = max(
        (one for one in own if one.effective_from <= day), key=lambda one: one.effective_from, default=None
    )
    if mine is None or (found is not None and found.effective_from > mine.effective_from):
        return found
    return Bands(
        f"own {mine.effective_from}",
        kind,
        area,
        mine.effective_from,
        None,
        mine.steps,
        mine.least_output,
        Source("U", mine.source),
    )


@cache
def gates() -> tuple[Gate, ...]:
    """When forecasts for a day may be handed in until."""
    return tuple(
        Gate(row["gate"], int(row["days_before"]), int(row["hour"]), source_of(row))
        for row in read_table(__name__, "gates.csv")
    )


def registration_rule(day: date) -> RegistrationRule:
    """The test in force; before the scheme began, the first."""
    rows = read_table(__name__, "registration.csv")
    row = [one for one in rows if one["effective_from"] <= day.isoformat()][-1:] or rows[:1]
    one = row[0]
    return RegistrationRule(
        one["version"],
        date.fromisoformat(one["effective_from"]),
        int(one["entry_months"]),
        float(one["entry_mean"]),
        int(one["stay_months"]),
        float(one["stay_mean"]),
        source_of(one),
    )


def eligibility(pool: Pool) -> tuple[Finding, ...]:
    """Why this pool may not take part; nothing when it may.

    The sources differ on whether exactly 20 MW is enough ('이상', '초과'); it is let in here.
    """
    rule = read_table(__name__, "eligibility.csv")[-1]
    single, pooled, each = (
        float(rule[k]) for k in ("single_over_kw", "pooled_over_kw", "pooled_each_upto_kw")
    )
    total, found = float(pool.capacity.sum()), []
    if len(pool.plants) == 1 and total >= single:
        return ()
    for plant in pool.plants:
        if plant.capacity > each:
            found.append(
                Finding(
                    f"plants.{plant.id}",
                    Text(
                        f"{plant.capacity:,.0f} kW는 집합자원의 개별 한도 {each:,.0f} kW를 넘습니다.",
                        f"{plant.capacity:,.0f} kW is above the {each:,.0f} kW a pooled plant may have.",
                    ),
                    Text("집합에서 빼거나 개별 자원으로 등록하십시오.", "Leave it out or register it alone."),
                )
            )
    if total < pooled:
        found.append(
            Finding(
                "plants",
                Text(
                    f"합계 {total:,.0f} kW로 {pooled:,.0f} kW에 {pooled - total:,.0f} kW 모자랍니다.",
                    f"Together {total:,.0f} kW: {pooled - total:,.0f} kW short of {pooled:,.0f} kW.",
                ),
                Text("발전소를 더 모집하십시오.", "Recruit more plants."),
            )
        )
    return tuple(found)


def source_of(row: Mapping[str, str]) -> Source:
    """Where a row was read."""
    assert row["mark"] in get_args(Mark), row
    return Source(cast("Mark", row["mark"]), row["source"])
