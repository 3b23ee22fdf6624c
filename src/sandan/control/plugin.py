"""What the control centre contributes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from sandan.access import Actor
from sandan.control.commands import gateway
from sandan.control.model.rights import CASES, DESIGN, OPERATE, PERMITS, WATCH
from sandan.control.pages import (
    alarms,
    contacts,
    drills,
    environment,
    estimates,
    gateways,
    hazard,
    notices,
    odours,
    papers,
    performance,
    permits,
    reports,
    room,
    rules,
    statements,
    thresholds,
)
from sandan.control.pages.incidents import lists, owners, pictures, procedures, workspace
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.board import Board
from sandan.control.service.drills import open_drills
from sandan.control.service.environment.desk import EnvironmentDesk
from sandan.control.service.environment.settings import environment_settings
from sandan.control.service.incidents.urgent import incident_attention
from sandan.control.service.indicators import INDICATORS
from sandan.control.service.notices.running import TellingDesk, open_telling
from sandan.control.service.permits.running import open_permits, permits_to_see
from sandan.control.service.reports import ReportDoor, report_attention
from sandan.control.service.room import audience_of, open_room
from sandan.domain import Attention, Domain, Figure, House
from sandan.web import NavItem
from sandan.words import Text


def figures(house: House, actor: Actor, now: datetime) -> Sequence[Figure]:
    """How many alarms wait for somebody, and the board's figures."""
    del now
    news = house.part(AlarmDesk).list.news(actor)
    name = Text("미확인 경보", "Alarms to acknowledge")
    first = Figure("alarms", name, news["waiting"], "1", "/control/alarms", news["worst"])
    return [first, *house.part(Board).figures(audience_of(actor))]


def attention(house: House, actor: Actor, now: datetime) -> Sequence[Attention]:
    """Who asks for help or does not answer; incidents under way; open alarms, one line for one cause."""
    return [
        *house.part(TellingDesk).attention(actor),
        *incident_attention(house.store, actor, now),
        *house.part(AlarmDesk).list.attention(actor),
        *permits_to_see(house, actor, now),
        *report_attention(house.store, actor),
    ]


@asynccontextmanager
async def open_house(house: House) -> AsyncIterator[None]:
    """The control room, the outbox of what people are told, and the drills under way."""
    house.keep(EnvironmentDesk(house.store, environment_settings(house.settings.table("control"))))
    house.keep(ReportDoor())
    async with open_room(house), open_telling(house), open_drills(house), open_permits(house):
        yield


domain = Domain(
    name="control",
    title=Text("통합관제", "Control room"),
    package="sandan.control",
    permissions=(WATCH, CASES, OPERATE, DESIGN, PERMITS),
    routes=(
        room.routes,
        alarms.routes,
        alarms.machine_routes,
        lists.routes,
        owners.routes,
        workspace.routes,
        pictures.routes,
        procedures.routes,
        drills.routes,
        hazard.routes,
        estimates.routes,
        rules.routes,
        thresholds.routes,
        performance.routes,
        environment.routes,
        odours.routes,
        statements.routes,
        contacts.routes,
        gateways.routes,
        notices.routes,
        permits.routes,
        papers.routes,
        reports.routes,
    ),
    nav=(
        NavItem(Text("관제", "Control room"), "/control", WATCH, order=10, key="g c"),
        NavItem(Text("경보", "Alarms"), "/control/alarms", WATCH, 11, "g a", under="/control"),
        NavItem(Text("사건", "Incidents"), "/control/incidents", CASES, 12, "g x", under="/control"),
        NavItem(Text("훈련", "Drills"), "/control/drills", CASES, 13, "g d", under="/control"),
        NavItem(Text("작업허가", "Work permits"), "/control/permits", PERMITS, 15, "g w", under="/control"),
        NavItem(Text("제보", "Reports"), "/control/reports", CASES, 16, "g r", under="/control"),
        NavItem(Text("환경", "Environment"), "/control/environment", WATCH, 14, "g v", under="/control"),
        NavItem(Text("규칙", "Rules"), "/control/rules", CASES, 17, "g u", under="/control"),
        NavItem(Text("알림", "Notices"), "/control/notices", WATCH, 17, under="/control"),
        NavItem(Text("연락망", "Contacts"), "/control/contacts", OPERATE, 18, "g n", under="/control"),
        NavItem(Text("성능", "Performance"), "/control/performance", CASES, 19, "g f", under="/control"),
    ),
    commands=(gateway,),
    figures=figures,
    attention=attention,
    indicators=INDICATORS,
    open=open_house,
)
