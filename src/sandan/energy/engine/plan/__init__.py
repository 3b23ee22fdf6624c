"""The plan: set-points that make the bill smallest, for a site, for many, for sites that share limits."""

from sandan.energy.engine.plan.coupled import plan_complex
from sandan.energy.engine.plan.rolling import regret, repeat_week, replan, slice_site
from sandan.energy.engine.plan.sites import plan_site, plan_sites
from sandan.energy.engine.plan.together import plan_of_site
from sandan.energy.engine.plan.years import what_if

__all__ = [
    "plan_complex",
    "plan_of_site",
    "plan_site",
    "plan_sites",
    "regret",
    "repeat_week",
    "replan",
    "slice_site",
    "what_if",
]
