"""What the programme contributes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandan.domain import Domain, House
from sandan.programme.commands import programme
from sandan.programme.model.rights import (
    PROGRAMME_APPROVE,
    PROGRAMME_EDIT,
    PROGRAMME_EVALUATE,
    PROGRAMME_READ,
)
from sandan.programme.pages import (
    card,
    changes,
    checks,
    citizen,
    conflicts,
    documents,
    download,
    evaluation,
    findings,
    indicators,
    money,
    open_data,
    overview,
    portfolio,
    schedule,
)
from sandan.programme.service.desk import Desk
from sandan.programme.service.indicators import INDICATORS
from sandan.programme.service.reminders import remind
from sandan.web import NavItem
from sandan.words import Text


@asynccontextmanager
async def open_desk(house: House) -> AsyncIterator[None]:
    """Documents are read where pages are served."""
    if "web" not in house.roles:
        yield
        return
    desk = Desk()
    house.keep(desk)
    try:
        yield
    finally:
        desk.close()


domain = Domain(
    name="programme",
    title=Text("사업·공약", "Programme"),
    package="sandan.programme",
    permissions=(PROGRAMME_READ, PROGRAMME_EDIT, PROGRAMME_APPROVE, PROGRAMME_EVALUATE),
    routes=(
        card.routes,
        changes.routes,
        checks.routes,
        citizen.routes,
        conflicts.routes,
        documents.routes,
        download.routes,
        evaluation.routes,
        findings.routes,
        indicators.routes,
        money.routes,
        open_data.routes,
        overview.routes,
        portfolio.routes,
        schedule.routes,
    ),
    nav=(NavItem(Text("사업·공약", "Programme"), "/programme", PROGRAMME_READ, 40, "g p"),),
    commands=(programme,),
    attention=remind,
    indicators=INDICATORS,
    open=open_desk,
)
