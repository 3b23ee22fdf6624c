"""The plan: set-points that make the bill smallest, for a site, for many, for sites that share limits."""

from sandan.energy.engine.plan.coupled import plan_complex
from sandan.energy.engine.plan.sites import plan_site, plan_sites

__all__ = ["plan_complex", "plan_site", "plan_sites"]
