"""The circulation network: surplus shared between firms, waste heat offered to neighbours."""

from sandan.energy.engine.sharing.heat import fuels, match_heat
from sandan.energy.engine.sharing.settlement import finalise, fingerprint, share_surplus
from sandan.energy.engine.sharing.statement import Label, Settled, changes, net_energy, state_sharing
from sandan.energy.engine.sharing.streams import (
    COLUMNS,
    HOUR_COLUMNS,
    as_row,
    heat_params,
    read_stream,
    read_streams,
    sides,
)

__all__ = [
    "COLUMNS",
    "HOUR_COLUMNS",
    "Label",
    "Settled",
    "as_row",
    "changes",
    "finalise",
    "fingerprint",
    "fuels",
    "heat_params",
    "match_heat",
    "net_energy",
    "read_stream",
    "read_streams",
    "share_surplus",
    "sides",
    "state_sharing",
]
