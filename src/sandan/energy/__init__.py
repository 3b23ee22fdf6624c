"""Energy: the bill, tomorrow's plan, and the power plant on the roofs.

Quarter-hours of meters become bills, carbon and savings; forecasts become a plan; a plan becomes bids,
set-points and settlements. One rule above all: what the bill charges is what the plan minimises
(`model.rates`).
"""

from sandan.energy.service.contracts import load_demo_contracts

__all__ = ["load_demo_contracts"]
