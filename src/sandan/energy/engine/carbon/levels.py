"""Emissions by corporation, site and facility, and which duties begin at how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sandan.energy.engine.carbon.book import thresholds
from sandan.energy.model.carbon import GRAMS, Inventory, Level, LevelSum, Line, Threshold


@dataclass(frozen=True, slots=True)
class Standing:
    """How one corporation or site stands to a threshold."""

    threshold: Threshold
    sum: LevelSum
    above: bool | None
    """None when the threshold is not known, or when emissions that could not be counted may lead above it."""


def by_level(
    inventory: Inventory, level: Level, table: Sequence[Threshold] | None = None
) -> tuple[LevelSum, ...]:
    """The inventory's lines added up; the sums add up to the inventory, to the gram.

    At facility level what is below the floor of the `table` (10 t) is reported with its site, in one row
    without a facility that names who is in it.
    """
    groups: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line in inventory.lines:
        place = line.place
        site = place.site if level is not Level.CORPORATION else ""
        facility = place.facility if level is Level.FACILITY else ""
        groups[place.corporation, site, facility].append(line)
    if level is not Level.FACILITY:
        return tuple(_sum(key, lines, inventory, ()) for key, lines in sorted(groups.items()))
    floor = next(
        (
            one.tonnes
            for one in (thresholds() if table is None else table)
            if one.id == "facility_floor" and one.tonnes is not None
        ),
        0.0,
    )
    kept: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    folded: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for (corporation, site, facility), lines in sorted(groups.items()):
        small = sum(line.grams for line in lines) < floor * GRAMS
        key = (corporation, site, "" if small else facility)
        kept[key].extend(lines)
        if small:
            folded[key].append(facility)
    return tuple(_sum(key, lines, inventory, tuple(folded[key])) for key, lines in sorted(kept.items()))


def standings(inventory: Inventory, table: Sequence[Threshold] | None = None) -> tuple[Standing, ...]:
    """Every corporation and site against every threshold of its level; unknown ones say so."""
    return tuple(
        Standing(one, total, _above(one, total, inventory))
        for one in (thresholds() if table is None else table)
        if one.level is not Level.FACILITY
        for total in by_level(inventory, one.level, table)
    )


def _above(threshold: Threshold, total: LevelSum, inventory: Inventory) -> bool | None:
    if threshold.tonnes is None:
        return None
    if total.total >= threshold.tonnes * GRAMS:
        return True
    lacking = any(
        lack.place.corporation == total.corporation and total.site in ("", lack.place.site)
        for lack in inventory.lacks
    )
    return None if lacking else False


def _sum(
    key: tuple[str, str, str], lines: Sequence[Line], inventory: Inventory, folded: tuple[str, ...]
) -> LevelSum:
    return LevelSum(
        *key,
        sum(line.grams for line in lines if line.scope == 1),
        sum(line.grams for line in lines if line.scope == 2),
        sum(line.market_grams for line in lines if line.scope == 2) if inventory.has_instruments else None,
        folded,
    )
