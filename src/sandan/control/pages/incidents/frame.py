"""What every page of incidents has around it: addresses, words, moments typed into a form."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from anyio import from_thread

from sandan.clock import SEOUL
from sandan.control.engine.incidents import limits, wording
from sandan.control.model import incidents as model
from sandan.control.model.incidents import procedures
from sandan.control.service.hazard.desk import HazardDesk
from sandan.control.service.incidents.live import say_changed
from sandan.domain import Visit
from sandan.errors import InvalidInput, Unavailable
from sandan.words import Text

HOME = "/control/incidents"
STATE_OF_LEVEL = {1: 4, 2: 3, 3: 2, 4: 1}
"""The mark a level is shown with: the most serious as critical alarms are."""


def incident_url(id: str, room: str = "", **query: Any) -> str:
    """A page of an incident."""
    path = f"{HOME}/{quote(id, safe='')}" + (f"/{room}" if room else "")
    return path + (f"?{urlencode(query)}" if query else "")


def around() -> Mapping[str, Any]:
    """What templates of incidents call; give it to `render` with `**`."""
    return {
        "incident_url": incident_url,
        "kinds": procedures.kinds(),
        "levels": procedures.levels(),
        "groups": procedures.groups(),
        "legal_clocks": procedures.legal_clocks(),
        "states": model.STATE_NAMES,
        "sources": model.SOURCE_NAMES,
        "clock_names": model.CLOCK_NAMES,
        "standings": limits.STANDING_NAMES,
        "state_of_level": STATE_OF_LEVEL,
        "span": wording.span,
        "stamp": wording.clock_time,
        "group_names": wording.group_names,
        "read_clock": limits.read_clock,
        "read_task": limits.read_task,
        "OWN": procedures.OWN,
    }


def typed_moment(where: str, text: str) -> datetime | None:
    """A moment of a `datetime-local` field, on Seoul's wall clock; None where it was left empty."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=SEOUL)
    except ValueError:
        raise InvalidInput.because(
            where,
            Text("시각을 읽을 수 없습니다.", "cannot be read as a time."),
            Text("예: 2026-11-21T03:12", "for example 2026-11-21T03:12"),
        ) from None


def new_press() -> str:
    """The key of a form: sent twice, it is one press."""
    return secrets.token_urlsafe(12)


def by_script(here: Visit) -> bool:
    """Whether the page asks for a part of itself."""
    return here.request.headers.get("hx-request") == "true"


def announce(here: Visit, id: str) -> None:
    """Tell the open pages of the staff that an incident has changed; from a handler's own thread."""
    from_thread.run_sync(say_changed, here.house, id)


def reached_firms(here: Visit, id: str) -> frozenset[str]:
    """The firms in an incident's hazard area as of this minute; none without a release, or without a wind."""
    try:
        desk = here.house.part(HazardDesk)
        area = desk.area(here.actor, id, here.now) if desk.stated(id) else None
    except Unavailable:
        return frozenset()
    return frozenset() if area is None else frozenset(one.firm.id for one in area.reached)
