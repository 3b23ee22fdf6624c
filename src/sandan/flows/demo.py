"""Making a demo: an invented complex, people to look at it, and a history to look back on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sandan.access import SYSTEM
from sandan.accounts import DEMO_FIRM, DEMO_OFFICERS, DEMO_START, demo_accounts
from sandan.clock import Clock
from sandan.control import load_demo_contacts, load_demo_permits, load_demo_reports
from sandan.energy import (
    load_demo_carbon,
    load_demo_contracts,
    load_demo_forecasts,
    load_demo_network,
    load_demo_pool,
    load_demo_responses,
    load_demo_sharing,
)
from sandan.errors import Conflict
from sandan.ingest import backfill, foretell_weather, simulated
from sandan.programme import load_demo
from sandan.store import Json, Store
from sandan.twin.demo import DemoParams
from sandan.words import Text

MADE = "DemoMade"


async def prepare_demo(
    store: Store,
    params: DemoParams,
    days: int,
    clock: Clock,
    progress: Callable[[datetime], None],
) -> None:
    """Make the complex `params` describe, unless it is there already, and bring its history up to now."""
    now = clock.now()
    behaviour = simulated(params)
    given: dict[str, Json] = {"firms": params.firms, "seed": params.seed}
    with store.registry.write() as conn:
        made = store.events.find(conn, kind=MADE, limit=1)
        if made and made[0].payload != given:
            raise Conflict(
                Text(
                    f"다른 시연 자료가 이미 있습니다({made[0].payload}). --fresh로 새로 만드십시오.",
                    f"Another demo is already here ({made[0].payload}). Begin anew with --fresh.",
                )
            )
        if not made:
            store.things.put(conn, behaviour.complex.things)
            store.points.put(conn, behaviour.complex.points)
            store.events.append(conn, MADE, actor=SYSTEM, subject="demo", payload=given, at=now)
    people = {account.login: account.actor() for account in demo_accounts(store, now)}
    load_demo(store, people[DEMO_OFFICERS[0]], people[DEMO_OFFICERS[1]], now)
    load_demo_contacts(store, now)
    load_demo_contracts(store, now)
    behaviour.plan_reductions(load_demo_responses(store, now))
    load_demo_network(store, now)
    load_demo_pool(store, now)
    load_demo_sharing(store, now)
    load_demo_carbon(store, now)
    load_demo_reports(store, people[DEMO_START], now)
    foretell_weather(store, behaviour, now)
    load_demo_permits(store, people[DEMO_START], people.get(DEMO_FIRM), now)
    await backfill(store, behaviour, now - timedelta(days=days), clock, progress)
    load_demo_forecasts(store, clock.now())
