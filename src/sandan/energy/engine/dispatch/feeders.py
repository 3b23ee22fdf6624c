"""Orders that are harmless one by one and together too much for their feeder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandan.energy.model.dispatch import Cut, Measured, Order
from sandan.energy.model.plan import Kilowatt

SMALL = 1e-6


@dataclass(frozen=True, slots=True)
class Feeder:
    """A feeder as it was last measured; `load` is taken from the substation, batteries included."""

    id: str
    load: Kilowatt
    capacity: Kilowatt


def keep_feeder(feeder: Feeder, orders: Sequence[tuple[Order, Measured]]) -> list[Order]:
    """The orders of a feeder's devices, those that make it too heavy lessened in equal parts.

    What is charged comes on top of the load without these batteries; discharging is lessened when too much
    would flow back. An order is never turned round, so a feeder too heavy without them stays so.
    """
    rest = feeder.load - sum(state.power for _, state in orders)
    whole = [order.power for order, _ in orders]
    charging = sum(power for power in whole if power > 0)
    giving = -sum(power for power in whole if power < 0)
    net = rest + charging - giving
    if net > feeder.capacity + SMALL and charging > 0:
        share = max(0.0, 1 - (net - feeder.capacity) / charging)
        return [_lessened(order, share) if order.power > 0 else order for order, _ in orders]
    if -net > feeder.capacity + SMALL and giving > 0:
        share = max(0.0, 1 - (-net - feeder.capacity) / giving)
        return [_lessened(order, share) if order.power < 0 else order for order, _ in orders]
    return [order for order, _ in orders]


def _lessened(order: Order, share: float) -> Order:
    return replace(order, power=order.power * share, cuts=(*order.cuts, Cut.FEEDER))
