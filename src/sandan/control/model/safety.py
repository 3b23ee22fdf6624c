"""Safety beyond sensors, as it is kept: permits as they were asked for, and reports by anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sandan.control.model.permits import AirTest
from sandan.words import Text

Degree = Annotated[float, "°, WGS 84"]


class PermitState(StrEnum):
    """Where a permit is between asking and closing."""

    ASKED = "asked"
    GRANTED = "granted"
    STOPPED = "stopped"
    REFUSED = "refused"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


PERMIT_STATES: Mapping[PermitState, Text] = {
    PermitState.ASKED: Text("신청", "Asked for"),
    PermitState.GRANTED: Text("허가", "Granted"),
    PermitState.STOPPED: Text("중지", "Stopped"),
    PermitState.REFUSED: Text("반려", "Refused"),
    PermitState.CLOSED: Text("종료", "Closed"),
    PermitState.WITHDRAWN: Text("취하", "Withdrawn"),
}
LIVE = frozenset({PermitState.ASKED, PermitState.GRANTED, PermitState.STOPPED})
"""States in which the work may yet be done, so that it counts against others."""


@dataclass(frozen=True, slots=True)
class WorkPermit:
    """A permit somebody asked for, for [start, end).

    `tenant` is the firm it belongs to, None for the complex's own work; nobody else's people see it.
    `watchers` are posts, never names. `radius` [m] is how far around the place the work reaches.
    `overridden` is why it was granted against conflicts, `accepted` which (`matter_of`);
    `word` is the last reason somebody gave, empty where Sandan stopped it: why is in its event.
    """

    id: str
    kind: str
    name: str
    tenant: str | None
    contractor: str
    thing: str | None
    place: str
    lon: Degree
    lat: Degree
    radius: Annotated[float, "m"]
    start: datetime
    end: datetime
    outdoors: bool
    provisions: tuple[str, ...]
    watchers: tuple[str, ...]
    tests: tuple[AirTest, ...]
    state: PermitState
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None = None
    decided_by: str | None = None
    overridden: str = ""
    accepted: tuple[str, ...] = ()
    word: str = ""


class ReportKind(StrEnum):
    """What somebody on the spot has to say."""

    NEAR_MISS = "near_miss"
    HAZARD = "hazard"
    ODOUR = "odour"


REPORT_KINDS: Mapping[ReportKind, Text] = {
    ReportKind.NEAR_MISS: Text("아차사고", "Near miss"),
    ReportKind.HAZARD: Text("위험한 곳·상태", "Hazard"),
    ReportKind.ODOUR: Text("악취", "Bad smell"),
}


class ReportState(StrEnum):
    """What became of a report."""

    NEW = "new"
    INCIDENT = "incident"
    CLOSED = "closed"


REPORT_STATES: Mapping[ReportState, Text] = {
    ReportState.NEW: Text("접수", "Received"),
    ReportState.INCIDENT: Text("사건으로 처리", "Made an incident"),
    ReportState.CLOSED: Text("종결", "Closed"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reported, with no name and no number of theirs; the photo is read on its own."""

    id: str
    kind: ReportKind
    text: str
    thing: str | None
    place: str
    lon: Degree | None
    lat: Degree | None
    at: datetime
    state: ReportState = ReportState.NEW
    photo: str | None = None
    """Media type of the photo, None where there is none."""
    incident: str | None = None
    word: str = ""
    handled_at: datetime | None = None
    handled_by: str | None = None


@dataclass(frozen=True, slots=True)
class OdourComplaint:
    """A smell somebody reported: when, and where as far as it is known."""

    report: str
    at: datetime
    lon: Degree | None
    lat: Degree | None
    place: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture without anything that says who took it, where or with what."""

    media_type: str
    content: bytes
