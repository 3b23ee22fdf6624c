"""What every page of accounts needs to know of whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import RedirectResponse, Response

from sandan.accounts.engine import fingerprint, is_loopback
from sandan.accounts.model import MANAGE, SessionLimits
from sandan.accounts.service.signing import Door, Opened, Visitor
from sandan.domain import Visit
from sandan.errors import Finding
from sandan.settings import Settings
from sandan.web.session import COOKIE, LANGUAGE_COOKIE, set_session
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Entrance:
    """The running part of accounts: the door, how long a session lasts, and whether it is a demo's."""

    door: Door
    limits: SessionLimits
    demo: bool


def demo_allowed(settings: Settings) -> bool:
    """A demo signs anybody in, and so listens to this machine only."""
    return settings.demo and is_loopback(settings.web.host)


def demo_visit(here: Visit) -> bool:
    """Whether this request may be signed in without a password.

    A foreign page can make a name of its own point to this machine; the name it asked for tells.
    """
    asked = here.request.url.hostname or ""
    return here.house.part(Entrance).demo and is_loopback(asked)


def visitor_of(here: Visit) -> Visitor:
    client = here.request.client
    return Visitor(client.host if client else "", here.request.headers.get("user-agent", ""))


def here_session(here: Visit) -> str:
    """The id of the session this request belongs to."""
    return fingerprint(here.request.cookies.get(COOKIE, ""))


def let_in(here: Visit, opened: Opened, target: str) -> Response:
    """Give the browser its new session, in the person's language, and go on."""
    response = RedirectResponse(target, 303)
    https = here.house.settings.web.https
    hours = here.house.part(Entrance).limits.longest // timedelta(hours=1)
    set_session(response, opened.token, https=https, hours=hours)
    response.set_cookie(
        LANGUAGE_COOKIE, opened.account.language, max_age=31536000, samesite="lax", httponly=True
    )
    return response


def by_field(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    """Findings under the name of the field they are about, for a form."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.where, []).append(finding)
    return found


def tabs(here: Visit) -> list[tuple[str, Text]]:
    """The pages beside the settings that this visitor may open."""
    shown = [("/settings", Text("설정", "Settings"))]
    if here.actor.may(MANAGE):
        shown.append(("/users", Text("사용자", "Users")))
    return shown
