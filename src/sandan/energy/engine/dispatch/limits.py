"""A wish brought within the limits of a device, and a second look at what came out.

A limit takes away, it never adds: apart from a ramp, which keeps power from changing at once, an order lies
between rest and what was wished.
"""

from __future__ import annotations

import math

from sandan.energy.model.dispatch import Cut, Limits, Measured, Order
from sandan.energy.model.plan import Battery, Kilowatt, KilowattHour

EFFICIENCY = Battery("", 0.0, 0.0).discharge_efficiency
"""As the plan reckons it; charging is reckoned without loss, the worse case for a full battery."""
SMALL = 1e-6
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def clip(
    wish: Kilowatt,
    limits: Limits,
    measured: Measured,
    valid: int,
    before: tuple[Kilowatt, int] | None = None,
) -> tuple[Kilowatt, tuple[Cut, ...]]:
    """The power nearest to `wish` that keeps every limit until the order is no longer valid.

    `valid` is how long the order may be obeyed [ms]: were nothing more to come, the charge would still be
    within its limits at its end. `before` is the power the device comes from, and how long ago it was told
    [ms]. The ramp gives way to the other limits, never the other way round.
    Charging: power <= (highest - charge) energy / valid; discharging the same with the loss of giving;
    grid: power <= import cap - (grid - what the battery takes now).
    """
    cuts: list[Cut] = []
    power = wish
    if limits.ramp is not None and before is not None:
        step = limits.ramp * before[1] / MINUTE_MS
        power = _between(power, before[0] - step, before[0] + step, cuts, Cut.RAMP)
    power = _between(power, -limits.discharge, limits.charge, cuts, Cut.POWER)
    hours = valid / HOUR_MS
    give, take = _room(limits, measured.charge)
    power = _between(power, -give / hours, take / hours, cuts, Cut.CHARGE)
    least, most = _grid(limits, measured)
    # Adding nothing turns minus zero into zero.
    return _between(power, least, most, cuts, Cut.GRID) + 0.0, tuple(cuts)


def breaches(order: Order, limits: Limits, measured: Measured) -> tuple[Cut, ...]:
    """Which limits an order would break, worked out from its outcome and not from its making.

    The state at the end of the order's life is computed and looked at; what a site takes beyond its cap
    without the battery's doing is no breach.
    """
    power, hours = order.power, (order.valid_until - order.made_at) / HOUR_MS
    if not math.isfinite(power):
        return (Cut.POWER,)
    found: list[Cut] = []
    if power > limits.charge + SMALL or power < -limits.discharge - SMALL:
        found.append(Cut.POWER)
    flow = power if power > 0 else power / EFFICIENCY
    after = measured.charge + flow * hours / limits.energy
    if (power > SMALL and after > limits.highest + SMALL) or (
        power < -SMALL and after < limits.lowest - SMALL
    ):
        found.append(Cut.CHARGE)
    grid = measured.grid - measured.power + power
    over = limits.import_cap is not None and power > SMALL and not grid <= limits.import_cap + SMALL
    under = limits.export_cap is not None and power < -SMALL and not grid >= -limits.export_cap - SMALL
    if over or under:
        found.append(Cut.GRID)
    return tuple(found)


def _room(limits: Limits, charge: float) -> tuple[KilowattHour, KilowattHour]:
    """What may still be given and taken."""
    give = max(0.0, charge - limits.lowest) * limits.energy * EFFICIENCY
    return give, max(0.0, limits.highest - charge) * limits.energy


def _grid(limits: Limits, measured: Measured) -> tuple[Kilowatt, Kilowatt]:
    """What the caps of the site leave, never past rest."""
    rest = measured.grid - measured.power
    most = math.inf if limits.import_cap is None else max(0.0, limits.import_cap - rest)
    least = -math.inf if limits.export_cap is None else min(0.0, -limits.export_cap - rest)
    return least, most


def _between(value: float, low: float, high: float, cuts: list[Cut], cut: Cut) -> float:
    kept = min(max(value, low), high)
    if abs(kept - value) > SMALL:
        cuts.append(cut)
    return kept
