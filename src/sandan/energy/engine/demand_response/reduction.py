"""How much less was used than would have been."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.demand_response import Grouping, Reductions
from sandan.energy.model.rates import Floats


def measure_reductions(
    baseline: Floats, actual: Floats, participated: NDArray[np.bool_], rule: Grouping
) -> Reductions:
    """Baseline − load [kWh, customers × hours] of each, and of those who count together.

    Until 2014 all customers of a resource counted, so that those who happened to use more undid what others
    had left; since 2015 only who took part does. A participant who rose still counts, below zero.
    """
    each = baseline - actual
    grouped = participated.copy() if rule.participants_only else np.ones(len(each), np.bool_)
    return Reductions(each, grouped, np.asarray(each[grouped].sum(axis=0), np.float64))
