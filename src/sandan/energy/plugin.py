"""What energy contributes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from sandan.access import Actor
from sandan.domain import Attention, Domain, Figure, House
from sandan.energy.commands import energy
from sandan.energy.model.rights import DISPATCH, GRID, HOLD, METER, PLAN, REPORT, SEE, TRADE
from sandan.energy.pages import (
    bill,
    carbon,
    contracts,
    declared,
    dispatch,
    factors,
    forecasts,
    heat,
    home,
    network,
    plans,
    response,
    savings,
    sharing,
    sharing_terms,
    tariffs,
    vpp,
    whatif,
)
from sandan.energy.service.dispatch import dispatch_attention
from sandan.energy.service.dispatching import open_dispatch
from sandan.energy.service.indicators import INDICATORS
from sandan.energy.service.network import NetworkDesk
from sandan.energy.service.news import EnergyNews, open_news
from sandan.energy.service.response.attention import response_attention
from sandan.energy.service.response.following import open_following
from sandan.energy.service.running import open_energy
from sandan.energy.service.vpp.attention import gate_attention
from sandan.energy.service.wishes import open_what_if
from sandan.web import NavItem
from sandan.words import Text


def figures(house: House, actor: Actor, now: datetime) -> Sequence[Figure]:
    """Today's self-sufficiency, and how many firms run above what is billed."""
    del now
    return house.part(EnergyNews).figures(actor)


def attention(house: House, actor: Actor, now: datetime) -> Sequence[Attention]:
    """Whose power is above the demand billed so far, devices that need a look, reductions that are due."""
    return (
        *dispatch_attention(house.store, actor, now),
        *response_attention(house.store, actor, now),
        *gate_attention(house.store, actor, now),
        *house.part(EnergyNews).attention(actor),
    )


@asynccontextmanager
async def open_house(house: House) -> AsyncIterator[None]:
    """The news for the control room; forecasts and plans as they fall due, scenarios as they are asked."""
    house.keep(NetworkDesk(house.store))
    async with (
        open_news(house),
        open_energy(house),
        open_dispatch(house),
        open_what_if(house),
        open_following(house),
    ):
        yield


domain = Domain(
    name="energy",
    title=Text("에너지", "Energy"),
    package="sandan.energy",
    permissions=(SEE, METER, PLAN, DISPATCH, HOLD, GRID, TRADE, REPORT),
    routes=(
        home.routes,
        bill.routes,
        contracts.routes,
        tariffs.routes,
        forecasts.routes,
        plans.routes,
        dispatch.routes,
        network.routes,
        sharing.routes,
        sharing_terms.routes,
        heat.routes,
        factors.routes,
        carbon.routes,
        declared.routes,
        savings.routes,
        whatif.routes,
        *vpp.ROUTES,
        *response.ROUTES,
    ),
    nav=(
        NavItem(Text("에너지", "Energy"), "/energy", SEE, order=20, key="g k"),
        NavItem(Text("운전계획", "Plan"), "/energy/plan", SEE, 21, under="/energy"),
        NavItem(Text("설비 제어", "Dispatch"), "/energy/dispatch", SEE, 21, under="/energy"),
        NavItem(Text("배전계통", "Network"), "/energy/network", GRID, 21, under="/energy"),
        NavItem(Text("예측", "Forecasts"), "/energy/forecasts", SEE, 22, under="/energy"),
        NavItem(Text("가상발전소", "VPP"), "/energy/vpp", SEE, 23, under="/energy"),
        NavItem(Text("수요반응", "Demand response"), "/energy/dr", SEE, 24, under="/energy"),
        NavItem(Text("설비 늘려 보기", "What if"), "/energy/what-if", SEE, 27, under="/energy"),
        NavItem(Text("잉여전력 나눔", "Sharing"), "/energy/sharing", SEE, 25, under="/energy"),
        NavItem(Text("폐열 연결", "Heat"), "/energy/heat", SEE, 25, under="/energy"),
        NavItem(Text("탄소", "Carbon"), "/energy/carbon", SEE, 26, under="/energy"),
        NavItem(Text("에너지 절감", "Savings"), "/energy/savings", SEE, 26, under="/energy"),
        NavItem(Text("전력 계약", "Contracts"), "/energy/contracts", SEE, 28, under="/energy"),
        NavItem(Text("요금표", "Tariffs"), "/energy/tariffs", SEE, 29, under="/energy"),
    ),
    commands=(energy,),
    figures=figures,
    attention=attention,
    indicators=INDICATORS,
    open=open_house,
)
