"""Pages of the roofs' power plant: desk, register, deviation, settlement, curtailment, a firm's roofs."""

from sandan.energy.pages.vpp import curtailment, desk, register, settlements

ROUTES = (desk.routes, register.routes, settlements.routes, curtailment.routes)
"""Of the whole desk."""

__all__ = ["ROUTES"]
