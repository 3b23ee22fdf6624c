"""What energy keeps in the registry: contracts, forecasts, plans, what desks are told, what is final."""

from __future__ import annotations

from sandan.energy.records import (
    bills,
    contracts,
    declared,
    dispatch,
    efficiency,
    forecasts,
    papers,
    plans,
    responses,
    scenarios,
    vpp,
)

__all__ = [
    "bills",
    "contracts",
    "declared",
    "dispatch",
    "efficiency",
    "forecasts",
    "papers",
    "plans",
    "responses",
    "scenarios",
    "vpp",
]
