"""Energy: the bill, tomorrow's plan, and the power plant on the roofs.

Quarter-hours of meters become bills, carbon and savings; forecasts become a plan; a plan becomes bids,
set-points and settlements. One rule above all: what the bill charges is what the plan minimises
(`model.rates`).
"""

from sandan.energy.model.network import GridCheck
from sandan.energy.model.operation import PlanRun
from sandan.energy.model.pool import Handed as HandedForecast
from sandan.energy.service.carbon.demo import load_demo_carbon
from sandan.energy.service.contracts import load_demo_contracts
from sandan.energy.service.dispatch import DispatchBoard, dispatch_board
from sandan.energy.service.network import check_schedules, load_demo_network
from sandan.energy.service.outlook import Run as ForecastRun
from sandan.energy.service.outlook import forecast_now
from sandan.energy.service.plans import plan_now
from sandan.energy.service.response.demo import load_demo_responses
from sandan.energy.service.response.desk import Outcome as ResponseOutcome
from sandan.energy.service.response.desk import response_outcomes
from sandan.energy.service.response.offers import Suggestion as ResponseSuggestion
from sandan.energy.service.response.offers import next_market_day, suggest_bid
from sandan.energy.service.sharing_demo import load_demo_sharing
from sandan.energy.service.vpp.demo import load_demo_forecasts, load_demo_pool
from sandan.energy.service.vpp.desk import Desk as PoolDesk
from sandan.energy.service.vpp.desk import desk as pool_desk
from sandan.energy.service.vpp.gates import hand_in as hand_in_pool
from sandan.energy.service.vpp.settling import Preview as PoolPreview
from sandan.energy.service.vpp.settling import preview_unsettled

__all__ = [
    "DispatchBoard",
    "ForecastRun",
    "GridCheck",
    "HandedForecast",
    "PlanRun",
    "PoolDesk",
    "PoolPreview",
    "ResponseOutcome",
    "ResponseSuggestion",
    "check_schedules",
    "dispatch_board",
    "forecast_now",
    "hand_in_pool",
    "load_demo_carbon",
    "load_demo_contracts",
    "load_demo_forecasts",
    "load_demo_network",
    "load_demo_pool",
    "load_demo_responses",
    "load_demo_sharing",
    "next_market_day",
    "plan_now",
    "pool_desk",
    "preview_unsettled",
    "response_outcomes",
    "suggest_bid",
]
