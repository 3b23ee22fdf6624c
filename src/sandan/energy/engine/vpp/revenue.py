"""Who gets the money."""

from __future__ import annotations

from collections.abc import Mapping

from sandan.energy.engine.apportion import divide
from sandan.energy.model.vpp import Party, RevenueContract


def split_revenue(lines: Mapping[str, int], contract: RevenueContract) -> dict[str, dict[Party, int]]:
    """Each line's won (energy, certificates, forecast…) by the contract; every line adds up to itself."""
    return {line: divide(won, contract.of(line)) for line, won in lines.items()}
