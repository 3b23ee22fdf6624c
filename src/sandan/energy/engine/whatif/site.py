"""One customer's year with something put beside what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sandan.energy.engine.whatif.steady import plan_steady_year
from sandan.energy.model.plan import Site
from sandan.energy.model.rates import SLOT_HOURS, Floats
from sandan.energy.model.tariff import Bill
from sandan.energy.model.whatif import Addition, MeterYear, RoofYear, Terms, Year


@dataclass(frozen=True, slots=True)
class SiteYear:
    """What the meter would have shown [kWh, n], and the year's sums [kWh]."""

    imported: Floats
    exported: Floats
    roof: float
    charged: float
    lost: float
    """In the battery."""

    @property
    def net(self) -> Floats:
        return self.imported - self.exported


def change_site(
    id: str,
    year: Year,
    terms: Terms,
    course: MeterYear,
    before: Sequence[Bill],
    added: Addition,
    roof: RoofYear | None = None,
    export: float = 0.0,
) -> SiteYear:
    """The year of one customer with a battery or roof behind its meter.

    The battery follows the bill's own prices with perfect foresight within each month (`plan_steady_year`);
    the base price has the power factor of the bills `before` on it. It gives nothing to the grid. `export`
    is what a kWh of surplus earns [won/kWh].
    """
    made = roof.energy * added.roof if roof is not None and added.roof > 0 else np.zeros(len(year.start))
    net = course.energy - made
    if not added.stores:
        return SiteYear(np.maximum(net, 0), np.maximum(-net, 0), float(made.sum()), 0.0, 0.0)
    months = []
    for k, prices in enumerate(terms.prices):
        load = year.cut(net, k) / SLOT_HOURS
        factor = before[k].power_factor
        share = 1 + factor.lagging_share + factor.leading_share
        rates = replace(prices, demand=prices.demand * share, export=np.full(len(load), export))
        months.append(
            Site(
                id,
                rates,
                load,
                (added.battery(),),
                import_limit=max(terms.contract.power, float(load.max())),
                export_limit=max(0.0, -float(load.min())),
            )
        )
    plan = plan_steady_year(months, terms.carried, terms.floor)
    grid = plan.grid * SLOT_HOURS
    moved = plan.battery * SLOT_HOURS
    return SiteYear(
        np.maximum(grid, 0),
        np.maximum(-grid, 0),
        float(made.sum()),
        float(np.maximum(moved, 0).sum()),
        float(moved.sum()),
    )
