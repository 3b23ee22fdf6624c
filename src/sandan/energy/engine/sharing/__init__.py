"""The circulation network: surplus shared between firms, waste heat offered to neighbours."""

from sandan.energy.engine.sharing.heat import fuels, match_heat
from sandan.energy.engine.sharing.settlement import finalise, fingerprint, share_surplus

__all__ = ["finalise", "fingerprint", "fuels", "match_heat", "share_surplus"]
