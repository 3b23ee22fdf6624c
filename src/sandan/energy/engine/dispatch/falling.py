"""The dead man's timer, seen from here: what a device must do now, and whether it does.

Nobody here can make a device fall back, for the cases that matter are those in which nothing reaches it.
So every order ends by itself, and the device keeps the time.
"""

from __future__ import annotations

import math

from sandan.energy.model.dispatch import Device, Expected, Order
from sandan.energy.model.plan import Kilowatt

SETTLING = 60_000
"""How long a device has to do what it was told before it is said to stray [ms]."""
TOLERANCE, LEAST = 0.1, 1.0
"""Share of its rated power, and [kW], by which it may differ."""


def expected(device: Device, last: Order | None, now: int, since: int | None = None) -> Expected:
    """What a device must be doing at `now` [ms]: the last order while it is valid, then its fallback.

    `since` is when this order was told first, where heartbeats have repeated it.
    """
    if last is not None and now < last.valid_until:
        return Expected(last.power, last.made_at if since is None else since, False)
    return Expected(device.fallback, 0 if last is None else last.valid_until, True)


def strays(device: Device, told: Expected, power: Kilowatt, measured_at: int) -> bool:
    """Whether what was measured differs from what was told, measured late enough to know."""
    if told.power is None or math.isnan(power) or measured_at < told.since + SETTLING:
        return False
    rated = max(device.limits.charge, device.limits.discharge)
    return abs(power - told.power) > max(LEAST, TOLERANCE * rated)
