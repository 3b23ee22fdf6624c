"""What stands on a parcel: halls, offices, towers, warehouses, tanks, by branch and size.

Shapes are drawn with x along the frontage and y back from it, then turned to face the street.
All of a parcel's footprints stay inside its setbacks and clear of one another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sandan.twin.demo.lots import Corner, Lot, ring_area

Role = Literal["hall", "office", "warehouse", "plant", "vessel", "tower", "podium", "basin", "annexe"]
Ring = tuple[Corner, ...]


@dataclass(frozen=True, slots=True)
class Footprint:
    """One building on the plan; `height` in m."""

    ring: Ring
    role: Role
    height: float
    floors: int

    @property
    def area(self) -> float:
        return ring_area(self.ring)


Draw = Callable[[float, float, np.random.Generator], list[Footprint]]


def build(lot: Lot, use: str, rng: np.random.Generator) -> list[Footprint]:
    """The buildings of a parcel used for `use` (an industry's id, or a purpose such as "centre")."""
    side = 2.8 if lot.area < 2500 else 4.2
    front = float(rng.uniform(5.0, 8.0)) if lot.area < 2500 else float(rng.uniform(7.0, 12.0))
    width, depth = lot.width - 2 * side, lot.depth - front - side
    drawn = _style(use, width, depth, rng)(width, depth, rng)
    return [
        Footprint(
            tuple(lot.to_plan(side + x, front + y) for x, y in f.ring), f.role, round(f.height, 1), f.floors
        )
        for f in drawn
    ]


def _style(use: str, width: float, depth: float, rng: np.random.Generator) -> Draw:
    match use:
        case "centre":
            return _centre
        case "support":
            return _towers
        case "hub" | "logistics":
            return _warehouse
        case "treatment":
            return _treatment
        case "substation":
            return _switchyard
        case "chemicals" if width > 34 and depth > 28:
            return _chemical
        case "services":
            return _offices
    if width * depth < 900 or min(width, depth) < 22:
        return _workshop
    styles: list[Draw] = [_plain, _ell, _sawtooth, _court, _twin]
    weights = {
        "food": [4, 3, 0, 2, 1], "electronics": [3, 3, 0, 3, 1], "textile": [2, 2, 5, 1, 2],
        "metal": [3, 2, 4, 1, 3], "auto": [3, 2, 4, 1, 2],
    }.get(use, [4, 3, 3, 1, 2])  # fmt: skip
    odds = np.array(weights) / sum(weights)
    return styles[int(rng.choice(len(styles), p=odds))]


def _rect(x0: float, y0: float, x1: float, y1: float) -> Ring:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def _round(x: float, y: float, radius: float, n: int = 16) -> Ring:
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return tuple((float(x + radius * np.cos(a)), float(y + radius * np.sin(a))) for a in turn)


def _hall(ring: Ring, rng: np.random.Generator, tallest: float = 13.0) -> Footprint:
    return Footprint(ring, "hall", float(rng.uniform(7.0, tallest)), int(rng.choice([1, 1, 2])))


def _office(ring: Ring, rng: np.random.Generator, most: int = 4) -> Footprint:
    floors = int(rng.integers(2, most + 1))
    return Footprint(ring, "office", 3.6 * floors + 1.2, floors)


def _workshop(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """A small plot nearly filled, with a notch left for the yard."""
    notch_w, notch_d = w * rng.uniform(0.25, 0.45), d * rng.uniform(0.2, 0.4)
    floors = int(rng.choice([1, 2, 3], p=[0.45, 0.35, 0.2]))
    height = float(rng.uniform(6.0, 8.5)) if floors == 1 else 3.9 * floors + 1.0
    ring: Ring = ((0, 0), (w - notch_w, 0), (w - notch_w, notch_d), (w, notch_d), (w, d), (0, d))
    if rng.random() < 0.4:
        ring = tuple((w - x, y) for x, y in reversed(ring))
    return [Footprint(ring, "hall", height, floors)]


def _plain(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """An office at the gate and a long hall behind the yard."""
    yard = max(9.0, d * rng.uniform(0.22, 0.34))
    office_w = float(min(max(12.0, w * 0.32), 26.0))
    office = (0.0, office_w) if rng.random() < 0.5 else (w - office_w, w)
    hall = _rect(0, yard, w * rng.uniform(0.82, 1.0), d)
    return [_hall(hall, rng), _office(_rect(office[0], 0, office[1], yard - 2.5), rng)]


def _ell(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    arm, foot = w * rng.uniform(0.38, 0.52), d * rng.uniform(0.42, 0.58)
    ring: Ring = ((0, 0), (arm, 0), (arm, d - foot), (w, d - foot), (w, d), (0, d))
    found = [_hall(ring, rng)]
    if w - arm > 17 and d - foot > 14:
        found.append(_office(_rect(w - min(16.0, w - arm - 5), 0, w, min(11.0, d - foot - 4)), rng))
    if rng.random() < 0.5:
        found = [
            Footprint(tuple((w - x, y) for x, y in reversed(f.ring)), f.role, f.height, f.floors)
            for f in found
        ]
    return found


def _sawtooth(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """Bays of a north-light hall: each a strip, every other a little higher, as the roof steps."""
    yard = max(8.0, d * rng.uniform(0.16, 0.26))
    bays = min(5, max(3, round(w / rng.uniform(11, 15))))
    low, rise = float(rng.uniform(7.5, 10)), float(rng.uniform(1.8, 2.8))
    bay = w / bays
    found = [
        Footprint(
            _rect(i * bay, yard, (i + 1) * bay - 0.4, d - (1.6 if i % 2 else 0)),
            "hall" if i == 0 else "annexe",
            low + (rise if i % 2 == 0 else 0),
            1,
        )
        for i in range(bays)
    ]
    office_w = min(22.0, w * 0.4)
    return [*found, _office(_rect(w - office_w, 0, w, yard - 2), rng, 3)]


def _court(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """A U around a yard open to the street."""
    left, right = w * rng.uniform(0.24, 0.32), w * rng.uniform(0.24, 0.32)
    back = d * rng.uniform(0.32, 0.45)
    ring: Ring = (
        (0, 0),
        (left, 0),
        (left, d - back),
        (w - right, d - back),
        (w - right, 0),
        (w, 0),
        (w, d),
        (0, d),
    )
    return [Footprint(ring, "hall", float(rng.uniform(8, 14)), int(rng.choice([2, 3])))]


def _twin(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """Two halls with a lane between, and an office before them."""
    yard, gap = max(10.0, d * 0.24), float(rng.uniform(4, 7))
    part = w * rng.uniform(0.4, 0.55)
    office_w = min(20.0, w * 0.45)
    return [
        _hall(_rect(0, yard, part - gap / 2, d), rng),
        _hall(_rect(part + gap / 2, yard * rng.uniform(0.98, 1.3), w, d), rng, 10.0),
        _office(_rect(0, 0, office_w, yard - 3), rng),
    ]


def _warehouse(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """A deep shed set back from a yard that lorries turn in."""
    yard = min(max(14.0, d * 0.3), d * 0.45)
    office_w = float(min(18.0, w * 0.25))
    return [
        Footprint(_rect(0, yard, w, d), "warehouse", float(rng.uniform(11, 15)), int(rng.choice([1, 2, 3]))),
        _office(_rect(0, 0, office_w, min(12.0, yard - 2)), rng, 3),
    ]


def _chemical(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """A process building, a store, a row of round tanks in their bund, and an office at the gate."""
    yard = max(9.0, d * 0.2)
    part = w * rng.uniform(0.42, 0.52)
    found = [
        Footprint(_rect(0, yard, part, d), "plant", float(rng.uniform(11, 22)), int(rng.integers(2, 5))),
        _office(_rect(0, 0, min(20.0, part), yard - 2.5), rng, 3),
    ]
    room = w - part - 5
    radius = float(min(6.5, room / 4.6, (d - yard) / 5))
    across = min(4, max(1, int(room // (2.5 * radius))))
    tall = float(rng.uniform(6, 11))
    for row in range(2):
        for i in range(across):
            x, y = w - radius - i * 2.5 * radius, d - radius - row * 2.5 * radius
            found.append(Footprint(_round(x, y, radius), "vessel", tall + float(rng.uniform(-1, 1)), 1))
    rest = d - 5.2 * radius - 4 - yard
    if rest > 9:
        found.append(_hall(_rect(part + 5, yard, w, yard + rest), rng, 10.0))
    return found


def _offices(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    floors = int(rng.integers(4, 8))
    deep = min(d, 24.0)
    return [Footprint(_rect(0, (d - deep) / 2, w, (d + deep) / 2), "office", 3.9 * floors, floors)]


def _centre(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """A knowledge-industry centre: an L of workshops stacked in floors, and a podium of shops."""
    arm, back = w * 0.36, d * 0.45
    floors = int(rng.integers(9, 15))
    ring: Ring = ((0, 0), (arm, 0), (arm, d - back), (w, d - back), (w, d), (0, d))
    return [
        Footprint(ring, "tower", 4.2 * floors, floors),
        Footprint(_rect(arm + 1, d * 0.08, w, d - back - 1), "podium", 9.6, 2),
    ]


def _towers(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """The support centre: two office slabs joined by a low hall."""
    slab = w * 0.28
    tall = int(rng.integers(8, 12))
    return [
        Footprint(_rect(0, d * 0.1, slab, d * 0.9), "office", 3.9 * tall, tall),
        Footprint(_rect(slab + 1, d * 0.3, w - slab - 1, d * 0.7), "podium", 8.0, 2),
        Footprint(_rect(w - slab, d * 0.2, w, d), "annexe", 3.9 * (tall - 3), tall - 3),
    ]


def _treatment(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """A waste-water works: round clarifiers, square basins, a pump house."""
    radius = min(w / 7, d / 4.6)
    found = [
        Footprint(
            _round(w - radius - i * 2.3 * radius, d - radius - row * 2.3 * radius, radius, 32),
            "basin",
            3.2,
            1,
        )
        for row in range(2)
        for i in range(2)
    ]
    left = w - 4.9 * radius
    house = Footprint(_rect(0, 0, left - 3, d * 0.32), "hall", 9.0, 2)
    basins = [
        Footprint(_rect(0, d * (0.38 + 0.21 * i), left - 3, d * (0.55 + 0.21 * i)), "basin", 2.4, 1)
        for i in range(3)
    ]
    return [house, *found, *basins]


def _switchyard(w: float, d: float, rng: np.random.Generator) -> list[Footprint]:
    """A 154 kV substation: the switch hall and a row of transformer bays."""
    bays = max(2, int(w // 16))
    step = w / bays
    return [
        Footprint(_rect(0, d * 0.45, w, d * 0.95), "hall", 11.0, 2),
        *(
            Footprint(_rect(i * step + 2, d * 0.08, (i + 1) * step - 2, d * 0.34), "annexe", 5.5, 1)
            for i in range(bays)
        ),
    ]
