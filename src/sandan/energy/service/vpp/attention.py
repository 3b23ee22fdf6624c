"""What the control room hears of the market: a gate that closes soon and has no forecast yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sandan.access import Actor
from sandan.domain import Attention
from sandan.energy.model.rights import TRADE
from sandan.energy.records.vpp import handed_between
from sandan.energy.service.vpp.gates import BEFORE, GATES, gates_between
from sandan.energy.service.vpp.register import book_in_force
from sandan.store import Store
from sandan.words import Text

SOON = timedelta(minutes=60)


def gate_attention(store: Store, actor: Actor, now: datetime) -> Sequence[Attention]:
    """To those who trade, in the last hour before a gate, while nothing was handed in for it.

    Where forecasts go by themselves it is said only once that should have happened.
    """
    soon = gates_between(now, now + SOON)
    if not soon or actor.tenant is not None or not actor.may(TRADE):
        return ()
    found = []
    with store.registry.read() as conn:
        book = book_in_force(store, conn).body
        for gate, day, closes in soon if book.members else ():
            if book.automatic and closes - now > BEFORE / 2:
                continue
            if any(one.gate == gate.name for one in handed_between(conn, day, day)):
                continue
            left = int((closes - now).total_seconds() // 60)
            name = GATES[gate.name]
            found.append(
                Attention(
                    2 if left < 15 else 3,
                    Text("발전 예측을 아직 내지 않았습니다", "The forecast of the roofs is not handed in"),
                    Text(
                        f"{day:%m-%d} 예측의 {name.ko}까지 {left}분. 한 마감이 빠진 날은 세지 않습니다.",
                        f"{left} minutes to the {name.en} for {day}; a day with one missed does not count.",
                    ),
                    closes - SOON,
                    "/energy/vpp",
                    id=f"gate-{day}-{gate.name}",
                )
            )
    return found
