"""What energy contributes."""

from __future__ import annotations

from sandan.domain import Domain
from sandan.energy.commands import energy
from sandan.energy.model.rights import METER, PLAN, SEE, TRADE
from sandan.energy.pages import bill, contracts, forecasts, home, tariffs
from sandan.energy.service.running import open_energy
from sandan.web import NavItem
from sandan.words import Text

domain = Domain(
    name="energy",
    title=Text("에너지", "Energy"),
    package="sandan.energy",
    permissions=(SEE, METER, PLAN, TRADE),
    routes=(home.routes, bill.routes, contracts.routes, tariffs.routes, forecasts.routes),
    nav=(
        NavItem(Text("에너지", "Energy"), "/energy", SEE, order=20, key="g k"),
        NavItem(Text("예측", "Forecasts"), "/energy/forecasts", SEE, 22, under="/energy"),
        NavItem(Text("전력 계약", "Contracts"), "/energy/contracts", SEE, 28, under="/energy"),
        NavItem(Text("요금표", "Tariffs"), "/energy/tariffs", SEE, 29, under="/energy"),
    ),
    commands=(energy,),
    open=open_energy,
)
