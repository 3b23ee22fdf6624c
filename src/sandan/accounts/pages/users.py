"""The users, for administrators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.access import ROLE_NAMES, Role
from sandan.accounts.model import MANAGE, ROLE_DUTIES, Account
from sandan.accounts.pages.visitor import by_field, tabs
from sandan.accounts.service.people import (
    add_user,
    change_user,
    disable_user,
    draft_of,
    enable_user,
    find_firms,
    get_user,
    list_users,
    reset_password,
)
from sandan.domain import Here, Visit
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.twin.model import Thing
from sandan.web import Routes
from sandan.words import Text

user_routes = Routes("accounts")
DONE = {
    "saved": Text("저장했습니다.", "Saved."),
    "disabled": Text("사용을 막았습니다. 지금부터 로그인할 수 없습니다.", "Disabled; shut out from now on."),
    "enabled": Text("다시 쓸 수 있게 했습니다.", "Enabled again."),
}


@dataclass(frozen=True, slots=True)
class Written:
    """What was written into the form, right or wrong, to be shown again."""

    login: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    tenant: str = ""
    language: str = "ko"


def _written(account: Account) -> Written:
    roles = tuple(sorted(account.roles))
    return Written(account.login, account.name, roles, account.tenant or "", account.language)


def _firm(here: Visit, id: str) -> Thing | None:
    if not id:
        return None
    try:
        with here.store.registry.read() as conn:
            return here.store.things.get(conn, id)
    except NotFound:
        return None


def _form(
    here: Visit,
    written: Written,
    *,
    account: Account | None = None,
    findings: Iterable[Finding] = (),
    once: str | None = None,
    done: str = "",
) -> Response:
    found = list(findings)
    return here.render(
        "accounts/user.html",
        status=422 if found else 200,
        tabs=tabs(here),
        account=account,
        written=written,
        chosen=_firm(here, written.tenant),
        firms=find_firms(here.store, here.actor, limit=5),
        roles=[(role, ROLE_NAMES[role], ROLE_DUTIES[role]) for role in Role],
        errors=by_field(found),
        once=once,
        done=DONE.get(done),
    )


@user_routes.page("/users", permission=MANAGE)
def users_page(here: Here, text: str = "") -> Response:
    """Everybody, or those in whose login, name or firm `text` occurs."""
    people = list_users(here.store, here.actor, text=text)
    with here.store.registry.read() as conn:
        firms = {a.tenant: here.store.things.get(conn, a.tenant).name for a in people if a.tenant}
    return here.render("accounts/users.html", tabs=tabs(here), people=people, firms=firms, text=text)


@user_routes.page("/users/new", permission=MANAGE)
def new_user_page(here: Here) -> Response:
    """An empty form."""
    return _form(here, Written())


@user_routes.page("/users/firms", permission=MANAGE)
def firms_part(here: Here, firm_text: str = "", tenant: str = "") -> Response:
    """The firms to choose from, for the form's search box."""
    firms = find_firms(here.store, here.actor, text=firm_text)
    return here.render("accounts/_firms.html", firms=firms, chosen=_firm(here, tenant))


@user_routes.action("/users", permission=MANAGE)
def add(
    here: Here,
    roles: Annotated[list[str], Form(default_factory=list)],
    login: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    tenant: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "ko",
) -> Response:
    """Add a person; the answer shows the one-time password, once."""
    written = Written(login, name, tuple(roles), tenant, language)
    try:
        draft = draft_of(login, name, roles, tenant, language)
        once = add_user(here.store, here.actor, draft, here.now)
    except InvalidInput as error:
        return _form(here, written, findings=error.findings)
    except Conflict as error:
        taken = Finding("login", error.text, Text("다른 아이디를 적으십시오.", "write another one."))
        return _form(here, written, findings=[taken])
    account = get_user(here.store, here.actor, draft.login)
    return _form(here, _written(account), account=account, once=once)


@user_routes.page("/users/{login}", permission=MANAGE)
def user_page(here: Here, login: str, done: str = "") -> Response:
    """One person."""
    account = get_user(here.store, here.actor, login)
    return _form(here, _written(account), account=account, done=done)


@user_routes.action("/users/{login}", permission=MANAGE)
def change(
    here: Here,
    login: str,
    roles: Annotated[list[str], Form(default_factory=list)],
    name: Annotated[str, Form()] = "",
    tenant: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "ko",
) -> Response:
    """Change name, language, roles and firm."""
    account = get_user(here.store, here.actor, login)
    try:
        change_user(here.store, here.actor, draft_of(login, name, roles, tenant, language), here.now)
    except InvalidInput as error:
        written = Written(login, name, tuple(roles), tenant, language)
        return _form(here, written, account=account, findings=error.findings)
    return RedirectResponse(f"/users/{account.login}?done=saved", 303)


@user_routes.action("/users/{login}/disable", permission=MANAGE)
def disable(here: Here, login: str) -> Response:
    """Shut a person out."""
    disable_user(here.store, here.actor, login, here.now)
    return RedirectResponse(f"/users/{login}?done=disabled", 303)


@user_routes.action("/users/{login}/enable", permission=MANAGE)
def enable(here: Here, login: str) -> Response:
    """Let a person in again."""
    enable_user(here.store, here.actor, login, here.now)
    return RedirectResponse(f"/users/{login}?done=enabled", 303)


@user_routes.action("/users/{login}/password", permission=MANAGE)
def reset(here: Here, login: str) -> Response:
    """Give a one-time password; this answer is the only one that shows it."""
    once = reset_password(here.store, here.actor, login, here.now)
    account = get_user(here.store, here.actor, login)
    return _form(here, _written(account), account=account, once=once)
