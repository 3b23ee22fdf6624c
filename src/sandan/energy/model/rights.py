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
DISPATCH = Permission(
    "energy.dispatch",
    Text("설비에 설정값을 내보내도록 설정", "Set devices up and let set-points go out to them"),
    frozenset({Role.ENERGY}),
)
HOLD = Permission(
    "energy.hold",
    Text("설정값 전송 중지, 수동 운전", "Stop set-points and take devices over"),
    frozenset({Role.ENERGY, Role.FIRM}),
)
"""A firm holds its own devices."""
TRADE = Permission(
    "energy.trade",
    Text("발전·수요자원 입찰과 정산", "Bid and settle generation and demand"),
    frozenset({Role.ENERGY}),
)
REPORT = Permission(
    "energy.report",
    Text("활동자료·증빙·생산량·절감조치 입력", "Enter energy used, proofs, production and measures"),
    frozenset({Role.ENERGY, Role.FIRM}),
)
"""A firm enters its own; the energy manager any firm's."""
