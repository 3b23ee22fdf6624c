"""Signing in and out.

The form carries a CSRF token of a session that is nobody's yet; signing in replaces it, so that
a session a stranger planted is never the one that gets the rights.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.access import Actor
from sandan.accounts.model import OWN
from sandan.accounts.pages.visitor import Entrance, demo_visit, let_in, visitor_of
from sandan.accounts.service.beginnings import DEMO_START
from sandan.accounts.service.signing import WrongSignIn, sign_in, sign_in_simulated, sign_out
from sandan.domain import Here, Visit
from sandan.errors import NotAllowed
from sandan.web import PUBLIC, SIGNED_IN, Routes
from sandan.web.errors import TooMany
from sandan.web.session import COOKIE, NOBODY, end_session, local_path

signing_routes = Routes("accounts")


def _form(here: Visit, target: str, *, login: str = "", error: NotAllowed | None = None) -> Response:
    """The sign-in form, with a session to tie its CSRF token to."""
    status = 200 if error is None else 429 if isinstance(error, TooMany) else 422
    return here.render_form(
        "accounts/sign_in.html",
        status=status,
        target=target,
        login=login,
        error=error,
        demo_door=demo_visit(here),
    )


@signing_routes.page("/sign-in", permission=PUBLIC)
def sign_in_page(here: Here, next: str = "/", ask: bool = False) -> Response:
    """The form; a demo signs its visitor in at once, unless asked to `ask`."""
    target = local_path(next)
    if here.actor is not NOBODY:
        return RedirectResponse(target, 303)
    if demo_visit(here) and not ask:
        limits = here.house.part(Entrance).limits
        opened = sign_in_simulated(here.store, DEMO_START, visitor_of(here), limits, here.now)
        return let_in(here, opened, target)
    return _form(here, target)


@signing_routes.action("/sign-in", permission=PUBLIC)
def sign_in_action(
    here: Here,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Check the password and open a session."""
    target = local_path(next)
    entrance = here.house.part(Entrance)
    try:
        opened = sign_in(
            here.store, entrance.door, login, password, visitor_of(here), entrance.limits, here.now
        )
    except (WrongSignIn, TooMany) as error:
        return _form(here, target, login=login[:64], error=error)
    return let_in(here, opened, "/account/password" if opened.account.must_change else target)


@signing_routes.action("/sign-out", permission=OWN)
def sign_out_action(here: Here) -> Response:
    """End this browser's session."""
    sign_out(here.store, here.actor, here.request.cookies.get(COOKIE, ""), here.now)
    response = RedirectResponse("/sign-in?ask=1", 303)
    end_session(response, https=here.house.settings.web.https)
    return response


@signing_routes.api("/me", permission=SIGNED_IN)
def me(here: Here) -> dict[str, object]:
    """Who the caller is, and what this session or token is narrowed to."""
    actor: Actor = here.actor
    return {
        "id": actor.id,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "tenant": actor.tenant,
        "scope": None if actor.scope is None else sorted(actor.scope),
    }
