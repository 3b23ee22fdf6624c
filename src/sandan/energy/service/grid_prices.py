"""What a kilowatt-hour from the grid costs each of many meters by its own contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy.engine import Connection

from sandan.clock import instant, milliseconds
from sandan.energy.engine.editions import levies_on, schedule_of
from sandan.energy.engine.months import first_day, last_day, month_of, moved, period_of
from sandan.energy.engine.tariff import rates
from sandan.energy.model.rates import Floats, Instants
from sandan.energy.records.contracts import contracts_of
from sandan.energy.service.bills import in_force
from sandan.energy.service.tariffs import calendar_for, edition_in_force
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.words import Text


def grid_prices(
    store: Store, conn: Connection, meters: Sequence[str], start: Instants, names: Mapping[str, str]
) -> Floats:
    """The price of energy of each quarter-hour [won/kWh, meters × n]; the base charge is not in it.

    `InvalidInput` names who has no contract, by `names`, and levies that nobody told.
    """
    agreements = contracts_of(conn, meters)
    edition = edition_in_force(store, conn)
    prices = np.zeros((len(meters), len(start)))
    without: list[str] = []
    month, end = month_of(instant(int(start[0]))), month_of(instant(int(start[-1])))
    while month <= end:
        whole = period_of(month)
        inside = (start >= milliseconds(whole.start)) & (start < milliseconds(whole.end))
        calendar = calendar_for(edition, month[0], month[0])
        levies = levies_on(edition, last_day(month))
        for at, meter in enumerate(meters):
            agreed = in_force([one for one in agreements if one.meter == meter], last_day(month))
            if agreed is None:
                without.append(meter)
                continue
            schedule = schedule_of(edition, agreed.contract, first_day(month), last_day(month))
            found = rates(agreed.contract, schedule, levies, start[inside], calendar, month=month)
            prices[at, inside] = found.energy
        month = moved(month, 1)
    if without:
        raise InvalidInput(
            Finding(
                names[meter],
                Text(
                    "전력 계약이 없어 계통 단가를 모릅니다.", "has no electricity contract, so no grid price."
                ),
                Text("에너지 → 전력 계약에서 등록해 주십시오.", "Enter one under Energy → Contracts."),
            )
            for meter in dict.fromkeys(without)
        )
    return prices
