"""A demo's resource and its event of the last working day: all invented, and marked as simulated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM
from sandan.clock import SEOUL
from sandan.energy.model.demand_response import BaselineKind, Enrolment, Programme
from sandan.energy.model.response import Answer, Customer, Resource
from sandan.energy.service.response.baselines import last_working_day
from sandan.energy.service.response.book import calls_of
from sandan.energy.service.response.calls import put_prices
from sandan.energy.service.response.offers import hand_in, record_award
from sandan.energy.service.response.register import RESOURCE, resource_of
from sandan.store import Store
from sandan.twin.demo import Reduction
from sandan.words import Text

LEAST_CUSTOMERS, LEAST_POWER = 12, 1050.0
"""So that the market's least bid, 1 MW, can be made [kW]."""
PLEDGE = 0.15
"""Of the contract power."""
HOUR, HOURS = 14, 2
PRICES = ("118.4", "121.7")
COSTS = (60.0, 75.0, 90.0, 110.0, 140.0)
DELIVERED = (1.05, 0.95, 1.1, 0.9, 1.0, 0.15, 1.1, 0.85, 1.0, 1.2, 0.95)
"""How much of what it is asked each simulated customer leaves, one after another."""
INVENTED = Text("시연용으로 지어낸 값", "invented for the demo")


def load_demo_responses(store: Store, now: datetime) -> list[Reduction]:
    """A resource with customers, and an economic event on the last working day, unless there is one.

    What is returned is how the simulated customers follow every instruction of the book.
    """
    with store.registry.read() as conn:
        fresh = resource_of(store, conn).version == 0
        customers = _invented(store, conn, now) if fresh else ()
    if customers:
        _make(store, customers, now)
    return follow(store)


def follow(store: Store, since: date | None = None) -> list[Reduction]:
    """What the asked customers leave at the instructions from a day on; who said no leaves nothing."""
    with store.registry.read() as conn:
        calls = [one for one in calls_of(conn, since) if not one.cancelled]
    return [
        Reduction(one.meter, call.start, call.end, one.kw * DELIVERED[at % len(DELIVERED)])
        for call in calls
        for at, one in enumerate(call.asked)
        if one.answer is not Answer.NO
    ]


def _make(store: Store, customers: Sequence[Customer], now: datetime) -> None:
    day = last_working_day(now.astimezone(SEOUL).date())
    before = datetime.combine(day - timedelta(days=1), time(9, 20), SEOUL)
    resource = Resource(
        name=f"시연 수요반응자원 ({INVENTED.ko})",
        programmes=(Programme.RELIABILITY, Programme.ECONOMIC),
        customers=tuple(customers),
        day_hours=(9, 20),
        base_pay=40_000,
        paid_up_to=1.2,
        fails_below=0.7,
        operator_share=Decimal("0.2"),
        rounding="half_up",
        simulated=True,
    )
    RESOURCE.put(store, SYSTEM, 0, resource, INVENTED.ko, before)
    if len(customers) < LEAST_CUSTOMERS:
        return
    offer = hand_in(store, SYSTEM, day, HOUR, HOURS, "1", before, simulated=True)
    record_award(store, SYSTEM, offer.id, offer.version, "1000", before.replace(hour=15, minute=5))
    put_prices(
        store,
        SYSTEM,
        offer.id,
        1,
        PRICES,
        f"{INVENTED.ko} / {INVENTED.en}",
        before.replace(hour=15, minute=10),
    )


def _invented(store: Store, conn: Connection, now: datetime) -> list[Customer]:
    """The simulated meters of the largest contracts, as many as make a resource."""
    day: date = last_working_day(now.astimezone(SEOUL).date())
    meters = [
        (float(power), one)
        for one in store.things.all(conn, {"meter"})
        if one.simulated
        and isinstance(power := one.attributes.get("contract_power"), int | float)
        and power > 0
    ]
    found: list[Customer] = []
    pledged = 0.0
    for at, (power, meter) in enumerate(sorted(meters, key=lambda one: (-one[0], one[1].id))):
        if power <= 0 or (at >= LEAST_CUSTOMERS and pledged >= LEAST_POWER):
            break
        pledge = round(PLEDGE * power, 1)
        kind = BaselineKind.MID_6_OF_10 if at % 3 else BaselineKind.MAX_4_OF_5
        found.append(Customer(Enrolment(meter.id, day.year, kind, pledge, True), COSTS[at % len(COSTS)]))
        pledged += pledge
    return found
