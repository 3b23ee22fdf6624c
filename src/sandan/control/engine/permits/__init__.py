"""Work permits: what stands against them, by rules that are tables."""

from sandan.control.engine.permits.check import check_permits
from sandan.control.engine.permits.history import tell_step
from sandan.control.engine.permits.night import is_dark
from sandan.control.engine.permits.tables import permit_rules

__all__ = ("check_permits", "is_dark", "permit_rules", "tell_step")
