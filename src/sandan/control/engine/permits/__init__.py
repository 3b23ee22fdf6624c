"""Work permits: what stands against them, by rules that are tables."""

from sandan.control.engine.permits.check import check_permits
from sandan.control.engine.permits.tables import permit_rules

__all__ = ("check_permits", "permit_rules")
