"""Operating plans as the house keeps and shows them; they are advice until a dispatcher is switched on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sandan.energy.model.outlook import Gate
from sandan.energy.model.plan import Cost, Kilowatt, KilowattHour, Method, Status, Won
from sandan.energy.model.rates import Floats
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Course:
    """What was planned of a site, one value a quarter-hour [n] unless said otherwise."""

    start: int
    """Of the first quarter-hour [ms UTC]."""
    load: Floats
    """Expected without the battery [kW]."""
    high: Floats
    """The upper quantile for which the peak is kept [kW]."""
    habit: Floats
    """Expected at the meter as the battery is run today [kW]; NaN where that is not forecast."""
    grid: Floats
    """[kW]."""
    battery: Floats
    """Charging [kW], all batteries of the site."""
    stored: Floats
    """At each start, and at the end of the last [kWh, n + 1]."""
    price: Floats
    """[won/kWh]."""
    band: Floats
    """`Band`."""
    counts: Floats
    """1 where the demand may be billed."""
    why: Floats
    """`Why`."""


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A site's plan as it was made, and what it is worth."""

    meter: str
    tenant: str | None
    made_at: datetime
    gate: Gate
    status: Status
    method: Method
    cost: Cost
    idle: Cost
    """With the battery left alone."""
    habit: Won | None
    """As the battery is run today; None where that is not forecast."""
    demand: Kilowatt
    idle_demand: Kilowatt
    standing: Kilowatt
    """Billing demand that is owed whatever is planned, this month's peak so far included."""
    demand_price: float
    """[won/kW and month]."""
    power: Kilowatt
    energy: KilowattHour
    """Of all batteries of the site."""
    course: Course
    simulated: bool = False

    @property
    def saving(self) -> Won:
        return self.idle.total - self.cost.total


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A site without a plan, and why."""

    meter: str
    tenant: str | None
    made_at: datetime
    why: Text


@dataclass(frozen=True, slots=True)
class FeederLoad:
    """A feeder over the plan: the worst quarter-hour, as it would be and as it is planned."""

    feeder: str
    name: str
    capacity: Kilowatt
    before: Kilowatt
    after: Kilowatt
    at: int
    """When it is heaviest as planned [ms UTC]."""
    meters: int
    unknown: int
    """Meters on it of which nothing is forecast."""


@dataclass(frozen=True, slots=True)
class PlanRun:
    """One time of planning all sites."""

    plans: tuple[KeptPlan, ...]
    unplanned: tuple[Unplanned, ...]
    feeders: tuple[FeederLoad, ...]
    coupled: bool
    """Whether a feeder had to be kept by planning the sites together."""
