"""Who may do what with energy."""

from __future__ import annotations

from sandan.access import Permission, Role
from sandan.words import Text

SEE = Permission(
    "energy.see",
    Text("에너지 사용량·요금 보기", "See energy use and bills"),
    frozenset({Role.ENERGY, Role.OFFICER, Role.FIRM}),
)
"""A firm sees its own; staff see every firm's."""
METER = Permission(
    "energy.meter",
    Text("전력 계약·요금표 변경, 청구 확정", "Change contracts and tariffs, close bills"),
    frozenset({Role.ENERGY}),
)
PLAN = Permission("energy.plan", Text("운전계획 수립", "Make operating plans"), frozenset({Role.ENERGY}))
GRID = Permission(
    "energy.grid",
    Text("배전계통 부하·전압 보기", "See loads and voltages of the network"),
    frozenset({Role.ENERGY, Role.OFFICER}),
)
TRADE = Permission(
    "energy.trade",
    Text("발전·수요자원 입찰과 정산", "Bid and settle generation and demand"),
    frozenset({Role.ENERGY}),
)
