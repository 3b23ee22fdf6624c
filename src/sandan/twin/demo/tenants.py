"""The firms: who stands where, in what trade, with how many people, shifts and how much power.

Names are put together from invented parts; no two firms share one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.twin.demo.site import Site
from sandan.twin.demo.tables import Business, Industry, businesses, industries, name_parts
from sandan.words import Text

PUBLIC = frozenset({"hub", "treatment", "support", "substation", "vacant"})
"""Parcels no firm rents."""

LOW_VOLTAGE = 100.0
"""Contracts below this [kW] are supplied at 380 V from a transformer shared with neighbours."""

_STEPS = ((100.0, 5.0), (1000.0, 10.0), (np.inf, 50.0))


@dataclass(frozen=True, slots=True)
class Tenant:
    """A firm; `lot` is its parcel, `alone` whether it has the parcel to itself, `contract` in kW."""

    name: Text
    industry: Industry
    business: Business
    lot: int
    alone: bool
    employees: int
    shifts: int
    contract: float
    site_area: float
    registered: str


def settle(site: Site, firms: int, rng: np.random.Generator) -> tuple[Tenant, ...]:
    """Exactly `firms` firms on the parcels of the site."""
    lots, alone = _places(site, firms, rng)
    kinds = _industries(site, lots, rng)
    share = (
        np.array([site.lots[lot].area for lot in lots]) / np.bincount(lots, minlength=len(site.lots))[lots]
    )
    centre = np.array([site.uses[lot] == "centre" for lot in lots])
    room = np.where(centre, 190.0, share)
    people = _people(kinds, room, rng)
    branch = industries()
    power = np.array([row.kw_per_person for row in branch])[kinds]
    # Power follows people loosely and floor loosely: presses need hands, furnaces need room.
    contract = 1.45 * power * people**0.86 * (room / 1500) ** 0.16 * rng.lognormal(0.05, 0.42, firms)
    contract = np.maximum(contract * np.where(centre, 0.55, 1.0), 6.0)
    names = _names(kinds, rng)
    odds_three = np.array([row.three_shift for row in branch])[kinds] * np.where(people > 30, 2.0, 0.8)
    odds_two = np.array([row.two_shift for row in branch])[kinds] * np.where(people > 20, 1.5, 0.7)
    draw = rng.random(firms)
    night = ~centre
    shifts = np.where(night & (draw < odds_three), 3, np.where(night & (draw < odds_three + odds_two), 2, 1))
    years = rng.integers(2004, 2026, firms)
    days = rng.integers(1, 29, firms)
    months = rng.integers(1, 13, firms)
    return tuple(
        Tenant(
            names[i],
            branch[kinds[i]],
            _pick(businesses()[branch[kinds[i]].id], rng),
            int(lots[i]),
            bool(alone[i]),
            int(people[i]),
            int(shifts[i]),
            _round(float(contract[i])),
            round(float(room[i]), 1),
            f"{years[i]:04d}-{months[i]:02d}-{days[i]:02d}",
        )
        for i in range(firms)
    )


def _places(site: Site, firms: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """A parcel for each firm: shared workshops take theirs, other parcels one each, the rest double up."""
    centres = np.array([i for i, use in enumerate(site.uses) if use == "centre"])
    yards = np.array([i for i, use in enumerate(site.uses) if use not in PUBLIC and use != "centre"])
    stacked = round(firms * 0.27)
    if len(yards) > firms - stacked:
        yards = rng.permutation(yards)[: firms - stacked]
    over = firms - stacked - len(yards)
    area = np.array([site.lots[i].area for i in yards])
    # Rented halls: at most five firms behind one gate, more often behind a wide one.
    spots = np.repeat(yards, 4)
    odds = np.repeat(area**0.7, 4)
    shared = rng.choice(spots, min(over, len(spots)), replace=False, p=odds / odds.sum())
    stacked += over - len(shared)
    towers = centres[rng.permutation(stacked) % len(centres)]
    lots = np.sort(np.concatenate([yards, shared, towers]).astype(np.int64))
    count = np.bincount(lots, minlength=len(site.lots))
    return lots, (count[lots] == 1) & ~np.isin(lots, centres)


def _industries(site: Site, lots: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Index into `industries()`: the parcel's own; in shared workshops what needs no yard."""
    index = {row.id: i for i, row in enumerate(industries())}
    light = ["machinery", "electronics", "services", "metal", "plastics", "food"]
    odds = [0.26, 0.34, 0.22, 0.10, 0.05, 0.03]
    stacked = rng.choice([index[id] for id in light], len(lots), p=odds)
    return np.array(
        [stacked[i] if site.uses[lot] == "centre" else index[site.uses[lot]] for i, lot in enumerate(lots)],
        dtype=np.int64,
    )


def _people(
    kinds: NDArray[np.int64], room: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Employees: heavy-tailed, about 95 of 100 firms below fifty, the large ones on the large parcels."""
    usual = np.array([row.lot for row in industries()])[kinds]
    raw = (room / usual) ** 0.55 * rng.lognormal(0, 0.78, len(room))
    scaled = raw / np.quantile(raw, 0.95) * 48
    tail = np.where(scaled > 48, 48 * (scaled / 48) ** 1.5, scaled)
    people: NDArray[np.int64] = np.clip(np.round(tail), 1, 1800).astype(np.int64)
    return people


def _round(kilowatts: float) -> float:
    step = next(step for limit, step in _STEPS if kilowatts < limit)
    return float(max(step, round(kilowatts / step) * step))


def _pick(rows: tuple[Business, ...], rng: np.random.Generator) -> Business:
    return rows[int(rng.integers(len(rows)))]


def _names(kinds: NDArray[np.int64], rng: np.random.Generator) -> list[Text]:
    """One invented name a firm; when an industry's names run out, a second works gets a number."""
    parts = name_parts()
    found: list[Text] = [Text("", "")] * len(kinds)
    for kind in np.unique(kinds):
        endings = parts.endings[industries()[int(kind)].id]
        size = len(parts.first) * len(parts.last) * len(endings)
        members = np.flatnonzero(kinds == kind)
        order = rng.permutation(size)
        for i, member in enumerate(members.tolist()):
            again, code = i // size, int(order[i % size])
            ending = endings[code % len(endings)]
            last = parts.last[code // len(endings) % len(parts.last)]
            first = parts.first[code // (len(endings) * len(parts.last))]
            works = (f" 제{again + 1}공장", f" Works {again + 1}") if again else ("", "")
            found[member] = Text(
                f"{first.ko}{last.ko}{ending.ko}{works[0]}", f"{first.en}{last.en} {ending.en}{works[1]}"
            )
    return found
