"""What the power factor adds to or takes off the base charge (약관 제41–43조)."""

from __future__ import annotations

import math

from sandan.energy.engine.tariff.rounding import rounded
from sandan.energy.model.tariff import Contract, PowerFactor, PowerFactorRule, Round, Voltage

NIGHT_LAGGING = 100.0
"""What a half-hour of the night counts as when it does not lead (제43조 ② 2호 나목)."""


def power_factor_adjustment(
    contract: Contract,
    rule: PowerFactorRule,
    lagging: float,
    leading: float,
    month_factor: float,
    half_hours: int,
    to: Round,
) -> PowerFactor:
    """The means of one month [%] and the shares of the base charge they cost.

    `lagging` and `leading` are means of half-hours as `measure` makes them; low voltage and meters that are
    not read from afar go by `month_factor`, the energies of the month summed, and never pay for
    leading current. Each per cent below the base adds `rule.step`, each above takes it off up to the cap.
    """
    small = contract.voltage is Voltage.LOW and contract.power < rule.smallest_low_voltage
    if not contract.var_meter or small:
        return PowerFactor(rule.deemed, NIGHT_LAGGING, 0.0, 0.0, 0)
    by_half_hours = contract.remote and contract.voltage is not Voltage.LOW
    day = lagging if by_half_hours else month_factor
    night = leading if by_half_hours else NIGHT_LAGGING
    day = rule.deemed if math.isnan(day) else float(rounded(day, to))
    night = NIGHT_LAGGING if math.isnan(night) else float(rounded(night, to))
    within = min(max(day, rule.lagging_least), rule.lagging_cap)
    return PowerFactor(
        lagging=day,
        leading=night,
        lagging_share=round((rule.lagging_base - within) * rule.step, 10),
        leading_share=round(max(0.0, rule.leading_base - max(night, rule.leading_least)) * rule.step, 10),
        half_hours=half_hours if by_half_hours else 0,
    )
