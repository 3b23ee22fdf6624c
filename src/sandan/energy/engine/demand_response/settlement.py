"""What a reduction earns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import numpy as np

from sandan.energy.engine.apportion import apportion, divide
from sandan.energy.engine.demand_response.rules import limits
from sandan.energy.engine.vpp.deviation import whole_won
from sandan.energy.model.demand_response import Award, EventSettlement, PaymentTerms, Reductions
from sandan.energy.model.rates import Floats
from sandan.errors import InvalidInput
from sandan.words import Text


def settle_event(
    award: Award,
    customers: Sequence[str],
    reductions: Reductions,
    price: Floats,
    terms: PaymentTerms,
) -> EventSettlement:
    """The won of one event; `price` is the system marginal price of its hours [won/kWh, hours].

    Paid is each hour's result of the resource, from zero to the award × `paid_up_to`, at the price. The
    operator keeps its share; the rest goes to those who count by what each left in the hour, nobody below
    zero. Below `fails_below` of the award over the event, the resource may not bid for the months of the
    rule. An hour not metered is not paid, and the event neither whole nor failed yet.
    """
    hours = award.bid.hours
    if reductions.each.shape != (len(customers), hours) or price.shape != (hours,):
        raise InvalidInput.because(
            "price",
            Text("고객·시간 수가 낙찰과 다릅니다.", "Customers or hours differ from the award."),
            Text("낙찰된 시간마다 값을 주십시오.", "Give a value for each hour awarded."),
        )
    known = np.isfinite(reductions.resource)
    paid = np.where(known, np.clip(np.nan_to_num(reductions.resource), 0, award.kw * terms.paid_up_to), 0.0)
    won = whole_won(paid * price, terms.rounding)
    kept = np.array(
        [divide(int(one), {0: terms.operator_share, 1: 1 - terms.operator_share})[0] for one in won], np.int64
    )
    left = np.where(reductions.grouped[:, None], np.maximum(np.nan_to_num(reductions.each), 0), 0.0)
    shares = apportion(won - kept, np.where(won == 0, 0.0, left)).sum(axis=1)
    fulfilment = float(reductions.resource.sum()) / (award.kw * hours)
    failed = bool(known.all()) and fulfilment < terms.fails_below
    return EventSettlement(
        paid=paid,
        won=won,
        operator=int(kept.sum()),
        customers={name: int(share) for name, share in zip(customers, shares, strict=True)},
        fulfilment=fulfilment,
        failed=failed,
        banned_until=_months_later(award.bid.day, limits(award.bid.day).ban_months) if failed else None,
        whole=bool(known.all()),
    )


def base_pay(kw: float, won_a_kw_year: int, month: int) -> int:
    """The base pay of a month for contracted `kw`: a twelfth, such that twelve make the year to the won."""
    year = Fraction(kw) * won_a_kw_year
    return int(year * month / 12) - int(year * (month - 1) / 12)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))
