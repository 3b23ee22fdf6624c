"""The network under the plan: built from the twin, computed by a power flow, held against its limits."""

from sandan.energy.engine.network.building import build_grid
from sandan.energy.engine.network.checking import check_plan, find_violations
from sandan.energy.engine.network.flow import compute_flow
from sandan.energy.engine.network.standards import line_types, transformer_type, voltage_bands

__all__ = [
    "build_grid",
    "check_plan",
    "compute_flow",
    "find_violations",
    "line_types",
    "transformer_type",
    "voltage_bands",
]
