"""Energy: the bill, tomorrow's plan, and the power plant on the roofs.

Quarter-hours of meters become bills, carbon and savings; forecasts become a plan; a plan becomes bids,
set-points and settlements. One rule above all: what the bill charges is what the plan minimises
(`model.rates`).
"""

from sandan.energy.model.network import GridCheck
from sandan.energy.model.operation import PlanRun
from sandan.energy.service.carbon.demo import load_demo_carbon
from sandan.energy.service.contracts import load_demo_contracts
from sandan.energy.service.network import check_schedules, load_demo_network
from sandan.energy.service.outlook import Run as ForecastRun
from sandan.energy.service.outlook import forecast_now
from sandan.energy.service.plans import plan_now
from sandan.energy.service.response.demo import SimulatedReduction, load_demo_responses
from sandan.energy.service.sharing_demo import load_demo_sharing
from sandan.energy.service.vpp.demo import load_demo_forecasts, load_demo_pool

__all__ = [
    "ForecastRun",
    "GridCheck",
    "PlanRun",
    "SimulatedReduction",
    "check_schedules",
    "forecast_now",
    "load_demo_carbon",
    "load_demo_contracts",
    "load_demo_forecasts",
    "load_demo_network",
    "load_demo_pool",
    "load_demo_responses",
    "load_demo_sharing",
    "plan_now",
]
