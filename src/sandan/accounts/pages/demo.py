"""A demo's role switch: see the complex as a firm, a viewer or an officer sees it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from sandan.access import ROLE_NAMES
from sandan.accounts.model import OWN, ROLE_DUTIES, Account
from sandan.accounts.pages.visitor import Entrance, demo_visit, let_in, visitor_of
from sandan.accounts.records import list_accounts
from sandan.accounts.service.signing import sign_in_simulated, sign_out
from sandan.domain import Here, Visit
from sandan.errors import NotFound
from sandan.web import Routes
from sandan.web.session import COOKIE
from sandan.words import Text

demo_routes = Routes("accounts")


def _demo_only(here: Visit) -> None:
    if not demo_visit(here):
        raise NotFound(Text("화면", "page"), here.request.url.path)


@demo_routes.page("/demo/role", permission=OWN)
def role_page(here: Here) -> Response:
    """The demo's people, one for each role."""
    _demo_only(here)
    with here.store.registry.read() as conn:
        people = list_accounts(conn, simulated=True)
        firms = {a.tenant: here.store.things.get(conn, a.tenant).name for a in people if a.tenant}
    return here.render(
        "accounts/demo_role.html",
        people=sorted(people, key=_rank),
        firms=firms,
        duties=ROLE_DUTIES,
    )


def _rank(account: Account) -> int:
    return min(list(ROLE_NAMES).index(role) for role in account.roles)


@demo_routes.action("/demo/role", permission=OWN)
def switch_role(here: Here, login: Annotated[str, Form()] = "") -> Response:
    """Leave the present session for a new one on another of the demo's accounts."""
    _demo_only(here)
    limits = here.house.part(Entrance).limits
    opened = sign_in_simulated(here.store, login, visitor_of(here), limits, here.now)
    sign_out(here.store, here.actor, here.request.cookies.get(COOKIE, ""), here.now)
    return let_in(here, opened, "/")
