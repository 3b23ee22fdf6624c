"""Meters that are computed from meters, gaps that are filled and said to be, and the balance of a complex."""

from sandan.energy.engine.metering.balance import balance
from sandan.energy.engine.metering.gaps import fill_gaps
from sandan.energy.engine.metering.virtual import read_virtual

__all__ = ["balance", "fill_gaps", "read_virtual"]
