"""The small movements: lorries at docks, cars on roads, people at stops, tanks, stacks, water, walls.

Each is a function of time with random access, over arrays of things.
"""

from __future__ import annotations

import numpy as np

from sandan.twin.demo.calendar import DAY, KST, day_types, hour
from sandan.twin.demo.noise import Floats, Ints, Keys, chance, wave
from sandan.twin.demo.weather import Climate

STAY = 2400
"""How long [s] a lorry holds a dock, usually."""

HEADWAY = 600
"""Seconds between commuter buses while shifts change."""


def docks(who: Keys, t: Ints) -> Floats:
    """Whether each dock is taken: mornings and late afternoons, few at night and at weekends."""
    own = (chance(who, 0, 51) * STAY).astype(np.int64)
    slot = (t[:, None] + own[None]) // STAY
    h = hour(t)
    wish = 0.12 + 0.55 * np.exp(-(((h - 9) / 2.4) ** 2)) + 0.5 * np.exp(-(((h - 16) / 2.6) ** 2))
    wish = wish * np.array([1.0, 0.45, 0.12])[day_types((t + KST) // DAY)]
    return np.asarray((chance(who[None], slot, 52) < wish[:, None]) * 1.0)


def traffic(who: Keys, lanes: Floats, t: Ints, span: int) -> Floats:
    """Vehicles counted in `span` [s] from `t`: whole numbers, with two rush hours on working days."""
    h = hour(t)
    work = 0.10 + 1.0 * np.exp(-(((h - 8) / 1.1) ** 2)) + 0.5 * np.exp(-(((h - 13.5) / 3.4) ** 2))
    work = work + 0.95 * np.exp(-(((h - 18) / 1.3) ** 2))
    rest = 0.06 + 0.22 * np.exp(-(((h - 14) / 4.5) ** 2))
    kind = day_types((t + KST) // DAY)
    level = np.where(kind == 0, work, rest * np.where(kind == 1, 1.5, 1.0))[:, None]
    mean = level * lanes * (0.6 + 0.6 * chance(who, 0, 53)) * 7.5 * span / 60
    mean = mean * (1 + 0.18 * wave(who, t, 1500, 54))
    # The square root is the spread of a count.
    return np.asarray(
        np.maximum(np.round(mean + np.sqrt(mean) * 1.7 * (2 * chance(who[None], t[:, None], 55) - 1)), 0)
    )


def stops(who: Keys, t: Ints) -> Floats:
    """People waiting at each bus stop; a bus empties it every ten minutes, each stop at its own minute."""
    h = hour(t)
    rate = 2.1 * np.exp(-(((h - 18.0) / 0.9) ** 2)) + 0.9 * np.exp(-(((h - 7.6) / 0.8) ** 2))
    rate = rate + 0.7 * np.exp(-(((h - 22.6) / 0.5) ** 2)) + 0.05 * ((h > 6) & (h < 23))
    rate = rate * np.array([1.0, 0.35, 0.12])[day_types((t + KST) // DAY)]
    offset = (chance(who, 0, 56) * HEADWAY).astype(np.int64)
    since = (t[:, None] + offset[None]) % HEADWAY
    liking = 0.4 + 1.2 * chance(who, 0, 57)
    return np.asarray(np.round(rate[:, None] * liking * since / 60 * (1 + 0.25 * wave(who, t, 900, 58))))


def tank_level(who: Keys, t: Ints) -> Floats:
    """Filling [%]: drawn down over days, filled again within an hour or two."""
    period = (3 + 9 * chance(who, 0, 59)) * DAY
    part = (t[:, None] / period + chance(who, 0, 60)) % 1
    down = 1 - part / 0.985
    up = (part - 0.985) / 0.015
    return np.asarray(14 + 74 * np.where(part < 0.985, down, up))


def tank_pressure(who: Keys, t: Ints, climate: Climate) -> Floats:
    """Gauge pressure [bar]: warm days raise it."""
    air = climate.at(t).temperature[:, None]
    return np.asarray(0.05 + 0.5 * chance(who, 0, 61) + 0.004 * (air + 10) + 0.01 * wave(who, t, 900, 62))


def stack(who: Keys, busy: Floats, t: Ints, quantity: str) -> Floats:
    """What leaves each stack (n, m), by how busy its firm is."""
    full = {"stack_nox": 105.0, "stack_sox": 42.0, "stack_dust": 13.0, "stack_flow": 14_000.0}[quantity]
    own = 0.35 + 0.85 * chance(who, 0, 63)
    load = np.clip(busy, 0, 1.2)
    level = load if quantity == "stack_flow" else 0.3 + 0.7 * load
    running = np.where(load > 0.06, 1.0, 0.05)
    return np.asarray(full * own * level * running * (1 + 0.10 * wave(who, t, 2700, 64)))


def surface(who: Keys, busy: Floats, t: Ints, climate: Climate) -> Floats:
    """Temperature [°C] of what a thermal sensor looks at."""
    air = climate.at(t).temperature[:, None]
    return np.asarray(
        air + 6 + (16 + 22 * chance(who, 0, 65)) * np.clip(busy, 0, 1.1) + 1.2 * wave(who, t, 600, 66)
    )


def leak_rest(who: Keys, alarm: Floats, t: Ints) -> Floats:
    """What a sound leak sensor shows: a small wandering zero."""
    return np.asarray(
        alarm * np.maximum(0.012 + 0.01 * wave(who, t, 3600, 67) + 0.004 * wave(who, t, 20, 68), 0)
    )


def water(who: Keys, mouth: Floats, t: Ints, climate: Climate) -> Floats:
    """Stage [m]: the tide (M2, S2, O1) where the sea comes in, and the rain of the last six hours."""
    tide = 0.55 * np.cos(2 * np.pi * t / 44_714) + 0.22 * np.cos(2 * np.pi * t / 43_200 + 1.1)
    tide = tide + 0.08 * np.cos(2 * np.pi * t / 92_950 + 0.4)
    steps = np.arange(12) * 1800
    past = climate.at((t[:, None] - steps[None]).ravel()).rain.reshape(len(t), 12)
    run_off = past @ (np.exp(-steps / 7200) * 0.5) * 0.05
    return np.asarray(
        0.9 + tide[:, None] * mouth + run_off[:, None] * (1.4 - 0.6 * mouth) + 0.01 * wave(who, t, 300, 69)
    )
