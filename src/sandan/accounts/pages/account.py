"""One's own account: password, language, where one is signed in, and tokens for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, cast

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.access import Permission
from sandan.accounts.engine import browser_name
from sandan.accounts.model import OWN, Token
from sandan.accounts.pages.visitor import Entrance, by_field, here_session
from sandan.accounts.records import find_account
from sandan.accounts.service.people import change_own_password, choose_own_language
from sandan.accounts.service.signing import end_own_sessions, own_sessions
from sandan.accounts.service.tokens import grantable, issue_token, own_tokens, revoke_token
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes
from sandan.web.session import LANGUAGE_COOKIE, end_session
from sandan.words import Language, Text

account_routes = Routes("accounts")
DONE = {
    "password": Text("비밀번호를 바꾸었습니다.", "The password is changed."),
    "language": Text("언어를 바꾸었습니다.", "The language is changed."),
    "sessions": Text("로그아웃했습니다.", "Signed out there."),
    "token": Text("토큰을 폐기했습니다.", "The token is revoked."),
}


def _permissions(here: Visit) -> list[Permission]:
    return [permission for domain in here.house.domains for permission in domain.permissions]


def _page(
    here: Visit,
    *,
    findings: Iterable[Finding] = (),
    issued: tuple[Token, str] | None = None,
    done: str = "",
) -> Response:
    with here.store.registry.read() as conn:
        own = find_account(conn, here.actor.id)
        firm = here.store.things.get(conn, own.tenant).name if own and own.tenant else ""
    found = list(findings)
    sessions = own_sessions(here.store, here.actor, here.house.part(Entrance).limits, here.now)
    return here.render(
        "accounts/account.html",
        status=422 if found else 200,
        own=own,
        firm=firm,
        sessions=sessions,
        browsers={session.id: browser_name(session.agent) for session in sessions},
        here_session=here_session(here),
        tokens=own_tokens(here.store, here.actor),
        grantable=grantable(here.actor, _permissions(here)),
        permission_names={permission.id: permission.name for permission in _permissions(here)},
        errors=by_field(found),
        issued=issued,
        done=DONE.get(done),
    )


@account_routes.page("/account", permission=OWN)
def account_page(here: Here, done: str = "") -> Response:
    """Everything a person may set about themselves."""
    return _page(here, done=done)


@account_routes.page("/account/password", permission=OWN)
def password_page(here: Here) -> Response:
    """A form of its own, also where a one-time password leads."""
    return _password_form(here)


def _password_form(here: Visit, findings: Iterable[Finding] = ()) -> Response:
    found = list(findings)
    return here.render("accounts/password.html", status=422 if found else 200, errors=by_field(found))


@account_routes.action("/account/password", permission=OWN)
def change_password(
    here: Here,
    old_password: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Change one's own password; every other session ends."""
    if password != again:
        mismatch = Finding(
            "again",
            Text("두 번 적은 비밀번호가 서로 다릅니다.", "the two do not match."),
            Text("새 비밀번호를 똑같이 두 번 적으십시오.", "write the new password twice alike."),
        )
        return _password_form(here, [mismatch])
    try:
        change_own_password(
            here.store, here.actor, old_password, password, here.now, session=here_session(here)
        )
    except InvalidInput as error:
        return _password_form(here, error.findings)
    return RedirectResponse("/account?done=password", 303)


@account_routes.action("/account/language", permission=OWN)
def choose_language(here: Here, language: Annotated[str, Form()] = "ko") -> Response:
    """The language of the pages, here and wherever this person signs in next."""
    choose_own_language(here.store, here.actor, cast(Language, language))
    response = RedirectResponse("/account?done=language", 303)
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=31536000, samesite="lax", httponly=True)
    return response


@account_routes.action("/account/sessions", permission=OWN)
def end_sessions(here: Here, id: Annotated[str, Form()] = "others") -> Response:
    """Sign out of one session, of all `others`, or of `all`."""
    if id == "others":
        end_own_sessions(here.store, here.actor, here.now, but=here_session(here))
    elif id == "all":
        end_own_sessions(here.store, here.actor, here.now)
    else:
        end_own_sessions(here.store, here.actor, here.now, only=id)
    if id in ("all", here_session(here)):
        response = RedirectResponse("/sign-in?ask=1", 303)
        end_session(response, https=here.house.settings.web.https)
        return response
    return RedirectResponse("/account?done=sessions", 303)


@account_routes.action("/account/tokens", permission=OWN)
def issue(
    here: Here,
    scope: Annotated[list[str], Form(default_factory=list)],
    name: Annotated[str, Form()] = "",
    days: Annotated[int, Form()] = 90,
) -> Response:
    """Issue a token; this answer is the only one that ever shows it."""
    try:
        issued = issue_token(here.store, here.actor, name, scope, days, _permissions(here), here.now)
    except InvalidInput as error:
        return _page(here, findings=error.findings)
    return _page(here, issued=issued)


@account_routes.action("/account/tokens/{id}/revoke", permission=OWN)
def revoke(here: Here, id: str) -> Response:
    """Close one of one's own tokens."""
    revoke_token(here.store, here.actor, id, here.now)
    return RedirectResponse("/account?done=token", 303)
