"""Which threshold bounds the area, and where the published tables disagree about it.

The order of endpoints is a table. A row is never preferred to another that says something else: both
are drawn, and the lower is the outer line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sandan.control.model.substances import Threshold
from sandan.tables import read_table
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Rows that give different values, or none that may be used, to the same threshold."""

    rows: Sequence[Threshold]
    text: Text


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The rows that bound the area, lowest first (none if no table has any), and why these."""

    rows: Sequence[Threshold]
    basis: Text
    disagreement: Disagreement | None


@dataclass(frozen=True, slots=True)
class _Choice:
    begin: float
    end: float
    scale: str
    level: str
    exposure: float


@cache
def _order() -> Sequence[_Choice]:
    rows = sorted(
        read_table(__name__, "endpoint_order.csv"), key=lambda row: (float(row["from_min"]), int(row["rank"]))
    )
    return tuple(
        _Choice(
            float(row["from_min"]),
            float(row["to_min"] or "inf"),
            row["scale"],
            row["level"],
            float(row["exposure_min"]),
        )
        for row in rows
    )


def choose_endpoint(table: Sequence[Threshold], substance: str, minutes: float, level: str = "2") -> Endpoint:
    """The rows of `table` that bound the area for an exposure of so many minutes.

    The order is that of level 2; the first effects are chosen by the same with `level` 1. Below 7 min
    AEGL-2 of 10 min, to 25 min that of 30 min, beyond that ERPG-2 and then AEGL-2 of 60 min; where the
    table has no such row the next is taken, and the basis says so; last comes PAC-2. Source: the table of
    the order of endpoints (KOSHA).
    """
    wanted = [one for one in _order() if one.begin <= minutes < one.end]
    for rank, choice in enumerate(wanted):
        rows = [
            row
            for row in table
            if (row.substance, row.scale, row.level, row.exposure)
            == (substance, choice.scale, level, choice.exposure)
        ]
        usable = sorted((row for row in rows if row.value is not None), key=lambda row: row.value or 0.0)
        if usable:
            return Endpoint(tuple(usable), _say(choice, wanted[0], rank), _differ(rows))
    none = Text(
        "이 물질의 기준이 표에 없습니다. 기준표를 불러오십시오.",
        "The table has no threshold for this substance; load one.",
    )
    return Endpoint((), none, None)


def _say(choice: _Choice, first: _Choice, rank: int) -> Text:
    name, better = (f"{one.scale}-{one.level} ({one.exposure:g} min)" for one in (choice, first))
    if rank == 0:
        return Text(f"노출 시간에 맞는 {name} 기준", f"{name}, by the length of exposure")
    return Text(f"{better} 값이 표에 없어 {name} 기준을 씀", f"{name}, as the table has no usable {better}")


def find_disagreements(table: Sequence[Threshold]) -> Sequence[Disagreement]:
    """Every threshold on which the rows of a table do not agree."""
    groups: dict[tuple[str, str, str, float | None], list[Threshold]] = {}
    for row in table:
        groups.setdefault((row.substance, row.scale, row.level, row.exposure), []).append(row)
    return tuple(found for rows in groups.values() if (found := _differ(rows)) is not None)


def _differ(rows: Sequence[Threshold]) -> Disagreement | None:
    values = {row.value for row in rows}
    if len(values) == 1 and None not in values:
        return None
    label = rows[0].label
    known = sorted((row for row in rows if row.value is not None), key=lambda row: row.value or 0.0)
    if not known:
        text = Text(
            f"{label}: 출처가 서로 모순되어 쓸 값이 없습니다.",
            f"{label}: the sources contradict each other, so there is no value to use.",
        )
    else:
        listed = " / ".join(f"{row.value:g} {row.unit}" for row in known)
        text = Text(
            f"{label}: 출처마다 값이 다릅니다({listed}).", f"{label}: the sources disagree ({listed})."
        )
    return Disagreement(tuple(rows), text)
