"""What is known when a plan is made anew, and what planning was worth afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from sandan.energy.model.plan import Cost, Kilowatt, KilowattHour, Share, SitePlan, Unmet, Won
from sandan.energy.model.rates import Floats


@dataclass(frozen=True, slots=True)
class Measured:
    """A site as it was measured up to a quarter-hour."""

    at: int
    """Quarter-hours of the previous plan that are over."""
    stored: tuple[KilowattHour, ...]
    """In each battery now."""
    demand: Kilowatt = 0.0
    """Largest import so far this month in the quarter-hours that count."""


@dataclass(frozen=True, slots=True)
class Replan:
    """The plan for what is left, and how the first quarter-hour differs from the plan before."""

    plan: SitePlan
    moved: Floats
    """New less old set-point of each battery in the coming quarter-hour [kW]."""
    given_way: tuple[Unmet, ...] = ()
    """What could no longer be kept and was relaxed so that there is a plan."""


@dataclass(frozen=True, slots=True)
class Regret:
    """What was paid when each plan only knew its forecast, beside what hindsight would have paid."""

    idle: Cost
    rolled: Cost
    perfect: Cost
    grid: Floats
    """As it came [kW, n]."""
    battery: Floats
    """Charging [kW, n]."""
    demand: Kilowatt
    replans: int

    @property
    def regret(self) -> Won:
        return self.rolled.total - self.perfect.total

    @property
    def kept(self) -> Share:
        """Of what perfect foresight would have saved; 1 when there was nothing to save."""
        best = self.idle.total - self.perfect.total
        return (self.idle.total - self.rolled.total) / best if best > 0 else 1.0


@dataclass(frozen=True, slots=True)
class YearPlan:
    """A year run month by month with something changed, beside the same year as it was."""

    before: Won
    """Bills with nothing changed and nothing planned, before value-added tax."""
    after: Won
    demand_before: tuple[Kilowatt, ...]
    """Billing demand of each month."""
    demand_after: tuple[Kilowatt, ...]
    carbon_before: float
    carbon_after: float
    plans: tuple[SitePlan, ...]

    @property
    def saving(self) -> Won:
        return self.before - self.after
