"""A year run again with more roof or battery: its days put together, planned, billed, spread over firms."""

from sandan.energy.engine.whatif.billing import bill_fleet_year, hold_factor, year_levies, year_terms
from sandan.energy.engine.whatif.roofs import output_under, roof_year
from sandan.energy.engine.whatif.site import SiteYear, change_site
from sandan.energy.engine.whatif.spreading import spread_batteries, spread_roofs
from sandan.energy.engine.whatif.steady import plan_steady_year
from sandan.energy.engine.whatif.years import last_year, meter_year

__all__ = [
    "SiteYear",
    "bill_fleet_year",
    "change_site",
    "hold_factor",
    "last_year",
    "meter_year",
    "output_under",
    "plan_steady_year",
    "roof_year",
    "spread_batteries",
    "spread_roofs",
    "year_levies",
    "year_terms",
]
